// The time that the sequencer stamps: the monotonic clock, anchored to UTC and slewed towards it. It never runs
// backwards and never jumps; when UTC is more than a second away, somebody moved a clock: that is not followed but
// reported, and waits for an operator. Pure arithmetic: both clocks are handed in.
#pragma once

#include <cstdint>
#include <optional>

#include "base/types.h"

namespace cantus::runtime {

class VenueClock {
 public:
  static constexpr std::int64_t slew_per_million = 500;         // fastest correction: 0.5 ms a second
  static constexpr std::int64_t step_limit_ns = 1'000'000'000;  // an error above it is a step

  // `not_before`: time of the last record on the log; the clock starts there if it would start before it.
  // `ahead_of_monotonic_ns`: by how much the clock of a sequencer that ran before on this boot was ahead of the
  // monotonic clock. This one goes on there, so a step that waits for an operator still does. Nothing: it starts at
  // UTC.
  VenueClock(TimeNs utc, std::int64_t monotonic_ns, TimeNs not_before,
             std::optional<std::int64_t> ahead_of_monotonic_ns = std::nullopt);

  // The time at a reading of the monotonic clock. Never less than any time given before.
  [[nodiscard]] TimeNs at(std::int64_t monotonic_ns);
  // Compares with UTC, read at the same moment; to be called about every 100 ms. From here on the error seen is worked
  // off; a step leaves the rate at that of the monotonic clock.
  void observe(TimeNs utc, std::int64_t monotonic_ns);

  // UTC minus this clock at the last observation.
  [[nodiscard]] std::int64_t error_ns() const { return error_ns_; }
  // The error of a step that waits for an operator.
  [[nodiscard]] std::optional<std::int64_t> step_pending() const {
    return stepped_ ? std::optional(error_ns_) : std::nullopt;
  }
  // The operator's word: a step forward is taken at once at the next reading; one backward makes the clock stand still
  // until UTC has caught up.
  void follow_step(TimeNs utc, std::int64_t monotonic_ns);

 private:
  [[nodiscard]] std::int64_t raw_at(std::int64_t monotonic_ns) const;
  void anchor(std::int64_t time_ns, std::int64_t monotonic_ns);

  std::int64_t anchor_time_ns_ = 0;
  std::int64_t anchor_monotonic_ns_ = 0;
  std::int64_t to_correct_ns_ = 0;  // error still to be worked off since the anchor
  std::int64_t last_ns_ = 0;
  std::int64_t error_ns_ = 0;
  bool stepped_ = false;
};

}  // namespace cantus::runtime
