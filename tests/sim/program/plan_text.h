// A plan as a text that people read and that is played again: a word and its values a line, `#` begins a comment.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tests/sim/plan.h"

namespace cantus::sim {

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
