// The venue's time: a monotonic clock anchored to UTC once and slewed towards it, so that it never goes backwards and
// never jumps (DESIGN section 3). Pure arithmetic: the clocks' values are handed in.
//
// UTC that differs by up to a second is followed at 500 parts per million. A greater difference is a step: it is not
// followed but reported, and waits for a person, whose acceptance is a restart of the sequencer. A start anchors to
// UTC, or to the last time on the log where UTC is behind it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/types.h"

namespace cantus {

class SlewedTime {
 public:
  static constexpr std::int64_t step_ns = 1'000'000'000;
  static constexpr std::int64_t slew_divisor = 2'000;  // 500 ppm

  // `last`: the last time on the log, 0 if none.
  SlewedTime(TimeNs last, TimeNs utc, std::int64_t monotonic_ns)
      : time_ns_(std::max(last, utc).get()), monotonic_ns_(monotonic_ns) {
    steer(utc, monotonic_ns);
  }

  // The venue's time at a later reading of the monotonic clock; never decreases.
  [[nodiscard]] TimeNs at(std::int64_t monotonic_ns) const {
    const std::int64_t elapsed = std::max<std::int64_t>(monotonic_ns - monotonic_ns_, 0);
    const std::int64_t most = elapsed / slew_divisor;
    return TimeNs(time_ns_ + elapsed + std::clamp(correction_ns_, -most, most));
  }
  // Compares with UTC, from time to time (every second or so).
  void steer(TimeNs utc, std::int64_t monotonic_ns) {
    time_ns_ = at(monotonic_ns).get();
    monotonic_ns_ = std::max(monotonic_ns, monotonic_ns_);
    difference_ns_ = utc.get() - time_ns_;
    const bool follow = difference_ns_ >= -step_ns && difference_ns_ <= step_ns;
    correction_ns_ = follow ? difference_ns_ : 0;
    step_pending_ = !follow;
  }

  // UTC less the venue's time, at the last comparison.
  [[nodiscard]] std::int64_t difference_ns() const { return difference_ns_; }
  // UTC has stepped and is not followed.
  [[nodiscard]] bool step_pending() const { return step_pending_; }

 private:
  std::int64_t time_ns_;  // at monotonic_ns_
  std::int64_t monotonic_ns_;
  std::int64_t correction_ns_ = 0;  // still to be slewed since then
  std::int64_t difference_ns_ = 0;
  bool step_pending_ = false;
};

}  // namespace cantus
