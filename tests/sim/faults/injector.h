// Lets the faults of a plan happen to a world.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "tests/sim/faults/fault.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Injector {
 public:
  // All of them are planned from now on; `world` outlives it.
  Injector(World& world, std::vector<Fault> faults);
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  // Every fault has happened and is over; none will come any more.
  [[nodiscard]] bool over() const { return calm_; }
  // And whoever died of it is there again.
  [[nodiscard]] bool done() const { return calm_ && world_.all_run(); }
  // The weakest promise of what really happened.
  [[nodiscard]] Expected expected() const { return expected_; }
  // How often each kind really did: a call that was to go wrong came, there was something to damage.
  [[nodiscard]] const std::map<std::string_view, std::size_t>& by_kind() const { return by_kind_; }
  // The journal's files as they were when something of them was damaged that must be refused.
  [[nodiscard]] const runtime::SimulatedFiles::Image& damaged() const { return damaged_; }

 private:
  void happen(const Fault& fault);
  void took(FaultKind kind);

  World& world_;
  const std::vector<Fault> faults_;
  bool calm_ = false;
  Expected expected_ = Expected::recovered;
  std::map<std::string_view, std::size_t> by_kind_;
  runtime::SimulatedFiles::Image damaged_;
};

// The files of the journal that are not sealed, and what says which those are. (Others may be packed at any time.)
[[nodiscard]] runtime::SimulatedFiles::Image journal_of(World& world);

}  // namespace cantus::sim
