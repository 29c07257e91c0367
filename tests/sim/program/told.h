// What a play told, as it comes out of the process in which it was played: an Outcome whose names are its own, or what
// that process died of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/play.h"

namespace cantus::sim {

using Counts = std::map<std::string, std::uint64_t>;  // of faults by kind, of probes by name

struct Told {
  std::optional<Broken> broken;
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::uint64_t records = 0;
  std::uint64_t orders = 0;
  std::int64_t simulated_ns = 0;
  bool repeated = false;        // it was played twice, with the same hash
  bool mutant_reached = false;  // the code of the planted bug ran
  Counts faults;
  Counts probes;
  std::vector<std::string> last;
};

[[nodiscard]] Told told_by(const Outcome& outcome);
[[nodiscard]] std::string to_line(const Told& told);
// Nothing if the line is not whole: its writer died.
[[nodiscard]] std::optional<Told> parse_told(std::string_view line);
void add(Counts& to, const Counts& more);
// "00000000deadbeef"
[[nodiscard]] std::string hash_text(std::uint64_t hash);

}  // namespace cantus::sim
