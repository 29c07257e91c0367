// Names of this build, as they appear on the log, in `cantus version` and in the benches' results.
#pragma once

#include <string>

namespace cantus::cli {

// "0.1.0 a1b2c3d4e5f6 RelWithDebInfo": version, commit ("+" behind it if the tree was changed, "unknown" outside a
// checkout), build type. At most 40 bytes, so that it fits a record.
[[nodiscard]] std::string build_name();

}  // namespace cantus::cli
