#include "runtime/host/edge_host.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace cantus::host {

namespace {
constexpr std::uint32_t refused_times_max = 3;
}  // namespace

EdgeHost::EdgeHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
                   EdgeApplication& edge, const std::function<void(EdgeProposer&)>& made, OnFatal fatal)
    : Follower(loop, clock, std::move(options), std::move(surroundings), runtime::AttachAs::publisher,
               std::move(fatal)),
      edge_(edge) {
  made(*this);
}

// ---- the proposer ------------------------------------------------------------------------------------------------

bool EdgeHost::can_propose(std::size_t count) const {
  return accepting_ && kept_.size() + count <= options().in_flight_max;
}

PublisherSeq EdgeHost::propose(MessageType type, std::uint8_t version, TopicId topic,
                               std::span<const std::byte> payload) {
  CANTUS_ASSERT(can_propose(1), "room for a proposal is tested before it is made");
  const PublisherSeq number = next_number_;
  next_number_ = next_number_.next();
  kept_.push_back(Kept{number, type, version, topic, {payload.begin(), payload.end()}, Seq()});
  return number;
}

void EdgeHost::publish_figures(runtime::PlacePage& page) const {
  if (const std::optional<runtime::OrderLatency> latency = edge_.order_latency()) {
    page.orders_answered.store(latency->orders, std::memory_order_relaxed);
    page.order_p50_ns.store(latency->p50_ns, std::memory_order_relaxed);
    page.order_p99_ns.store(latency->p99_ns, std::memory_order_relaxed);
    page.order_max_ns.store(latency->max_ns, std::memory_order_relaxed);
  }
}

bool EdgeHost::client_input_open() const {
  return accepting_ && attached() && !suspension() && link().client_backlog() < backlog_max();
}

bool EdgeHost::push_proposals() {
  bool any = false;
  while (pushed_ < kept_.size() && link().push(venue(), kept_[pushed_].view())) {
    ++pushed_;
    any = true;
  }
  return any;
}

// ---- the log -----------------------------------------------------------------------------------------------------

void EdgeHost::take(const Event& event) {
  if (speaking_ && event.header->publisher == own_publisher() && !see_own(event)) {
    return;
  }
  edge_.apply(event);
}

// A record of ours while we are the only ones who speak as this publisher: it must be the oldest that we wait for.
bool EdgeHost::see_own(const Event& event) {
  const RecordHeader& header = *event.header;
  const std::optional<WishView> ours = seen_ < kept_.size() ? std::optional(kept_[seen_].view()) : std::nullopt;
  const bool equal = ours && header.publisher_seq == ours->number && header.type == ours->type &&
                     header.version == ours->version && header.topic == ours->topic &&
                     std::ranges::equal(event.bytes(), ours->payload);
  if (!equal) {
    diverge(event, ours, std::nullopt, "the log holds something under this publisher's name that it did not propose");
    return false;
  }
  kept_[seen_].seq = header.seq;
  ++seen_;
  pushed_ = std::max(pushed_, seen_);
  return true;
}

runtime::SleepDepth EdgeHost::sleep_depth() const {
  if (reported_ && kept_.empty() && !edge_.waited_for()) {
    return runtime::SleepDepth::deep;
  }
  return ack_level() == AckLevel::sequenced ? runtime::SleepDepth::medium : runtime::SleepDepth::light;
}

void EdgeHost::on_marks() {
  while (seen_ != 0 && kept_.front().seq <= durable()) {
    kept_.pop_front();
    --seen_;
    --pushed_;
  }
  if (reported_) {
    edge_.on_stable(stable());
  }
}

// ---- the attachment ----------------------------------------------------------------------------------------------

void EdgeHost::on_ready(const Attachment& attachment) {
  if (!speaking_) {
    next_number_ = attachment.next_publisher_seq;
  }
  const PublisherSeq expected = seen_ < kept_.size() ? kept_[seen_].number : next_number_;
  if (expected < attachment.next_publisher_seq) {
    stop("the sequencer wants proposal " + std::to_string(attachment.next_publisher_seq.get()) +
         " next, the log that was read leaves off before " + std::to_string(expected.get()));
    return;
  }
  pushed_ = seen_;
  speaking_ = true;
  accepting_ = true;
  edge_.on_attached(attachment);
  if (!std::exchange(reported_, true)) {
    edge_.on_stable(stable());
  }
}

void EdgeHost::on_over() {
  accepting_ = false;
  kept_.clear();
  seen_ = 0;
  pushed_ = 0;
  if (std::exchange(speaking_, false)) {
    edge_.on_lost();
  }
}

// What is refused again and again under its number, whatever the edge puts there, will not be admitted the next time.
void EdgeHost::on_refused(PublisherSeq number, runtime::RefusedFor cause, const std::string& why) {
  refused_times_ = std::exchange(refused_, number) == number ? refused_times_ + 1 : 1;
  if (cause == runtime::RefusedFor::malformed) {
    if (refused_times_ > refused_times_max) {
      stop("proposal " + std::to_string(number.get()) + " was refused " + std::to_string(refused_times_) +
           " times: " + why);
      return;
    }
    if (replace(number, why)) {
      return;
    }
  }
  // What the log holds of ours lies before the refused number, whether it was read by now or not.
  while (kept_.size() > seen_ && kept_.back().number >= number) {
    kept_.pop_back();
  }
  pushed_ = std::min(pushed_, kept_.size());
  next_number_ = std::max(number, PublisherSeq(1));
  edge_.on_refused(number, why);
}

bool EdgeHost::replace(PublisherSeq number, const std::string& why) {
  const auto refused = std::find_if(kept_.begin() + static_cast<std::ptrdiff_t>(seen_), kept_.end(),
                                    [number](const Kept& kept) { return kept.number == number; });
  if (refused == kept_.end()) {
    return true;  // it is the ring itself that was damaged, behind everything that we put there
  }
  std::optional<Proposal> other = edge_.instead_of(refused->view(), why);
  if (!other) {
    return false;
  }
  refused->type = other->type;
  refused->version = other->version;
  refused->topic = other->topic;
  refused->payload = std::move(other->payload);
  return true;
}

}  // namespace cantus::host
