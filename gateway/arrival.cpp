#include "gateway/arrival.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/civil_time.h"
#include "base/mutant.h"
#include "base/text.h"
#include "fix/dictionary.h"
#include "runtime/logging.h"

namespace cantus::gateway {

namespace {
// A Logon is small; what a stranger may make us hold is one read of the socket and a little more.
constexpr fix::FramingLimits limits_before_logon{
    .message_bytes_max = 4096, .buffer_bytes_max = 2 * runtime::stream_read_bytes_max, .garbled_max = 1};
// What a stranger says of itself is shown cut and without anything that a terminal would obey.
constexpr std::size_t comp_id_shown_max = 32;
constexpr std::size_t begin_shown_max = 16;
constexpr const char* kept =
    "the session stays logged on elsewhere, and this Logon could only be refused (its number is too low, or a field)";
constexpr const char* overtaken = "a Logon that begins numbers anew was sent before the one that has the session";
}  // namespace

Gateway::Arrival::Arrival(Gateway& gateway, ConnectionId id, std::unique_ptr<runtime::Stream> stream)
    : gateway_(gateway),
      id_(id),
      stream_(std::move(stream)),
      address_(address_group(stream_->peer().host)),
      framer_(limits_before_logon),
      accepted_at_(gateway.clock_.monotonic_ns()) {
  stream_->set_handler(this);
  stream_->resume_reading();
}

Gateway::Arrival::~Arrival() {
  gateway_.passwords_.leave(id_, address_);
  OPENSSL_cleanse(request_.password.data(), request_.password.size());
  if (stream_ != nullptr) {
    stream_->set_handler(nullptr);
  }
}

void Gateway::Arrival::on_bytes(std::span<const std::byte> bytes) {
  if (state_ != State::reading) {
    return;
  }
  framer_.add(bytes);
  const auto message = framer_.next();
  if (message) {
    logon_ = *message;
    stream_->pause_reading();
    take_logon();
  } else if (framer_.broken() || framer_.garbled() > 0) {
    const std::string_view begin(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    // The first field alone: behind it a password may stand.
    note((framer_.broken() ? std::string(framer_.why()) : "the first bytes are no whole FIX message") +
         "; they begin with " + printable(begin.substr(0, begin.find(fix::soh)), begin_shown_max));
    drop(false);
  }
}

void Gateway::Arrival::on_closed(const std::string&) { drop(true); }

void Gateway::Arrival::take_logon() {
  fix::FieldList fields;
  fields.split(logon_);
  auto request = fix::parse_logon(fields);
  if (!request) {
    note("the first message is no Logon");
    drop(false);
    return;
  }
  request_ = std::move(*request);
  state_ = State::waiting;
  if (gateway_.knows_log_) {
    judge();
  }
}

void Gateway::Arrival::on_known() {
  if (state_ == State::waiting) {
    judge();
  }
}

// By what stands on the log now. While a gateway that was started reads what is old, its time, passwords and whatever
// operators forbade are those of then: who was shut out since could be let in, and everybody else would be told that
// his clock is wrong.
void Gateway::Arrival::judge() {
  judgement_ = fix::judge_logon(
      request_, gateway_.refdata_,
      {fix::is_loopback(stream_->peer().host), gateway_.venue_time_.utc(), gateway_.options_.driver.latency_max_ns},
      [](const void* verifiers, SessionId session) {
        return static_cast<const PasswordVerifiers*>(verifiers)->find(session) != nullptr;
      },
      &gateway_.verifiers_);
  if (judgement_.drop == fix::LogonDrop::none && request_.begin_string != fix::supported_begin_string) {
    judgement_.drop = fix::LogonDrop::wrong_begin_string;
  }
  if (judgement_.drop != fix::LogonDrop::none) {
    note(std::string(text_of(judgement_.drop)) + (judgement_.drop == fix::LogonDrop::wrong_begin_string
                                                      ? ": " + printable(request_.begin_string, begin_shown_max)
                                                      : std::string()));
    drop(false);
    return;
  }
  if (judgement_.password_needed) {
    check_password();
  } else {
    state_ = State::asking;
    propose_takeover();
  }
}

void Gateway::Arrival::check_password() {
  state_ = State::checking;
  verifier_ = *gateway_.verifiers_.find(judgement_.session);
  gateway_.passwords_.enter(id_, address_, verifier_, std::move(request_.password),
                            [this](PasswordAnswer answer) { on_checked(answer); });
}

void Gateway::Arrival::on_checked(PasswordAnswer answer) {
  if (answer != PasswordAnswer::right && !(CANTUS_MUTANT(wrong_password_let_in) && answer == PasswordAnswer::wrong)) {
    note(answer == PasswordAnswer::wrong ? "wrong password" : "too many wrong passwords from this address");
    drop(false);
    return;
  }
  state_ = State::asking;
  propose_takeover();
}

// That it was compared with is in force where the log says that the session is his; there may be more between the two
// than a moment: a gateway that was stopped, or that waited for the sequencer.
bool Gateway::Arrival::password_stands() const {
  const PasswordVerifier* const current = gateway_.verifiers_.find(session());
  const bool needed = current != nullptr || gateway_.refdata_.session(session())->password_required != 0;
  if (!needed || !judgement_.password_needed) {
    return needed == judgement_.password_needed;
  }
  return current != nullptr && std::ranges::equal(payload_of(*current), payload_of(verifier_));
}

void Gateway::Arrival::propose_takeover() {
  if (!gateway_.may_propose()) {
    return;  // the next tick tries again
  }
  const InboundState& inbound = gateway_.sessions_.inbound(judgement_.session);
  older_ = older_than(inbound);
  if (older_ && (request_.reset_seq_num || joins(inbound) || inbound.reset_pending)) {
    note(overtaken);
    drop(false);
    return;
  }
  waits_for_owner_ = !inbound.owner.is_zero() && is_refused_on(inbound);
  if (waits_for_owner_) {
    return;  // likewise: it may be its own connection of before, whose end is not on the log yet
  }
  Takeover takeover;
  takeover.expected_epoch = inbound.epoch;
  takeover.expected_generation = inbound.generation;
  takeover.incarnation = gateway_.incarnation_;
  takeover.connection = id_;
  takeover.session = judgement_.session;
  // One that is only answered by a Logout begins nothing, and its time may be any: it would keep out all that follow.
  takeover.logon_sent = judgement_.logout_text.empty() ? request_.sending_time.value_or(TimeNs(0)) : inbound.logon_sent;
  gateway_.proposer_->propose(takeover);
  state_ = State::taking;
}

// The answer would be a Logout, whatever else. Whoever has the session keeps it, with its numbers: that answer would
// take one of them.
bool Gateway::Arrival::is_refused_on(const InboundState& inbound) const {
  const bool too_low =
      !request_.reset_seq_num && !request_.poss_dup && !inbound.reset_pending && request_.number < inbound.next_inbound;
  return !judgement_.logout_text.empty() || too_low;
}

// The generation has not been answered a Logon yet.
bool Gateway::Arrival::joins(const InboundState& inbound) const {
  return inbound.generation > Generation(1) && !gateway_.sessions_.outbound(session()).logon_sent;
}

// A Logon that lay unread while its peer logged on elsewhere (this process was stopped, or the network slow) is
// nobody's wish any more. In the same numbers it does no harm, its answer says which they are; but a reset that it asks
// for, or the first Logon of a generation that it stands for, would be unknown to the peer, who goes on in its own
// numbers and could take ours for its next ones. The times compared are both of the peer's clock.
bool Gateway::Arrival::older_than(const InboundState& inbound) const {
  const TimeNs sent = request_.sending_time.value_or(TimeNs(0));
  const bool in_whole_seconds = sent.get() % ns_per_second == 0;  // then the same second can be before, too
  return sent < inbound.logon_sent || (in_whole_seconds && sent == inbound.logon_sent);
}

void Gateway::Arrival::on_taken(bool took, Epoch epoch) {
  if (!took) {
    note("the session was taken over too recently, or by somebody else");
    drop(false);
    return;
  }
  const InboundState& inbound = gateway_.sessions_.inbound(judgement_.session);
  epoch_ = epoch;
  generation_ = inbound.generation;
  state_ = State::owning;
  if (!password_stands()) {
    note("its password was changed meanwhile");
    drop(true);
    return;
  }
  if (inbound.reset_pending && older_) {  // asked for while the Takeover was on its way
    note(overtaken);
    drop(true);
    return;
  }
  refuse_if_disabled();
  reset_by_peer_ = request_.reset_seq_num && judgement_.logout_text.empty();
  if (reset_by_peer_ || inbound.reset_pending) {
    propose_reset();
  } else {
    serve();
  }
}

// A generation that the venue opened begins for its peer with its first Logon, which must show that the peer begins
// anew, too. One that goes on in the old numbers would take ours for its own next ones and never ask for those below,
// if the first answer does not reach it.
//
// Where an operator said with which numbers it begins, the peer is at those that it has.
void Gateway::Arrival::serve() {
  refuse_if_disabled();
  const InboundState& inbound = gateway_.sessions_.inbound(session());
  const bool begins_with_1 =
      inbound.next_inbound == MsgSeqNum(1) && gateway_.sessions_.outbound(session()).first == MsgSeqNum(1);
  if (joins(inbound) && begins_with_1 && !reset_by_peer_ && request_.number != MsgSeqNum(1) &&
      judgement_.logout_text.empty()) {
    judgement_.logout_text = "the session's numbers begin anew: log on with MsgSeqNum (34) 1";
  }
  gateway_.serve(*this);
}

// By an operator, since the Logon was judged.
void Gateway::Arrival::refuse_if_disabled() {
  if (judgement_.logout_text.empty() && gateway_.refdata_.is_disabled(session())) {
    judgement_.logout_text = fix::session_disabled_text;
  }
}

void Gateway::Arrival::propose_reset() {
  if (!gateway_.may_propose()) {
    return;
  }
  SessionReset reset;
  reset.epoch = epoch_;
  reset.session = judgement_.session;
  reset.expected_generation = generation_;
  reset.reason = reset_by_peer_ ? ResetReason::asked_by_peer : ResetReason::by_operator;
  gateway_.proposer_->propose(reset);
  state_ = State::resetting;
}

void Gateway::Arrival::on_reset(bool took) {
  if (state_ != State::resetting) {
    return;
  }
  if (!took) {
    drop(true);
    return;
  }
  generation_ = gateway_.sessions_.inbound(judgement_.session).generation;
  serve();
}

void Gateway::Arrival::on_tick() {
  const std::int64_t waited = gateway_.clock_.monotonic_ns() - accepted_at_;
  if (!over() && waited > gateway_.options_.logon_timeout_ns) {
    note(waits_for_owner_ ? kept : "no logon in time");
    drop(true);
  } else if (state_ == State::asking) {
    propose_takeover();
  } else if (state_ == State::owning) {
    propose_reset();
  }
}

void Gateway::Arrival::drop(bool say_down) {
  if (over()) {
    return;
  }
  // A Takeover on its way may still take effect; then the gateway gives the session back.
  if (holds_session() && say_down) {
    gateway_.propose_down(judgement_.session, generation_, epoch_, DownReason::peer_closed);
  }
  ++gateway_.figures_.logons_dropped;
  end();
}

void Gateway::Arrival::end() {
  if (state_ == State::checking) {
    gateway_.passwords_.leave(id_, address_);
  }
  state_ = State::over;
  if (stream_ != nullptr) {
    stream_->set_handler(nullptr);
    stream_.reset();
  }
  gateway_.any_over_ = true;
}

fix::DriverSetup Gateway::Arrival::setup() const {
  fix::DriverSetup setup;
  setup.session = judgement_.session;
  setup.generation = generation_;
  setup.epoch = epoch_;
  setup.heartbeat_s = static_cast<std::uint32_t>(std::max<std::int64_t>(request_.heart_bt_int_s, 1));
  setup.next_expected = request_.reset_seq_num ? std::nullopt : request_.next_expected;
  setup.refusal = judgement_.logout_text;
  return setup;
}

void Gateway::Arrival::note(const std::string& what) const {
  const std::string who = request_.sender_comp_id.empty()
                              ? std::string()
                              : " (" + printable(request_.sender_comp_id, comp_id_shown_max) + " to " +
                                    printable(request_.target_comp_id, comp_id_shown_max) + ")";
  gateway_.note_stranger("connection " + std::to_string(id_.get()) + " from " +
                         (stream_ != nullptr ? stream_->peer().text() : "?") + who + ": " + what);
}

}  // namespace cantus::gateway
