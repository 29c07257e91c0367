// The venue's time: anchored, slewed, never backwards, a step waits for an operator.
#include "runtime/venue_clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace cantus::runtime {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second_ns = 1'000 * ms;
constexpr std::int64_t start = 1'700'000'000 * second_ns;

TEST(VenueClock, BeginsAtUtcAndGoesWithTheMonotonicClock) {
  VenueClock clock(TimeNs(start), 5, TimeNs(0));
  EXPECT_EQ(clock.at(5), TimeNs(start));
  EXPECT_EQ(clock.at(5 + 7 * second_ns), TimeNs(start + 7 * second_ns));
}

TEST(VenueClock, BeginsBehindTheLastRecordOfTheLog) {
  VenueClock clock(TimeNs(start), 0, TimeNs(start + 300 * ms));
  EXPECT_EQ(clock.at(0), TimeNs(start + 300 * ms));
  EXPECT_EQ(clock.error_ns(), -300 * ms);
  EXPECT_FALSE(clock.step_pending());
}

TEST(VenueClock, GoesOnWhereTheOneBeforeItWasSoAStepStillWaits) {
  // It was 3 s behind UTC, which had stepped.
  const std::int64_t ahead = start - 3 * second_ns - 5;
  VenueClock clock(TimeNs(start + second_ns), 5 + second_ns, TimeNs(0), VenueClock::Kept{ahead, 0});
  EXPECT_EQ(clock.at(5 + second_ns), TimeNs(start - 2 * second_ns));
  EXPECT_EQ(clock.step_pending(), 3 * second_ns);
  // The log is further: no reading before its last record.
  VenueClock later(TimeNs(start), 5, TimeNs(start - second_ns), VenueClock::Kept{ahead, 0});
  EXPECT_EQ(later.at(5), TimeNs(start - second_ns));
}

TEST(VenueClock, WorksOffAnErrorAtItsRateAndNoFurther) {
  VenueClock clock(TimeNs(start), 0, TimeNs(0));
  clock.observe(TimeNs(start + 1 * ms), 0);
  EXPECT_EQ(clock.at(1 * second_ns), TimeNs(start + 1 * second_ns + 500'000));
  EXPECT_EQ(clock.at(2 * second_ns), TimeNs(start + 2 * second_ns + 1 * ms));
  EXPECT_EQ(clock.at(9 * second_ns), TimeNs(start + 9 * second_ns + 1 * ms));
}

TEST(VenueClock, IsSlowedNotSetBackWhenItIsAhead) {
  VenueClock clock(TimeNs(start), 0, TimeNs(0));
  clock.observe(TimeNs(start - 1 * ms), 0);
  EXPECT_EQ(clock.at(1 * second_ns), TimeNs(start + 1 * second_ns - 500'000));
  EXPECT_EQ(clock.at(3 * second_ns), TimeNs(start + 3 * second_ns - 1 * ms));
}

TEST(VenueClock, AStepIsReportedAndNotFollowed) {
  for (const std::int64_t step : {second_ns + 1, -second_ns - 1, 3'600 * second_ns, -3'600 * second_ns}) {
    VenueClock clock(TimeNs(start), 0, TimeNs(0));
    clock.observe(TimeNs(start + 10 * second_ns + step), 10 * second_ns);
    ASSERT_TRUE(clock.step_pending());
    EXPECT_EQ(*clock.step_pending(), step);
    EXPECT_EQ(clock.at(20 * second_ns), TimeNs(start + 20 * second_ns));
    clock.observe(TimeNs(start + 30 * second_ns), 30 * second_ns);
    EXPECT_FALSE(clock.step_pending()) << "somebody moved the clock back";
  }
}

TEST(VenueClock, AnErrorOfOneSecondIsNoStepYet) {
  VenueClock clock(TimeNs(start), 0, TimeNs(0));
  clock.observe(TimeNs(start + second_ns), 0);
  EXPECT_FALSE(clock.step_pending());
  EXPECT_EQ(clock.at(3'000 * second_ns), TimeNs(start + 3'001 * second_ns));
}

TEST(VenueClock, FollowsAStepForwardOnAnOperatorsWord) {
  VenueClock clock(TimeNs(start), 0, TimeNs(0));
  clock.follow_step(TimeNs(start + 50 * second_ns), 0);
  EXPECT_EQ(clock.at(1), TimeNs(start + 50 * second_ns + 1));
}

// It was ahead by 5 s: for 10 s it goes half a second in each.
TEST(VenueClock, BehindAStepBackItGoesAtHalfItsRate) {
  VenueClock clock(TimeNs(start), 0, TimeNs(0));
  EXPECT_EQ(clock.at(9 * second_ns), TimeNs(start + 9 * second_ns));
  const auto utc_at = [](std::int64_t monotonic) { return TimeNs(start - 5 * second_ns + monotonic); };
  clock.observe(utc_at(9 * second_ns), 9 * second_ns);
  EXPECT_EQ(clock.step_pending(), -5 * second_ns);
  clock.follow_step(utc_at(9 * second_ns), 9 * second_ns);
  for (std::int64_t tenth = 1; tenth <= 100; ++tenth) {
    const std::int64_t monotonic = 9 * second_ns + tenth * 100 * ms;
    EXPECT_EQ(clock.at(monotonic), TimeNs(start + 9 * second_ns + tenth * 50 * ms));
    clock.observe(utc_at(monotonic), monotonic);
    EXPECT_FALSE(clock.step_pending());
    EXPECT_EQ(clock.to_lose_ns(), 5 * second_ns - tenth * 50 * ms);
    EXPECT_EQ(clock.error_ns(), -clock.to_lose_ns());
  }
  EXPECT_EQ(clock.at(30 * second_ns), utc_at(30 * second_ns));
}

TEST(VenueClock, TheNextOneGoesOnAtHalfItsRate) {
  VenueClock first(TimeNs(start), 0, TimeNs(0));
  first.observe(TimeNs(start - 10 * second_ns), 0);
  first.follow_step(TimeNs(start - 10 * second_ns), 0);
  EXPECT_EQ(first.at(4 * second_ns), TimeNs(start + 2 * second_ns));
  const VenueClock::Kept kept = first.kept(4 * second_ns);
  EXPECT_EQ(kept, (VenueClock::Kept{start - 2 * second_ns, 8 * second_ns}));
  VenueClock next(TimeNs(start - 4 * second_ns), 6 * second_ns, TimeNs(start + 2 * second_ns), kept);
  EXPECT_FALSE(next.step_pending());
  EXPECT_EQ(next.at(6 * second_ns), TimeNs(start + 4 * second_ns));
  EXPECT_EQ(next.at(12 * second_ns), TimeNs(start + 7 * second_ns));
}

TEST(VenueClock, AStepWhileItIsSlowWaitsAsEveryOther) {
  for (const std::int64_t step : {-7 * second_ns, 4 * second_ns, 30 * second_ns}) {
    VenueClock clock(TimeNs(start), 0, TimeNs(0));
    clock.observe(TimeNs(start - 10 * second_ns), 0);
    clock.follow_step(TimeNs(start - 10 * second_ns), 0);
    const std::int64_t after = 2 * second_ns;  // it is ahead by 9 s
    const TimeNs utc(start - 8 * second_ns + step);
    clock.observe(utc, after);
    EXPECT_EQ(clock.step_pending(), step);
    EXPECT_EQ(clock.at(after + 2 * second_ns), TimeNs(start + 2 * second_ns)) << "as slow as before";
    clock.observe(TimeNs(utc.get() + 2 * second_ns), after + 2 * second_ns);
    clock.follow_step(TimeNs(utc.get() + 2 * second_ns), after + 2 * second_ns);
    EXPECT_EQ(clock.to_lose_ns(), std::max<std::int64_t>(0, 8 * second_ns - step));
    EXPECT_EQ(clock.at(100 * second_ns), TimeNs(start + 90 * second_ns + step));
  }
}

TEST(VenueClock, NeverGoesBackwardsWhateverUtcDoes) {
  std::mt19937_64 random(1);
  for (int run = 0; run < 50; ++run) {
    VenueClock clock(TimeNs(start), 0, TimeNs(0));
    std::int64_t monotonic = 0;
    TimeNs before = clock.at(0);
    for (int i = 0; i < 2'000; ++i) {
      monotonic += static_cast<std::int64_t>(random() % (200 * ms));
      const TimeNs now = clock.at(monotonic);
      ASSERT_GE(now, before);
      before = now;
      if (random() % 4 == 0) {
        const auto wobble = static_cast<std::int64_t>(random() % (3 * second_ns)) - 3 * second_ns / 2;
        clock.observe(TimeNs(start + monotonic + wobble), monotonic);
        ASSERT_GE(clock.at(monotonic), before);
      }
      if (random() % 500 == 0) {
        clock.follow_step(TimeNs(start + monotonic - static_cast<std::int64_t>(random() % (5 * second_ns))), monotonic);
      }
    }
  }
}

TEST(VenueClock, StaysWithUtcThroughADriftingOscillator) {
  VenueClock clock(TimeNs(start), 0, TimeNs(0));
  // The monotonic clock runs 80 parts per million fast.
  for (std::int64_t i = 1; i <= 36'000; ++i) {
    const std::int64_t true_ns = i * 100 * ms;
    clock.observe(TimeNs(start + true_ns), true_ns + true_ns / 12'500);
    ASSERT_LT(std::abs(clock.error_ns()), 20'000) << i;
  }
}

}  // namespace
}  // namespace cantus::runtime
