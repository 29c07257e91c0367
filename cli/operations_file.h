// What was done to a venue's processes from outside, kept until the next term puts it on the log: a line for each in
// `<data>/run/operations`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/venue_place.h"
#include "messages/messages.h"

namespace cantus::cli {

// Adds a line: now, by the user who runs this program.
[[nodiscard]] Status note_operation(const VenuePlace& place, Operation operation, const std::string& reason);
// All of them, the oldest first; their times ascend. Lines that are none are passed by.
[[nodiscard]] Result<std::vector<OperationNoted>> noted_operations(const VenuePlace& place);

}  // namespace cantus::cli
