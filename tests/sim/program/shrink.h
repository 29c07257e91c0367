// Makes a plan that fails smaller for as long as it breaks the same thing.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "tests/sim/plan.h"

namespace cantus::sim {

struct Shrunk {
  Plan plan;
  std::size_t plays = 0;
};

// `fails` plays a plan and says whether the same thing breaks. `plays_max`: that often at most.
[[nodiscard]] Shrunk shrink(Plan plan, const std::function<bool(const Plan&)>& fails, std::size_t plays_max);

}  // namespace cantus::sim
