#include "sequencer/app/signed_changes.h"

#include "runtime/logging.h"

namespace cantus::sequencer {
namespace {

// An announcement that would stop the next sequencer of this build is left to one that knows it.
template <class M>
Status carry_out(const M& announced, SequencerCore& core, Batch& batch) {
  if (SignedChanges::reading.concerns(announced) && !is_known(announced)) {
    return Error{ErrorCode::not_supported, "this build does not know " + announced.name.str() +
                                               "; a sequencer of a newer one puts it on the log"};
  }
  return core.carry_out(announced, batch);
}

Status carry_out(const CommandPart& part, SequencerCore& core, Batch& batch) {
  if (is_change<PublisherDefined>(part)) {
    return core.carry_out(change_of<PublisherDefined>(part), batch);
  }
  if (is_change<PublishGranted>(part)) {
    return core.carry_out(change_of<PublishGranted>(part), batch);
  }
  if (is_change<Resolved>(part)) {
    return core.carry_out(change_of<Resolved>(part), batch);
  }
  if (is_change<PublishRevoked>(part)) {
    return core.carry_out(change_of<PublishRevoked>(part), batch);
  }
  if (is_change<StepAllowed>(part)) {
    return core.carry_out(change_of<StepAllowed>(part), batch);
  }
  if (is_change<Quarantine>(part)) {
    return core.carry_out(change_of<Quarantine>(part), batch);
  }
  return is_change<FormatAnnounced>(part) ? carry_out(change_of<FormatAnnounced>(part), core, batch)
                                          : carry_out(change_of<RuleActivated>(part), core, batch);
}

}  // namespace

void SignedChanges::apply(const Event& event) {
  if (topics.contains(event.header->topic)) {
    refdata_.apply(event);
    due_.apply(event, refdata_);
  }
}

Status SignedChanges::restore(const SnapshotSections& from) {
  if (Status restored = restore_in_order(from, refdata_, due_); !restored) {
    return restored;
  }
  const auto why = refdata_.announcements().why_unreadable(reading);
  return why ? Status(Error{ErrorCode::not_supported, *why}) : Status();
}

void SignedChanges::apply(const Batch& batch) {
  if (!batch.topics().intersects(topics)) {
    return;
  }
  auto rest = batch.records();
  while (!rest.empty()) {
    const auto* const header = reinterpret_cast<const RecordHeader*>(rest.data());
    apply(Event{header, rest.data() + sizeof(RecordHeader)});
    rest = rest.subspan(aligned_record(header->length));
  }
}

// They leave the list when they are seen on the log.
void SignedChanges::carry_out(SequencerCore& core, Batch& batch) {
  std::size_t next = 0;
  while (next < due_.due().size() && batch.room() >= 2 * stage_bytes_max) {
    const CommandPart& part = due_.due()[next];
    if (const Status done = sequencer::carry_out(part, core, batch); done) {
      if (is_change<StepAllowed>(part)) {
        step_ = change_of<StepAllowed>(part);
      }
      if (is_change<Quarantine>(part)) {
        const auto quarantine = change_of<Quarantine>(part);
        voided_ = voided_ || (quarantine.rest == 0 && !quarantine.publisher.is_zero());
      }
      ++next;
    } else {
      // The machine that judged the command knows the same rules; if they differ, the venue goes on without the change,
      // and the next sequencer tries it again.
      runtime::log_error("sequencer: a signed change is not carried out: " + done.error().text);
      due_.drop(next);
    }
  }
}

}  // namespace cantus::sequencer
