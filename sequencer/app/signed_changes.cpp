#include "sequencer/app/signed_changes.h"

#include "runtime/logging.h"

namespace cantus::sequencer {
namespace {

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
  return core.carry_out(change_of<PublishRevoked>(part), batch);
}

}  // namespace

void SignedChanges::apply(const Event& event) {
  if (topics.contains(event.header->topic)) {
    refdata_.apply(event);
    due_.apply(event, refdata_);
  }
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
    if (const Status done = sequencer::carry_out(due_.due()[next], core, batch); done) {
      ++next;
    } else {
      // The machine that judged the command knows the same rules; if they differ, the venue goes on without the change.
      runtime::log_error("sequencer: a signed change is not carried out: " + done.error().text);
      due_.drop(next);
    }
  }
}

}  // namespace cantus::sequencer
