// Hosts a projection: it reads and never speaks, has no place among publishers, and nobody waits for it. Its attachment
// only serves to be woken; without one it looks at the log from time to time.
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
        stable_only_(stable_only) {}

 private:
  [[nodiscard]] runtime::SleepDepth sleep_depth() const override { return runtime::SleepDepth::deep; }
  void take(const Event& event) override { machine_.apply(event); }
  [[nodiscard]] Seq read_limit() const override {
    if (!stable_only_) {
      return Follower::read_limit();
    }
    return std::min({synced(), hold(), replicas_agree() ? link().agreed() : synced()});
  }

  Machine& machine_;
  bool stable_only_;
};

}  // namespace cantus::host
