// Who may write where changes by what operators sign. The sequencer judges their commands with the same machine as
// everybody else, and puts what they change of publishers and grants, formats and rules on the log as its own records,
// in the pass behind the command. What it could not put there before it ended the next one makes up.
#pragma once

#include <utility>
#include <vector>

#include "messages/record.h"
#include "refdata/due_permissions.h"
#include "refdata/reference_data.h"
#include "sequencer/batch.h"
#include "sequencer/core.h"

namespace cantus::sequencer {

class SignedChanges {
 public:
  // What of the log it must be shown, besides what it says itself.
  static constexpr TopicSet topics = TopicSet(ReferenceData::topics.bits() | TopicSet::of(topic::roll).bits());

  // What a sequencer must know of what a log announces.
  static constexpr Reading reading{topics, RuleOwners::of(RuleOwner::reference_data)};

  void apply(const Event& event);
  // Instead of everything up to the snapshot's position. Not supported: what was announced until there would have
  // stopped who read it.
  [[nodiscard]] Status restore(const SnapshotSections& from);
  [[nodiscard]] const Announcements& announcements() const { return refdata_.announcements(); }
  // All records of a batch that is on the log.
  void apply(const Batch& batch);
  // Stages what is in force and not yet on the log, as far as the batch has room; it is to be shown before this is
  // called again.
  void carry_out(SequencerCore& core, Batch& batch);
  // Quarantines that concern outcomes have taken effect by what was carried out since this was last asked.
  [[nodiscard]] bool take_voided() { return std::exchange(voided_, false); }
  // An operator or the schedule said that this log is to end, and nothing has come of it yet.
  [[nodiscard]] bool roll_due(LogNumber log) const { return due_.roll_due() == log; }

  // The step that was allowed since this was last asked.
  [[nodiscard]] std::optional<StepAllowed> take_step() { return std::exchange(step_, std::nullopt); }

 private:
  ReferenceData refdata_;
  DuePermissions due_;
  std::optional<StepAllowed> step_;
  bool voided_ = false;
};

}  // namespace cantus::sequencer
