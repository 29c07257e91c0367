#include "runtime/venue_clock.h"

#include <algorithm>
#include <cstdlib>

namespace cantus::runtime {

VenueClock::VenueClock(TimeNs utc, std::int64_t monotonic_ns, TimeNs not_before,
                       std::optional<std::int64_t> ahead_of_monotonic_ns) {
  const TimeNs here = ahead_of_monotonic_ns ? TimeNs(monotonic_ns + *ahead_of_monotonic_ns) : utc;
  anchor(std::max(here, not_before).get(), monotonic_ns);
  last_ns_ = anchor_time_ns_;
  observe(utc, monotonic_ns);
}

void VenueClock::anchor(std::int64_t time_ns, std::int64_t monotonic_ns) {
  anchor_time_ns_ = time_ns;
  anchor_monotonic_ns_ = monotonic_ns;
  to_correct_ns_ = 0;
}

std::int64_t VenueClock::raw_at(std::int64_t monotonic_ns) const {
  const std::int64_t elapsed = std::max<std::int64_t>(0, monotonic_ns - anchor_monotonic_ns_);
  const std::int64_t slew_max =
      elapsed / 1'000'000 * slew_per_million + elapsed % 1'000'000 * slew_per_million / 1'000'000;
  return anchor_time_ns_ + elapsed + std::clamp(to_correct_ns_, -slew_max, slew_max);
}

TimeNs VenueClock::at(std::int64_t monotonic_ns) {
  last_ns_ = std::max(last_ns_, raw_at(monotonic_ns));
  return TimeNs(last_ns_);
}

void VenueClock::observe(TimeNs utc, std::int64_t monotonic_ns) {
  const std::int64_t now = raw_at(monotonic_ns);
  error_ns_ = utc.get() - now;
  stepped_ = std::abs(error_ns_) > step_limit_ns;
  anchor(now, monotonic_ns);
  if (!stepped_) {
    to_correct_ns_ = error_ns_;
  }
}

void VenueClock::follow_step(TimeNs utc, std::int64_t monotonic_ns) {
  anchor(utc.get(), monotonic_ns);
  error_ns_ = 0;
  stepped_ = false;
}

}  // namespace cantus::runtime
