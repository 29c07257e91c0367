// What happens to a world when a fault of each group does. Its details are drawn from the fault's own argument.
#pragma once

#include <functional>

#include "tests/sim/draws.h"
#include "tests/sim/faults/fault.h"
#include "tests/sim/world.h"

namespace cantus::sim {

// A fault that happens now. `took` is to be called when it really did: a call that goes wrong has yet to come, and
// damage needs something to damage.
struct Happening {
  World& world;
  FaultKind kind;
  Draws draws;
  std::function<void()> took;

  // Does this so much later.
  void after(std::int64_t ns, std::function<void()> f) const;
  [[nodiscard]] std::string some_process();
};

// A fault and all that it leaves behind it (but for what the venue makes of it) is over after so long.
inline constexpr std::int64_t fault_lasts_at_most_ns = 2'000'000'000;

void happen_to_processes(Happening happening);
void happen_to_disk(Happening happening);
void damage(Happening happening);
void happen_to_links(Happening happening);
void happen_to_rings(Happening happening);
void happen_to_clocks(Happening happening);

}  // namespace cantus::sim
