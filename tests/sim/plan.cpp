#include "tests/sim/plan.h"

#include <algorithm>
#include <array>

#include "tests/sim/draws.h"

namespace cantus::sim {
namespace {

// A trader that enters its orders 5 ms apart is busy for about so long.
constexpr std::int64_t trading_ns = 900'000'000;

std::size_t how_many(Trouble trouble, Draws& draws) {
  switch (trouble) {
    case Trouble::none:
      return 0;
    case Trouble::few:
      return 1 + draws.below(3);
    case Trouble::all:
      return 8 + draws.below(8);
    case Trouble::as_drawn:
      break;
  }
  return draws.one_in(10) ? 0 : draws.one_in(4) ? 8 + draws.below(8) : 3;
}

}  // namespace

Plan draw_plan(std::uint64_t seed, Trouble trouble) {
  Draws draws(seed, "plan");
  Plan plan;
  plan.seed = seed;
  constexpr std::array layouts{cli::Layout::one, cli::Layout::two, cli::Layout::each};
  plan.layout = layouts[draws.below(layouts.size())];
  Draws faults(seed, "faults");
  for (std::size_t left = how_many(trouble, draws); left > 0; --left) {
    const FaultKind kind = all_fault_kinds[faults.below(all_fault_kinds.size())].kind;
    plan.faults.push_back({kind, faults.between(1'000'000, trading_ns), faults.next()});
  }
  std::ranges::stable_sort(plan.faults, {}, &Fault::at_ns);
  return plan;
}

}  // namespace cantus::sim
