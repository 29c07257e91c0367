#include "tests/sim/faults/ends.h"

#include "eventlog/verify.h"

namespace cantus::sim {

void look_at_refusal(World& world, const Injector& injector, Findings& findings) {
  const std::string& why = world.refusal();
  const bool names_it = why.find("segment-") != std::string::npos || why.find("/journal/") != std::string::npos;
  if (!names_it) {
    findings.add("damage is refused by name", why);
  }
  if (injector.expected() == Expected::refused && journal_of(world) != injector.damaged()) {
    findings.add("a refusal changes nothing", why);
  }
}

void look_at_what_is_named(World& world, Findings& findings) {
  const Result<eventlog::VerifiedLog> verified = eventlog::verify_log(world.host().files, world.paths().journal());
  if (verified && !verified->first_bad && !verified->first_stray) {
    findings.add("damage is named", "what is damaged was taken for good");
  }
}

bool says_loss(const std::string& complaint) {
  return complaint.find("too low") != std::string::npos || complaint.find("it had OrderID") != std::string::npos;
}

}  // namespace cantus::sim
