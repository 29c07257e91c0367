// What operators changed of publishers, grants and suspensions, and what they quarantined, is in force for every
// machine at the command, what they announced or activated, or allowed its clock, at the sequencer's record of it: the
// sequencer carries all of it out by records of its own behind the command. This is the list of what it has yet to say.
// Whatever else it says of such things behind the opening nobody signed for. Likewise that a log is to end,
// as an operator or the schedule said.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/digest.h"
#include "messages/record.h"
#include "messages/snapshot.h"
#include "refdata/reference_data.h"

namespace cantus {

template <class... Changes>
struct ChangeList {
  [[nodiscard]] static constexpr bool has(MessageType type) { return ((type == Changes::type) || ...); }
  [[nodiscard]] static bool has(const CommandPart& part) { return (is_change<Changes>(part) || ...); }
};
// Changes that the sequencer puts on the log.
using CarriedOut = ChangeList<PublisherDefined, PublishGranted, PublishRevoked, Resolved, Quarantine, FormatAnnounced,
                              RuleActivated, StepAllowed>;

class DuePermissions {
 public:
  DuePermissions();

  // Every event, after `refdata` applied it. False: it is the sequencer's word on a permission, and nobody's signature
  // stands for it.
  bool apply(const Event& event, const ReferenceData& refdata);
  [[nodiscard]] std::span<const CommandPart> due() const { return due_; }  // in the order in which they came into force
  void drop(std::size_t index);
  // The log that is to end, and whose end is not begun; 0: none.
  [[nodiscard]] LogNumber roll_due() const { return roll_due_; }

  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

 private:
  void note_roll(const Event& event, const ReferenceData& refdata);

  std::vector<CommandPart> due_;
  LogNumber roll_due_;
};

}  // namespace cantus
