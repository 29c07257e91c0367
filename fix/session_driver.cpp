// Life of the connection and time: begin, heartbeats, time-outs, end. Input is in driver_input.cpp, the queue of output
// in driver_output.cpp.
#include "fix/session_driver.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/mutant.h"

namespace cantus::fix {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::size_t proposals_of_a_logon = 4;  // Logon or Logout, ResendRequest, Delivered, and one to spare

}  // namespace

void take_back_stale(host::EdgeProposer& proposer, const SessionMachine& sessions) {
  if (CANTUS_MUTANT(stale_proposals_kept)) {
    return;
  }
  proposer.take_back([&sessions](const WishView& proposal) {
    RecordHeader header;
    const std::optional<Reign> reign = reign_of(event_of(proposal, header));
    return reign && !sessions.current(reign->session, reign->generation, reign->epoch);
  });
}

SessionDriver::SessionDriver(const DriverServices& services, DriverOwner& owner, InboundApplication& application,
                             DriverSetup setup, std::unique_ptr<runtime::Stream> stream, Framer framer,
                             std::string logon)
    : services_(services),
      owner_(owner),
      application_(application),
      setup_(std::move(setup)),
      stream_(std::move(stream)),
      framer_(std::move(framer)),
      logon_(std::move(logon)) {
  const SessionDefined* session = services_.refdata.session(setup_.session);
  CANTUS_ASSERT(session != nullptr, "only defined sessions are owned");
  names_ = names_of(*session);
  framer_.set_limits(services_.limits.framing);
  started_at_ = last_put_ = last_heard_ = reading_changed_ = services_.clock.monotonic_ns();
  stream_->set_handler(this);
  stream_->set_gate(services_.proposer.send_gate());
}

SessionDriver::~SessionDriver() {
  if (stream_ != nullptr) {
    stream_->set_handler(nullptr);
  }
}

// A session that nobody sent anything on in its generation begins with the Logon as number 1, whatever is numbered
// already; what is numbered then follows the Logon, as it has never left.
Engine& SessionDriver::make_engine(std::optional<MsgSeqNum> reply_next_expected) {
  const MsgSeqNum logon_number = services_.sessions.logon_number(setup_.session);
  backlog_ = services_.index.next(setup_.session).get() - logon_number.get();
  left_through_ = MsgSeqNum(logon_number.get() - 1);
  const OutboundState& outbound = services_.sessions.outbound(setup_.session);
  proven_ = outbound.delivered;
  if (outbound.applications > outbound.delivered_applications) {
    last_application_ = left_through_;
  }
  EngineSetup engine;
  engine.names = names_;
  engine.qualifier = services_.qualifier;
  engine.initiator = setup_.initiator;
  engine.heartbeat_s = static_cast<int>(setup_.heartbeat_s);
  engine.next_outbound =
      CANTUS_MUTANT(first_logon_behind_backlog) ? services_.index.next(setup_.session) : logon_number;
  engine.next_inbound = services_.sessions.inbound(setup_.session).next_inbound;
#ifdef CANTUS_MUTANTS
  const std::string remembered = services_.qualifier + " " + std::to_string(setup_.session.get());
  const std::uint64_t life = services_.sessions.inbound(setup_.session).owner.raw();
  if (std::exchange(mutant_memory()[remembered + " life"], life) != life) {
    mutant_memory().erase(remembered);  // another process had it
  }
  if (CANTUS_MUTANT(number_kept_in_memory) && mutant_memory().contains(remembered)) {
    engine.next_outbound = MsgSeqNum(static_cast<std::uint32_t>(mutant_memory()[remembered]));
  }
#endif
  if (CANTUS_MUTANT(peers_logon_number_believed) && !setup_.initiator) {
    fields_.split(logon_);
    engine.next_inbound = parse_seq_num(fields_.find(34).value_or("")).value_or(engine.next_inbound);
  }
  engine.reset_logon = setup_.initiator && setup_.reset_logon;
  engine.next_expected = reply_next_expected;
  EngineHandler& handler = *this;
  engine_ = std::make_unique<Engine>(std::move(engine), handler);
  return *engine_;
}

void SessionDriver::start() {
  if (!services_.proposer.can_propose(proposals_of_a_logon)) {
    return;  // the next tick tries again
  }
  if (setup_.initiator) {
    start_initiator();
  } else {
    start_acceptor();
  }
}

void SessionDriver::start_initiator() {
  state_ = State::logging_on;
  make_engine(std::nullopt).start_logon();
  if (!numbering_) {
    finish(DownReason::protocol_error);
    return;
  }
  after_logon();
  pump();
  update_reading();
}

void SessionDriver::start_acceptor() {
  FieldList fields;
  fields.split(logon_);
  const MsgSeqNum number = parse_seq_num(fields.find(34).value_or("")).value_or(MsgSeqNum(0));
  const MsgSeqNum expected = services_.sessions.inbound(setup_.session).next_inbound;
  std::optional<MsgSeqNum> reply;
  if (setup_.next_expected) {
    reply = number == expected ? expected.next() : expected;
  }
  Engine& engine = make_engine(reply);
  if (setup_.next_expected && *setup_.next_expected > engine.next_outbound()) {
    setup_.refusal = "NextExpectedMsgSeqNum (789) is higher than any number sent";
  }
  services_.messages.message(names_, logon_);
  if (setup_.refusal.empty()) {
    engine.feed(logon_);
  }
  if (engine.logged_on()) {
    if (number > engine.next_inbound()) {
      hold(number, {std::move(logon_), Held::Left::number});
    }
    state_ = State::up;
    was_up_ = true;
    after_logon();
  } else {
    if (!closing_) {
      state_ = State::logging_out;
      engine.send_logout(setup_.refusal.empty() ? "the Logon is malformed" : setup_.refusal);
      close_when_sent(DownReason::logout_by_venue);
    }
    take_backlog();  // it has its numbers, but nothing follows a Logout
  }
  logon_.clear();
  pump();
  process_input();
}

// Our Logon is in the queue: now come what the peer said it lacks, then what nobody was ever sent.
void SessionDriver::after_logon() {
  const MsgSeqNum logon_number = left_through_.next();
  if (setup_.next_expected) {
    prove(MsgSeqNum(setup_.next_expected->get() - 1));
    if (*setup_.next_expected < logon_number) {
      push_resend(*setup_.next_expected, logon_number);
    }
  }
  if (backlog_ > 0) {
    const MsgSeqNum begin = engine_->next_outbound();
    take_backlog();
    push_first_time(begin, engine_->next_outbound());
  }
}

void SessionDriver::take_backlog() {
  for (std::uint32_t i = 0; i < backlog_; ++i) {
    last_application_ = engine_->take_outbound();
  }
}

void SessionDriver::on_tick() {
  if (over()) {
    return;
  }
  const std::int64_t now = services_.clock.monotonic_ns();
  const bool logging_on = state_ == State::starting || state_ == State::logging_on;
  if (logging_on && now - started_at_ > services_.limits.logon_timeout_ns) {
    finish(DownReason::protocol_error);
    return;
  }
  if (state_ == State::logging_out && now - logout_at_ > services_.limits.logout_timeout_ns) {
    close_when_sent(logout_reason_);
  }
  if (!outbox_.empty() && outbox_.front().kind == OutItem::Kind::close &&
      now - outbox_.front().waiting_since > services_.limits.logout_timeout_ns) {
    finish(outbox_.front().down);  // the peer does not take what stands before it
    return;
  }
  if (state_ == State::starting) {
    start();
  }
  if (state_ == State::up) {
    check_silence(now);
  }
  if (state_ == State::up) {
    check_gap(now);
  }
  if (state_ == State::up) {
    check_sending(now);
  }
  if (!over()) {
    pump();
  }
  const std::int64_t hold_max_ns = services_.refdata.venue().output_hold_max_ns;
  if (!over() && !outbox_.empty() && hold_max_ns > 0 && now - outbox_.front().waiting_since > hold_max_ns) {
    finish(stream_->unsent_bytes() > 0 ? DownReason::slow_consumer : DownReason::output_held_too_long);
    return;
  }
  process_input();
}

// While we do not read, the peer cannot be heard, and its silence says nothing.
void SessionDriver::check_silence(std::int64_t now) {
  if (!reading_) {
    last_heard_ = now;
    return;
  }
  const std::int64_t interval = static_cast<std::int64_t>(setup_.heartbeat_s) * ns_per_s;
  const std::int64_t silence = now - last_heard_;
  if (silence > interval * 12 / 5) {
    log_out("nothing was heard for too long", DownReason::heartbeat_missed);
    return;
  }
  const std::int64_t next_test = interval * 6 * (unanswered_tests_ + 1) / 5;
  if (silence > next_test && services_.proposer.can_propose()) {
    ++unanswered_tests_;
    test_request_at_ = now;
    proof_number_ = engine_->next_outbound();
    engine_->send_test_request(std::to_string(proof_number_->get()));
  }
}

// Whoever was asked for a gap and never fills it would otherwise stay connected and unheard for ever.
void SessionDriver::check_gap(std::int64_t now) {
  const MsgSeqNum expected = engine_->next_inbound();
  if (held_.empty() || expected != gap_at_ || !reading_) {
    gap_at_ = held_.empty() ? MsgSeqNum(0) : expected;
    gap_since_ = now;
  } else if (now - gap_since_ > services_.limits.gap_timeout_ns) {
    log_out("MsgSeqNum " + std::to_string(expected.get()) + " was asked for and did not come",
            DownReason::protocol_error);
  } else if (now - gap_since_ > services_.limits.gap_asked_ns && !closing_) {
    // What was asked for came only in part, and nothing new that would show it. The engine asks once for each gap.
    engine_->ask_for_missing(MsgSeqNum(held_.begin()->first));
  }
}

// A Heartbeat when nothing was sent for the interval. As often at most, and only while messages are out whose delivery
// is not proven, a TestRequest takes its place: the answer is the proof.
void SessionDriver::check_sending(std::int64_t now) {
  if (!services_.proposer.can_propose()) {
    return;
  }
  const std::int64_t interval = static_cast<std::int64_t>(setup_.heartbeat_s) * ns_per_s;
  const bool proof_wanted = last_application_ > proven_ && reading_;
  if (proof_wanted && now - test_request_at_ >= interval && now - started_at_ >= interval) {
    test_request_at_ = now;
    proof_number_ = engine_->next_outbound();
    engine_->send_test_request(std::to_string(proof_number_->get()));
  } else if (now - last_put_ >= interval) {
    engine_->send_heartbeat();
  }
}

void SessionDriver::log_out(const std::string& text, DownReason reason) {
  if (over() || state_ == State::logging_out) {
    return;
  }
  if (engine_ == nullptr || !services_.proposer.can_propose()) {
    finish(reason);  // there is nobody to whom the Logout's number could be told
    return;
  }
  logout_reason_ = reason;
  logout_at_ = services_.clock.monotonic_ns();
  state_ = State::logging_out;
  engine_->send_logout(text);
  pump();
}

void SessionDriver::close_in_silence() {
  if (!over()) {
    finish(std::nullopt);
  }
}

void SessionDriver::close_when_sent(DownReason reason) {
  if (closing_) {
    return;
  }
  OutItem close;
  close.kind = OutItem::Kind::close;
  close.down = reason;
  push(std::move(close));
  closing_ = true;
  if (state_ != State::over) {
    state_ = State::logging_out;
    logout_reason_ = reason;
    logout_at_ = services_.clock.monotonic_ns();
  }
}

void SessionDriver::finish(std::optional<DownReason> reason) {
  if (over()) {
    return;
  }
#ifdef CANTUS_MUTANTS
  if (CANTUS_MUTANT(number_kept_in_memory) && engine_ != nullptr) {
    const std::string remembered = services_.qualifier + " " + std::to_string(setup_.session.get());
    mutant_memory()[remembered] = engine_->next_outbound().get();
  }
#endif
  state_ = State::over;
  outstanding_.clear();
  outbox_.clear();
  outbox_bytes_ = 0;
  stream_->set_handler(nullptr);
  stream_.reset();
  owner_.on_over(*this, reason);
}

// Numbers that have not left cannot have arrived, whatever the peer says.
void SessionDriver::prove(MsgSeqNum through) {
  through = CANTUS_MUTANT(heartbeat_proves_all) ? left_through_ : std::min(through, left_through_);
  if (through <= proven_ || !services_.proposer.can_propose()) {
    return;
  }
  proven_ = through;
  Delivered delivered;
  delivered.epoch = setup_.epoch;
  delivered.session = setup_.session;
  delivered.generation = setup_.generation;
  delivered.through = through;
  delivered.applications_through = services_.index.applications_through(setup_.session, through);
  services_.proposer.propose(delivered);
}

// ---- what the engine says

void SessionDriver::on_invented(const Invented& invented) {
  numbering_ = true;
  replacement_bytes_.clear();
  invented_without_bytes_ = false;
  if (!services_.proposer.can_propose() || invented.msg_type == "4") {
    // Room was tested before the engine was called, and it never answers a ResendRequest. Without a record nothing may
    // leave.
    on_note("an invented message of type " + invented.msg_type + " cannot be recorded");
    finish(DownReason::protocol_error);
    return;
  }
  SessionAdminSent record;
  record.epoch = setup_.epoch;
  record.session = setup_.session;
  record.generation = setup_.generation;
  record.number = invented.number;
  record.msg_type = FixedString<4>::cut(invented.msg_type);
  if (invented.msg_type == "3") {
    record.ref_seq_num = invented.ref_seq_num;
    record.ref_tag_id = invented.ref_tag_id;
    record.session_reject_reason = invented.session_reject_reason ? *invented.session_reject_reason + 1 : 0;
    record.ref_msg_type = FixedString<4>::cut(invented.ref_msg_type);
    record.text = FixedString<96>::cut(invented.text);
    const Rendered reject = render_reject(record);
    HeaderInputs header;
    header.number = invented.number;
    header.sending_time = sending_time();
    replacement_bytes_ = compose(names_, reject.msg_type, header, reject.body);
  }
  if (invented.msg_type == "5" && state_ != State::logging_out) {
    // The engine ends the session: what stands behind its Logout waits for the next connection.
    state_ = State::logging_out;
    logout_reason_ = DownReason::protocol_error;
    logout_at_ = services_.clock.monotonic_ns();
  }
  services_.proposer.propose(record);
  outstanding_.push_back({invented.number, nullptr});
  invented_without_bytes_ = true;
  last_put_ = services_.clock.monotonic_ns();
}

void SessionDriver::on_bytes_out(const std::string& bytes) {
  if (over() || !invented_without_bytes_) {
    return;
  }
  invented_without_bytes_ = false;
  if (closing_) {
    return;  // its number is taken, but nothing follows a close
  }
  if (skipped_begin_ < skipped_end_) {
    push_first_time(skipped_begin_, skipped_end_);
    skipped_begin_ = skipped_end_;
  }
  OutItem item;
  item.kind = OutItem::Kind::invented;
  item.inputs.number = outstanding_.back().number;
  item.bytes = replacement_bytes_.empty() ? bytes : replacement_bytes_;
  OutItem& kept = push(std::move(item));
  if (!over()) {
    outstanding_.back().item = CANTUS_MUTANT(invented_not_awaited) ? nullptr : &kept;
    kept.needs = CANTUS_MUTANT(invented_not_awaited) ? services_.applied : kept.needs;
  }
}

void SessionDriver::on_application(const InboundMessage& message, bool unsupported) {
  if (over() || !services_.proposer.can_propose()) {
    return;  // room was tested before the engine was called
  }
  ClientRef client;
  client.session = setup_.session;
  client.generation = setup_.generation;
  client.epoch = setup_.epoch;
  client.number = message.number();
  client.flags = (message.poss_dup() ? 1U : 0U) | (message.poss_resend() ? 2U : 0U);
  application_.take(message, unsupported, client);
}

void SessionDriver::on_heartbeat(std::string_view test_req_id) {
  if (proof_number_ && test_req_id == std::to_string(proof_number_->get())) {
    prove(*proof_number_);
    proof_number_.reset();
  }
}

void SessionDriver::on_logout() {
  // It proves nothing: a Logout that crossed ours cannot be told from one that answers it (docs/decisions/0009).
  if (state_ == State::logging_out) {
    return;
  }
  state_ = State::logging_out;
  logout_reason_ = DownReason::logout_by_peer;
  logout_at_ = services_.clock.monotonic_ns();
}

void SessionDriver::on_end() {
  if (!over()) {
    close_when_sent(state_ == State::logging_out ? logout_reason_ : DownReason::protocol_error);
  }
}

void SessionDriver::on_note(const std::string& note) { services_.messages.note(names_, note); }

// ---- what the log says

void SessionDriver::on_given(const Event& event, const OutboundIndex::Given& given, std::int64_t received_at) {
  if (over() || !numbering_) {
    return;
  }
  const MsgSeqNum number = engine_->take_outbound();
  CANTUS_ASSERT(number.get() == given.number.get() + outstanding_.size(),
                "a message takes the number that the log gives it, moved up by the inventions on their way");
  last_application_ = number;
  if (closing_ || state_ == State::logging_out) {
    skipped_begin_ = skipped_begin_ < skipped_end_ ? skipped_begin_ : number;
    skipped_end_ = number.next();
    return;  // the peer asks for it when it is back
  }
  OutItem item;
  item.kind = OutItem::Kind::application;
  item.needs = event.header->seq;
  item.inputs = {number, event.header->time, given.entry.reissued};
  item.received_at = received_at;
  const ReportRef report{setup_.session, given.entry.kind, given.entry.side, given.entry.index};
  if (!render(event, services_.refdata, report, item.rendered)) {
    push_first_time(number, number.next());  // nothing to say: the number is filled
    return;
  }
  last_put_ = services_.clock.monotonic_ns();
  push(std::move(item));
  if (!over() && services_.stable >= event.header->seq) {
    pump();
  }
}

void SessionDriver::on_own_record(MsgSeqNum number, Seq position) {
  if (over() || outstanding_.empty()) {
    return;
  }
  const Outstanding record = outstanding_.front();
  CANTUS_ASSERT(record.number == number, "records come back in the order in which they were proposed");
  outstanding_.pop_front();
  if (record.item != nullptr) {
    record.item->needs = position;
  }
}

void SessionDriver::on_stable() {
  if (over()) {
    return;
  }
  pump();
  if (!reading_) {
    process_input();  // it may have stopped for want of room
  }
}

}  // namespace cantus::fix
