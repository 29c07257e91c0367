// Hosts a projection: it reads and never speaks, has no place among publishers, and nobody waits for it. Its attachment
// only serves to be woken, when the venue is quiet or after a while; without one it looks at the log from time to time.
#pragma once

#include <algorithm>
#include <utility>

#include "runtime/host/follower.h"

namespace cantus::host {

class ReaderHost final : public Follower {
 public:
  ReaderHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings, Machine& machine,
             bool stable_only, OnFatal fatal)
      : Follower(loop, clock, std::move(options), std::move(surroundings), runtime::AttachAs::reader, std::move(fatal)),
        machine_(machine),
        stable_only_(stable_only) {
    if (!stable_only_) {
      pass_over_others();
    }
  }

 private:
  [[nodiscard]] runtime::SleepDepth sleep_depth() const override { return runtime::SleepDepth::idle; }
  void take(const Event& event) override {
    if (exceptions().is_void(event)) {
      machine_.apply_void(event, exceptions().may_have_left(event));
    } else {
      machine_.apply(event);
    }
  }
  [[nodiscard]] bool heeds_exceptions() const override { return true; }
  [[nodiscard]] Seq ahead_limit() const override { return stable_only_ ? synced() : Follower::ahead_limit(); }
  [[nodiscard]] Seq read_limit() const override { return std::min(until_, readable()); }

  // Once woken it reads what is there and sleeps again, whatever came in the meantime: while orders flow it would never
  // come to an end, and take a core from them. The sequencer rings it in their pauses, and once in a second.
  void on_sleep() override { until_ = applied(); }
  void on_woken(bool rung) override {
    const Seq now = stable_only_ ? readable() : last();
    // A pause whose ring came while it was awake is seen by its own timer.
    if (rung || now == seen_) {
      until_ = readable();
    }
    seen_ = now;
  }

  [[nodiscard]] Seq readable() const {
    if (!stable_only_) {
      return Follower::read_limit();
    }
    return std::min({synced(), hold_known_ahead(), replicas_agree() ? link().agreed() : synced()});
  }

  Machine& machine_;
  bool stable_only_;
  Seq until_ = Follower::read_limit();  // of this waking
  Seq seen_;                            // what was there when it last woke
};

}  // namespace cantus::host
