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

  // Every fault has happened.
  [[nodiscard]] bool done() const { return happened_ == faults_.size(); }
  // The weakest promise of what has been planned.
  [[nodiscard]] Expected expected() const;
  [[nodiscard]] const std::map<std::string_view, std::size_t>& by_kind() const { return by_kind_; }

 private:
  void happen(const Fault& fault);

  World& world_;
  const std::vector<Fault> faults_;
  std::size_t happened_ = 0;
  std::map<std::string_view, std::size_t> by_kind_;
};

}  // namespace cantus::sim
