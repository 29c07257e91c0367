// The demo's operators. Their keys are made at its first start and lie in `<data>/operators`; the passphrases are
// public
// (`demo-` and the name), as the demo's passwords are.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/venue_place.h"

namespace cantus::cli {

// Makes the keys that are not there yet.
[[nodiscard]] Status make_demo_keys(const VenuePlace& place);
// The demo's configuration: what a demo that began there runs with, else the one that is built in, with the operators
// whose keys are there.
[[nodiscard]] Result<std::string> demo_text(const VenuePlace& place);

}  // namespace cantus::cli
