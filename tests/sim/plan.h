// What a seed stands for: the venue's layout, how much is traded, and which faults happen when. Drawn whole before
// anything begins, so that a case that fails can be made smaller by taking things out of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cli/layout.h"
#include "tests/sim/faults/fault.h"
#include "tests/sim/rare.h"

namespace cantus::sim {

// How much goes wrong in a seed; `as_drawn`: some none, some a few, some all.
enum class Trouble { as_drawn, none, few, all };

struct Plan {
  std::uint64_t seed = 1;
  cli::Layout layout = cli::Layout::one;
  std::size_t orders = 170;      // of each of the three clients' sessions
  std::size_t desk_orders = 50;  // of each of the two desks, which are larger
  std::size_t commands = 0;      // of operators, beside those that a fault asks for
  std::size_t oddities = 0;      // of each who trades: what nobody takes, what he knows already
  std::vector<Fault> faults;     // in order of time
  Rare rare{};
};

[[nodiscard]] bool expects_poison(const Plan& plan);
// They have something to do; else the venue has none.
[[nodiscard]] bool has_operators(const Plan& plan);
[[nodiscard]] Plan draw_plan(std::uint64_t seed, Trouble trouble = Trouble::as_drawn);
// Sets what its faults need in order to happen: no ring of the usual size is ever full.
void make_possible(Plan& plan);

}  // namespace cantus::sim
