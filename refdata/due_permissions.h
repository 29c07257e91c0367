// What operators changed of publishers, grants and suspensions, and what they quarantined, is in force for every
// machine at the command, what they announced or activated, or allowed its clock, at the sequencer's record of it: the
// sequencer carries all of it out by records of its own behind the command. This is the list of what it has yet to say.
// Whatever else it says of such things behind the opening nobody signed for.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "messages/record.h"
#include "refdata/reference_data.h"

namespace cantus {

// A change that the sequencer puts on the log.
[[nodiscard]] constexpr bool is_permission(MessageType change) {
  return change == PublisherDefined::type || change == PublishGranted::type || change == PublishRevoked::type ||
         change == Resolved::type || change == Quarantine::type || change == FormatAnnounced::type ||
         change == RuleActivated::type || change == StepAllowed::type;
}

class DuePermissions {
 public:
  // Every event, after `refdata` applied it. False: it is the sequencer's word on a permission, and nobody's signature
  // stands for it.
  bool apply(const Event& event, const ReferenceData& refdata);
  [[nodiscard]] std::span<const CommandPart> due() const { return due_; }  // in the order in which they came into force
  void drop(std::size_t index);

 private:
  std::vector<CommandPart> due_;
};

}  // namespace cantus
