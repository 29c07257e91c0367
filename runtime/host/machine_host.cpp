#include "runtime/host/machine_host.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace cantus::host {

MachineHost::MachineHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
                         Application& machine, OnFatal fatal)
    : Follower(loop, clock, std::move(options), std::move(surroundings), runtime::AttachAs::publisher,
               std::move(fatal)),
      machine_(machine) {}

void MachineHost::take(const Event& event) {
  if (event.header->publisher == own_publisher()) {
    WishQueue& wishes = machine_.wishes();
    const WishQueue::Settled settled = wishes.settle(event);
    if (settled != WishQueue::Settled::equal) {
      const bool different = settled == WishQueue::Settled::different;
      diverge(event, wishes.empty() ? std::nullopt : std::optional(wishes.at(0)), machine_.digest(),
              different ? "the log holds something else than this replica's wish under the same number"
                        : "the log holds a number that this replica has not wished for next");
      return;
    }
  }
  machine_.apply(event);
}

// A machine never looks at marks. Its comparison with what a twin was faster to propose can hold back what a difference
// caused, unless everything leaves at once anyhow; then it can as well come in larger pieces. (The sequencer rings the
// first place of a publisher at once all the same.)
runtime::SleepDepth MachineHost::sleep_depth() const {
  return ack_level() == AckLevel::sequenced ? runtime::SleepDepth::deep : runtime::SleepDepth::medium;
}

void MachineHost::on_ready(const Attachment& attachment) {
  next_to_push_ = machine_.wishes().first_number();
  CANTUS_ASSERT(next_to_push_ >= attachment.next_publisher_seq,
                "whoever has read through the attachment has settled everything that was admitted before it");
}

bool MachineHost::push_proposals() {
  const WishQueue& wishes = machine_.wishes();
  const PublisherSeq first = wishes.first_number();
  // A replica that is behind finds wishes admitted that it never pushed.
  next_to_push_ = std::max(next_to_push_, first);
  const PublisherSeq end(
      std::min(wishes.next_number().get(), first.get() + static_cast<std::uint64_t>(options().in_flight_max)));
  bool pushed = false;
  while (next_to_push_ < end && link().push(venue(), wishes.at(next_to_push_.get() - first.get()))) {
    next_to_push_ = next_to_push_.next();
    pushed = true;
  }
  return pushed;
}

}  // namespace cantus::host
