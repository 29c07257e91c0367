// A plan as a text that people read and that is played again: a word and its values a line, `#` begins a comment.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "tests/sim/plan.h"

namespace cantus::sim {

// What a seed may turn on (tests/sim/rare.h), by name; only what is not as usual stands in a text.
struct RareSetting {
  std::string_view name;
  std::uint64_t (*get)(const Rare&);
  void (*set)(Rare&, std::uint64_t);
};
template <auto member>
constexpr RareSetting rare_setting(std::string_view name) {
  return {name, [](const Rare& rare) { return static_cast<std::uint64_t>(rare.*member); },
          [](Rare& rare, std::uint64_t value) {
            rare.*member = static_cast<std::remove_reference_t<decltype(rare.*member)>>(value);
          }};
}
inline constexpr std::array rare_settings{
    rare_setting<&Rare::segment_bytes>("segment-bytes"),
    rare_setting<&Rare::unsealed_max>("unsealed-max"),
    rare_setting<&Rare::snapshot_every_records>("snapshot-every-records"),
    rare_setting<&Rare::backlog_max>("backlog-max"),
    rare_setting<&Rare::takeover_interval_ms>("takeover-interval-ms"),
    rare_setting<&Rare::kernel_bytes>("kernel-bytes"),
    rare_setting<&Rare::piece_bytes_max>("piece-bytes-max"),
    rare_setting<&Rare::appends_short>("appends-short"),
    rare_setting<&Rare::ring_bytes>("ring-bytes"),
    rare_setting<&Rare::in_flight_max>("in-flight-max"),
    rare_setting<&Rare::wakes_for_nothing>("wakes-for-nothing"),
};

[[nodiscard]] std::string to_text(const Plan& plan);
// A fault names the line.
[[nodiscard]] Result<Plan> parse_plan(std::string_view text);

// "none", "few", "all", "kill,power-cut": how plans are drawn.
struct Draw {
  Trouble trouble = Trouble::as_drawn;
  std::vector<FaultKind> kinds;  // these alone; empty: all
};
[[nodiscard]] Result<Draw> parse_draw(const std::string& text);
[[nodiscard]] Plan draw_plan(std::uint64_t seed, const Draw& draw);

}  // namespace cantus::sim
