// Planted bugs, by which the simulation shows that it finds bugs (tests/sim/mutants.def). `if (CANTUS_MUTANT(name))` is
// `if (false)` in the product: the compiler leaves nothing of it, and a test looks that it is so. In
// cantus-sim-mutants, for which the sources that hold such a place are compiled once more, it is a switch. In sources
// only, never in headers: all of a program must have the same headers.
#pragma once

#ifdef CANTUS_MUTANTS

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cantus {

struct MutantSwitch {
  bool on = false;
  bool asked = false;  // somebody came by
  bool ask() {
    asked = true;
    return on;
  }
};
[[nodiscard]] MutantSwitch& mutant_switch(std::string_view name);
// What a planted bug remembers that no member may hold. Empty where a play begins.
[[nodiscard]] std::map<std::string, std::uint64_t, std::less<>>& mutant_memory();

}  // namespace cantus

// Looked up once for each place.
#define CANTUS_MUTANT(name)                                                \
  [] {                                                                     \
    static ::cantus::MutantSwitch& known = ::cantus::mutant_switch(#name); \
    return known.ask();                                                    \
  }()

#else

#define CANTUS_MUTANT(name) false

#endif
