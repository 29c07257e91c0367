// A process that the supervisor starts. It gets SIGTERM when its supervisor dies, so that no half of a venue goes on
// alone: every process takes that as an orderly stop.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace cantus::cli {

// Starts words[0] with its standard output and error appended to `output`, its input empty. The signals that the
// supervisor blocks are open in it.
[[nodiscard]] Result<pid_t> start_child(const std::vector<std::string>& words, const std::filesystem::path& output);

// The folder of the running program: its companions lie beside it.
[[nodiscard]] std::filesystem::path program_folder();

// "ended with 3", "was killed by signal 9 (Killed)"; of a status of waitpid.
[[nodiscard]] std::string describe_end(int status);
// The process died of what it did itself: a fault, or an assertion or an exception that nobody caught. Whoever was
// killed from outside (by the kernel, too, where memory is short) or ended with an exit code did not. Of such a status.
[[nodiscard]] bool died_of_itself(int status);

}  // namespace cantus::cli
