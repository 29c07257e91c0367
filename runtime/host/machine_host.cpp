#include "runtime/host/machine_host.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "runtime/logging.h"

namespace cantus::host {

MachineHost::MachineHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
                         Application& machine, OnFatal fatal)
    : Follower(loop, clock, std::move(options), std::move(surroundings), runtime::AttachAs::publisher,
               std::move(fatal)),
      machine_(machine) {}

void MachineHost::take(const Event& event) {
  const bool is_void = exceptions().is_void(event);
  if (event.header->publisher == own_publisher() && !(is_void ? pass(event) : settle(event))) {
    return;
  }
  if (is_void) {
    machine_.apply_void(event, exceptions().may_have_left(event));
    return;
  }
  if (event.is<PublisherSuspended>() && event.as<PublisherSuspended>().publisher == own_publisher() &&
      !event.as<PublisherSuspended>().admitted.is_zero() && !answered(event.header->seq)) {
    witness(event.as<PublisherSuspended>());
  }
  machine_.apply(event);
}

// False if the log holds something else than this replica's wish: then it stands still.
bool MachineHost::settle(const Event& event) {
  WishQueue& wishes = machine_.wishes();
  const WishQueue::Settled settled = wishes.settle(event);
  if (settled == WishQueue::Settled::equal) {
    return true;
  }
  const bool different = settled == WishQueue::Settled::different;
  Evidence evidence =
      evidence_of(event, different ? "the log holds something else than this replica's wish under the same number"
                                   : "the log holds a number that this replica has not wished for next");
  evidence.ours = different ? std::optional(wishes.at(0)) : std::nullopt;
  evidence.digest = machine_.digest();
  dispute_ = dispute_of(event, evidence.ours ? &*evidence.ours : nullptr);
  stand_still(evidence);
  return false;
}

// A void record of its own uses up its number, and what the replica wishes for moves on. Of the first of them operators
// have said what is right; a replica that cannot compute that is not to go on.
bool MachineHost::pass(const Event& event) {
  WishQueue& wishes = machine_.wishes();
  const VoidRecords* const said = exceptions().trusted_at(event);
  const bool wished = !wishes.empty() && wishes.first_number() == event.header->publisher_seq;
  const bool trusted = said == nullptr || said->trusted_crc == (wished ? checksum_in_place_of(event, wishes.at(0)) : 0);
  if (trusted && wishes.pass(event)) {
    return true;
  }
  Evidence evidence =
      evidence_of(event, trusted ? "a void number is not the one that comes next for this replica"
                                 : "what operators trust under this number is not what this replica wished for");
  evidence.ours = wished ? std::optional(wishes.at(0)) : std::nullopt;
  evidence.digest = machine_.digest();
  stand_still(evidence);
  return false;
}

// A machine never looks at marks. Its comparison with what a twin was faster to propose can hold back what a difference
// caused, unless everything leaves at once anyhow; then it can as well come in larger pieces. (The sequencer rings the
// first place of a publisher at once all the same.)
runtime::SleepDepth MachineHost::sleep_depth() const {
  const bool at_once = ack_level() == AckLevel::sequenced && !replicas_agree();
  return at_once ? runtime::SleepDepth::deep : runtime::SleepDepth::medium;
}

// Another replica disputes a record that is this one's wish, too: its side of it.
void MachineHost::witness(const PublisherSuspended& suspended) {
  const auto reader = reader_before(suspended.admitted);
  const auto disputed = reader ? (*reader)->next() : Result<std::optional<Event>>(reader.error());
  if (!disputed || !*disputed) {
    runtime::log_error(options().publisher + ": the record in doubt at " + std::to_string(suspended.admitted.get()) +
                       " cannot be read again");
    return;
  }
  const Event& on_log = **disputed;
  Evidence evidence = evidence_of(on_log, "the replica in place " + std::to_string(suspended.place.get()) +
                                              " disputes what this replica wished for as well");
  const RecordHeader& header = *on_log.header;
  evidence.ours = WishView{header.publisher_seq, header.type, header.version, header.topic, on_log.bytes()};
  evidence.other = other_wish(suspended, header.topic);
  evidence.other_place = suspended.place;
  evidence.digest = machine_.digest();
  runtime::log_error(evidence.participant + ": " + leave(evidence));
}

PublisherSuspended MachineHost::dispute_of(const Event& event, const WishView* ours) const {
  PublisherSuspended dispute;
  dispute.from = event.header->publisher_seq;
  dispute.publisher = own_publisher();
  dispute.place = options().place;
  dispute.reason = SuspendReason::repeat_differs;
  dispute.admitted = event.header->seq;
  dispute.admitted_crc = proposal_checksum(*event.header, sum_of(event.bytes()));
  if (ours != nullptr) {
    dispute.other_crc = checksum_in_place_of(event, *ours);
    dispute.other_version = ours->version;
    dispute.other_type = ours->type.get();
    dispute.other_bytes = static_cast<std::uint16_t>(ours->payload.size());
    std::ranges::copy(ours->payload.first(std::min(ours->payload.size(), dispute.other.bytes.size())),
                      dispute.other.bytes.begin());
  }
  return dispute;
}

bool MachineHost::tell_difference() {
  return link().push(venue(), WishView{dispute_.from, PublisherSuspended::type, PublisherSuspended::version,
                                       PublisherSuspended::topic, payload_of(dispute_)});
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
