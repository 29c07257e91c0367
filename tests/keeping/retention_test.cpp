// Retention removes what a verified copy holds and nothing else, wherever it is cut short; who asks for what is gone is
// told where it is.
#include "keeping/retention.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <random>

#include "eventlog/removed.h"
#include "eventlog/text_file.h"
#include "eventlog/verify.h"
#include "keeping/backup_list.h"
#include "keeping/keeper.h"
#include "runtime/simulated_loop.h"
#include "tests/eventlog/support.h"

namespace cantus::keeping::test {
namespace {

using eventlog::test::Venue;
using testing::HasSubstr;

const std::filesystem::path data = "/data";
const std::filesystem::path copy = "/elsewhere/copy";
constexpr TimeNs now{1'900'000'000'000'000'000};

struct OldVenue {
  explicit OldVenue(std::size_t bytes = 900) {
    CANTUS_ASSERT(venue.open().ok() && venue.append(100, bytes).ok(), "it is written");
    venue.listener->wait_synced(venue.journal->last());
    venue.listener->wait_sealed(5);
    venue.die();
  }
  [[nodiscard]] const std::filesystem::path& journal() const { return venue.options.journal; }
  void back_up(const std::filesystem::path& folder = copy, TimeNs at = now) {
    const auto report = keeping::back_up(venue.files, {journal(), venue.options.memory, {}}, folder, at, false);
    CANTUS_ASSERT(report.ok() && note_backup(venue.files, data, folder, report->manifest).ok(), "it is backed up");
  }
  Result<RetentionStep> step(runtime::Files& files, Seq needed = Seq(1000), TimeNs older_than = now) {
    return remove_oldest(files, data, journal(), {[needed](const auto&) { return needed; }, older_than}, now);
  }
  Result<RetentionStep> step() { return step(venue.files); }
  // How many it removes until it stops.
  std::size_t remove_all(runtime::Files& files, Seq needed = Seq(1000), TimeNs older_than = now) {
    for (std::size_t count = 0;; ++count) {
      static_cast<void>(eventlog::keep_spare(files, journal() / eventlog::removed_file));
      const auto one = step(files, needed, older_than);
      if (!one.ok() || one->removed == 0) {
        return count;
      }
    }
  }
  // Nothing more finds room until something goes.
  void fill_disk() {
    std::uint64_t taken = 0;
    for (const auto& [path, bytes] : venue.files.image()) {
      taken += bytes.size();
    }
    venue.files.limit_space(taken);
    const std::vector<std::byte> one(1);
    EXPECT_FALSE(runtime::replace_file(venue.files, data / "anything", one).ok());
  }
  [[nodiscard]] eventlog::Directory directory() { return *eventlog::read_directory(venue.files, journal()); }
  [[nodiscard]] bool is_here(const eventlog::SealedSegment& listed) {
    return eventlog::sealed_path(venue.files, journal(), listed).has_value();
  }
  void spoil(const std::filesystem::path& path, std::uint64_t at) {
    const std::byte is = venue.files.content(path)[at] ^ std::byte{4};
    venue.files.damage(path, at, {&is, 1});
  }

  Venue venue;
};

TEST(Retention, RemovesNothingWithoutABackup) {
  OldVenue old;
  const auto step = old.step();
  ASSERT_TRUE(step.ok());
  EXPECT_EQ(step->removed, 0U);
  EXPECT_THAT(step->kept_because, HasSubstr("no backup"));
  EXPECT_TRUE(old.is_here(old.directory().segments[0]));
}

TEST(Retention, RemovesWhatACopyHoldsAndTellsWhereItIs) {
  OldVenue old;
  old.back_up();
  const eventlog::Directory directory = old.directory();
  EXPECT_EQ(old.remove_all(old.venue.files), directory.segments.size() - 1) << "all but the last sealed one";
  // All of it is read as before, the removed part out of the copy; and from the first record that is here without it.
  auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  const Seq from = directory.segments.back().first;
  EXPECT_EQ(reader->first(), from);
  EXPECT_EQ(eventlog::test::read_all(*reader).seqs, eventlog::test::numbers(1, 100));
  old.spoil(journal_of_backup(copy) / eventlog::packed_name(1, 1), 200);
  auto rest = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  ASSERT_TRUE(rest->seek(from).ok());
  EXPECT_EQ(eventlog::test::read_all(*rest).seqs, eventlog::test::numbers(from.get(), 100));
  old.spoil(journal_of_backup(copy) / eventlog::packed_name(1, 1), 200);
  // The journal goes on, and every byte of what is here can be verified.
  ASSERT_TRUE(old.venue.open().ok());
  ASSERT_TRUE(old.venue.append(5, 100).ok());
  old.venue.listener->wait_synced(old.venue.journal->last());
  const auto verified = eventlog::verify_log(old.venue.files, old.journal());
  ASSERT_TRUE(verified.ok()) << verified.error().text;
  EXPECT_FALSE(verified->first_bad.has_value()) << text_of(*verified->first_bad);
  EXPECT_EQ(verified->removed, directory.segments.size() - 1);
}

// A venue that was started in a backup may remove and write there by its own lights.
TEST(Retention, ABackupInWhichAVenueWasStartedIsNone) {
  OldVenue old;
  old.back_up();
  const std::filesystem::path its = journal_of_backup(copy) / eventlog::mark_file;
  ASSERT_TRUE(runtime::replace_file(old.venue.files, its, {}).ok());
  const auto step = old.step();
  ASSERT_TRUE(step.ok()) << step.error().text;
  EXPECT_EQ(step->removed, 0U);
  EXPECT_THAT(step->kept_because, HasSubstr(copy.string() + " holds 'mark': a venue was started in it"));
  ASSERT_TRUE(old.venue.files.remove(its).ok());
  EXPECT_EQ(old.step()->removed, 1U);
}

// What was brought back from one backup goes again when another one holds it: that is the one to be asked from then on.
TEST(Retention, WhatWentAgainIsInTheBackupByWhichItWentLast) {
  OldVenue old;
  old.back_up();
  const eventlog::Directory directory = old.directory();
  ASSERT_EQ(old.step()->removed, 1U);
  ASSERT_EQ(old.step()->removed, 2U);
  const std::string name = eventlog::packed_name(1, 1);
  const std::vector<std::byte> held = old.venue.files.content(journal_of_backup(copy) / name);
  ASSERT_TRUE(runtime::replace_file(old.venue.files, old.journal() / name, held).ok());
  const std::filesystem::path newer = "/new/copy";
  old.back_up(newer);
  ASSERT_TRUE(old.venue.files.remove(journal_of_backup(copy) / name).ok())
      << "the old one is given up, but for the rest";
  ASSERT_EQ(old.step()->removed, 1U);
  EXPECT_FALSE(old.is_here(directory.segments[0]));
  const auto removed = eventlog::read_removed(old.venue.files, old.journal());
  EXPECT_EQ(removed->of(1)->backup, newer);
  EXPECT_EQ(removed->of(2)->backup, copy);
  auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  EXPECT_EQ(eventlog::test::read_all(*reader).seqs, eventlog::test::numbers(1, 100));
}

// A file that is lost is not one that was removed: whoever reads on behind it must hear of it.
TEST(Retention, WhatIsLostIsNotPassedOver) {
  OldVenue old;
  old.back_up();
  const eventlog::Directory directory = old.directory();
  const auto lose = [&](const eventlog::SealedSegment& listed) {
    ASSERT_TRUE(old.venue.files.remove(*eventlog::sealed_path(old.venue.files, old.journal(), listed)).ok());
  };
  ASSERT_EQ(old.step()->removed, 1U);
  lose(directory.segments[1]);
  auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  EXPECT_EQ(reader->first(), directory.segments[1].first) << "behind what was removed";
  Status read = reader->seek(reader->first());
  if (read) {
    const auto next = reader->next();
    read = next ? Status() : Status(next.error());
  }
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::corrupt) << read.error().text;
}

// Whoever finds neither a file nor an entry in the list stays alive, and removes nothing more.
TEST(Retention, NothingIsRemovedBehindWhatIsLost) {
  OldVenue old;
  old.back_up();
  const eventlog::Directory directory = old.directory();
  ASSERT_EQ(old.step()->removed, 1U);
  ASSERT_EQ(old.step()->removed, 2U);
  ASSERT_TRUE(old.venue.files.remove(old.journal() / eventlog::removed_file).ok());
  const auto step = old.step();
  ASSERT_TRUE(step.ok()) << step.error().text;
  EXPECT_EQ(step->removed, 0U);
  EXPECT_THAT(step->kept_because, HasSubstr("segment 2 before it is lost"));
  EXPECT_THAT(step->kept_because, HasSubstr("cantus log mend"));
  ASSERT_TRUE(mend(old.venue.files, old.journal(), copy).ok());
  EXPECT_EQ(old.remove_all(old.venue.files), directory.segments.size() - 1) << "once it is back";
}

TEST(Retention, ADamagedListIsMadeAnewOutOfTheBackups) {
  OldVenue old;
  old.back_up();
  const std::filesystem::path list = old.journal() / eventlog::removed_file;
  ASSERT_EQ(old.step()->removed, 1U);
  ASSERT_EQ(old.step()->removed, 2U);
  const auto good = old.venue.files.content(list);
  const auto read_everything = [&] {
    auto reader = eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
    return reader ? eventlog::test::read_all(**reader).seqs : decltype(eventlog::test::numbers(1, 1)){};
  };
  old.spoil(list, 20);
  const auto broken = old.venue.files.content(list);
  EXPECT_THAT(eventlog::read_removed(old.venue.files, old.journal()).error().text, HasSubstr(list.string()));
  EXPECT_EQ(old.step().error().code, ErrorCode::corrupt);

  // Not while a segment is in no backup.
  const std::filesystem::path second = journal_of_backup(copy) / eventlog::packed_name(2, 1);
  const auto kept = old.venue.files.content(second);
  old.spoil(second, 200);
  const Status in_vain = renew_list(old.venue.files, data, old.journal(), now);
  ASSERT_FALSE(in_vain.ok());
  EXPECT_THAT(in_vain.error().text, HasSubstr("segment 2 is in no backup"));
  EXPECT_EQ(old.venue.files.content(list), broken);
  old.venue.files.damage(second, 0, kept);

  ASSERT_TRUE(renew_list(old.venue.files, data, old.journal(), now).ok());
  EXPECT_EQ(old.venue.files.content(list), good);
  EXPECT_EQ(read_everything(), eventlog::test::numbers(1, 100));
  ASSERT_TRUE(renew_list(old.venue.files, data, old.journal(), now).ok()) << "a good one stays";

  // Whoever would mend segments does not bring all of them back, and one that somebody did bring back hides no other.
  old.spoil(list, 20);
  EXPECT_EQ(mend(old.venue.files, old.journal(), copy).error().code, ErrorCode::corrupt);
  EXPECT_FALSE(old.is_here(old.directory().segments[0]));
  const auto first = old.venue.files.content(journal_of_backup(copy) / eventlog::packed_name(1, 1));
  ASSERT_TRUE(runtime::replace_file(old.venue.files, old.journal() / eventlog::packed_name(1, 1), first).ok());
  ASSERT_TRUE(renew_list(old.venue.files, data, old.journal(), now).ok());
  EXPECT_EQ(old.venue.files.content(list), good);
}

// A damaged list says nothing of the segments that it named.
TEST(Retention, ADamagedListMakesNoSegmentBad) {
  OldVenue old;
  old.back_up();
  ASSERT_EQ(old.step()->removed, 1U);
  const std::filesystem::path list = old.journal() / eventlog::removed_file;
  const auto good = old.venue.files.content(list);
  const std::filesystem::path first = journal_of_backup(copy) / eventlog::packed_name(1, 1);
  const auto kept = old.venue.files.content(first);
  old.spoil(list, 20);
  old.spoil(first, 200);
  struct : runtime::Clock {
    [[nodiscard]] TimeNs utc() const override { return TimeNs(now.get() + now_ns); }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return now_ns; }
    std::int64_t now_ns = 1;
  } clock;
  Keeper keeper(old.venue.files, clock, KeeperOptions{old.journal(), data});
  const auto work_all = [&] {
    while (keeper.work({})) {
    }
  };
  work_all();
  EXPECT_TRUE(keeper.state().bad.empty());
  EXPECT_GT(keeper.state().pass_segments, 0U);
  EXPECT_THAT(keeper.state().not_removed, HasSubstr("segment 1 is in no backup"));
  auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  Status read = reader->seek(Seq(1));
  if (read) {
    const auto next = reader->next();
    read = next ? Status() : Status(next.error());
  }
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().text, testing::Not(HasSubstr("log mend")));

  // Once the backup is good again the keeper's word goes with the fault, also where it removes nothing.
  old.venue.files.damage(first, 0, kept);
  clock.now_ns += std::int64_t{61} * 1'000'000'000;
  work_all();
  EXPECT_EQ(keeper.state().not_removed, "");
  EXPECT_EQ(old.venue.files.content(list).size(), good.size());
}

// An attempt in vain that took long is not repeated soon; but whoever attaches another backup does not wait for that.
TEST(Retention, ADamagedListIsMadeAnewSoonAfterABackupComesIntoSight) {
  OldVenue old;
  old.back_up();
  ASSERT_EQ(old.step()->removed, 1U);
  const std::filesystem::path first = journal_of_backup(copy) / eventlog::packed_name(1, 1);
  const auto kept = old.venue.files.content(first);
  runtime::SimulatedClock clock;
  Keeper keeper(old.venue.files, clock, KeeperOptions{old.journal(), data});
  const auto a_minute_later = [&](std::chrono::seconds each_part) {
    clock.advance(std::chrono::seconds(61));
    while (keeper.work([&](std::size_t) { return clock.advance(each_part), true; })) {
    }
    return keeper.state().not_removed;
  };
  const auto read_in_vain_and_mend = [&] {
    old.spoil(old.journal() / eventlog::removed_file, 20);
    old.spoil(first, 200);
    EXPECT_THAT(a_minute_later(std::chrono::seconds(100)), HasSubstr("segment 1 is in no backup"));
    old.venue.files.damage(first, 0, kept);
    EXPECT_THAT(a_minute_later({}), HasSubstr("segment 1 is in no backup")) << "it is not read again yet";
  };
  read_in_vain_and_mend();
  ASSERT_TRUE(old.venue.files.rename(copy / manifest_file, copy / "away").ok());
  EXPECT_EQ(a_minute_later({}), "") << "others are in sight than before";
  ASSERT_TRUE(old.venue.files.rename(copy / "away", copy / manifest_file).ok());

  read_in_vain_and_mend();
  old.back_up(copy, TimeNs(now.get() + 1));  // it is noted that it was read anew
  EXPECT_EQ(a_minute_later({}), "");
}

TEST(Retention, WhatIsElsewhereIsRefusedByNameIfItIsNotWhatWasSealed) {
  OldVenue old;
  old.back_up();
  const eventlog::Directory directory = old.directory();
  old.remove_all(old.venue.files);
  const std::filesystem::path file = journal_of_backup(copy) / eventlog::packed_name(1, 1);
  const auto expect_refused = [&] {
    auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
    const auto gone = reader->next();
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code, ErrorCode::refused);
    EXPECT_THAT(gone.error().text, HasSubstr("records 1 to " + std::to_string(directory.segments[0].last.get())));
    EXPECT_THAT(gone.error().text, HasSubstr(copy.string()));
  };
  old.spoil(file, 200);
  expect_refused();
  old.spoil(file, 200);
  auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  EXPECT_TRUE(reader->next().ok());
  // Written anew: every checksum is right.
  OldVenue other(899);
  other.back_up();
  const std::vector<std::byte> forged = other.venue.files.content(file);
  ASSERT_TRUE(runtime::replace_file(old.venue.files, file, forged).ok());
  expect_refused();
  ASSERT_TRUE(old.venue.files.remove(file).ok());
  expect_refused();
}

TEST(Retention, AReaderThatWasRefusedGoesOnOnceTheBackupIsThere) {
  OldVenue old;
  old.back_up();
  old.remove_all(old.venue.files);
  const std::filesystem::path file = journal_of_backup(copy) / eventlog::packed_name(2, 1);
  const std::vector<std::byte> held = old.venue.files.content(file);
  ASSERT_TRUE(old.venue.files.remove(file).ok());
  auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
  const eventlog::Directory directory = old.directory();
  const Seq last = directory.segments[0].last;
  auto next = reader->next();
  while (next.ok() && reader->position() < last) {
    next = reader->next();
  }
  ASSERT_TRUE(next.ok()) << next.error().text;
  EXPECT_EQ(reader->next().error().code, ErrorCode::refused);
  EXPECT_EQ(reader->position(), last);
  ASSERT_TRUE(runtime::replace_file(old.venue.files, file, held).ok());
  EXPECT_EQ(eventlog::test::read_all(*reader).seqs, eventlog::test::numbers(last.next().get(), 100));
}

// The backup by which it went is away: any other that the venue knows of will do, if it is what was sealed.
TEST(Retention, WhatIsElsewhereIsAskedOfEveryBackup) {
  OldVenue old;
  const std::filesystem::path second = "/second/copy";
  const std::filesystem::path third = "/third/copy";
  old.back_up(third);
  old.back_up(second);
  old.back_up();
  const std::size_t gone = old.remove_all(old.venue.files);
  ASSERT_EQ(eventlog::read_removed(old.venue.files, old.journal())->of(1)->backup, copy);
  const std::string name = eventlog::packed_name(1, 1);
  ASSERT_TRUE(old.venue.files.remove(journal_of_backup(copy) / name).ok());
  old.spoil(journal_of_backup(second) / name, 200);
  const auto all = [&] {
    auto reader = *eventlog::open_log(old.venue.files, old.journal(), old.venue.options.memory);
    return eventlog::test::read_all(*reader);
  };
  EXPECT_EQ(all().seqs, eventlog::test::numbers(1, 100));
  const auto made = back_up(old.venue.files, {old.journal(), old.venue.options.memory, {}}, "/fourth", now, false);
  ASSERT_TRUE(made.ok()) << made.error().text;
  EXPECT_GE(made->copied, gone);
  // With the last good copy it is gone, and each of them is named.
  old.spoil(journal_of_backup(third) / name, 200);
  const auto read = all();
  ASSERT_TRUE(read.error.has_value());
  EXPECT_EQ(read.error->code, ErrorCode::refused);
  for (const std::filesystem::path& asked : {copy, second, third}) {
    EXPECT_THAT(read.error->text, HasSubstr((journal_of_backup(asked) / name).string()));
  }
  const auto refused = back_up(old.venue.files, {old.journal(), old.venue.options.memory, {}}, "/fifth", now, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::refused) << refused.error().text;
}

TEST(Retention, KeepsWhatIsNeededOrYoung) {
  OldVenue old;
  old.back_up();
  const std::vector<eventlog::SealedSegment> listed = old.directory().segments;
  EXPECT_EQ(old.remove_all(old.venue.files, listed[1].first), 0U) << "a reader of it stands in the one before";
  EXPECT_EQ(old.remove_all(old.venue.files, listed[1].first.next()), 1U);
  EXPECT_EQ(old.remove_all(old.venue.files, listed[2].first), 0U);
  EXPECT_EQ(old.remove_all(old.venue.files, Seq(1000), listed[1].last_time), 0U);
  EXPECT_EQ(old.remove_all(old.venue.files, Seq(1000), listed[2].last_time), 1U);
  EXPECT_FALSE(old.is_here(listed[1]));
  EXPECT_TRUE(old.is_here(listed[2]));
}

// What is needed takes long to say: who shall end meanwhile has learnt nothing.
TEST(Retention, GivesUpWhileItLooksForWhatIsNeeded) {
  OldVenue old;
  old.back_up();
  std::size_t asked = 0;
  const auto goes_on = [&asked](std::size_t) { return ++asked < 2; };
  const auto needed = [](const eventlog::Pace& pace) { return pace(1 << 20) ? Seq(1000) : Seq(1); };
  const auto step = remove_oldest(old.venue.files, data, old.journal(), {needed, now}, now, goes_on);
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.error().code, ErrorCode::refused);
  EXPECT_EQ(asked, 2U);
  EXPECT_TRUE(old.is_here(old.directory().segments[0]));
}

TEST(Retention, ACorruptCopyIsNone) {
  OldVenue old;
  old.back_up();
  const std::filesystem::path file = journal_of_backup(copy) / eventlog::packed_name(1, 1);
  old.spoil(file, 200);
  const auto step = old.step();
  ASSERT_TRUE(step.ok());
  EXPECT_EQ(step->removed, 0U);
  EXPECT_THAT(step->kept_because, HasSubstr(file.string()));
  EXPECT_TRUE(old.is_here(old.directory().segments[0]));
  // An older backup elsewhere is good enough.
  old.back_up("/third");
  old.back_up();  // the newest one again, which still is bad
  EXPECT_EQ(old.step()->removed, 1U);
  EXPECT_EQ(eventlog::read_removed(old.venue.files, old.journal())->of(1)->backup, "/third");
}

TEST(Retention, ACopyThatDoesNotListItIsNone) {
  OldVenue old;
  old.back_up();
  eventlog::Directory shorter = *eventlog::read_directory(old.venue.files, journal_of_backup(copy));
  shorter.segments.clear();
  ASSERT_TRUE(write_directory(old.venue.files, journal_of_backup(copy), shorter).ok());
  EXPECT_THAT(old.step()->kept_because, HasSubstr("does not hold segment 1"));
  ASSERT_TRUE(note_backup(old.venue.files, data, data, {}).ok());
  EXPECT_THAT(old.step()->kept_because, testing::Not(testing::IsEmpty()));
  EXPECT_TRUE(old.is_here(old.directory().segments[0])) << "the log is no backup of itself";
}

// On the host: the backup's folder was replaced by a link to the venue's own.
TEST(Retention, ALinkToTheLogIsNoCopyOfIt) {
  namespace fs = std::filesystem;
  OldVenue old;
  std::string made = fs::temp_directory_path() / "cantus-retention-XXXXXX";
  ASSERT_NE(::mkdtemp(made.data()), nullptr);
  const fs::path root = made;
  const fs::path journal = root / "data" / "journal";
  runtime::Files& files = runtime::system_files();
  ASSERT_TRUE(files.make_directories(journal).ok());
  for (const std::string& name : *old.venue.files.list(old.journal())) {
    ASSERT_TRUE(runtime::replace_file(files, journal / name, old.venue.files.content(old.journal() / name)).ok());
  }
  const eventlog::Directory directory = old.directory();
  ASSERT_TRUE(eventlog::pack_sealed(files, journal, directory.identity, directory.segments[0]).ok());
  fs::create_directory_symlink(root / "data", root / "copy");
  ASSERT_TRUE(note_backup(files, root / "data", root / "copy", {}).ok());
  const auto step = remove_oldest(files, root / "data", journal, {[](const auto&) { return Seq(1000); }, now}, now);
  ASSERT_TRUE(step.ok()) << step.error().text;
  EXPECT_EQ(step->removed, 0U);
  EXPECT_THAT(step->kept_because, HasSubstr("is the log itself"));
  EXPECT_TRUE(eventlog::sealed_path(files, journal, directory.segments[0]).has_value());
  fs::remove_all(root);
}

TEST(Retention, WhatIsGoneIsNeitherBadNorMended) {
  OldVenue old;
  old.back_up();
  const std::size_t gone = old.remove_all(old.venue.files);
  struct : runtime::Clock {
    [[nodiscard]] TimeNs utc() const override { return now; }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return 1; }
  } clock;
  Keeper keeper(old.venue.files, clock, {old.journal(), data});
  while (keeper.work({})) {
  }
  EXPECT_TRUE(keeper.state().bad.empty());
  EXPECT_TRUE(mend(old.venue.files, old.journal(), copy)->empty());
  EXPECT_FALSE(old.is_here(old.directory().segments[0]));
  // A backup in another folder is whole, too.
  const auto other = back_up(old.venue.files, {old.journal(), old.venue.options.memory, {}}, "/fourth", now, false);
  ASSERT_TRUE(other.ok()) << other.error().text;
  EXPECT_GE(other->copied, gone);
  auto whole = *eventlog::open_log(old.venue.files, "/fourth/journal", {});
  EXPECT_EQ(eventlog::test::read_all(*whole).seqs.size(), 100U);
}

// A host's clock that somebody moved is not what makes records old.
TEST(Retention, AgeIsOfTheLogsOwnTime) {
  OldVenue old;
  old.back_up();
  struct : runtime::Clock {
    [[nodiscard]] TimeNs utc() const override { return now; }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return 1; }
  } clock;
  const eventlog::Directory directory = old.directory();
  const std::int64_t span = directory.segments.back().last_time.get() - directory.segments.front().last_time.get();
  ASSERT_GT(now.get() - directory.segments.back().last_time.get(), 2 * span) << "the host is far ahead of the log";
  KeeperOptions options{old.journal(), data};
  options.remove_older_ns = span + 1;
  options.needed = [](const auto&) { return Seq(1000); };
  Keeper keeper(old.venue.files, clock, options);
  while (keeper.work({})) {
  }
  EXPECT_EQ(eventlog::read_removed(old.venue.files, old.journal())->through(), 0U);
}

TEST(Retention, TheKeeperRemovesWhatIsOldAndSaysWhatStays) {
  OldVenue old;
  struct : runtime::Clock {
    [[nodiscard]] TimeNs utc() const override { return now; }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return now_ns; }
    std::int64_t now_ns = 1;
  } clock;
  KeeperOptions options{old.journal(), data};
  options.remove_older_ns = 1000;
  options.needed = [](const auto&) { return Seq(1000); };
  std::vector<std::string> told;
  bool can_be_noted = false;
  options.note_removed = [&](const RemovedSegments& what) {
    told.push_back(to_text(what));
    return can_be_noted ? Status() : Status(Error{ErrorCode::no_space, "the disk is full"});
  };
  const std::uint64_t sealed = old.directory().segments.size();
  auto keeper = std::make_unique<Keeper>(old.venue.files, clock, options);
  const auto work_all = [&] {
    while (keeper->work({})) {
    }
  };
  work_all();
  EXPECT_THAT(keeper->state().not_removed, HasSubstr("no backup"));
  EXPECT_EQ(eventlog::read_removed(old.venue.files, old.journal())->through(), 0U);
  EXPECT_TRUE(told.empty());
  old.back_up();  // is seen at once
  Keeper another(old.venue.files, clock, options);
  EXPECT_FALSE(another.work({})) << "one at a time";
  EXPECT_EQ(eventlog::read_removed(old.venue.files, old.journal())->through(), 0U);
  work_all();
  EXPECT_EQ(keeper->state().not_removed, "");
  EXPECT_EQ(eventlog::read_removed(old.venue.files, old.journal())->through(), sealed - 1);
  EXPECT_FALSE(told.empty());
  // By the next one, if this one cannot or dies before it.
  can_be_noted = true;
  told.clear();
  keeper.reset();
  Keeper next(old.venue.files, clock, options);
  while (next.work({})) {
  }
  EXPECT_EQ(told, std::vector<std::string>{"segments 1 to " + std::to_string(sealed - 1) + ", through record " +
                                           std::to_string(old.directory().segments[sealed - 2].last.get()) +
                                           ", which the backup in " + copy.string() + " holds"});
  static_cast<void>(next.work({}));
  EXPECT_EQ(told.size(), 1U);
  EXPECT_EQ(*state_from(to_text(next.state())), next.state());
}

// What makes room is noted where there is none: out of space that was taken beforehand.
TEST(Retention, GoesOnOnAFullDisk) {
  OldVenue old;
  runtime::SimulatedFiles& files = old.venue.files;
  struct : runtime::Clock {
    [[nodiscard]] TimeNs utc() const override { return now; }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return 1; }
  } clock;
  KeeperOptions options{old.journal(), data};
  options.compress = false;
  options.remove_older_ns = 1000;
  options.needed = [](const auto&) { return Seq(1000); };
  Keeper keeper(files, clock, options);
  const auto work_all = [&] {
    while (keeper.work({})) {
    }
  };
  work_all();
  const auto report = keeping::back_up(files, {old.journal(), old.venue.options.memory, {}}, copy, now, false);
  ASSERT_TRUE(report.ok()) << report.error().text;
  old.fill_disk();
  ASSERT_TRUE(note_backup(files, data, copy, report->manifest).ok());
  EXPECT_EQ(*read_backups(files, data),
            (std::vector<KnownBackup>{{report->manifest.through, report->manifest.chain, now, copy.string()}}));
  // The first of them, and with the room that it leaves the rest.
  const auto step = old.step(files);
  ASSERT_TRUE(step.ok()) << step.error().text;
  EXPECT_EQ(step->removed, 1U);
  EXPECT_FALSE(files.exists(eventlog::spare_of(old.journal() / eventlog::removed_file)));
  files.limit_space(UINT64_MAX);
  work_all();
  EXPECT_EQ(eventlog::read_removed(files, old.journal())->through(), old.directory().segments.size() - 1);
  auto reader = *eventlog::open_log(files, old.journal(), old.venue.options.memory);
  EXPECT_EQ(eventlog::test::read_all(*reader).seqs, eventlog::test::numbers(1, 100));
}

// Killed or without power at any moment: no segment is gone that no good copy holds, and the next one goes on.
void expect_may_be_cut(OldVenue& old) {
  const eventlog::Directory directory = old.directory();
  for (std::uint64_t n = 1; n < 100; ++n) {
    const auto files = old.venue.files.copy();
    files->plan(n, n % 2 == 0 ? runtime::CallFault::stop_before : runtime::CallFault::stop_after);
    static_cast<void>(old.remove_all(*files));
    const bool through = files->plan_is_open();
    files->end_process();
    if (n % 3 == 0) {
      files->cut_power(n);
      files->boot();
    }
    const auto removed = eventlog::read_removed(*files, old.journal());
    ASSERT_TRUE(removed.ok()) << n;
    for (const eventlog::SealedSegment& listed : directory.segments) {
      const auto here = eventlog::sealed_path(*files, old.journal(), listed);
      const bool good = here && eventlog::check_sealed_file(*files, *here, directory.identity, listed).ok();
      const eventlog::RemovedRange* const range = removed->of(listed.number);
      const bool held =
          range != nullptr && eventlog::sealed_path(*files, journal_of_backup(range->backup), listed).has_value();
      EXPECT_TRUE(good || held) << n << ": segment " << listed.number;
    }
    files->limit_space(UINT64_MAX);
    static_cast<void>(old.remove_all(*files));
    EXPECT_EQ(eventlog::read_removed(*files, old.journal())->through(), directory.segments.size() - 1) << n;
    EXPECT_FALSE(eventlog::sealed_path(*files, old.journal(), directory.segments[0]).has_value()) << n;
    if (through) {
      ASSERT_GT(n, 15U);
      return;
    }
  }
  FAIL() << "it never came to an end";
}

TEST(Retention, MayBeCutShortAnywhere) {
  OldVenue old;
  old.back_up();
  expect_may_be_cut(old);
}

TEST(Retention, MayBeCutShortAnywhereOnAFullDisk) {
  OldVenue old;
  old.back_up();
  ASSERT_TRUE(eventlog::keep_spare(old.venue.files, old.journal() / eventlog::removed_file).ok());
  old.fill_disk();
  expect_may_be_cut(old);
}

eventlog::Directory directory_of(std::uint64_t segments) {
  eventlog::Directory directory;
  for (std::uint64_t number = 1; number <= segments; ++number) {
    eventlog::SealedSegment listed;
    listed.number = number;
    listed.last = Seq(number * 10);
    directory.segments.push_back(listed);
  }
  return directory;
}

// Every segment has the backup by which it went last, however often and in whatever order they were brought back; a
// line less would do for no two neighbours.
TEST(RemovedList, NamesTheBackupByWhichASegmentWentLast) {
  const eventlog::Directory directory = directory_of(12);
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    eventlog::Removed removed;
    std::vector<std::string> last;
    for (int step = 0; step < 40; ++step) {
      const std::uint64_t segment = 1 + random() % std::min<std::uint64_t>(last.size() + 1, 12);
      const std::string backup = "/copy " + std::to_string(random() % 3);
      removed.note(directory, segment, TimeNs(step), backup);
      last.resize(std::max<std::size_t>(last.size(), segment));
      last[segment - 1] = backup;
      ASSERT_EQ(removed.through(), last.size());
      for (std::uint64_t number = 1; number <= last.size(); ++number) {
        ASSERT_EQ(removed.of(number)->backup, last[number - 1]) << "segment " << number << " in step " << step;
      }
      for (std::size_t i = 0; i < removed.ranges.size(); ++i) {
        ASSERT_EQ(removed.ranges[i].last, Seq(removed.ranges[i].through * 10));
        ASSERT_TRUE(i == 0 || removed.ranges[i - 1].backup != removed.ranges[i].backup);
      }
    }
    ASSERT_EQ(*eventlog::removed_from(to_text(removed)), removed);
  }
}

TEST(RemovedList, TextGivesTheSameAgain) {
  const eventlog::Directory directory = directory_of(3);
  eventlog::Removed removed;
  for (const std::uint64_t number : {1, 2, 3}) {
    removed.note(directory, number, TimeNs(5), number < 3 ? "/a folder" : "/b");
  }
  EXPECT_EQ(removed.ranges.size(), 2U);
  EXPECT_EQ(removed.of(1)->backup, "/a folder");
  EXPECT_EQ(removed.of(3)->backup, "/b");
  EXPECT_EQ(removed.of(4), nullptr);
  std::string text = to_text(removed);
  EXPECT_EQ(*eventlog::removed_from(text), removed);
  text[20] ^= 1;
  EXPECT_FALSE(eventlog::removed_from(text).ok());
}

}  // namespace
}  // namespace cantus::keeping::test
