// How far the end of a log has come, as its control records say it (docs/architecture.md, section 1):
//
//   none ── RollBegin ──► begun ── RollDrained ──► drained ── LogClosed ──► closed ── LogOpened ──► opening
//    ▲                      │ ▲                      │ │                                              │
//    └──── RollAbandoned ───┴─│──────────────────────┘ │ RollDrained once more                        │
//    ▲                        └────────────────────────┘                                              │
//    └─────────────────────────────────────────────────────────────────────────────── LogContinued ───┘
//
// What follows a LogClosed is of the next log. Part of the ordering core: pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "messages/record.h"

namespace cantus {

enum class RollPhase : std::uint8_t { none, begun, drained, closed, opening };

class RollState {
 public:
  static constexpr std::size_t publishers_max = 64;  // that can be told apart

  [[nodiscard]] RollPhase phase() const { return phase_; }
  // Not the same log goes on: what is to be put on the log now belongs to the next one's begin.
  [[nodiscard]] bool between_logs() const { return phase_ == RollPhase::closed || phase_ == RollPhase::opening; }
  [[nodiscard]] Seq begun() const { return begun_; }
  [[nodiscard]] TimeNs begun_time() const { return begun_time_; }
  [[nodiscard]] Seq drained() const { return drained_; }
  // Something followed the RollDrained that no digest knows of.
  [[nodiscard]] bool disturbed() const { return disturbed_; }
  // Publishers, by their index in the core, that have said their digest behind the RollDrained.
  [[nodiscard]] bool has_said(std::size_t publisher) const { return ((said_ >> publisher) & 1U) != 0; }
  // It is the publisher's digest behind that record as well, of a state of the same sections.
  [[nodiscard]] bool is_said_again(std::size_t publisher, const RollDigest& repeat) const {
    return phase_ == RollPhase::drained && repeat.drained == drained_ && has_said(publisher) &&
           sections_[publisher] == repeat.sections;
  }
  [[nodiscard]] Digest state() const { return state_; }
  [[nodiscard]] Seq closed() const { return closed_; }
  // Records that carry something over which are on the new log already.
  [[nodiscard]] std::uint32_t carried() const { return carried_; }

  // The sequencer's own record on what it concerns, of a log numbered `log`. Refused, naming it: it cannot follow.
  Status apply(const Event& event, LogNumber log);
  static constexpr std::size_t no_publisher = publishers_max;
  // Any record, behind apply(); `publisher`: its index, `no_publisher` for the sequencer's own.
  void note(const Event& event, std::size_t publisher) {
    if (phase_ == RollPhase::drained) [[unlikely]] {
      note_drained(event, publisher);
    }
  }

  // Nothing of the log before is known but that its last record is at `closed`: what the next one says of it is
  // believed.
  void begin_behind(Seq closed) {
    phase_ = RollPhase::closed;
    closed_ = closed;
    alone_ = true;
  }
  [[nodiscard]] bool alone() const { return alone_; }

  void digest_into(DigestBuilder& digest) const;

 private:
  Status apply(const RollBegin& begin, const RecordHeader& header);
  Status apply(const RollDrained& drained, const RecordHeader& header);
  Status apply(const LogClosed& closed, const RecordHeader& header);
  Status apply(const LogContinued& continued, LogNumber log);

  void note_drained(const Event& event, std::size_t publisher);

  RollPhase phase_ = RollPhase::none;
  Seq begun_;
  TimeNs begun_time_;
  Seq drained_;
  bool disturbed_ = false;
  std::uint64_t said_ = 0;
  std::array<std::uint64_t, publishers_max> sections_{};  // of what they said
  Digest state_;
  Seq closed_;
  std::uint32_t carried_ = 0;
  bool alone_ = false;
};

}  // namespace cantus
