// Rare things that a play reached: what is never reached is not tested, however many seeds are played. Seen from
// outside, on the log and on the wire, so that the venue knows nothing of it.
#pragma once

#include <array>
#include <string_view>

namespace cantus::sim {

struct ProbeInfo {
  std::string_view name;
  std::string_view what;
};

inline constexpr std::array<ProbeInfo, 0> all_probes{};

}  // namespace cantus::sim
