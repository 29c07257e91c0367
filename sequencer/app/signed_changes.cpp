#include "sequencer/app/signed_changes.h"

#include <algorithm>

#include "runtime/logging.h"

namespace cantus::sequencer {
namespace {

template <class F>
bool with_permission(const CommandPart& part, F&& f) {
  const auto if_is = [&]<class M>() {
    if (!is_change<M>(part)) {
      return false;
    }
    f(change_of<M>(part));
    return true;
  };
  return if_is.template operator()<PublisherDefined>() || if_is.template operator()<PublishGranted>() ||
         if_is.template operator()<PublishRevoked>();
}

}  // namespace

void SignedChanges::apply(const Event& event) {
  if (!topics.contains(event.header->topic)) {
    return;
  }
  refdata_.apply(event);
  for (const CommandPart& part : refdata_.changes()) {
    if (with_permission(part, [](const auto&) {})) {
      due_.push_back(part);
    }
  }
  if (!due_.empty() && event.header->topic == topic::control && due_.front().change == event.header->type &&
      std::ranges::equal(event.bytes(), std::span(due_.front().content.bytes).first(due_.front().size))) {
    due_.erase(due_.begin());
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
  while (next < due_.size() && batch.room() >= 2 * stage_bytes_max) {
    Status done;
    with_permission(due_[next], [&](const auto& change) { done = core.carry_out(change, batch); });
    if (done) {
      ++next;
    } else {
      // The machine that judged the command knows the same rules; if they differ, the venue goes on without the change.
      runtime::log_error("sequencer: a signed change is not carried out: " + done.error().text);
      due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(next));
    }
  }
}

}  // namespace cantus::sequencer
