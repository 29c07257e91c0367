// Copies of a log: made while it grows, cut short anywhere, verified, restored, and used to mend what is bad.
#include "keeping/backup.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>

#include "eventlog/layout.h"
#include "eventlog/verify.h"
#include "keeping/backup_list.h"
#include "tests/eventlog/crash.h"

namespace cantus::keeping::test {
namespace {

using eventlog::test::Venue;
using runtime::CallFault;
using testing::HasSubstr;

const std::filesystem::path folder = "/backup";
const RestoreTarget target{"/restored", "/memory/restored"};

struct Copied {
  Copied() {
    CANTUS_ASSERT(venue.open().ok(), "it opens");
    set("settings");
    source = {venue.options.journal, venue.options.memory, {"/data/venue.json", "/data/missing"}};
    grow(40);
  }
  void set(const std::string& text, const std::filesystem::path& file = "/data/venue.json") {
    CANTUS_ASSERT(runtime::replace_file(venue.files, file, std::as_bytes(std::span(text))).ok(), "there is room");
  }
  void grow(std::uint64_t records) {
    CANTUS_ASSERT(venue.append(records, 900).ok(), "it is written");
    venue.listener->wait_synced(venue.journal->last());
  }
  Result<BackupReport> back_up(runtime::Files& files, bool verify_all = false) const {
    return keeping::back_up(files, source, folder, TimeNs(77), verify_all);
  }
  BackupReport back_up() {
    Result<BackupReport> report = back_up(venue.files);
    CANTUS_ASSERT(report.ok(), report.ok() ? "" : report.error().text.c_str());
    return *std::move(report);
  }
  [[nodiscard]] std::uint64_t last() const { return venue.journal->last().get(); }

  Venue venue;
  BackupSource source;
};

void expect_refused(runtime::SimulatedFiles& files, const BackupSource& source, const std::filesystem::path& where,
                    const std::string& because) {
  const auto before = files.image();
  const Result<BackupReport> report = keeping::back_up(files, source, where, TimeNs(1), false);
  ASSERT_FALSE(report.ok()) << where;
  EXPECT_EQ(report.error().code, ErrorCode::refused) << report.error().text;
  EXPECT_THAT(report.error().text, HasSubstr(because)) << where;
  EXPECT_TRUE(files.image() == before) << where << ": something was changed";
}

// Restored into a place of its own, a journal starts there and holds the log through `last`.
void expect_restored(runtime::SimulatedFiles& files, std::uint64_t last, const std::string& where) {
  const Result<RestoreReport> report = restore(files, folder, target);
  ASSERT_TRUE(report.ok()) << where << ": " << report.error().text;
  EXPECT_EQ(report->last, Seq(last)) << where;
  const auto found = eventlog::verify_log(files, "/restored/journal");
  ASSERT_TRUE(found.ok() && !found->first_bad && !found->first_stray) << where;
  eventlog::JournalOptions options = Venue::make_options();
  options.journal = "/restored/journal";
  options.memory = "/memory/restored";
  auto journal = eventlog::FileJournal::open(files, options);
  ASSERT_TRUE(journal.ok()) << where << ": " << journal.error().text;
  EXPECT_EQ((*journal)->last(), Seq(last)) << where;
  const auto record = eventlog::test::record_for(Seq(last + 1), Term(9), 10);
  EXPECT_TRUE((*journal)->append(Term(9), Seq(last), record).ok()) << where;
  EXPECT_TRUE((*journal)->close().ok()) << where;
  auto reader = *eventlog::open_log(files, options.journal, options.memory);
  const eventlog::test::Read read = eventlog::test::read_all(*reader);
  EXPECT_FALSE(read.error.has_value()) << where;
  EXPECT_EQ(read.seqs.size(), last + 1) << where;
}

TEST(Backup, OfARunningVenueReachesWhatIsSynced) {
  Copied copied;
  const BackupReport report = copied.back_up();
  EXPECT_EQ(report.manifest.through, Seq(copied.last()));
  EXPECT_EQ(report.copied, report.segments);
  EXPECT_EQ(*read_manifest(copied.venue.files, folder), report.manifest);
  ASSERT_EQ(report.manifest.others.size(), 1U);
  const auto found = eventlog::verify_log(copied.venue.files, journal_of_backup(folder));
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->first_bad.has_value());
  EXPECT_EQ(found->last, Seq(copied.last()));
  expect_restored(copied.venue.files, copied.last(), "running");
  EXPECT_EQ(copied.venue.files.content("/restored/venue.json"), copied.venue.files.content("/data/venue.json"));
}

TEST(Backup, TheNextOneCopiesOnlyWhatIsNew) {
  Copied copied;
  for (int round = 0; round < 6; ++round) {
    const BackupReport before = copied.back_up();
    EXPECT_EQ(copied.back_up().copied, 0U) << "nothing is new";
    copied.grow(7 * static_cast<std::uint64_t>(round) + 1);
    const BackupReport report = copied.back_up();
    EXPECT_LE(report.copied, report.segments - before.segments + 1) << "what was not complete, and what is new";
    EXPECT_EQ(report.manifest.through, Seq(copied.last()));
    const auto files = copied.venue.files.copy();
    expect_restored(*files, copied.last(), "round " + std::to_string(round));
  }
}

TEST(Backup, GoesOnBehindAStartOfTheVenueInANewOpening) {
  Copied copied;
  copied.back_up();
  copied.venue.cut_power(3);
  ASSERT_TRUE(copied.venue.open().ok());
  copied.grow(30);
  const BackupReport report = copied.back_up();
  EXPECT_EQ(report.manifest.through, Seq(copied.last()));
  expect_restored(copied.venue.files, copied.last(), "after a power cut");
  for (const std::string& name : *copied.venue.files.list(journal_of_backup(folder))) {
    EXPECT_THAT(name, testing::Not(testing::EndsWith(".new")));
  }
}

TEST(Backup, TakesPackedSegmentsAsTheyAre) {
  Copied copied;
  copied.venue.listener->wait_sealed(2);
  const auto listed = *eventlog::read_directory(copied.venue.files, copied.source.journal);
  ASSERT_TRUE(
      eventlog::pack_sealed(copied.venue.files, copied.source.journal, listed.identity, listed.segments[0]).ok());
  const BackupReport report = copied.back_up();
  EXPECT_EQ(report.manifest.through, Seq(copied.last()));
  expect_restored(copied.venue.files, copied.last(), "packed");
}

// The process ends at any call, or a call fails, or the power goes: what was complete before can be restored, and the
// next backup goes on.
TEST(Backup, MayBeCutShortAnywhere) {
  Copied copied;
  copied.back_up();
  copied.set("not ours", folder / "notes.txt");
  const std::uint64_t before = copied.last();
  copied.grow(25);
  copied.set("other settings");
  copied.venue.die();
  const std::uint64_t after = before + 25;
  for (std::uint64_t n = 1; n < 400; ++n) {
    const CallFault fault = std::array{CallFault::stop_before, CallFault::stop_after, CallFault::fail_once}[n % 3];
    const std::string where = "call " + std::to_string(n);
    const auto files = copied.venue.files.copy();
    files->plan(n, fault);
    const Result<BackupReport> cut = copied.back_up(*files);
    if (files->plan_is_open()) {
      ASSERT_TRUE(cut.ok());
      ASSERT_GT(n, 20U);
      return;
    }
    if (fault != CallFault::fail_once) {
      files->end_process();
    }
    if (n % 2 == 0) {
      files->cut_power(n);
      files->boot();
    }
    {
      const auto other = files->copy();
      const Result<RestoreReport> report = restore(*other, folder, target);
      ASSERT_TRUE(report.ok()) << where << ": " << report.error().text;
      EXPECT_TRUE(report->last == Seq(before) || report->last == Seq(after)) << where;
      EXPECT_FALSE(eventlog::verify_log(*other, "/restored/journal")->first_bad) << where;
    }
    const Result<BackupReport> again = copied.back_up(*files);
    ASSERT_TRUE(again.ok()) << where << ": " << again.error().text;
    if (n % 2 != 0) {  // else the venue's own memory is gone
      EXPECT_EQ(again->manifest.through, Seq(after)) << where;
    }
    expect_restored(*files, again->manifest.through.get(), where);
    EXPECT_EQ(files->content("/restored/venue.json"), files->content("/data/venue.json")) << where;
    EXPECT_THAT(*files->list(folder),
                testing::ElementsAre("manifest", "notes.txt",
                                     path_in_backup(folder, again->manifest.others[0]).filename().string()))
        << where << ": what is older is gone";
  }
}

// By the lock that it takes first of all; the host's files keep it, simulated ones do not.
TEST(Backup, AFirstOneThatWasCutShortIsKnownForOne) {
  const auto place = std::filesystem::temp_directory_path() / ("cantus-begun-" + std::to_string(::getpid()));
  std::filesystem::remove_all(place);
  ASSERT_TRUE(runtime::system_files().make_directories(place).ok());
  EXPECT_FALSE(holds_backup(runtime::system_files(), place));
  ASSERT_TRUE(runtime::system_files().lock(place / backup_lock_file).ok());
  EXPECT_TRUE(holds_backup(runtime::system_files(), place));
  std::filesystem::remove_all(place);
}

TEST(Backup, NeverTakesALogThatAVenueWritesForItsFolder) {
  Copied copied;
  copied.back_up();
  expect_restored(copied.venue.files, 40, "restored");
  copied.venue.die();
  auto& files = copied.venue.files;
  const std::filesystem::path data = copied.source.journal.parent_path();
  expect_refused(files, copied.source, data, "is the log itself");
  expect_refused(files, copied.source, data / "", "is the log itself");
  expect_refused(files, copied.source, copied.source.journal, "one within the other");
  expect_refused(files, copied.source, copied.source.journal / "a" / "copy", "one within the other");
  expect_refused(files, copied.source, data / "run", "of which it would be the copy");
  expect_refused(files, copied.source, data / "backups", "of which it would be the copy");
  expect_refused(files, copied.source, "/restored", "as a venue's own log does");
  // A backup's folder in which somebody started a venue, or put its files.
  for (const std::string& name :
       {std::string(eventlog::mark_file), std::string(eventlog::stop_file), std::string(eventlog::removed_file),
        eventlog::segment_name(9, 1), eventlog::segment_name(9, 1) + ".new"}) {
    copied.set("a venue's", journal_of_backup(folder) / name);
    expect_refused(files, copied.source, folder, "'" + name + "'");
    ASSERT_TRUE(files.remove(journal_of_backup(folder) / name).ok());
  }
  {
    const auto lock = files.lock(journal_of_backup(folder) / eventlog::lock_file);
    ASSERT_TRUE(lock.ok());
    expect_refused(files, copied.source, folder, "in use by a venue");
  }
  EXPECT_TRUE(copied.back_up(files).ok()) << "it is a backup's again";
}

TEST(Backup, RemovesAmongTheSegmentsOnlyWhatABackupMakes) {
  Copied copied;
  copied.back_up();
  const std::filesystem::path journal = journal_of_backup(folder);
  for (const std::string& name : {eventlog::packed_name(90, 7), eventlog::packed_name(91, 7) + ".new",
                                  std::string("directory.new"), std::string("notes"), std::string("other.zst")}) {
    copied.set("left here", journal / name);
  }
  copied.back_up();
  const auto names = *copied.venue.files.list(journal);
  EXPECT_THAT(names, testing::IsSupersetOf({"notes", "other.zst"}));
  EXPECT_THAT(names, testing::Not(testing::Contains(eventlog::packed_name(90, 7))));
  EXPECT_THAT(names, testing::Not(testing::Contains(testing::EndsWith(".new"))));
}

// On the host, where other ways lead to the same place.
TEST(Backup, ThroughALinkToTheLogIsRefused) {
  namespace fs = std::filesystem;
  Copied copied;
  copied.venue.die();
  std::string made = fs::temp_directory_path() / "cantus-backup-XXXXXX";
  ASSERT_NE(::mkdtemp(made.data()), nullptr);
  const fs::path root = made;
  runtime::Files& files = runtime::system_files();
  const BackupSource source{root / "data" / "journal", {}, {}};
  ASSERT_TRUE(files.make_directories(source.journal).ok());
  for (const std::string& name : *copied.venue.files.list(copied.source.journal)) {
    const auto bytes = copied.venue.files.content(copied.source.journal / name);
    ASSERT_TRUE(runtime::replace_file(files, source.journal / name, bytes).ok());
  }
  fs::create_directory_symlink(root / "data", root / "to-data");
  fs::create_directory_symlink(source.journal, root / "to-journal");
  fs::create_directory(root / "over");
  fs::create_directory_symlink(source.journal, root / "over" / "journal");
  const auto before = *files.list(source.journal);
  for (const fs::path& way : {root / "to-data", root / "to-journal", root / "to-journal" / "new" / "copy",
                              root / "over", root / "over" / ".." / "data"}) {
    const Result<BackupReport> report = keeping::back_up(files, source, way, TimeNs(1), false);
    ASSERT_FALSE(report.ok()) << way;
    EXPECT_EQ(report.error().code, ErrorCode::refused) << report.error().text;
    EXPECT_THAT(report.error().text, HasSubstr("name a folder of the backup's own")) << way;
  }
  EXPECT_EQ(*files.list(source.journal), before);
  EXPECT_FALSE(files.exists(source.journal / "new"));
  for (int round = 0; round < 2; ++round) {  // beside it, and again where this left its locks
    const Result<BackupReport> report = keeping::back_up(files, source, root / "copy", TimeNs(1), true);
    ASSERT_TRUE(report.ok()) << report.error().text;
    EXPECT_EQ(report->copied, round == 0 ? report->segments : 0);
  }
  fs::remove_all(root);
}

TEST(Restore, MayBeCutShortAnywhere) {
  Copied copied;
  copied.back_up();
  copied.venue.die();
  for (std::uint64_t n = 1; n < 400; ++n) {
    const std::string where = "call " + std::to_string(n);
    const auto files = copied.venue.files.copy();
    files->plan(n, n % 2 == 0 ? CallFault::stop_before : CallFault::stop_after);
    const Result<RestoreReport> cut = restore(*files, folder, target);
    if (files->plan_is_open()) {
      ASSERT_GT(n, 10U);
      return;
    }
    files->end_process();
    if (n % 3 == 0) {
      files->cut_power(n);
      files->boot();
    }
    if (!files->exists("/restored/journal/directory")) {
      expect_restored(*files, 40, where);
    } else {
      EXPECT_EQ(restore(*files, folder, target).error().code, ErrorCode::refused) << where;
      EXPECT_EQ(eventlog::verify_log(*files, "/restored/journal")->last, Seq(40)) << where;
    }
  }
}

// A venue that somebody starts in the copy, which goes on for many segments and ends in good order or dies.
void start_a_venue_in_the_copy(runtime::SimulatedFiles& files, bool orderly) {
  eventlog::JournalOptions options = Venue::make_options();
  options.journal = journal_of_backup(folder);
  options.memory = "/memory/trial";
  {
    const auto journal = eventlog::FileJournal::open(files, options);
    ASSERT_TRUE(journal.ok()) << journal.error().text;
    for (Seq last = (*journal)->last(); last < Seq(140);) {
      const auto record = eventlog::test::record_for(last.next(), Term(9), 900);
      if ((*journal)->has_room(record.size(), eventlog::RoomFor::outcomes_and_sessions)) {
        ASSERT_TRUE((*journal)->append(Term(9), last, record).ok());
        last = last.next();
      }
    }
    ASSERT_TRUE(!orderly || (*journal)->close().ok());
  }
  if (orderly) {
    ASSERT_TRUE(eventlog::give_up_memory(files, options.journal, options.memory).ok());
    EXPECT_GT(eventlog::read_directory(files, options.journal)->last(), Seq(40)) << "it lists its own";
  }
}

TEST(Restore, WhatAVenueWroteInTheCopyIsLeftOut) {
  Copied copied;
  copied.back_up();
  copied.venue.die();
  for (const bool orderly : {false, true}) {
    const auto files = copied.venue.files.copy();
    start_a_venue_in_the_copy(*files, orderly);
    const auto untouched = files->copy();
    expect_restored(*untouched, 40, orderly ? "ended" : "killed");
    const Result<RestoreReport> report = restore(*files, folder, target);
    ASSERT_TRUE(report.ok()) << report.error().text;
    EXPECT_TRUE(report->was_started);
    EXPECT_EQ(report->last, report->manifest.through);
    EXPECT_EQ(eventlog::read_directory(*files, "/restored/journal")->chain(), report->manifest.chain);
  }
  EXPECT_FALSE(restore(copied.venue.files, folder, target)->was_started);
}

// Cut short between the directory record and the manifest, and then used as a venue's own: what is whose is not known.
TEST(Restore, WhatCannotBeToldFromWhatAVenueWroteIsRefused) {
  Copied copied;
  copied.back_up();
  copied.venue.die();
  auto& files = copied.venue.files;
  start_a_venue_in_the_copy(files, true);
  for (const bool other_chain : {false, true}) {
    Manifest manifest = *read_manifest(files, folder);
    manifest.through = other_chain ? manifest.through : Seq(manifest.through.get() - 1);
    manifest.chain.bytes[0] ^= std::byte{other_chain ? std::uint8_t{1} : std::uint8_t{0}};
    const auto changed = files.copy();
    const std::string text = to_text(manifest);
    ASSERT_TRUE(runtime::replace_file(*changed, folder / manifest_file, std::as_bytes(std::span(text))).ok());
    const Result<RestoreReport> report = restore(*changed, folder, target);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, ErrorCode::corrupt);
    EXPECT_THAT(report.error().text, HasSubstr("a venue was started in it"));
  }
}

void expect_not_restored(runtime::SimulatedFiles& files, ErrorCode code, const std::string& because) {
  const auto before = files.image();
  const Result<RestoreReport> report = restore(files, folder, target);
  ASSERT_FALSE(report.ok()) << because;
  EXPECT_EQ(report.error().code, code) << report.error().text;
  EXPECT_THAT(report.error().text, HasSubstr(because));
  EXPECT_TRUE(files.image() == before) << because << ": something was changed";
}

// Plain segments would be read before the verified ones, a mark or a stop would keep the log from starting.
TEST(Restore, WhatIsLeftOfALogIsRefusedByName) {
  Copied copied;
  copied.back_up();
  copied.venue.die();
  auto& files = copied.venue.files;
  const std::filesystem::path journal = target.data / "journal";
  ASSERT_TRUE(files.make_directories(journal).ok());
  for (const std::string& name :
       {eventlog::segment_name(1, 1), eventlog::segment_name(9, 1), eventlog::segment_name(1, 1) + ".new",
        eventlog::packed_name(9, 1), eventlog::packed_name(1, 2), std::string(eventlog::mark_file),
        std::string(eventlog::stop_file), std::string(eventlog::removed_file)}) {
    copied.set("left here", journal / name);
    expect_not_restored(files, ErrorCode::refused, "'" + name + "'");
    ASSERT_TRUE(files.remove(journal / name).ok());
  }
  copied.set("a backup's", target.data / manifest_file);
  expect_not_restored(files, ErrorCode::refused, "holds a backup");
  ASSERT_TRUE(files.remove(target.data / manifest_file).ok());
  {
    const auto lock = files.lock(journal / eventlog::lock_file);
    ASSERT_TRUE(lock.ok());
    expect_not_restored(files, ErrorCode::already_in_use, "restore");
  }
  copied.set("cut short", journal / (eventlog::packed_name(1, 1) + ".new"));
  copied.set("nobody's", journal / "notes");
  expect_restored(files, 40, "what is left of a restore is none of these");
}

// A venue that was killed when its disk was lost: what it had in memory is newer than the copy.
TEST(Restore, BesideTheMemoryOfTheSameLogIsRefused) {
  Copied copied;
  copied.back_up();
  copied.grow(3);
  copied.venue.die();
  auto& files = copied.venue.files;
  const RestoreTarget same{target.data, copied.source.memory};
  const auto before = files.image();
  const Result<RestoreReport> refused = restore(files, folder, same);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_THAT(refused.error().text, testing::AllOf(HasSubstr(copied.source.memory.string()), HasSubstr("record 43")));
  EXPECT_TRUE(files.image() == before) << "something was changed";
  // After a start of the host it is gone, and of another log it is no hindrance.
  const auto other = files.copy();
  eventlog::JournalOptions options = Venue::make_options();
  options.journal = "/other/journal";
  options.memory = target.memory;
  options.create_as->venue = VenueId(77);
  ASSERT_TRUE(eventlog::FileJournal::open(*other, options).ok());
  expect_restored(*other, 40, "of another log");
  files.cut_power(1);
  files.boot();
  EXPECT_TRUE(restore(files, folder, same).ok());
}

TEST(Restore, WhatIsBadIsRefusedByName) {
  Copied copied;
  copied.back_up();
  const auto names = *copied.venue.files.list(journal_of_backup(folder));
  for (const std::string& name : names) {
    const auto files = copied.venue.files.copy();
    const std::filesystem::path path = journal_of_backup(folder) / name;
    const std::byte is = files->content(path)[100] ^ std::byte{1};
    files->damage(path, 100, {&is, 1});
    const Result<RestoreReport> report = restore(*files, folder, target);
    ASSERT_FALSE(report.ok()) << name;
    EXPECT_EQ(report.error().code, ErrorCode::corrupt) << name;
    EXPECT_THAT(report.error().text, HasSubstr(name == "directory" ? "directory record" : path.string()))
        << "the bad one is the backup's";
    EXPECT_FALSE(files->exists("/restored/journal/directory")) << name;
  }
  const std::byte other{'x'};
  copied.venue.files.damage(path_in_backup(folder, read_manifest(copied.venue.files, folder)->others[0]), 0,
                            {&other, 1});
  EXPECT_THAT(restore(copied.venue.files, folder, target).error().text, HasSubstr("venue.json"));
}

// Earlier builds wrote the other files under their plain names, with the same manifest.
TEST(Restore, TakesAFileUnderItsPlainNameIfItIsWhatTheManifestSays) {
  Copied copied;
  copied.back_up();
  const Manifest::Other other = read_manifest(copied.venue.files, folder)->others.at(0);
  ASSERT_TRUE(copied.venue.files.rename(path_in_backup(folder, other), folder / other.name).ok());
  const auto bad = copied.venue.files.copy();
  const std::byte changed{'x'};
  bad->damage(folder / other.name, 0, {&changed, 1});
  const Result<RestoreReport> refused = restore(*bad, folder, target);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
  EXPECT_THAT(refused.error().text, HasSubstr((folder / other.name).string() + ": not what"));
  {
    const auto files = copied.venue.files.copy();
    expect_restored(*files, 40, "plain name");
    EXPECT_EQ(files->content("/restored/venue.json"), files->content("/data/venue.json"));
  }
  // The next backup goes on there.
  copied.set("other settings");
  copied.back_up();
  expect_restored(copied.venue.files, 40, "both names");
  EXPECT_EQ(copied.venue.files.content("/restored/venue.json"), copied.venue.files.content("/data/venue.json"));
}

TEST(Backup, OfAnotherHistoryIsRefused) {
  Copied copied;
  copied.back_up();
  // The same log, restored and gone on from there on its own.
  expect_restored(copied.venue.files, 40, "copy");
  copied.grow(20);
  copied.back_up();
  BackupSource other = copied.source;
  other.journal = "/restored/journal";
  other.memory = "/memory/restored";
  const auto report = back_up(copied.venue.files, other, folder, TimeNs(1), false);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::refused);
  EXPECT_THAT(report.error().text, HasSubstr("another folder"));
  EXPECT_EQ(read_manifest(copied.venue.files, folder)->through, Seq(60));
}

TEST(Backup, VerifyingAllCopiesAgainWhatIsBad) {
  Copied copied;
  copied.back_up();
  const std::filesystem::path path = journal_of_backup(folder) / eventlog::packed_name(1, 1);
  const std::byte is = copied.venue.files.content(path)[150] ^ std::byte{1};
  copied.venue.files.damage(path, 150, {&is, 1});
  EXPECT_EQ(copied.back_up().copied, 0U);
  const auto report = copied.back_up(copied.venue.files, true);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->copied, 1U);
  expect_restored(copied.venue.files, 40, "mended copy");
}

TEST(Mend, BadAndMissingSegmentsComeFromTheBackup) {
  Copied copied;
  copied.venue.listener->wait_sealed(2);
  copied.back_up();
  copied.venue.die();
  auto& files = copied.venue.files;
  const std::filesystem::path first = copied.source.journal / eventlog::segment_name(1, 1);
  const std::byte is = files.content(first)[5000] ^ std::byte{1};
  files.damage(first, 5000, {&is, 1});
  ASSERT_TRUE(files.remove(copied.source.journal / eventlog::segment_name(2, 1)).ok());
  const auto mended = mend(files, copied.source.journal, folder);
  ASSERT_TRUE(mended.ok()) << mended.error().text;
  EXPECT_THAT(*mended, testing::ElementsAre(1U, 2U));
  EXPECT_FALSE(eventlog::verify_log(files, copied.source.journal)->first_bad);
  EXPECT_THAT(*mend(files, copied.source.journal, folder), testing::IsEmpty());
  // A copy that is bad itself replaces nothing.
  const std::filesystem::path copy = journal_of_backup(folder) / eventlog::packed_name(1, 1);
  const std::filesystem::path here = copied.source.journal / eventlog::packed_name(1, 1);
  for (const std::filesystem::path& path : {copy, here}) {
    const std::byte changed = files.content(path)[200] ^ std::byte{1};
    files.damage(path, 200, {&changed, 1});
  }
  const auto before = files.content(here);
  const auto failed = mend(files, copied.source.journal, folder);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().text, HasSubstr("no good copy of segment 1"));
  EXPECT_EQ(files.content(here), before);
}

TEST(Manifest, TextGivesTheSameAgainAndNamesNoWayOut) {
  Manifest manifest;
  manifest.identity = eventlog::test::identity;
  manifest.through = Seq(9);
  manifest.taken_at = TimeNs(5);
  manifest.others = {{"a b.json", Hash256{}}};
  EXPECT_EQ(*manifest_from(to_text(manifest)), manifest);
  manifest.others = {{"../x", Hash256{}}};
  EXPECT_FALSE(manifest_from(to_text(manifest)).ok());
  EXPECT_FALSE(manifest_from("cantus-backup 1\n").ok());
}

TEST(BackupList, RefusesANameThatItCannotHoldBeforeAnythingIsDone) {
  Copied copied;
  copied.venue.die();
  expect_refused(copied.venue.files, copied.source, "/back\nup", "line feed");
  auto& files = copied.venue.files;
  ASSERT_TRUE(note_backup(files, "/data", "/one copy", {}).ok());
  EXPECT_EQ(note_backup(files, "/data", "/back\nup", {}).error().code, ErrorCode::refused);
  ASSERT_TRUE(note_backup(files, "/data", "/other", {}).ok());
  const auto listed = read_backups(files, "/data");
  ASSERT_TRUE(listed.ok()) << listed.error().text;
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(listed->front().folder, "/one copy");
}

TEST(BackupList, StaysAsItIsWhenItIsDamaged) {
  Copied copied;
  auto& files = copied.venue.files;
  ASSERT_TRUE(note_backup(files, "/data", "/one", {}).ok());
  ASSERT_TRUE(note_backup(files, "/data", "/other", {}).ok());
  const std::byte changed{'?'};
  files.damage("/data/backups", 30, {&changed, 1});
  const auto before = files.content("/data/backups");
  const Status noted = note_backup(files, "/data", "/third", {});
  ASSERT_FALSE(noted.ok());
  EXPECT_EQ(noted.error().code, ErrorCode::corrupt);
  EXPECT_THAT(noted.error().text, testing::AllOf(HasSubstr("/data/backups"), HasSubstr("moved away")));
  EXPECT_EQ(files.content("/data/backups"), before);
}

}  // namespace
}  // namespace cantus::keeping::test
