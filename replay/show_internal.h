// Between show.cpp, which says what stands, and show_text.cpp, which lays it out.
#pragma once

#include <nlohmann/json.hpp>

#include "replay/show.h"

namespace cantus::replay {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json to_object(const Replica& replica, const ReplayedTo& at, View view);

}  // namespace cantus::replay
