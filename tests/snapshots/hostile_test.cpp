// Bytes of a snapshot that are not what was written: every truncation, every byte, and content that is changed behind a
// checksum that fits. Nothing of it ends the process, and what is accepted holds exactly the bytes that were given.

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/snapshots/resealed.h"
#include "tests/snapshots/states.h"

namespace cantus::test {
namespace {

struct Taken {
  SnapshotPosition at;
  std::vector<std::byte> bytes;
};

Taken small_state(std::uint32_t seed) {
  PlayedHistory history(history_settings(seed, 60));
  snapshots::Machines machines;
  for (Seq seq(1); seq <= history.venue().last(); seq = seq.next()) {
    EXPECT_TRUE(machines.apply(history.venue().at(seq)));
  }
  return {position_of(history.venue().at(history.venue().last())), saved(machines)};
}

TEST(HostileSnapshot, EveryTruncationIsRefused) {
  const Taken taken = small_state(1);
  for (std::size_t size = 0; size < taken.bytes.size(); size += size < 2000 ? 1 : 37) {
    const std::span<const std::byte> cut = std::span(taken.bytes).first(size);
    const Result<SnapshotSections> sections = SnapshotSections::parse(taken.at, cut);
    if (sections) {  // cut between two sections
      snapshots::Machines machines;
      EXPECT_NE(restored(machines, taken.at, cut), "") << size;
    }
  }
}

TEST(HostileSnapshot, EveryFlippedByteIsFound) {
  Taken taken = small_state(2);
  for (std::size_t at = 0; at < taken.bytes.size(); ++at) {
    taken.bytes[at] ^= std::byte{0x10};
    EXPECT_FALSE(SnapshotSections::parse(taken.at, taken.bytes)) << at;
    taken.bytes[at] ^= std::byte{0x10};
  }
}

// The checksum fits, so the machines themselves must judge. Whatever they accept they hold.
TEST(HostileSnapshot, ContentIsJudgedByItsMachine) {
  const Taken taken = small_state(3);
  std::mt19937 random(3);
  std::size_t refused = 0;
  constexpr std::size_t tries = 1500;
  for (std::size_t i = 0; i < tries; ++i) {
    std::vector<std::byte> bytes = taken.bytes;
    const std::size_t at = random() % bytes.size();
    bytes[at] = static_cast<std::byte>(random() % 3 == 0 ? 0xff : random() & 0xff);
    reseal(bytes);
    snapshots::Machines machines;
    if (const std::string why = restored(machines, taken.at, bytes); !why.empty()) {
      ++refused;
    } else {
      EXPECT_TRUE(saved(machines) == bytes) << "byte " << at;
    }
  }
  EXPECT_GT(refused, tries / 2);
}

TEST(HostileSnapshot, OfAnotherVenueOrAnEarlierPositionIsNoStateOfThisOne) {
  const Taken taken = small_state(4);
  snapshots::Machines machines;
  SnapshotPosition earlier = taken.at;
  earlier.position = LogSeq(earlier.position.log(), Seq(5));
  EXPECT_NE(restored(machines, earlier, taken.bytes), "");
}

}  // namespace
}  // namespace cantus::test
