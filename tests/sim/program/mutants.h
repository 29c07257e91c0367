// The planted bugs (tests/sim/mutants.def), where this program has them.
#pragma once

#include <span>
#include <string_view>

namespace cantus::sim {

struct MutantInfo {
  std::string_view name;
  std::string_view what;
};

// Empty in a program without them.
[[nodiscard]] std::span<const MutantInfo> all_mutants();
// All others are off then; empty: all are. What one remembers is forgotten: before each play.
void switch_mutant_on(std::string_view name);
// Its place in the code was reached since it was switched on.
[[nodiscard]] bool mutant_was_asked_for(std::string_view name);

}  // namespace cantus::sim
