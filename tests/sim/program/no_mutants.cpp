// cantus-sim plays what the product is: it has no planted bugs.
#include "tests/sim/program/mutants.h"

namespace cantus::sim {

std::span<const MutantInfo> all_mutants() { return {}; }
void switch_mutant_on(std::string_view) {}
bool mutant_was_asked_for(std::string_view) { return false; }

}  // namespace cantus::sim
