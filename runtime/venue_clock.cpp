#include "runtime/venue_clock.h"

#include <algorithm>
#include <cstdlib>

namespace cantus::runtime {

VenueClock::VenueClock(TimeNs utc, std::int64_t monotonic_ns, TimeNs not_before, std::optional<Kept> before) {
  const TimeNs here = before ? TimeNs(monotonic_ns + before->ahead_of_monotonic_ns) : utc;
  anchor(std::max(here, not_before).get(), monotonic_ns);
  to_lose_ns_ = before ? std::max<std::int64_t>(before->to_lose_ns, 0) : 0;
  last_ns_ = anchor_time_ns_;
  observe(utc, monotonic_ns);
}

// What is still to be lost at this reading is no less than 0, and what was to be corrected before is forgotten.
void VenueClock::anchor(std::int64_t time_ns, std::int64_t monotonic_ns) {
  to_lose_ns_ -= lost_at(monotonic_ns);
  anchor_time_ns_ = time_ns;
  anchor_monotonic_ns_ = monotonic_ns;
  to_correct_ns_ = 0;
}

std::int64_t VenueClock::since_anchor(std::int64_t monotonic_ns) const {
  return std::max<std::int64_t>(0, monotonic_ns - anchor_monotonic_ns_);
}

std::int64_t VenueClock::lost_at(std::int64_t monotonic_ns) const {
  return std::min(to_lose_ns_, since_anchor(monotonic_ns) / 2);
}

std::int64_t VenueClock::raw_at(std::int64_t monotonic_ns) const {
  const std::int64_t elapsed = since_anchor(monotonic_ns);
  const std::int64_t slew_max =
      elapsed / 1'000'000 * slew_per_million + elapsed % 1'000'000 * slew_per_million / 1'000'000;
  return anchor_time_ns_ + elapsed - lost_at(monotonic_ns) + std::clamp(to_correct_ns_, -slew_max, slew_max);
}

TimeNs VenueClock::at(std::int64_t monotonic_ns) {
  last_ns_ = std::max(last_ns_, raw_at(monotonic_ns));
  return TimeNs(last_ns_);
}

void VenueClock::observe(TimeNs utc, std::int64_t monotonic_ns) {
  const std::int64_t now = raw_at(monotonic_ns);
  anchor(now, monotonic_ns);
  error_ns_ = utc.get() - now;
  stepped_ = std::abs(error_ns_ + to_lose_ns_) > step_limit_ns;
  if (!stepped_) {
    to_correct_ns_ = error_ns_ + to_lose_ns_;
  }
}

void VenueClock::follow_step(TimeNs utc, std::int64_t monotonic_ns) {
  const std::int64_t now = raw_at(monotonic_ns);
  anchor(std::max(now, utc.get()), monotonic_ns);
  to_lose_ns_ = std::max<std::int64_t>(now - utc.get(), 0);
  error_ns_ = -to_lose_ns_;
  stepped_ = false;
}

VenueClock::Kept VenueClock::kept(std::int64_t monotonic_ns) const {
  return {std::max(last_ns_, raw_at(monotonic_ns)) - monotonic_ns, to_lose_ns_ - lost_at(monotonic_ns)};
}

}  // namespace cantus::runtime
