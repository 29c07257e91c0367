// Every command of the program, in the order in which `cantus --help` lists them. A new one: write cli/NAME.cpp with
// one constant, declare it here, append it to the list below and to cli/CMakeLists.txt.
#pragma once

#include <array>

#include "cli/command.h"

namespace cantus::cli {

extern const Command version_command;

inline constexpr std::array<const Command*, 1> all_commands = {
    &version_command,
};

}  // namespace cantus::cli
