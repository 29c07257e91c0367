// The time that the sequencer stamps: the monotonic clock, anchored to UTC and slewed towards it. It never runs
// backwards, never stands still and never jumps but forward on an operator's word; when UTC is more than a second away,
// somebody moved a clock: that is not followed but reported, and waits for an operator. Behind a step back that
// operators let it follow it runs at half its rate until UTC has caught up, so that everything that counts in it
// (rates, graces, intervals) goes on. Pure arithmetic: both clocks are handed in.
#pragma once

#include <cstdint>
#include <optional>

#include "base/types.h"

namespace cantus::runtime {

class VenueClock {
 public:
  static constexpr std::int64_t slew_per_million = 500;         // fastest correction: 0.5 ms a second
  static constexpr std::int64_t step_limit_ns = 1'000'000'000;  // an error above it is a step

  // Where a clock stands, for the next one of the same boot.
  struct Kept {
    std::int64_t ahead_of_monotonic_ns = 0;
    std::int64_t to_lose_ns = 0;
    friend bool operator==(const Kept&, const Kept&) = default;
  };

  // `not_before`: time of the last record on the log; the clock starts there if it would start before it. `before`: of
  // a sequencer that ran before on this boot. This one goes on there, so a step that waits for an operator still does,
  // and one that was signed is worked off. Nothing: it starts at UTC.
  VenueClock(TimeNs utc, std::int64_t monotonic_ns, TimeNs not_before, std::optional<Kept> before = std::nullopt);

  // The time at a reading of the monotonic clock. Never less than any time given before.
  [[nodiscard]] TimeNs at(std::int64_t monotonic_ns);
  // Compares with UTC, read at the same moment; to be called about every 100 ms. From here on the error seen is worked
  // off; a step leaves the rate as it is.
  void observe(TimeNs utc, std::int64_t monotonic_ns);

  // UTC minus this clock at the last observation.
  [[nodiscard]] std::int64_t error_ns() const { return error_ns_; }
  // Of that, what it loses by running at half its rate, at the last observation; 0: it runs at its own. Not negative.
  [[nodiscard]] std::int64_t to_lose_ns() const { return to_lose_ns_; }
  // The step that waits for an operator.
  [[nodiscard]] std::optional<std::int64_t> step_pending() const {
    return stepped_ ? std::optional(error_ns_ + to_lose_ns_) : std::nullopt;
  }
  // The operator's word: a step forward is taken at once at the next reading, one backward at half the rate.
  void follow_step(TimeNs utc, std::int64_t monotonic_ns);
  [[nodiscard]] Kept kept(std::int64_t monotonic_ns) const;

 private:
  [[nodiscard]] std::int64_t since_anchor(std::int64_t monotonic_ns) const;
  [[nodiscard]] std::int64_t raw_at(std::int64_t monotonic_ns) const;
  [[nodiscard]] std::int64_t lost_at(std::int64_t monotonic_ns) const;
  void anchor(std::int64_t time_ns, std::int64_t monotonic_ns);

  std::int64_t anchor_time_ns_ = 0;
  std::int64_t anchor_monotonic_ns_ = 0;
  std::int64_t to_correct_ns_ = 0;  // error still to be worked off since the anchor
  std::int64_t to_lose_ns_ = 0;     // likewise, of steps back that were signed
  std::int64_t last_ns_ = 0;
  std::int64_t error_ns_ = 0;
  bool stepped_ = false;
};

}  // namespace cantus::runtime
