// The simulated journal behaves as the file journal does where both can be asked the same, and the hashes are those of
// the standard.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <random>

#include "eventlog/sha256_lanes.h"
#include "eventlog/simulated.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

Hash256 hash_from(std::string_view hex) {
  Hash256 hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    hash.bytes[i] = static_cast<std::byte>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  }
  return hash;
}

TEST(Hash, Sha256IsTheStandards) {
  // FIPS 180-4, the example "abc".
  const std::string_view text = "abc";
  Sha256 sha;
  const Hash256 expected = hash_from("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha.add(std::as_bytes(std::span(text))).finish(), expected);
  EXPECT_EQ(sha.add(std::as_bytes(std::span(text))).finish(), expected) << "the second is as the first";
}

// Of every length, in all lanes, many and few at a time.
TEST(Hash, WhatIsHashedTogetherIsHashedAsAlone) {
  const std::byte prefix{7};
  for (const bool wide : {false, true}) {
    const auto lanes = std::make_unique<HashLanes>(wide);
    Sha256 library;
    std::vector<Hash256> expected;
    for (std::size_t bytes = 0; bytes <= HashLanes::message_bytes_max; ++bytes) {
      std::vector<std::byte> message(bytes);
      for (std::size_t i = 0; i < bytes; ++i) {
        message[i] = static_cast<std::byte>(i * 31 + bytes);
      }
      lanes->put(prefix, message, library);
      expected.push_back(Sha256().add({&prefix, 1}).add(message).finish());
      if (lanes->full() || bytes % 23 == 0) {
        std::vector<Hash256> hashes(lanes->size());
        lanes->finish(hashes);
        EXPECT_EQ(hashes, expected) << "up to " << bytes << " bytes, wide: " << wide;
        expected.clear();
      }
    }
  }
}

// One that ends gives its lane to the next.
TEST(Hash, LongAndShortOnesAreHashedBesideEachOther) {
  std::mt19937_64 random(7);
  Sha256 library;
  const auto lanes = std::make_unique<HashLanes>();
  const std::vector<std::byte> bytes(HashLanes::message_bytes_max, std::byte{0x5a});
  for (int round = 0; round < 200; ++round) {
    const std::size_t longest = round % 4 == 0 ? bytes.size() : 64U << (round % 4);
    const std::size_t count = random() % (HashLanes::messages_max + 1);
    std::vector<Hash256> expected;
    while (expected.size() < count && !lanes->full()) {
      const auto message = std::span(bytes).first(random() % (longest + 1));
      const auto prefix = static_cast<std::byte>(random());
      lanes->put(prefix, message, library);
      expected.push_back(Sha256().add({&prefix, 1}).add(message).finish());
    }
    std::vector<Hash256> hashes(lanes->size());
    lanes->finish(hashes);
    EXPECT_EQ(hashes, expected) << "round " << round;
  }
}

TEST(Hash, TheTreeHasTheStandardsShape) {
  std::vector<std::size_t> counts(70);
  std::iota(counts.begin(), counts.end(), std::size_t{1});
  for (const std::size_t some : {255, 256, 257, 300, 511, 512, 513, 700}) {
    counts.push_back(some);
  }
  for (const std::size_t count : counts) {
    MerkleTree tree;
    std::vector<Hash256> leaves;
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<std::byte> leaf(i * 7 % 200, static_cast<std::byte>(i));
      tree.add(leaf);
      if (i % 50 == 0) {
        EXPECT_NE(tree.root(), Hash256()) << "it may be asked for at any time";
      }
      const std::byte zero{0};
      leaves.push_back(Sha256().add({&zero, 1}).add(leaf).finish());
    }
    const auto naive = [](const auto& self, std::span<const Hash256> part) -> Hash256 {
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
    EXPECT_EQ(tree.root(), naive(naive, leaves)) << count;
    EXPECT_EQ(tree.count(), count);
  }
}

TEST(Simulated, BuildsALogOfMessages) {
  SimulatedJournal journal;
  LogBuilder log(journal);
  EXPECT_EQ(log.start_term(), Seq(1));
  EXPECT_EQ(log.add(PublisherId(1), TimeTick{}), Seq(2));
  EXPECT_EQ(log.add(PublisherId(7), BenchPayload{}), Seq(3));
  EXPECT_EQ(log.start_term(), Seq(4));
  auto reader = journal.reader();
  std::vector<std::string> seen;
  for (;;) {
    const auto event = reader->next();
    ASSERT_TRUE(event.ok());
    if (!event->has_value()) {
      break;
    }
    const RecordHeader& header = *(*event)->header;
    seen.push_back(std::to_string(header.seq.get()) + " type " + std::to_string(header.type.get()) + " by " +
                   std::to_string(header.publisher.get()) + "/" + std::to_string(header.publisher_seq.get()) +
                   " term " + std::to_string(header.term.get()));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"1 type 2 by 1/1 term 1", "2 type 8 by 1/2 term 1",
                                            "3 type 90 by 7/1 term 1", "4 type 2 by 1/3 term 2"}));
  EXPECT_EQ(journal.synced(), Seq(4));
  EXPECT_EQ(*reader->find(TimeNs(1'000'001'000)), Seq(2));
}

TEST(Simulated, RefusesWhatTheFileJournalRefuses) {
  SimulatedJournal simulated(identity);
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  for (Journal* journal : {static_cast<Journal*>(&simulated), static_cast<Journal*>(venue.journal.get())}) {
    EXPECT_EQ(journal->identity(), identity);
    EXPECT_EQ(journal->opened_at(), LastRecord{});
    ASSERT_TRUE(journal->append(Term(2), Seq(0), record_for(Seq(1), Term(2), 9)).ok());
    EXPECT_EQ(journal->append(Term(2), Seq(2), record_for(Seq(3), Term(2), 9)).error().code, ErrorCode::refused);
    EXPECT_EQ(journal->append(Term(1), Seq(1), record_for(Seq(2), Term(1), 9)).error().code, ErrorCode::stale_term);
    EXPECT_EQ(journal->last(), Seq(1));
    EXPECT_EQ(journal->sealed_after(0), std::nullopt);
  }
}

TEST(Simulated, RoomAndSyncAreInTheTestsHand) {
  SimulatedJournal journal(identity);
  journal.sync_automatically(false);
  journal.set_room(200, 64);
  EXPECT_TRUE(journal.has_room(136, RoomFor::client_messages));
  EXPECT_FALSE(journal.has_room(137, RoomFor::client_messages));
  EXPECT_TRUE(journal.has_room(200, RoomFor::outcomes_and_sessions));
  ASSERT_TRUE(journal.append(Term(1), Seq(0), record_for(Seq(1), Term(1), 64)).ok());
  EXPECT_FALSE(journal.has_room(128, RoomFor::outcomes_and_sessions));
  EXPECT_EQ(journal.append(Term(1), Seq(1), record_for(Seq(2), Term(1), 64)).error().code, ErrorCode::no_space);
  EXPECT_EQ(journal.synced(), Seq(0));
  journal.sync_through(Seq(9));
  EXPECT_EQ(journal.synced(), Seq(1));
  journal.stop();
  EXPECT_EQ(journal.append(Term(1), Seq(1), record_for(Seq(2), Term(1), 8)).error().code, ErrorCode::failed);
}

TEST(Simulated, APowerCutTakesWhatWasNotSynced) {
  SimulatedJournal journal(identity);
  journal.sync_automatically(false);
  LogBuilder log(journal);
  log.start_term();
  log.add(PublisherId(7), BenchPayload{});
  journal.sync_through(Seq(2));
  auto within = journal.reader();
  ASSERT_EQ(read_all(*within).seqs, numbers(1, 2));
  log.add(PublisherId(7), BenchPayload{});
  auto beyond = journal.reader();
  ASSERT_EQ(read_all(*beyond).seqs, numbers(1, 3));
  journal.lose_unsynced();
  EXPECT_EQ(journal.opened_at().seq, Seq(2));
  EXPECT_EQ(read_all(*beyond).error->code, ErrorCode::stale_term);
  log.start_term();
  EXPECT_EQ(read_all(*within).seqs, numbers(3, 3));
  EXPECT_EQ(read_all(*beyond).error->code, ErrorCode::stale_term);
}

}  // namespace
}  // namespace cantus::eventlog::test
