// The machine of publisher `matching`, as the program hosts it: in a file of its own, so that a test can be linked with
// a replica that goes wrong, while the shipped program knows no such thing.
#pragma once

#include <memory>

#include "base/types.h"
#include "messages/machine.h"

namespace cantus::cli {

[[nodiscard]] std::unique_ptr<Application> make_matching(PlaceId place);

}  // namespace cantus::cli
