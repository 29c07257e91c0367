// Deaths, power cuts, torn tails, damage, failed syncs: what a start finds and what it refuses (docs/architecture.md,
// section 2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "eventlog/directory.h"
#include "eventlog/verify.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

using testing::HasSubstr;

// The first segment: in these tests what is not sealed lies in it.
std::filesystem::path in_memory(const Venue& venue) { return venue.options.memory / segment_name(1, 1); }
std::filesystem::path on_disk(const Venue& venue) { return venue.options.journal / segment_name(1, 1); }

// Puts a stored mark there, as if the last one written before a power cut had been this.
void set_mark(Venue& venue, Seq seq) {
  const std::filesystem::path path = venue.options.journal / "mark";
  const auto file =
      venue.files.exists(path) ? venue.files.open(path, runtime::Access::write) : venue.files.create(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->write_at(0, payload_of(stored_mark(identity, seq))).ok());
}

// Offset behind the last record of a segment's bytes.
std::size_t end_of(std::span<const std::byte> segment) {
  std::size_t at = segment_data_begin;
  for (;;) {
    std::uint32_t word = 0;
    std::memcpy(&word, segment.data() + at, sizeof(word));
    if (word == 0 || word == end_of_segment) {
      return at;
    }
    at += aligned_record(word);
  }
}

LastRecord last_of(Term term, std::uint64_t seq, std::size_t size, Seq synced = Seq(0)) {
  const auto record = record_for(Seq(seq), term, size, synced);
  const Event event = event_at(record.data());
  return {Seq(seq), term, event.header->time, record_hash(event)};
}

// A journal with everything synced, closed, its host not restarted.
void closed_with(Venue& venue, std::uint64_t count, std::size_t size) {
  venue.marks_in_records = false;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(count, size).ok());
  ASSERT_TRUE(venue.journal->close().ok());
  venue.journal.reset();
}

std::vector<std::uint64_t> seqs_of(Venue& venue) {
  auto reader = venue.reader();
  if (!reader.ok()) {
    return {};
  }
  const Read read = read_all(**reader);
  EXPECT_FALSE(read.error.has_value()) << read.error->text;
  return read.seqs;
}

// ---- the same boot -------------------------------------------------------------------------------------------------

TEST(SameBoot, NothingIsLostThatAnybodySaw) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  auto reader = *venue.reader();
  ASSERT_TRUE(venue.append(500, 100).ok());
  venue.die();  // with whatever was not synced just then
  EXPECT_EQ(read_all(*reader).seqs, numbers(1, 500)) << "a reader outlives the journal";
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->start_report().kind, StartKind::same_boot);
  EXPECT_EQ(venue.journal->last(), Seq(500));
  EXPECT_EQ(venue.journal->opened_at().seq, Seq(500));
  ASSERT_TRUE(venue.append(10, 100, Term(2)).ok());
  EXPECT_EQ(read_all(*reader).seqs, numbers(501, 510)) << "and reads on";
  ASSERT_TRUE(venue.journal->close().ok());
  EXPECT_EQ(venue.journal->synced(), Seq(510));
}

TEST(SameBoot, TheLastRecordIsNamedForTheNextTerm) {
  Venue venue;
  closed_with(venue, 3, 24);
  ASSERT_TRUE(venue.open().ok());
  const LastRecord last = venue.journal->opened_at();
  EXPECT_EQ(last.term, Term(1));
  auto reader = *venue.reader();
  ASSERT_EQ(read_all(*reader).seqs, numbers(1, 3));
  ASSERT_TRUE(venue.journal->append(Term(2), Seq(3), term_record(last, Term(2))).ok());
  const Read read = read_all(*reader);
  EXPECT_FALSE(read.error.has_value());
  EXPECT_EQ(read.seqs, numbers(4, 4));
}

TEST(SameBoot, TheLastRecordMayLieInASealedSegment) {
  Venue venue;
  const std::uint64_t fit = (16384 - 4096 - 8) / 64;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(fit, 0).ok());
  venue.listener->wait_synced(Seq(fit));
  venue.cut_power(1);
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->start_report().kind, StartKind::after_reboot);
  const LastRecord last = venue.journal->opened_at();
  venue.die();
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->opened_at(), last);
  EXPECT_EQ(last.seq, Seq(fit));
}

// Dying anywhere within an append leaves a prefix of the record's bytes behind the last good one.
TEST(SameBoot, AHalfCopiedRecordIsZeroed) {
  const auto torn = record_for(Seq(21), Term(1), 150);
  for (std::size_t copied = 0; copied < torn.size(); ++copied) {
    Venue venue;
    closed_with(venue, 20, 50);
    const std::filesystem::path path = in_memory(venue);
    std::vector<std::byte> bytes = torn;
    std::fill(bytes.begin(), bytes.begin() + 4, std::byte{0});  // its commit word was not stored
    const std::size_t end = end_of(venue.files.content(path));
    venue.files.damage(path, end, std::span(bytes).first(copied));
    ASSERT_TRUE(venue.open().ok());
    EXPECT_EQ(venue.journal->last(), Seq(20));
    // A shorter record in its place must not bring the torn bytes back as a record behind it.
    ASSERT_TRUE(venue.append(1, 4).ok());
    EXPECT_EQ(seqs_of(venue), numbers(1, 21));
  }
}

TEST(SameBoot, DamageUnderACommitWordIsRefusedAndChangesNothing) {
  Venue venue;
  closed_with(venue, 20, 50);
  const std::filesystem::path path = in_memory(venue);
  const std::vector<std::byte> good = venue.files.content(path);
  const std::size_t end = end_of(good);
  const std::size_t size = aligned_record(64 + 50);
  for (std::size_t at = end - size; at < end - 6; ++at) {  // the last record without its padding
    if (at < end - size + 4) {
      continue;  // the commit word itself: see below
    }
    const std::byte flipped = good[at] ^ std::byte{0x10};
    venue.files.damage(path, at, {&flipped, 1});
    const Status status = venue.open();
    ASSERT_FALSE(status.ok()) << at;
    EXPECT_EQ(status.error().code, ErrorCode::corrupt);
    EXPECT_THAT(status.error().text, HasSubstr("record 20"));
    venue.files.damage(path, at, {&good[at], 1});
  }
  for (const std::uint32_t word : {1u, 63u, 1351u, 0x7fffffffu}) {
    venue.files.damage(path, end - size, std::as_bytes(std::span(&word, 1)));
    const Status status = venue.open();
    ASSERT_FALSE(status.ok()) << word;
    EXPECT_EQ(status.error().code, ErrorCode::corrupt);
  }
  // A commit word that vanished: the record was synced, so its absence is corruption as well.
  const std::uint32_t none = 0;
  venue.files.damage(path, end - size, std::as_bytes(std::span(&none, 1)));
  const Status status = venue.open();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::corrupt);
  venue.files.damage(path, end - size, std::span(good).subspan(end - size, 4));
  EXPECT_TRUE(venue.open().ok()) << "nothing had been changed";
}

TEST(SameBoot, DyingBehindTheEndMarkerIsContinued) {
  Venue venue;
  closed_with(venue, 20, 50);
  const std::filesystem::path path = in_memory(venue);
  const std::uint32_t marker = end_of_segment;
  venue.files.damage(path, end_of(venue.files.content(path)), std::as_bytes(std::span(&marker, 1)));
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(5, 50).ok());
  EXPECT_EQ(seqs_of(venue), numbers(1, 25));
  venue.listener->wait_sealed(1);
  EXPECT_EQ(venue.journal->sealed_after(0)->last, Seq(20));
}

TEST(SameBoot, SealsOfAnEarlierProcessAreTold) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(200, 100).ok());
  venue.listener->wait_sealed(2);
  const auto first = venue.journal->sealed_after(0);
  const auto second = venue.journal->sealed_after(1);
  venue.die();
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->sealed_after(0), first);
  EXPECT_EQ(venue.journal->sealed_after(1), second);
  EXPECT_EQ(venue.journal->sealed_after(2), std::nullopt);
}

TEST(SameBoot, ManyDeathsInARow) {
  std::mt19937_64 random(11);
  Venue venue;
  std::uint64_t last = 0;
  for (std::uint32_t term = 1; term <= 40; ++term) {
    ASSERT_TRUE(venue.open().ok());
    ASSERT_EQ(venue.journal->last(), Seq(last));
    const std::uint64_t count = random() % 60;
    ASSERT_TRUE(venue.append(count, random() % 1000, Term(term)).ok());
    last += count;
    venue.die();
  }
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(seqs_of(venue), numbers(1, last));
  venue.journal.reset();
  EXPECT_TRUE(check_log(venue.files, venue.options.journal).ok());
}

// ---- after a reboot ------------------------------------------------------------------------------------------------

TEST(Reboot, WhatWasSyncedIsThere) {
  Venue venue;
  closed_with(venue, 300, 100);
  venue.cut_power(5);
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->start_report().kind, StartKind::after_reboot);
  EXPECT_EQ(venue.journal->last(), Seq(300));
  EXPECT_EQ(venue.journal->synced(), Seq(300));
  EXPECT_EQ(seqs_of(venue), numbers(1, 300));
  ASSERT_TRUE(venue.append(100, 100, Term(2)).ok());
  EXPECT_EQ(seqs_of(venue), numbers(1, 400));
}

TEST(Reboot, NothingAtOrBelowTheMarkIsLostWhateverTheSectorsDid) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    std::mt19937_64 random(seed);
    Venue venue;
    ASSERT_TRUE(venue.open().ok());
    std::uint64_t promised = 0;
    std::uint64_t last = 0;
    for (std::uint32_t term = 1; term <= 3; ++term) {
      ASSERT_TRUE(venue.append(random() % 150, random() % 400, Term(term)).ok());
      last = venue.journal->last().get();
      promised = std::max(promised, venue.journal->synced().get());
      venue.cut_power(random());
      const Status status = venue.open();
      ASSERT_TRUE(status.ok()) << "seed " << seed << ": " << status.error().text;
      ASSERT_GE(venue.journal->last().get(), promised) << "seed " << seed;
      ASSERT_LE(venue.journal->last().get(), last) << "seed " << seed;
      ASSERT_EQ(venue.journal->synced(), venue.journal->last()) << "synced before it is published";
      ASSERT_EQ(seqs_of(venue), numbers(1, venue.journal->last().get())) << "seed " << seed;
      promised = venue.journal->synced().get();
    }
    venue.journal.reset();
    const Status seals = check_log(venue.files, venue.options.journal);
    EXPECT_TRUE(seals.ok()) << seals.error().text;
  }
}

// A start that is itself cut by the next power cut, at any of its steps.
TEST(Reboot, AStartMayBeCutAnywhere) {
  for (std::uint64_t step = 1; step <= 12; ++step) {
    for (const char* what : {"segment-", "directory", "mark"}) {
      Venue venue;
      ASSERT_TRUE(venue.open().ok());
      ASSERT_TRUE(venue.append(120, 100).ok());
      venue.listener->wait_synced(Seq(100));
      const std::uint64_t promised = venue.journal->synced().get();
      venue.cut_power(step);
      venue.files.fail_write(step, what);
      if (!venue.open().ok()) {
        venue.cut_power(step + 100);
      } else {
        venue.die();
      }
      venue.files.fail_write(0, "");
      venue.files.fail_sync(step, what);
      if (!venue.open().ok()) {
        venue.cut_power(step + 200);
      } else {
        venue.cut_power(step + 300);
      }
      venue.files.fail_sync(0, "");
      if (stop_mark(venue.files, venue.options.journal, venue.options.memory).has_value()) {
        ASSERT_TRUE(recover(venue.files, venue.options).ok());
      }
      const Status status = venue.open();
      ASSERT_TRUE(status.ok()) << step << what << status.error().text;
      EXPECT_GE(venue.journal->last().get(), promised);
      EXPECT_EQ(seqs_of(venue), numbers(1, venue.journal->last().get()));
    }
  }
}

// What a cut leaves of the last KiBs, at every byte: the mark of the stored file is below them.
TEST(Reboot, ATornTailEndsAtTheFirstBadRecordAtEveryByte) {
  Venue made;
  closed_with(made, 40, 70);
  made.cut_power(1);
  const std::string name = segment_name(1, 1);
  const std::vector<std::byte> whole = made.files.content(made.options.journal / name);
  const std::size_t size = aligned_record(64 + 70);
  const std::size_t end = end_of(whole);
  const std::vector<std::byte> zeros(end, std::byte{0});
  for (std::size_t cut = end - 2048; cut < end; cut += 1) {
    Venue venue;
    closed_with(venue, 40, 70);
    venue.cut_power(1);
    set_mark(venue, Seq(20));
    venue.files.damage(venue.options.journal / name, cut, std::span(zeros).first(end - cut));
    const Status status = venue.open();
    ASSERT_TRUE(status.ok()) << cut << ": " << status.error().text;
    std::uint64_t whole_records = (cut - segment_data_begin) / size;
    if ((cut - segment_data_begin) % size >= 64 + 70) {
      ++whole_records;  // only padding was lost
    }
    ASSERT_EQ(venue.journal->last(), Seq(whole_records)) << cut;
    const bool torn = (cut - segment_data_begin) % size != 0 && (cut - segment_data_begin) % size < 64 + 70;
    ASSERT_EQ(venue.journal->start_report().cut_from, torn ? Seq(whole_records + 1) : Seq(0)) << cut;
  }
}

TEST(Reboot, HowMuchWasCutIsTold) {
  Venue venue;
  closed_with(venue, 40, 70);
  venue.cut_power(1);
  const std::filesystem::path path = on_disk(venue);
  set_mark(venue, Seq(10));
  const std::size_t size = aligned_record(64 + 70);
  const std::byte bad{0xee};
  venue.files.damage(path, segment_data_begin + 29 * size + 70, {&bad, 1});  // record 30
  ASSERT_TRUE(venue.open().ok());
  const StartReport& report = venue.journal->start_report();
  EXPECT_EQ(report.last, Seq(29));
  EXPECT_EQ(report.mark, Seq(10));
  EXPECT_EQ(report.rewritten, 19u);
  EXPECT_EQ(report.cut_from, Seq(30));
  EXPECT_EQ(report.cut_records, 10u);
  EXPECT_EQ(report.cut_bytes, 11 * size);
  EXPECT_EQ(report.text(), "continued from the files at record 29; synced were 10, rewritten 19, cut from record 30: " +
                               std::to_string(11 * size) + " bytes with 10 whole records");
  EXPECT_EQ(seqs_of(venue), numbers(1, 29));
  const Result<Directory> directory = read_directory(venue.files, venue.options.journal);
  ASSERT_TRUE(directory.ok());
  ASSERT_EQ(directory->segments.size(), 1u);
  EXPECT_EQ(directory->segments[0].last, Seq(10)) << "nothing behind it in the old file is ever read";
  EXPECT_EQ(directory->opening, 2u);
}

TEST(Reboot, ABadRecordAtOrBelowTheMarkIsRefusedByNameAndChangesNothing) {
  Venue venue;
  closed_with(venue, 40, 70);
  venue.cut_power(1);
  const std::filesystem::path path = on_disk(venue);
  const std::size_t size = aligned_record(64 + 70);
  const std::vector<std::byte> before = venue.files.content(path);
  const std::byte bad{0xee};
  venue.files.damage(path, segment_data_begin + 39 * size + 70, {&bad, 1});  // record 40, the last, at the mark
  const auto names = *venue.files.list(venue.options.journal);
  const Status status = venue.open();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::corrupt);
  EXPECT_THAT(status.error().text,
              HasSubstr(segment_name(1, 1) + " at offset " + std::to_string(segment_data_begin + 39 * size) +
                        ", record 40: its checksum is wrong; records up to 40 were synced"));
  EXPECT_EQ(*venue.files.list(venue.options.journal), names);
  venue.files.damage(path, 0, before);
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->last(), Seq(40));
}

// The stored mark may be old, since it is never synced; then the marks within records speak, also beyond the bad one.
TEST(Reboot, MarksInRecordsBeyondABadOneCount) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  for (std::uint64_t seq = 1; seq <= 30; ++seq) {
    const auto record = record_for(Seq(seq), Term(1), 70, Seq(seq > 20 ? 15 : 0));
    ASSERT_TRUE(venue.journal->append(Term(1), Seq(seq - 1), record).ok());
  }
  ASSERT_TRUE(venue.journal->close().ok());
  venue.cut_power(1);
  set_mark(venue, Seq(2));
  const std::filesystem::path path = on_disk(venue);
  const std::size_t size = aligned_record(64 + 70);
  const std::vector<std::byte> good = venue.files.content(path);
  const std::byte bad{0xee};

  venue.files.damage(path, segment_data_begin + 14 * size + 70, {&bad, 1});  // record 15: promised by 21 … 30
  const Status status = venue.open();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text, HasSubstr("record 15"));
  EXPECT_THAT(status.error().text, HasSubstr("records up to 15 were synced"));

  venue.files.damage(path, 0, good);
  venue.files.damage(path, segment_data_begin + 15 * size + 70, {&bad, 1});  // record 16: above the mark
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->last(), Seq(15));
  EXPECT_EQ(venue.journal->start_report().mark, Seq(15));
}

TEST(Reboot, AMissingFileBelowTheMarkIsRefused) {
  Venue venue;
  closed_with(venue, 40, 70);
  venue.cut_power(1);
  ASSERT_TRUE(venue.files.remove(on_disk(venue)).ok());
  const Status status = venue.open();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::corrupt);
  EXPECT_THAT(status.error().text, HasSubstr("records up to 40 were synced"));
}

TEST(Reboot, AMissingDirectoryRecordIsRefused) {
  Venue venue;
  closed_with(venue, 40, 70);
  venue.cut_power(1);
  ASSERT_TRUE(venue.files.remove(venue.options.journal / "directory").ok());
  const Status status = venue.open();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::corrupt);
}

TEST(Reboot, ADamagedDirectoryRecordIsRefused) {
  Venue venue;
  closed_with(venue, 200, 100);
  venue.cut_power(1);
  const std::filesystem::path path = venue.options.journal / "directory";
  const std::vector<std::byte> good = venue.files.content(path);
  for (std::size_t at = 0; at < good.size(); ++at) {
    const std::byte flipped = good[at] ^ std::byte{1};
    venue.files.damage(path, at, {&flipped, 1});
    const Status status = venue.open();
    ASSERT_FALSE(status.ok()) << at;
    EXPECT_EQ(status.error().code, ErrorCode::corrupt) << at;
    venue.files.damage(path, at, {&good[at], 1});
  }
  EXPECT_TRUE(venue.open().ok());
}

TEST(Reboot, AMissingMemorySegmentOnTheSameBootTakesTheFiles) {
  Venue venue;
  closed_with(venue, 40, 70);
  ASSERT_TRUE(venue.files.remove(in_memory(venue)).ok());
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->start_report().kind, StartKind::after_reboot);
  EXPECT_EQ(venue.journal->last(), Seq(40));
  EXPECT_EQ(seqs_of(venue), numbers(1, 40));
}

TEST(Reboot, MemoryOfAnotherBootIsNotTrusted) {
  // The folder for memory is not on a tmpfs here, and so outlives the reboot with what was never synced.
  Venue venue;
  venue.options.memory = "/disk-after-all/log";
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(40, 70).ok());
  venue.listener->wait_synced(Seq(40));
  venue.cut_power(3);
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->start_report().kind, StartKind::after_reboot);
  EXPECT_EQ(seqs_of(venue), numbers(1, 40));
}

// The memory is lost on the same boot, and the file with it above its mark: record 31 of 40 is bad, 25 were synced.
void lose_the_end(Venue& venue) {
  closed_with(venue, 40, 70);
  const std::uint64_t synced = 25;
  venue.files.damage(venue.options.memory / "control", offsetof(ControlPage, synced),
                     std::as_bytes(std::span(&synced, 1)));
  set_mark(venue, Seq(synced));
  const std::byte bad{0xee};
  venue.files.damage(on_disk(venue), segment_data_begin + 30 * aligned_record(64 + 70) + 70, {&bad, 1});
}

TEST(Reboot, AReaderThatWasBeyondTheCutIsTold) {
  Venue venue;
  lose_the_end(venue);
  auto beyond = *venue.reader();
  ASSERT_EQ(read_all(*beyond).seqs, numbers(1, 40));
  ASSERT_TRUE(venue.files.remove(in_memory(venue)).ok());
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->last(), Seq(30));
  const Read read = read_all(*beyond);
  ASSERT_TRUE(read.error.has_value());
  EXPECT_EQ(read.error->code, ErrorCode::stale_term);
  EXPECT_THAT(read.error->text, HasSubstr("record 40"));
  ASSERT_TRUE(venue.append(20, 70, Term(2)).ok());  // another record 40 is no better
  EXPECT_EQ(read_all(*beyond).error->code, ErrorCode::stale_term);
  EXPECT_FALSE(beyond->seek(Seq(1)).ok()) << "the error is final";

  // Another record of the same number is noticed, too.
  Venue other;
  lose_the_end(other);
  auto replaced = *other.reader();
  ASSERT_EQ(read_all(*replaced).seqs, numbers(1, 40));
  ASSERT_TRUE(other.files.remove(in_memory(other)).ok());
  ASSERT_TRUE(other.open().ok());
  ASSERT_TRUE(other.append(20, 71, Term(2)).ok());
  EXPECT_EQ(read_all(*replaced).error->code, ErrorCode::stale_term);
}

// As if sealing had been behind: three segments that the directory record does not list.
TEST(Reboot, ATailOfSeveralSegmentsIsRewritten) {
  Venue venue;
  closed_with(venue, 200, 100);
  venue.cut_power(4);
  Directory none;
  none.identity = identity;
  ASSERT_TRUE(write_directory(venue.files, venue.options.journal, none).ok());
  set_mark(venue, Seq(10));
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->last(), Seq(200));
  EXPECT_EQ(venue.journal->start_report().rewritten, 190u);
  ASSERT_TRUE(venue.append(300, 100, Term(2)).ok());
  EXPECT_EQ(seqs_of(venue), numbers(1, 500));
  venue.listener->wait_sealed(5);
  venue.journal.reset();
  const Status seals = check_log(venue.files, venue.options.journal);
  EXPECT_TRUE(seals.ok()) << seals.error().text;
}

TEST(Reboot, AReaderOfFilesAloneGoesOnWithTheJournal) {
  Venue venue;
  lose_the_end(venue);
  ASSERT_TRUE(venue.files.remove(in_memory(venue)).ok());
  ASSERT_TRUE(venue.files.remove(venue.options.memory / "control").ok());
  auto reader = *venue.reader();
  EXPECT_EQ(read_all(*reader).seqs, numbers(1, 30)) << "the torn end of files alone is an end";
  EXPECT_EQ(reader->last(), Seq(30));
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(3, 10, Term(2)).ok());
  EXPECT_EQ(read_all(*reader).seqs, numbers(31, 33));
  EXPECT_EQ(reader->last(), Seq(33));
}

// ---- past a stop mark ----------------------------------------------------------------------------------------------

// Appends until the planted failure of the n-th sync stops the journal; says what was synced.
Seq stop_by_failed_sync(Venue& venue, std::uint64_t n) {
  EXPECT_TRUE(venue.open().ok());
  venue.listener->wait_room(1);
  venue.files.fail_sync(n, "segment-");
  while (venue.append(1, 90).ok()) {
  }
  venue.listener->wait_stopped();
  return venue.journal->synced();
}

TEST(Recover, TakesTheTailFromSharedMemory) {
  for (const std::uint64_t n : {1u, 2u, 5u, 9u}) {
    Venue venue;
    const Seq synced = stop_by_failed_sync(venue, n);
    const Seq last = venue.journal->last();
    auto reader = *venue.reader();
    ASSERT_EQ(read_all(*reader).seqs, numbers(1, last.get()));
    venue.die();
    ASSERT_FALSE(venue.open().ok());
    venue.journal.reset();

    venue.options.listener = nullptr;
    const Result<StartReport> report = recover(venue.files, venue.options);
    ASSERT_TRUE(report.ok()) << report.error().text;
    EXPECT_EQ(report->kind, StartKind::recovered);
    EXPECT_EQ(report->last, last) << "what was synced is " << synced.get();
    EXPECT_FALSE(stop_mark(venue.files, venue.options.journal, venue.options.memory).has_value());
    ASSERT_TRUE(venue.open().ok());
    EXPECT_EQ(venue.journal->last(), last);
    ASSERT_TRUE(venue.append(5, 10, Term(2)).ok());
    EXPECT_EQ(read_all(*reader).seqs, numbers(last.get() + 1, last.get() + 5)) << "what was read is still the log";
    ASSERT_TRUE(venue.journal->close().ok());
    venue.cut_power(n);
    ASSERT_TRUE(venue.open().ok());
    EXPECT_EQ(venue.journal->last(), Seq(last.get() + 5)) << "and this time it is durable";
    EXPECT_EQ(seqs_of(venue), numbers(1, last.get() + 5));
  }
}

// What lies in memory outlives a folder that somebody removes; the next log in its place is another one.
TEST(Recover, AStopMarkGoesWithItsLog) {
  for (const bool other : {false, true}) {
    Venue venue;
    stop_by_failed_sync(venue, 2);
    venue.die();
    venue.journal.reset();
    for (const std::string& name : *venue.files.list(venue.options.journal)) {
      ASSERT_TRUE(venue.files.remove(venue.options.journal / name).ok());
    }
    EXPECT_FALSE(stop_mark(venue.files, venue.options.journal, venue.options.memory).has_value());
    venue.options.create_as->venue = VenueId(venue.options.create_as->venue.get() + (other ? 1 : 0));
    if (other) {  // its first start died before it made a page of its own
      Directory directory;
      directory.identity = *venue.options.create_as;
      ASSERT_TRUE(write_directory(venue.files, venue.options.journal, directory).ok());
      EXPECT_FALSE(stop_mark(venue.files, venue.options.journal, venue.options.memory).has_value());
    }
    ASSERT_TRUE(venue.open().ok());
    EXPECT_EQ(venue.journal->last(), Seq(0));
  }
}

TEST(Recover, TakesTheTailFromTheDeviceIfMemoryIsGone) {
  for (const std::uint64_t n : {1u, 3u, 7u}) {
    Venue venue;
    const Seq synced = stop_by_failed_sync(venue, n);
    const Seq last = venue.journal->last();
    venue.cut_power(n * 17);
    ASSERT_FALSE(venue.open().ok()) << "the stop mark outlives the reboot";
    venue.options.listener = nullptr;
    const Result<StartReport> report = recover(venue.files, venue.options);
    ASSERT_TRUE(report.ok()) << report.error().text;
    EXPECT_GE(report->last, synced);
    EXPECT_LE(report->last, last);
    ASSERT_TRUE(venue.open().ok());
    EXPECT_EQ(seqs_of(venue), numbers(1, report->last.get()));
  }
}

// After a failed sync the page cache shows what the device does not have.
TEST(Recover, DoesNotBelieveThePageCache) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(5, 90).ok());
  venue.listener->wait_synced(Seq(5));
  venue.files.fail_sync(1, segment_name(1, 1));
  ASSERT_TRUE(venue.append(1, 90).ok());
  venue.listener->wait_stopped();
  venue.die();
  EXPECT_EQ(seqs_of(venue), numbers(1, 6));
  for (const std::string& name : *venue.files.list(venue.options.memory)) {
    ASSERT_TRUE(venue.files.remove(venue.options.memory / name).ok());
  }
  venue.options.listener = nullptr;
  const Result<StartReport> report = recover(venue.files, venue.options);
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_EQ(report->last, Seq(5));
}

TEST(Recover, IsRefusedWithoutAStopMark) {
  Venue venue;
  closed_with(venue, 4, 10);
  venue.options.listener = nullptr;
  const Result<StartReport> report = recover(venue.files, venue.options);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::refused);
}

TEST(Recover, MayBeRepeated) {
  for (std::uint64_t step = 1; step <= 8; ++step) {
    for (const char* what : {"segment-", "directory", "mark"}) {
      Venue venue;
      stop_by_failed_sync(venue, 2);
      const Seq last = venue.journal->last();
      venue.die();
      venue.options.listener = nullptr;
      venue.files.fail_sync(step, what);
      if (!recover(venue.files, venue.options).ok()) {
        const Result<StartReport> report = recover(venue.files, venue.options);
        ASSERT_TRUE(report.ok()) << step << what << report.error().text;
      }
      venue.files.fail_sync(0, "");
      ASSERT_TRUE(venue.open().ok());
      EXPECT_EQ(venue.journal->last(), last);
      EXPECT_EQ(seqs_of(venue), numbers(1, last.get()));
    }
  }
}

TEST(Start, LastRecordIsWhatWasAppended) {
  Venue venue;
  closed_with(venue, 1, 33);
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->opened_at(), last_of(Term(1), 1, 33));
}

}  // namespace
}  // namespace cantus::eventlog::test
