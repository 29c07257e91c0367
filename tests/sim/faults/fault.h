// The kinds of fault that the simulator knows, and how each is expected to end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cantus::sim {

enum class FaultKind : std::uint8_t {
  kill,       // a process dies between two events
  power_cut,  // all of them, with what was not synced
};

// What must be true of the venue behind it.
enum class Expected : std::uint8_t {
  recovered,      // everything that always holds, and everything that holds at quiet
  refused,        // it stops, and says by name why; nothing that it published before is contradicted
  loss_detected,  // it may have lost what it promised, but it says so: never two contents under one number
};

struct Fault {
  FaultKind kind = FaultKind::kill;
  std::int64_t at_ns = 0;  // simulated time since the venue opened
  std::uint64_t arg = 0;   // what the kind makes of it: which process, which file, how long
};

struct FaultKindInfo {
  FaultKind kind;
  std::string_view name;  // as in `--faults` and in what is printed
  Expected end;
};

inline constexpr std::array all_fault_kinds{
    FaultKindInfo{FaultKind::kill, "kill", Expected::recovered},
    FaultKindInfo{FaultKind::power_cut, "power-cut", Expected::recovered},
};

}  // namespace cantus::sim
