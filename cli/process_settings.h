// How the settings that processes decide differ between two configurations: no operator signs for them, and they hold
// from the start with the file that has them.
#pragma once

#include <string>
#include <vector>

#include "refdata/app/configuration.h"

namespace cantus::cli {

// A line each, by the paths of the configuration (config/README.md): "snapshots.keep: 3 becomes 5". A default is
// the same as what is written out; rates of edges stand on the log and are left out.
[[nodiscard]] std::vector<std::string> process_differences(const refdata::ProcessSettings& now,
                                                           const refdata::ProcessSettings& wanted);

}  // namespace cantus::cli
