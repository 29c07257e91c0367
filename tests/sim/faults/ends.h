// What must be true where a fault is not expected to be recovered from.
#pragma once

#include <string>

#include "tests/sim/checkers/findings.h"
#include "tests/sim/faults/injector.h"
#include "tests/sim/world.h"

namespace cantus::sim {

// The venue was refused: by a text that names what is bad, and without a change of what was damaged.
void look_at_refusal(World& world, const Injector& injector, Findings& findings);
// Whoever reads all of the log says where it is bad.
void look_at_what_is_named(World& world, Findings& findings);
// A client's complaint that says that the venue has forgotten something.
[[nodiscard]] bool says_loss(const std::string& complaint);

}  // namespace cantus::sim
