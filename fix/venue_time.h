// The venue's time at an edge: what FIX calls our clock (52, the check of the peer's 52, how late a message leaves).
//
// It is read from the log, as everything that an edge knows: a record's time, and the monotonic clock from there on. So
// a host whose UTC was moved, which the venue's time does not follow before operators say so, renders and judges as
// before; an edge on another host has no clock of its own; and while the sequencer is away time goes on.
#pragma once

#include <cstdint>
#include <optional>

#include "base/types.h"
#include "runtime/clock.h"

namespace cantus::fix {

class VenueTime final : public runtime::Clock {
 public:
  // `host` outlives it.
  explicit VenueTime(const runtime::Clock& host) : host_(host) {}

  // Of every record that is read, whatever it says.
  void note(TimeNs time) {
    if (!ahead_ns_ || time.get() - noted_.get() >= note_period_ns) {
      take(time);
    }
  }

  // The venue's time; the host's UTC before any record was read. Behind it by the time that a record takes to be read,
  // and by no more than a half of how long an edge has been reading what is old.
  [[nodiscard]] TimeNs utc() const override;
  [[nodiscard]] std::int64_t monotonic_ns() const override { return host_.monotonic_ns(); }

 private:
  // Records come by thousands a millisecond; the clock is not asked for each.
  static constexpr std::int64_t note_period_ns = 10'000'000;
  static constexpr std::int64_t between_notes_max_ns = 1'000'000'000;

  void take(TimeNs time);

  const runtime::Clock& host_;
  std::optional<std::int64_t> ahead_ns_;  // of the monotonic clock
  std::int64_t taken_at_ns_ = 0;          // by the monotonic clock
  TimeNs noted_;
};

}  // namespace cantus::fix
