// The simulated world's time is everybody's: the C library's three clocks, what the C++ library makes of them, and
// QuickFIX, which asks one of them for the time of each message.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <time.h>

#include <chrono>

#include "fix/quickfix.h"
#include "tests/sim/world.h"

namespace cantus::sim {
namespace {

using namespace std::chrono_literals;

TEST(Time, EverybodyIsShownTheWorldsTime) {
  World world({.seed = 1, .layout = cli::Layout::one});
  world.run_for(1500ms);
  world.host().clock.utc_step_ns = 3600'000'000'000;
  const std::int64_t utc_ns = world.host().clock.utc().get();
  timespec by_clock{};
  ASSERT_EQ(clock_gettime(CLOCK_REALTIME, &by_clock), 0);
  EXPECT_EQ(by_clock.tv_sec * 1'000'000'000 + by_clock.tv_nsec, utc_ns);
  timeval by_day{};
  ASSERT_EQ(gettimeofday(&by_day, nullptr), 0);
  EXPECT_EQ(by_day.tv_sec * 1'000'000 + by_day.tv_usec, utc_ns / 1000);
  EXPECT_EQ(time(nullptr), utc_ns / 1'000'000'000);
  EXPECT_EQ(std::chrono::system_clock::now().time_since_epoch(), std::chrono::nanoseconds(utc_ns));
  EXPECT_EQ(std::chrono::steady_clock::now().time_since_epoch(),
            std::chrono::nanoseconds(world.host().clock.monotonic_ns()));
}

TEST(Time, QuickFixReadsTheWorldsTime) {
  World world({.seed = 1, .layout = cli::Layout::one});
  world.run_for(2500ms);
  const std::int64_t utc_ns = world.host().clock.utc().get();
  FIX::UtcTimeStamp now;
  EXPECT_EQ(now.getTimeT(), utc_ns / 1'000'000'000);
  EXPECT_EQ(now.getMillisecond(), utc_ns / 1'000'000 % 1000);
}

TEST(Time, WithoutAWorldItIsTheHosts) {
  {
    const World world({.seed = 1, .layout = cli::Layout::one});
    EXPECT_GT(time(nullptr), 1'795'000'000 - 1);
  }
  timespec now{};
  ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC, &now), 0);
  timespec later{};
  do {
    ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC, &later), 0);
  } while (later.tv_sec == now.tv_sec && later.tv_nsec == now.tv_nsec);
}

}  // namespace
}  // namespace cantus::sim
