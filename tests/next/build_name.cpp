#include "cli/build.h"

namespace cantus::cli {
std::string build_name() { return "0.2.0 next"; }
}  // namespace cantus::cli
