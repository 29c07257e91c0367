// What of a configuration stands as it does in the example (`cantus config example`): nobody has the secret halves of
// those keys, nor those passwords.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "refdata/app/configuration.h"

namespace cantus::cli {

// A line for each operator with such a key, and for each session with such a password; none: all are somebody's own.
// What a venue begins with is changed by its operators alone, so with those it could never be.
[[nodiscard]] std::vector<std::string> placeholders_in(const refdata::Configuration& configuration);
// Refused, naming the file and all of them, if there are any; before a log begins with it.
[[nodiscard]] Status no_placeholders(const refdata::Configuration& configuration, const std::filesystem::path& file);
// The regulator is the example's, at whose address nobody is. That is no fault: it is changed before any start.
[[nodiscard]] bool has_placeholder_regulator(const refdata::Configuration& configuration);

}  // namespace cantus::cli
