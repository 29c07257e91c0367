#include "runtime/host/edge_host.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/mutant.h"
#include "runtime/logging.h"
#include "runtime/ring.h"

namespace cantus::host {

namespace {
constexpr std::uint32_t refused_times_max = 3;
}  // namespace

class EdgeHost::Gate final : public runtime::SendGate {
 public:
  explicit Gate(EdgeHost& host) : host_(host) {}
  bool open() override { return host_.caught_up() || (host_.poll(), host_.caught_up()); }

 private:
  EdgeHost& host_;
};

EdgeHost::EdgeHost(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
                   EdgeApplication& edge, const std::function<void(EdgeProposer&)>& made, OnFatal fatal)
    : Follower(loop, clock, std::move(options), std::move(surroundings), runtime::AttachAs::publisher,
               std::move(fatal)),
      edge_(edge),
      gate_(std::make_shared<Gate>(*this)),
      kept_(this->options().in_flight_max) {
  note_reading();
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
  kept_.push(number, type, version, topic, payload);
  return number;
}

void EdgeHost::publish_figures(runtime::PlacePage& page) const {
  if (const std::optional<runtime::OrderLatency> latency = edge_.order_latency()) {
    page.orders_answered.store(latency->orders, std::memory_order_relaxed);
    page.order_p50_ns.store(latency->p50_ns, std::memory_order_relaxed);
    page.order_p99_ns.store(latency->p99_ns, std::memory_order_relaxed);
    page.order_max_ns.store(latency->max_ns, std::memory_order_relaxed);
  }
  if (const runtime::FarEndState* far_end = edge_.far_end()) {
    const runtime::FarEndFlag before = page.far_end.load(std::memory_order_relaxed);
    const runtime::FarEndFlag now =
        far_end->connected ? runtime::FarEndFlag::connected : runtime::FarEndFlag::not_connected;
    if (before == runtime::FarEndFlag::none) {
      page.far_end_address = FixedString<64>::cut(far_end->address);
    }
    if (now != before) {
      page.far_end_since_ns.store(clock().utc().get(), std::memory_order_relaxed);
      page.far_end.store(now, std::memory_order_release);
    }
  }
}

std::weak_ptr<runtime::SendGate> EdgeHost::send_gate() { return gate_; }

bool EdgeHost::client_input_open() const {
  input_asked_for_ = true;
  return accepting_ && attached() && !suspension() && link().client_backlog() < backlog_max();
}

void EdgeHost::on_heartbeat() {
  if (!input_asked_for_ || !attached()) {
    return;
  }
  const std::uint64_t figure = suspension() ? runtime::client_input_suspended : link().client_backlog();
  const std::string why = figure < backlog_max() ? std::string() : runtime::why_client_input_waits(figure);
  if (const std::string line = input_wait_.look(why, clock().monotonic_ns()); !line.empty()) {
    runtime::log_warning(options().publisher + ": " + line);
  }
}

// Several are put into the ring and then shown by one store. The clock is asked right before that store, because the
// process may be stopped before any instruction. What is left for want of reading is pushed in the next turn, and so is
// what even one at a time takes too long for.
bool EdgeHost::push_proposals() {
  bool any = false;
  bool shown_since_read = true;  // or what came before in this turn took the time
  while (pushed_ < kept_.size()) {
    std::size_t staged = 0;
    while (staged < shown_at_once_ && pushed_ + staged < kept_.size() &&
           link().stage(venue(), kept_.at(pushed_ + staged))) {
      ++staged;
    }
    if (!caught_up()) {
      link().drop_staged();
      const bool one = staged <= 1;
      if (!shown_since_read) {
        // Where so many took longer than the log may be unread, they would the next time, and for ever.
        shown_at_once_ = std::max<std::size_t>(staged / 2, 1);
      }
      read_on();
      if ((one && !shown_since_read) || !caught_up() || !attached()) {
        return true;
      }
      shown_since_read = false;
      continue;  // something may have been taken back
    }
    if (staged == 0) {
      break;
    }
    link().show_staged();
    shown_since_read = true;
    shown_at_once_ = std::min(2 * shown_at_once_, shown_at_once_max);
    pushed_ += staged;
    any = true;
  }
  return any;
}

// What was pushed is not ours any more, even if the ring is gone: it may be on the log.
void EdgeHost::take_back(const std::function<bool(const WishView&)>& stale) {
  const std::size_t before = kept_.size();
  kept_.remove_from(std::max(pushed_, seen_), stale);
  next_number_ = PublisherSeq(next_number_.get() - (before - kept_.size()));
}

// ---- the log -----------------------------------------------------------------------------------------------------

void EdgeHost::take(const Event& event) {
  if (speaking_ && event.header->publisher == own_publisher() && !see_own(event)) {
    return;
  }
  if (exceptions().is_void(event)) {  // none is known here unless it heeds them
    edge_.apply_void(event, exceptions().may_have_left(event));
  } else {
    edge_.apply(event);
  }
}

// A record of ours while we are the only ones who speak as this publisher: it must be the oldest that we wait for.
bool EdgeHost::see_own(const Event& event) {
  if (seen_ == kept_.size() || !says(event, kept_.at(seen_))) [[unlikely]] {
    Evidence evidence =
        evidence_of(event, "the log holds something under this publisher's name that it did not propose");
    if (seen_ < kept_.size()) {
      evidence.ours = kept_.at(seen_);
    }
    stop(leave(evidence));
    return false;
  }
  kept_.set_seq(seen_, event.header->seq);
  ++seen_;
  pushed_ = std::max(pushed_, seen_);
  return true;
}

runtime::SleepDepth EdgeHost::sleep_depth() const {
  if (reported_ && kept_.empty() && !edge_.waited_for()) {
    return runtime::SleepDepth::deep;
  }
  const bool no_marks = ack_level() == AckLevel::sequenced && !replicas_agree();
  return no_marks ? runtime::SleepDepth::medium : runtime::SleepDepth::light;
}

void EdgeHost::on_marks() {
  std::size_t settled = 0;
  while (settled < seen_ && kept_.seq(settled) <= durable()) {
    ++settled;
  }
  kept_.pop_oldest(settled);
  seen_ -= settled;
  pushed_ -= settled;
  if (reported_) {
    edge_.on_durable(durable());
    edge_.on_stable(stable());
  }
}

// ---- the attachment ----------------------------------------------------------------------------------------------

void EdgeHost::on_ready(const Attachment& attachment) {
  if (!speaking_) {
    next_number_ = attachment.next_publisher_seq;
  }
  const PublisherSeq expected = seen_ < kept_.size() ? kept_.number(seen_) : next_number_;
  if (expected < attachment.next_publisher_seq) {
    stop("the sequencer wants proposal " + std::to_string(attachment.next_publisher_seq.get()) +
         " next, the log that was read leaves off before " + std::to_string(expected.get()));
    return;
  }
  pushed_ = CANTUS_MUTANT(kept_not_pushed_again) ? pushed_ : seen_;
  speaking_ = true;
  accepting_ = true;
  edge_.on_attached(attachment);
  if (!std::exchange(reported_, true)) {
    edge_.on_durable(durable());
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
  while (kept_.size() > seen_ && kept_.number(kept_.size() - 1) >= number) {
    kept_.pop_newest();
  }
  pushed_ = std::min(pushed_, kept_.size());
  next_number_ = std::max(number, PublisherSeq(1));
  edge_.on_refused(number, why);
}

bool EdgeHost::replace(PublisherSeq number, const std::string& why) {
  std::size_t refused = seen_;
  while (refused < kept_.size() && kept_.number(refused) != number) {
    ++refused;
  }
  if (refused == kept_.size()) {
    return true;  // it is the ring itself that was damaged, behind everything that we put there
  }
  const std::optional<Proposal> other = edge_.instead_of(kept_.at(refused), why);
  if (!other) {
    return false;
  }
  kept_.replace(refused, other->type, other->version, other->topic, other->payload);
  return true;
}

}  // namespace cantus::host
