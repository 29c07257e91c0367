// A seed played from the opening of the venue to its quiet end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/checkers/findings.h"
#include "tests/sim/plan.h"

namespace cantus::sim {

struct Outcome {
  std::optional<Broken> broken;
  std::uint64_t hash = 0;       // of every event
  std::uint64_t events = 0;     // of the simulator
  std::uint64_t records = 0;    // on the log at the end
  std::size_t left = 0;         // FIX messages that left gateways
  std::uint64_t snapshots = 0;  // whose states a replay has as well
  std::int64_t simulated_ns = 0;
  std::size_t orders = 0;                          // that have their one final outcome
  std::map<std::string_view, std::size_t> faults;  // that happened, by kind
  std::map<std::string_view, std::size_t> probes;  // what was reached, and how often (tests/sim/probes.h)
  std::vector<std::string> last;                   // records at the end of the log, for people; only if broken
};

[[nodiscard]] Outcome play(const Plan& plan);

}  // namespace cantus::sim
