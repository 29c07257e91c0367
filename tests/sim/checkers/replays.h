// At quiet the log is played again: outcomes and numbers must come out the same, every replica of the venue must hold
// at its position what the replay holds there, every snapshot that the log names must have its state, and every byte
// that left must be made again. One pass does for all of it; on some seeds the product's own command does it as well.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "eventlog/reader.h"
#include "replay/replica.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/checkers/sent.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Replays final : public Checker {
 public:
  // All of them outlive it.
  Replays(World& world, Findings& findings, const Sent& sent) : world_(world), findings_(findings), sent_(sent) {}

  void on_stable(const Event& event) override;
  void at_quiet() override;
  [[nodiscard]] std::uint64_t snapshots_equal() const { return snapshots_equal_; }

 private:
  // What is looked at behind a position.
  using Looks = std::multimap<Seq, std::function<void(const replay::Replica&)>>;

  void replay_once();
  [[nodiscard]] Looks looks();
  void compare_end(const replay::Replica& replica);
  void verify();

  World& world_;
  Findings& findings_;
  const Sent& sent_;
  std::vector<SnapshotTaken> snapshots_;
  std::uint64_t snapshots_equal_ = 0;
};

}  // namespace cantus::sim
