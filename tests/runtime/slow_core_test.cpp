// A participant whose core is slow: what it has to say still reaches the log.
#include <gtest/gtest.h>

#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

// An edge shows its proposals only while what it has read is fresh (host::caught_up_max_ns). Where a whole batch takes
// longer than that to be put into the ring, smaller ones must do.
TEST(SlowCore, ProposalsOfWhichABatchTakesTooLongAreShownInSmallerOnes) {
  for (const std::int64_t each_ns : {std::int64_t{1'000}, host::caught_up_max_ns / 2 + 1, host::caught_up_max_ns}) {
    TestBed bed;
    bed.start();
    Voice& voice = bed.add_voice("bench");
    bed.settle();
    bed.damage(bed.participant_of(voice), [&](const WishView&) {
      bed.loop().clock().advance(std::chrono::nanoseconds(each_ns));
      return false;
    });
    constexpr std::size_t count = 100;
    for (std::size_t i = 0; i < count; ++i) {
      voice.propose(BenchPayload{});
    }
    bed.settle();
    EXPECT_EQ(bed.log<BenchPayload>().size(), count) << each_ns;
  }
}

// Where even one takes too long nothing can be shown; but the turn of the loop ends, and so do its other tasks' waits.
TEST(SlowCore, WhereNothingCanBeShownTheLoopGoesOn) {
  TestBed bed;
  bed.start();
  Voice& voice = bed.add_voice("bench");
  bed.settle();
  bool slow = true;
  bed.damage(bed.participant_of(voice), [&](const WishView&) {
    bed.loop().clock().advance(std::chrono::nanoseconds(slow ? host::caught_up_max_ns + 1 : 0));
    return false;
  });
  voice.propose(BenchPayload{});
  for (int round = 0; round < 100; ++round) {
    bed.loop().run_once();
  }
  EXPECT_TRUE(bed.log<BenchPayload>().empty());
  slow = false;
  bed.settle();
  EXPECT_EQ(bed.log<BenchPayload>().size(), 1U);
}

}  // namespace
}  // namespace cantus::test
