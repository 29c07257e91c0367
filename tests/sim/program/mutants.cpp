// cantus-sim-mutants: the switches that CANTUS_MUTANT asks.
#include "tests/sim/program/mutants.h"

#include <array>

#include "base/assert.h"
#include "base/mutant.h"

namespace cantus {
namespace {

constexpr std::array table{
#define MUTANT(name, what) sim::MutantInfo{#name, what},
#include "tests/sim/mutants.def"
#undef MUTANT
};
std::array<MutantSwitch, table.size()> switches;

std::map<std::string, std::uint64_t, std::less<>> memory;

}  // namespace

std::map<std::string, std::uint64_t, std::less<>>& mutant_memory() { return memory; }

MutantSwitch& mutant_switch(std::string_view name) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) {
      return switches[i];
    }
  }
  invariant_broken("in tests/sim/mutants.def", "a planted bug stands in the table", __FILE__, __LINE__);
}

namespace sim {

std::span<const MutantInfo> all_mutants() { return table; }

void switch_mutant_on(std::string_view name) {
  switches.fill({});
  memory.clear();
  if (!name.empty()) {
    mutant_switch(name).on = true;
  }
}

bool mutant_was_asked_for(std::string_view name) { return !name.empty() && mutant_switch(name).asked; }

}  // namespace sim
}  // namespace cantus
