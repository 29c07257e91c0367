// What operators forbid at the moment, and limits for a while (refdata/restrictions.h), for people and programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "refdata/reference_data.h"

namespace cantus::cli {

// A line each, by kind: "disabled: session CANTUS/ALPHA1 since 1-4711". What is over is none.
[[nodiscard]] std::vector<std::string> restriction_lines(const ReferenceData& refdata);
// {"disabled": […], "blocked": […], "halted": […], "limited": […]}, each with the position that put it into force.
[[nodiscard]] nlohmann::ordered_json restrictions_json(const ReferenceData& refdata);

}  // namespace cantus::cli
