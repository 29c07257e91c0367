// A venue small enough to think about: an instrument, two clients with three sessions, two desks with a drop copy each,
// a regulator.
#pragma once

#include <string>

#include "refdata/app/configuration.h"
#include "tests/sim/rare.h"

namespace cantus::sim {

[[nodiscard]] refdata::Configuration small_configuration(const Rare& rare = {});

// With which its peers log on. Checking one costs next to nothing here: the cost of scrypt is a setting.
[[nodiscard]] std::string password_of(const std::string& comp_id);

}  // namespace cantus::sim
