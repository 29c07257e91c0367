// `cantus replay at SEQ --show …`: what stood at a position, as JSON, and that JSON as text for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "replay/replica.h"
#include "replay/verify.h"

namespace cantus::replay {

enum class View : std::uint8_t { book, credit, sessions, reports };
[[nodiscard]] std::optional<View> view_named(std::string_view name);

// One object: "position", "time", "trading_date", and the view's own array or object. Prices and notionals are exact
// decimals in strings.
[[nodiscard]] std::string show_json(const Replica& replica, const ReplayedTo& at, View view);
[[nodiscard]] std::string show_text(const Replica& replica, const ReplayedTo& at, View view);

}  // namespace cantus::replay
