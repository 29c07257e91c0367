// The venue's time at an edge, from the records that it reads.
#include "fix/venue_time.h"

#include <gtest/gtest.h>

#include <chrono>

#include "runtime/simulated_loop.h"

namespace cantus::fix {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second_ns = 1'000'000'000;

class VenueTimeTest : public ::testing::Test {
 protected:
  // The venue's time less UTC as it would be had nobody moved it.
  [[nodiscard]] std::int64_t off() const { return time_.utc().get() - right_; }
  void pass(std::chrono::nanoseconds by) {
    clock_.advance(by);
    right_ += by.count();
  }
  // A record that is read so much after it was stamped.
  void read(std::int64_t late_ns = 0) { time_.note(TimeNs(right_ - late_ns)); }

  runtime::SimulatedClock clock_;
  VenueTime time_{clock_};
  std::int64_t right_ = clock_.utc().get();
};

TEST_F(VenueTimeTest, IsTheHostsUtcBeforeAnythingWasRead) {
  clock_.step_utc(3600s);
  EXPECT_EQ(time_.utc(), clock_.utc());
}

TEST_F(VenueTimeTest, DoesNotFollowTheHostsUtc) {
  read();
  for (const auto step : {3600s, -7200s}) {
    clock_.step_utc(step);
    EXPECT_EQ(off(), 0);
    pass(90s);
    EXPECT_EQ(off(), 0) << "no sequencer is there, and time goes on";
    read();
    EXPECT_EQ(off(), 0);
  }
}

TEST_F(VenueTimeTest, FollowsTheLogForwardAtOnceAndBackAtHalfTheRate) {
  read();
  right_ += 3600 * second_ns;
  read();
  EXPECT_EQ(off(), 0);
  for (int tenths = 0; tenths < 40; ++tenths) {  // the venue's clock is slowed
    pass(100ms);
    right_ -= 50'000'000;
    read();
    EXPECT_EQ(off(), 0);
  }
}

TEST_F(VenueTimeTest, IsNotLedAstrayByRecordsThatAreReadLate) {
  read();
  pass(600s);  // the process was stopped
  for (std::int64_t late = 600; late > 0; --late) {
    read(late * second_ns);
    EXPECT_GE(off(), -second_ns);
    EXPECT_LE(off(), 0);
    pass(1ms);
  }
  read();
  EXPECT_EQ(off(), 0);
}

}  // namespace
}  // namespace cantus::fix
