// Which program a supervised process runs: the supervisor's own, until `cantus upgrade process` asks for another one by
// leaving its path in `<data>/run/NAME.program`. The supervisor takes the path with the next start of the process.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/venue_place.h"

namespace cantus::cli {

[[nodiscard]] Status ask_for_program(const VenuePlace& place, const std::string& process,
                                     const std::filesystem::path& program);
// What is asked for, and not taken yet.
[[nodiscard]] bool program_is_asked_for(const VenuePlace& place, const std::string& process);
std::optional<std::filesystem::path> take_program(const VenuePlace& place, const std::string& process);
// Its process id, as the supervisor left it; nothing if it does not run.
[[nodiscard]] std::optional<pid_t> process_of(const VenuePlace& place, const std::string& process);

}  // namespace cantus::cli
