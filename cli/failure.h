// How a command says that it failed: alike for all of them. `cantus COMMAND: why` on stderr; where `--json` was asked
// for, `{"error": "why"}` as the one object on stdout, too; and the exit code that belongs to the error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/command.h"

namespace cantus::cli {

// not_found is the venue or its log; of another file see of_file.
[[nodiscard]] int exit_code_of(const Error& error);
// An error about a file that somebody named: that it is not there says nothing of a venue.
[[nodiscard]] Error of_file(Error error);

// For commands without `--json`.
int complain_of(std::string_view command, const Error& error);
// For those that have it, and whether it was asked for.
int fail(const Arguments& arguments, std::string_view command, const Error& error);
int fail(const Arguments& arguments, std::string_view command, const std::string& why, int exit_code);
// The line and, if `json`, the object, where the command line itself is at fault.
void say_failure(std::string_view command, const std::string& why, bool json);

}  // namespace cantus::cli
