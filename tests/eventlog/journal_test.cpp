// Appending, reading, rolling over, sealing, keeping room: the journal while nothing fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "eventlog/directory.h"
#include "eventlog/seal.h"
#include "eventlog/verify.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

using testing::HasSubstr;

TEST(Journal, ANewLogIsEmpty) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  EXPECT_EQ(venue.journal->last(), Seq(0));
  EXPECT_EQ(venue.journal->synced(), Seq(0));
  EXPECT_EQ(venue.journal->identity(), identity);
  EXPECT_EQ(venue.journal->opened_at(), LastRecord{});
  EXPECT_EQ(venue.journal->start_report().text(), "a new log");
  auto reader = venue.reader();
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->identity(), identity);
  EXPECT_EQ(read_all(**reader).seqs, numbers(1, 0));
}

TEST(Journal, IsNotCreatedUnasked) {
  Venue venue;
  venue.options.create_as.reset();
  const Status status = venue.open();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::not_found);
}

TEST(Journal, WhatIsAppendedIsReadAtOnceAndSyncedSoon) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  auto reader = *venue.reader();
  ASSERT_TRUE(venue.append(3, 40).ok());
  EXPECT_EQ(venue.journal->last(), Seq(3));
  EXPECT_EQ(read_all(*reader).seqs, numbers(1, 3));
  EXPECT_EQ(reader->position(), Seq(3));
  EXPECT_EQ(reader->last(), Seq(3));
  ASSERT_TRUE(venue.append(2, 0).ok());
  EXPECT_EQ(read_all(*reader).seqs, numbers(4, 5));
  venue.listener->wait_synced(Seq(5));
  EXPECT_EQ(venue.journal->synced(), Seq(5));
  EXPECT_EQ(reader->synced(), Seq(5));
}

// The file is written in whole blocks, and behind the last record the appender may be at work.
TEST(Journal, NothingThatIsNotCommittedReachesTheFile) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  const std::string name = segment_name(1, 1);
  auto memory = *venue.files.map(venue.options.memory / name, runtime::Access::write);
  const std::size_t size = memory->bytes().size();
  std::size_t end = segment_data_begin;
  for (const std::size_t payload : {40, 500, 1200, 1000, 1150, 1200, 64, 1250, 8}) {
    const std::size_t behind = end + aligned_record(sizeof(RecordHeader) + payload);
    // Far enough behind what comes next, whose commit word it must not be.
    for (std::size_t at = behind + 64; at < std::min(behind + 5000, size); ++at) {
      memory->writable()[at] = std::byte{0xab};
    }
    ASSERT_TRUE(venue.append(1, payload).ok());
    venue.listener->wait_synced(venue.journal->last());
    end = behind;
    const std::vector<std::byte> file = *read_file(venue.files, venue.options.journal / name);
    EXPECT_TRUE(std::ranges::equal(std::span(file).subspan(segment_data_begin, end - segment_data_begin),
                                   memory->bytes().subspan(segment_data_begin, end - segment_data_begin)));
    EXPECT_TRUE(std::ranges::all_of(std::span(file).subspan(end), [](std::byte byte) { return byte == std::byte{0}; }))
        << "behind " << end;
    std::ranges::fill(memory->writable().subspan(end + 64), std::byte{0});
  }
}

TEST(Journal, ABatchIsAppendedAsAWhole) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  std::vector<std::byte> batch;
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    const auto record = record_for(Seq(seq), Term(1), seq * 13);
    batch.insert(batch.end(), record.begin(), record.end());
  }
  ASSERT_TRUE(venue.journal->append(Term(1), Seq(0), batch).ok());
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, 10));
}

TEST(Journal, AppendsThatDoNotFollowAreRefused) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(2, 8, Term(4)).ok());
  const Status gap = venue.journal->append(Term(4), Seq(3), record_for(Seq(4), Term(4), 8));
  ASSERT_FALSE(gap.ok());
  EXPECT_EQ(gap.error().code, ErrorCode::refused);
  const Status stale = venue.journal->append(Term(3), Seq(2), record_for(Seq(3), Term(3), 8));
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().code, ErrorCode::stale_term);
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, 2));
}

TEST(Journal, OnlyOneProcessWritesALog) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  JournalOptions options = venue.options;
  options.listener = nullptr;
  const auto second = FileJournal::open(venue.files, options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::already_in_use);
  venue.die();
  EXPECT_TRUE(FileJournal::open(venue.files, options).ok());
}

TEST(Journal, ASegmentIsSealedInPiecesAsAtOnce) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(60, 100).ok());
  const auto content = venue.files.content(venue.options.memory / segment_name(1, 1));
  Directory directory;
  directory.identity = identity;
  for (const Seq through : {Seq(1), Seq(59), Seq(60), Seq(100)}) {
    const Result<SealedSegment> at_once = seal_segment(content, directory, 1, through);
    ASSERT_TRUE(at_once.ok());
    EXPECT_EQ(at_once->last, std::min(through, Seq(60)));
    for (const std::uint64_t piece : {1, 7, 59, 60, 1000}) {
      Sealing sealing(content, directory, 1, through);
      std::uint64_t pieces = 1;
      for (Result<bool> whole = sealing.go_on(piece); whole.ok() && !*whole; whole = sealing.go_on(piece)) {
        ++pieces;
      }
      EXPECT_EQ(sealing.sealed(), *at_once) << through.get() << " by " << piece;
      EXPECT_EQ(pieces, at_once->last.get() / piece + 1);
    }
  }
  auto broken = content;
  broken[segment_data_begin + 20 * 168 + 80] ^= std::byte{1};
  Sealing sealing(broken, directory, 1, Seq(60));
  EXPECT_TRUE(sealing.go_on(20).ok());
  EXPECT_EQ(sealing.go_on(1).error().code, ErrorCode::corrupt);
}

TEST(Journal, SegmentsFollowOneAnotherAndAreSealedInAChain) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  auto reader = *venue.reader();
  ASSERT_TRUE(venue.append(400, 100).ok());
  EXPECT_EQ(read_all(*reader).seqs, numbers(1, 400));
  const std::uint64_t sealed = 400 / ((16384 - 4096 - 8) / 168);
  venue.listener->wait_sealed(sealed);

  std::vector<std::vector<std::byte>> records;
  for (std::uint64_t seq = 1; seq <= 400; ++seq) {
    records.push_back(record_for(Seq(seq), Term(1), 100));
  }
  Hash256 chain{};
  Seq last(0);
  std::uint64_t number = 0;
  while (const auto seal = venue.journal->sealed_after(number)) {
    EXPECT_EQ(seal->segment, number + 1);
    EXPECT_EQ(seal->first, last.next());
    // The naive root: leaves by recursion over what a reader finds.
    auto again = *venue.reader();
    ASSERT_TRUE(again->seek(seal->first).ok());
    std::vector<Hash256> leaves;
    while (again->position() < seal->last) {
      const auto event = again->next();
      ASSERT_TRUE(event.ok() && event->has_value());
      const std::byte zero{0};
      leaves.push_back(Sha256().add({&zero, 1}).add(record_bytes(**event)).finish());
    }
    const auto root = [](const auto& self, std::span<const Hash256> part) -> Hash256 {
      if (part.size() == 1) {
        return part.front();
      }
      std::size_t half = 1;
      while (half * 2 < part.size()) {
        half *= 2;
      }
      const std::byte one{1};
      const Hash256 left = self(self, part.first(half));
      const Hash256 right = self(self, part.subspan(half));
      return Sha256().add({&one, 1}).add(left.bytes).add(right.bytes).finish();
    };
    EXPECT_EQ(seal->root, root(root, leaves));
    chain = Sha256().add(chain.bytes).add(seal->root.bytes).finish();
    EXPECT_EQ(seal->chain, chain);
    last = seal->last;
    ++number;
  }
  EXPECT_EQ(number, sealed);
  EXPECT_TRUE(check_log(venue.files, venue.options.journal).ok());
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, 400)) << "also from the sealed files";
}

TEST(Journal, MemoryOfSealedSegmentsIsGivenBack) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(1000, 100).ok());
  venue.listener->wait_sealed(1000 / ((16384 - 4096 - 8) / 168));
  venue.listener->wait([&] { return venue.journal->has_room(12000, RoomFor::outcomes_and_sessions); });
  const auto names = venue.files.list("/memory/log");
  ASSERT_TRUE(names.ok());
  EXPECT_LE(names->size(), 3u) << "control page, live and prepared segment";
}

TEST(Journal, RecordsOfEverySizeCrossSegmentBoundaries) {
  std::mt19937_64 random(7);
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  std::uint64_t seq = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::byte> batch;
    const std::uint64_t first = seq;
    const std::uint64_t count = random() % 12;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto record = record_for(Seq(++seq), Term(1), random() % (payload_bytes_max + 1));
      batch.insert(batch.end(), record.begin(), record.end());
    }
    venue.listener->wait([&] { return venue.journal->has_room(batch.size(), RoomFor::client_messages); });
    // What has_room promised, append must take.
    const Status status = venue.journal->append(Term(1), Seq(first), batch);
    ASSERT_TRUE(status.ok()) << status.error().text;
  }
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, seq));
  ASSERT_TRUE(venue.journal->close().ok());
  EXPECT_EQ(venue.journal->synced(), Seq(seq));
}

TEST(Journal, ASegmentIsFilledToItsLastByte) {
  // Records of 64 bytes: (16384 - 4096 - 8) / 64 fit, the rest stays for the end marker.
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  const std::uint64_t fit = (16384 - 4096 - 8) / 64;
  ASSERT_TRUE(venue.append(fit + 1, 0).ok());
  venue.listener->wait_sealed(1);
  EXPECT_EQ(venue.journal->sealed_after(0)->last, Seq(fit));
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, fit + 1));
}

TEST(Journal, TheLastTenthIsKeptForOutcomes) {
  Venue venue;
  venue.files.limit_space(3 * 16384 + 4096);  // the live segment in memory and on disk, the page; no next one
  ASSERT_TRUE(venue.open().ok());
  std::uint64_t clients = 0;
  while (venue.journal->has_room(64, RoomFor::client_messages)) {
    ASSERT_TRUE(venue.append(1, 0).ok());
    ++clients;
  }
  std::uint64_t outcomes = 0;
  while (venue.journal->has_room(64, RoomFor::outcomes_and_sessions)) {
    ASSERT_TRUE(venue.append(1, 0).ok());
    ++outcomes;
  }
  EXPECT_EQ(clients + outcomes, (16384 - 4096 - 8) / 64);
  EXPECT_EQ(outcomes, 16384 / 10 / 64);
  const Status status =
      venue.journal->append(Term(1), venue.journal->last(), record_for(venue.journal->last().next(), Term(1), 0));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::no_space);
  EXPECT_FALSE(venue.journal->stopped()) << "a full disk makes clients wait, it stops nobody";

  venue.files.limit_space(UINT64_MAX);
  venue.listener->wait_room(1);
  EXPECT_TRUE(venue.append(1, 0).ok());
}

TEST(Journal, AtMostSoManySegmentsAreUnsealed) {
  Venue venue;
  venue.options.unsealed_max = 2;
  ASSERT_TRUE(venue.open().ok());
  // Watched from outside: the appender is far faster than the sealer, and still no more lie in memory than that.
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(venue.append(1, 500).ok());
    const auto names = venue.files.list("/memory/log");
    std::size_t segments = 0;
    for (const std::string& name : *names) {
      segments += parse_segment_name(name).has_value() ? 1 : 0;
    }
    ASSERT_LE(segments, venue.options.unsealed_max);
  }
}

TEST(Journal, AFailedSyncIsFinalAndLeavesAStopMark) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(5, 10).ok());
  venue.listener->wait_synced(Seq(5));
  venue.files.fail_sync(1, segment_name(1, 1));  // not of the segment ahead, which is made meanwhile
  ASSERT_TRUE(venue.append(1, 10).ok());
  venue.listener->wait_stopped();
  EXPECT_TRUE(venue.journal->stopped());
  EXPECT_EQ(venue.journal->synced(), Seq(5)) << "what was not synced is not said to be";
  EXPECT_FALSE(venue.journal->has_room(64, RoomFor::outcomes_and_sessions));
  const Status status = venue.append(1, 10);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::failed);
  EXPECT_FALSE(venue.journal->close().ok());
  const auto mark = stop_mark(venue.files, venue.options.journal, venue.options.memory);
  ASSERT_TRUE(mark.has_value());
  EXPECT_THAT(*mark, HasSubstr("planted failure"));
  const Status again = venue.open();
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::refused);
  EXPECT_THAT(again.error().text, HasSubstr("cantus recover"));
}

TEST(Journal, AFailedWriteIsFinalToo) {
  for (const char* name : {"segment-", "mark", "directory"}) {
    Venue venue;
    ASSERT_TRUE(venue.open().ok());
    venue.listener->wait_room(1);
    venue.files.fail_write(1, name);
    const Status appended = venue.append(400, 100);
    venue.listener->wait_stopped();
    EXPECT_TRUE(venue.journal->stopped()) << name;
    venue.journal.reset();
    EXPECT_FALSE(venue.open().ok()) << name;
  }
}

TEST(Journal, OptionsAreChecked) {
  for (const std::size_t bytes : {std::size_t{4096}, std::size_t{16385}}) {
    Venue venue;
    venue.options.segment_bytes = bytes;
    EXPECT_FALSE(venue.open().ok());
  }
  Venue venue;
  venue.options.unsealed_max = 1;
  EXPECT_FALSE(venue.open().ok());
}

}  // namespace
}  // namespace cantus::eventlog::test
