#include "gateway/gateway.h"

#include <algorithm>

#include "base/assert.h"
#include "base/civil_time.h"
#include "gateway/arrival.h"
#include "runtime/logging.h"

namespace cantus::gateway {

namespace {

constexpr std::chrono::milliseconds tick_period{50};

// The session that a record of the topic `sessions` is about.
SessionId session_of(const Event& event) {
  SessionId session{0};
  dispatch(event, [&](const auto& message) {
    if constexpr (requires { message.session; } && std::remove_cvref_t<decltype(message)>::topic == topic::sessions) {
      session = message.session;
    }
  });
  return session;
}

}  // namespace

Gateway::Gateway(GatewayOptions options, runtime::Network& network, const runtime::Clock& clock, PasswordCheck check,
                 fix::LogAccess& log, fix::SessionLog& session_log)
    : options_(std::move(options)),
      network_(network),
      clock_(clock),
      log_(log),
      session_log_(session_log),
      passwords_(options_.passwords, clock, std::move(check)) {}

Gateway::~Gateway() = default;

void Gateway::use(host::EdgeProposer& proposer) {
  proposer_ = &proposer;
  services_ = std::make_unique<fix::DriverServices>(fix::DriverServices{.clock = venue_time_,
                                                                        .refdata = refdata_,
                                                                        .sessions = sessions_,
                                                                        .index = index_,
                                                                        .exceptions = exceptions_,
                                                                        .proposer = proposer,
                                                                        .log = log_,
                                                                        .messages = session_log_,
                                                                        .latency = this,
                                                                        .qualifier = options_.name,
                                                                        .limits = options_.driver,
                                                                        .avoided = options_.avoided,
                                                                        .applied = restored_at_});
  orders_ = std::make_unique<OrderEntry>(refdata_, sessions_, clock_, proposer);
  tick_ = network_.every(tick_period, [this] { on_tick(); });
}

Status Gateway::listen() {
  auto listener =
      network_.listen(options_.listen, [this](std::unique_ptr<runtime::Stream> stream) { accept(std::move(stream)); });
  if (!listener.ok()) {
    return std::move(listener).error().context("gateway " + options_.name);
  }
  listener_ = std::move(listener).value();
  return {};
}

std::uint16_t Gateway::port() const { return listener_ == nullptr ? std::uint16_t{0} : listener_->port(); }

bool Gateway::log_out_all(const std::string& text) {
  listener_.reset();  // who comes back at once would have to be logged out again, without end
  for (const auto& [id, arrival] : arrivals_) {
    arrival->drop(true);
  }
  for (const auto& [session, driver] : drivers_) {
    driver->log_out(text, DownReason::gateway_stopping);
  }
  reap();
  flush_waiting();
  return drivers_.empty() && downs_.empty();
}

bool Gateway::may_propose(std::size_t count) const { return attached_ && proposer_->can_propose(count); }

void Gateway::accept(std::unique_ptr<runtime::Stream> stream) {
  reap();
  if (!permitted_ || !make_room(address_group(stream->peer().host))) {
    return;  // destroyed, and so closed
  }
  last_connection_ = last_connection_.next();
  arrivals_.emplace(last_connection_, std::make_unique<Arrival>(*this, last_connection_, std::move(stream)));
  figures_.connections = arrivals_.size();
}

// Whoever connects in order to say nothing, or waits to be judged or for its password's turn, makes way for whoever
// comes next, so that no number of idle or wrong connections keeps a Logon out; and it makes way among its own first,
// so that one address does not push out others.
bool Gateway::make_room(const std::string& address) {
  std::map<std::string_view, std::size_t> by_address;
  for (const auto& [id, arrival] : arrivals_) {
    ++by_address[arrival->address()];
  }
  std::string_view crowded = address;
  if (by_address[address] < options_.connections_before_logon_of_address_max) {
    if (arrivals_.size() < options_.connections_before_logon_max) {
      return true;
    }
    crowded = std::ranges::max_element(by_address, {}, [](const auto& entry) { return entry.second; })->first;
  }
  // In the order in which they came.
  for (const Arrival::State state : {Arrival::State::reading, Arrival::State::waiting, Arrival::State::checking}) {
    const auto first = std::ranges::find_if(arrivals_, [crowded, state](const auto& entry) {
      return entry.second->state() == state && entry.second->address() == crowded;
    });
    if (first != arrivals_.end()) {
      first->second->drop(false);
      reap();
      return true;
    }
  }
  return false;
}

void Gateway::note_stranger(const std::string& what) {
  notes_.write(runtime::LogLevel::info, what, clock_.monotonic_ns());
}

void Gateway::on_tick() {
  reap();
  notes_.end_of_second(clock_.monotonic_ns());
  flush_waiting();
  learn_log();
  for (const auto& [id, arrival] : arrivals_) {
    arrival->on_tick();
  }
  for (const auto& [session, driver] : drivers_) {
    driver->on_tick();
  }
  reap();
}

// ---- what the log says

Status Gateway::restore(const SnapshotSections& from) {
  restored_at_ = from.taken_at().position.seq();
  return restore_in_order(from, refdata_, sessions_, index_, verifiers_, exceptions_);
}

void Gateway::apply(const Event& event) {
  reap();
  services_->applied = event.header->seq;
  venue_time_.note(event.header->time);
  refdata_.apply(event);
  sessions_.apply(event);
  index_.apply(event);
  verifiers_.apply(event, refdata_);
  exceptions_.apply(event);
  event.begun_by(MachineName::gateway);
  for (const CommandPart& part : refdata_.changes()) {
    if (is_change<SessionReset>(part)) {
      apply_signed(change_of<SessionReset>(part).session);
    } else if (is_change<SessionNumbersSet>(part)) {
      apply_signed(change_of<SessionNumbersSet>(part).session);
    } else if (is_change<SessionDisabled>(part)) {
      apply_signed(change_of<SessionDisabled>(part).session);
    }
  }
  apply_permission(event);
  const bool own = event.header->publisher == proposer_->publisher();
  if (event.header->topic == topic::sessions || event.header->topic == topic::control) {
    check_ownership(event);
  }
  if (own) {
    apply_own(event);
  }
  if (says_void(event)) {
    for (const auto& [session, driver] : drivers_) {
      driver->on_voided();
    }
  }
  hand_out(event, own);
}

// Operators signed for other numbers of a session, or that it is disabled.
void Gateway::apply_signed(SessionId session) {
  fix::take_back_stale(*proposer_, sessions_);
  check_owners_of(session);
}

// What is refused for want of permission is heard of on a socket, what changes permissions is read on the log: either
// may come first.
void Gateway::apply_permission(const Event& event) {
  const PublisherId own = proposer_->publisher();
  if ((event.is<PublishGranted>() && event.as<PublishGranted>().publisher == own) ||
      (event.is<Resolved>() && event.as<Resolved>().publisher == own)) {
    regranted_ = true;
    permit();
  } else if ((event.is<PublishRevoked>() && event.as<PublishRevoked>().publisher == own) ||
             (event.is<PublisherSuspended>() && event.as<PublisherSuspended>().publisher == own)) {
    regranted_ = false;
  }
}

void Gateway::permit() {
  permitted_ = true;
  if (std::exchange(ends_unsaid_, false)) {
    propose_ends();
  }
}

void Gateway::apply_own(const Event& event) {
  if (event.is<Takeover>()) {
    apply_takeover(event);
  } else if (event.is<SessionReset>()) {
    apply_reset(event);
  } else if (event.is<SessionAdminSent>()) {
    const auto& sent = event.as<SessionAdminSent>();
    fix::SessionDriver* const driver = driver_of(sent.session);
    if (driver == nullptr || driver->setup().epoch != sent.epoch) {
      return;
    }
    if (sessions_.effect() == Effect::took) {
      driver->on_own_record(sent.number, event.header->seq);
    } else {
      driver->close_in_silence();  // what it stands for must not leave
    }
  } else if (const ClientRef* client = client_ref_of(event); client != nullptr) {
    fix::SessionDriver* const driver = driver_of(client->session);
    if (sessions_.effect() != Effect::took && driver != nullptr && driver->setup().epoch == client->epoch) {
      driver->close_in_silence();  // the client resynchronises by numbers
      propose_down(client->session, client->generation, client->epoch, DownReason::protocol_error);
    }
    figures_.orders += event.is<NewOrder>() ? 1 : 0;
  }
}

void Gateway::apply_takeover(const Event& event) {
  const auto& takeover = event.as<Takeover>();
  if (takeover.incarnation != incarnation_) {
    return;  // of an earlier life of this gateway
  }
  const auto found = arrivals_.find(takeover.connection);
  const bool took = sessions_.effect() == Effect::took;
  if (found == arrivals_.end() || found->second->state() != Arrival::State::taking) {
    if (took) {  // the connection ended in the meantime
      propose_down(takeover.session, takeover.expected_generation, event.position(), DownReason::peer_closed);
    }
    return;
  }
  found->second->on_taken(took, event.position());
  any_over_ = any_over_ || found->second->over();
}

void Gateway::apply_reset(const Event& event) {
  const auto& reset = event.as<SessionReset>();
  for (const auto& [id, arrival] : arrivals_) {
    if (arrival->state() == Arrival::State::resetting && arrival->session() == reset.session &&
        arrival->epoch() == reset.epoch) {
      arrival->on_reset(sessions_.effect() == Effect::took);
      return;
    }
  }
  const InboundState& inbound = sessions_.inbound(reset.session);
  if (sessions_.effect() == Effect::took && inbound.epoch == reset.epoch && inbound.owner == incarnation_) {
    // The connection ended in the meantime; the SessionDown behind this record is of the old generation.
    propose_down(reset.session, inbound.generation, inbound.epoch, DownReason::peer_closed);
  }
}

// Whoever lost its session by this event closes without a byte; whoever is to make room for a reset says Logout.
void Gateway::check_ownership(const Event& event) {
  const bool lost_publisher = event.is<PublisherLost>();
  const SessionId session = lost_publisher ? SessionId(0) : session_of(event);
  if (!lost_publisher && session.is_zero()) {
    return;
  }
  if (lost_publisher || event.is<Takeover>() || event.is<SessionReset>()) {
    fix::take_back_stale(*proposer_, sessions_);
  }
  check_owners_of(session, event.is<SessionReset>() ? event.as<SessionReset>().epoch : Epoch{});
}

// Of one session, or of all if it is zero; but for the arrival that opened the generation itself.
void Gateway::check_owners_of(SessionId session, Epoch opened_by) {
  for (const auto& [id, arrival] : arrivals_) {
    const bool resets =
        !opened_by.is_zero() && arrival->state() == Arrival::State::resetting && opened_by == arrival->epoch();
    if (arrival->holds_session() && (session.is_zero() || arrival->session() == session) && !resets &&
        !sessions_.current(arrival->session(), arrival->generation(), arrival->epoch())) {
      arrival->drop(false);
    }
  }
  for (const auto& [id, driver] : drivers_) {
    if (driver->over() || (!session.is_zero() && id != session)) {
      continue;
    }
    if (!sessions_.current(id, driver->setup().generation, driver->setup().epoch)) {
      driver->close_in_silence();
    } else if (refdata_.is_disabled(id)) {
      driver->log_out(std::string(fix::session_disabled_text), DownReason::logout_by_venue);
    } else if (sessions_.inbound(id).reset_pending) {
      driver->log_out("the session's numbers begin anew", DownReason::logout_by_venue);
    }
  }
}

void Gateway::hand_out(const Event& event, bool own) {
  const std::int64_t received_at = orders_->received_at(event, own, sessions_.effect() == Effect::took);
  for (const OutboundIndex::Given& given : index_.given()) {
    if (!given.entry.application || given.entry.reissued) {
      continue;  // re-issues follow the Logon of the generation that they open
    }
    if (fix::SessionDriver* const driver = driver_of(given.session); driver != nullptr) {
      driver->on_given(event, given, received_at);
    }
  }
}

void Gateway::on_stable(Seq stable) {
  services_->stable = stable;
  for (const auto& [session, driver] : drivers_) {
    if (driver->waiting()) {
      driver->on_stable();
    }
  }
  reap();
}

void Gateway::on_attached(const host::Attachment& attachment) {
  attached_ = true;
  incarnation_ = attachment.incarnation;
  if (std::exchange(regranted_, false)) {
    permit();  // what was refused since the last time may have been refused before that
  }
  fix::take_back_stale(*proposer_, sessions_);
  held_.clear();
  for (const auto& [session, driver] : drivers_) {
    if (!driver->over()) {
      SessionHeld held;
      held.epoch = driver->setup().epoch;
      held.session = session;
      held.generation = driver->setup().generation;
      held_.push_back(held);
    }
  }
  flush_waiting();
  read_on_ = network_.after(std::chrono::nanoseconds(0), [this] { learn_log(); });
}

// Once it was read to its end while attached; from then on it is read as it grows.
void Gateway::learn_log() {
  if (knows_log_ || !attached_) {
    return;
  }
  const std::shared_ptr<runtime::SendGate> gate = proposer_->send_gate().lock();
  if (gate == nullptr || !gate->open()) {
    return;
  }
  knows_log_ = true;
  for (const auto& [id, arrival] : arrivals_) {
    arrival->on_known();
  }
}

void Gateway::on_lost() {
  runtime::log_warning(options_.name + ": taken for lost; every connection is closed");
  attached_ = false;
  close_all_in_silence();
  downs_.clear();
  held_.clear();
  ends_unsaid_ = false;  // PublisherLost says them
  orders_->forget_all();
  reap();
}

// The client is told that its message was not taken, by a refusal in its place: under the same number of ours, and of
// the client's, before anything that came after it. What the session layer invented has its number already and is
// proposed again as it is.
std::optional<host::Proposal> Gateway::instead_of(const WishView& refused, const std::string& why) {
  const std::optional<ClientRefused> answer = OrderEntry::refusal_of(refused);
  runtime::log_error(options_.name + ": proposal " + std::to_string(refused.number.get()) + " was not taken (" + why +
                     "); " + (answer ? "its client is told so" : "it is proposed again"));
  if (answer) {
    return host::Proposal::of(*answer);
  }
  return host::Proposal{refused.type, refused.version, refused.topic, {refused.payload.begin(), refused.payload.end()}};
}

// We lack a permission. Nothing is recorded of what was refused, so that the client's message is still to come, to
// whichever gateway its client finds next; with it went numbers that sessions have given out and the SessionDown of
// connections that are gone already. Refused once more, even an end can not be said: it is with the next grant.
void Gateway::on_refused(PublisherSeq number, const std::string& why) {
  runtime::log_error(options_.name + ": proposal " + std::to_string(number.get()) + " was refused: " + why +
                     "; every connection is closed and none is let in until a grant is on the log");
  close_all_in_silence();
  orders_->forget_all();
  held_.clear();
  downs_.clear();
  if (std::exchange(permitted_, false)) {
    propose_ends();
  } else {
    ends_unsaid_ = true;
  }
}

// Of every session that the log says is ours: no connection is left.
void Gateway::propose_ends() {
  for (const SessionDefined& session : refdata_.sessions()) {
    const InboundState& inbound = sessions_.inbound(session.session);
    if (inbound.owner == incarnation_) {
      propose_down(session.session, inbound.generation, inbound.epoch, DownReason::protocol_error);
    }
  }
}

std::optional<runtime::OrderLatency> Gateway::order_latency() const {
  const LatencyHistogram& times = figures_.order_to_report;
  return runtime::OrderLatency{times.count(), times.quantile_ns(500), times.quantile_ns(990), times.max_ns()};
}

// ---- ends

void Gateway::on_over(fix::SessionDriver& driver, std::optional<DownReason> down) {
  any_over_ = true;
  if (const SessionDefined* session = refdata_.session(driver.setup().session);
      session != nullptr && !driver.was_logged_on()) {
    note_stranger(
        "session " + session->their_comp_id.str() +
        ": its connection ended before it was logged on; a Logon that was refused (a number too low, a field) "
        "stands with its Logout in the session's messages, DIR/fix");
  }
  if (down) {
    const fix::DriverSetup& setup = driver.setup();
    propose_down(setup.session, setup.generation, setup.epoch, *down);
  }
}

void Gateway::propose_down(SessionId session, Generation generation, Epoch epoch, DownReason reason) {
  SessionDown down;
  down.epoch = epoch;
  down.session = session;
  down.generation = generation;
  down.reason = reason;
  downs_.push_back(down);
  flush_waiting();
}

void Gateway::flush_waiting() {
  while (!held_.empty() && may_propose()) {
    proposer_->propose(held_.front());
    held_.erase(held_.begin());
  }
  while (!downs_.empty() && may_propose()) {
    proposer_->propose(downs_.front());
    downs_.erase(downs_.begin());
  }
}

void Gateway::serve(Arrival& arrival) {
  const SessionId session = arrival.session();
  drivers_.erase(session);  // two of one session must not live at once
  fix::DriverOwner& owner = *this;
  auto driver =
      std::make_unique<fix::SessionDriver>(*services_, owner, *orders_, arrival.setup(), arrival.release_stream(),
                                           arrival.release_framer(), arrival.release_logon());
  fix::SessionDriver& served = *driver;
  drivers_.emplace(session, std::move(driver));
  arrival.hand_over();
  ++figures_.logons;
  figures_.sessions = drivers_.size();
  served.begin();
}

void Gateway::close_all_in_silence() {
  for (const auto& [id, arrival] : arrivals_) {
    arrival->drop(false);
  }
  for (const auto& [session, driver] : drivers_) {
    driver->close_in_silence();
  }
}

void Gateway::reap() {
  if (!any_over_) {
    return;
  }
  any_over_ = false;
  std::erase_if(arrivals_, [](const auto& entry) { return entry.second->over(); });
  std::erase_if(drivers_, [](const auto& entry) { return entry.second->over(); });
  figures_.connections = arrivals_.size();
  figures_.sessions = drivers_.size();
}

fix::SessionDriver* Gateway::driver_of(SessionId session) {
  const auto found = drivers_.find(session);
  return found == drivers_.end() || found->second->over() ? nullptr : found->second.get();
}

}  // namespace cantus::gateway
