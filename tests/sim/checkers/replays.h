// At quiet the log is played again, from its start and from every snapshot that it names: outcomes, digests and numbers
// must come out the same.
#pragma once

#include <cstdint>

#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Replays final : public Checker {
 public:
  // They outlive it.
  Replays(World& world, Findings& findings) : world_(world), findings_(findings) {}

  void at_quiet() override;
  [[nodiscard]] std::uint64_t snapshots_equal() const { return snapshots_equal_; }

 private:
  void verify();
  void compare_replicas();

  World& world_;
  Findings& findings_;
  std::uint64_t snapshots_equal_ = 0;
};

}  // namespace cantus::sim
