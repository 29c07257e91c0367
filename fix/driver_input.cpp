// What the peer sends: judged here first, so that nothing reaches QuickFIX that would make it reset numbers, answer a
// ResendRequest, invent an application message or hold messages without bound.
#include <algorithm>

#include "base/assert.h"
#include "base/mutant.h"
#include "fix/dictionary.h"
#include "fix/session_driver.h"

namespace cantus::fix {

namespace {
// SessionRejectReason (373)
constexpr std::uint32_t invalid_tag_number = 0;
constexpr std::uint32_t required_tag_missing = 1;
constexpr std::uint32_t value_is_incorrect = 5;
constexpr std::uint32_t incorrect_data_format = 6;
constexpr std::uint32_t sending_time_accuracy = 10;

// What one message can make the engine invent or propose.
constexpr std::size_t proposals_of_a_message = 6;
constexpr std::size_t msg_type_length_max = 3;
}  // namespace

bool SessionDriver::may_take_input() const {
  const bool open = state_ == State::up || state_ == State::logging_on || state_ == State::logging_out;
  return open && !closing_ && services_.proposer.client_input_open() &&
         services_.proposer.can_propose(proposals_of_a_message) &&
         outbox_bytes_ < services_.limits.outbox_bytes_max / 2;
}

void SessionDriver::process_input() {
  if (processing_ || over()) {
    return;
  }
  processing_ = true;
  while (!over() && may_take_input()) {
    if (take_held()) {
      continue;
    }
    const auto message = framer_.next();
    if (!message) {
      break;
    }
    take(*message);
  }
  if (!over() && framer_.broken() && !closing_) {
    on_note(std::string(framer_.why()));
    close_when_sent(DownReason::protocol_error);
  }
  processing_ = false;
  if (!over()) {
    pump();
  }
  update_reading();
}

void SessionDriver::update_reading() {
  if (over()) {
    return;
  }
  const bool wanted = may_take_input() && framer_.room() >= runtime::stream_read_bytes_max;
  if (wanted == reading_) {
    return;
  }
  reading_ = wanted;
  last_heard_ = services_.clock.monotonic_ns();
  last_pause_ns_ = wanted ? last_heard_ - reading_changed_ : last_pause_ns_;
  reading_changed_ = last_heard_;
  if (wanted) {
    stream_->resume_reading();
  } else {
    stream_->pause_reading();
  }
}

void SessionDriver::on_bytes(std::span<const std::byte> bytes) {
  if (over()) {
    return;
  }
  last_heard_ = services_.clock.monotonic_ns();
  unanswered_tests_ = 0;
  framer_.add(bytes);
  process_input();
}

void SessionDriver::on_sent() {
  if (!over()) {
    slice_leaving_ = false;
    pump();
    process_input();
  }
}

void SessionDriver::on_closed(const std::string& why) {
  if (over()) {
    return;
  }
  on_note("the connection ended: " + why);
  finish(state_ == State::logging_out ? logout_reason_ : DownReason::peer_closed);
}

void SessionDriver::take(std::string_view bytes) {
  const FieldList& fields = fields_;
  fields_.split(bytes);
  const std::string_view msg_type = fields.find(35).value_or("");
  const auto number = parse_seq_num(fields.find(34).value_or(""));
  if (number && take_plain(bytes, msg_type, *number)) {
    return;
  }
  const std::string message(bytes);
  services_.messages.message(names_, message);
  if (!number) {
    log_out("MsgSeqNum (34) is missing or out of range", DownReason::protocol_error);
    return;
  }
  if (state_ == State::logging_on && msg_type != "A" && msg_type != "5") {
    on_note("the first message is no Logon");
    finish(DownReason::protocol_error);
    return;
  }
  if (msg_type == "A" && state_ != State::logging_on) {
    log_out("already logged on", DownReason::protocol_error);
    return;
  }
  if (msg_type == "A" && fields.find(141) == "Y" && !setup_.reset_logon) {
    on_note("the peer resets its numbers, which was not agreed");
    finish(DownReason::protocol_error);
    return;
  }
  if (fields.find(91) || fields.find(96)) {
    if (state_ == State::logging_on) {
      on_note(std::string(data_fields_text));
      finish(DownReason::protocol_error);
    } else {
      log_out(std::string(data_fields_text), DownReason::protocol_error);
    }
    return;
  }
  const bool poss_dup = fields.find(43) == "Y";
  const bool resets = msg_type == "4" && fields.find(123) != "Y";  // a SequenceReset-Reset has no number to judge
  if (*number < engine_->next_inbound() && !poss_dup && !resets && msg_type != "5") {
    engine_->feed_for_number_only(message);  // too low: the engine ends the session and says what it expected
    return;
  }
  // Neither of these waits for its turn: the first ends the session or begins it, the other is without number.
  const bool waits = msg_type != "5" && msg_type != "A" && !resets;
  if (waits && *number > engine_->next_inbound()) {
    take_ahead(message, msg_type, *number);
  } else if (reads_well(msg_type, *number)) {
    take_in_turn(message, msg_type, *number);
  }
}

void SessionDriver::take_in_turn(const std::string& message, std::string_view msg_type, MsgSeqNum number) {
  if (msg_type == "2") {
    take_resend_request(message, number);
  } else if (msg_type != "4" || sequence_reset_is_good(fields_, number)) {
    take_sequenced(message, msg_type, number);
  }
}

// What lies before it is asked for. It is kept until then, or else comes again with what was asked for: an answer goes
// to the end of what its sender has sent. A ResendRequest is answered at once, also beyond the bound, as otherwise two
// sides that both lack something would wait for each other; also behind our Logout, or its answer would not come.
void SessionDriver::take_ahead(const std::string& message, std::string_view msg_type, MsgSeqNum number) {
  const bool fits = held_.contains(number.get()) || may_hold(message.size());
  if (!fits && msg_type != "2") {
    return;
  }
  if (!reads_well(msg_type, number)) {
    if (state_ == State::up && !closing_) {
      if (fits) {
        hold(number, {{}, Held::Left::number_alone});
      }
      engine_->ask_for_missing(number);
    }
    return;
  }
  const Asked asked = msg_type == "2" ? asked_by(fields_) : Asked{};
  engine_->ask_for_missing(fields_);
  if (over() || closing_ || (state_ != State::up && state_ != State::logging_out)) {
    return;
  }
  const bool answered = msg_type == "2" && asked.good();
  if (fits) {
    hold(number, {message, answered ? Held::Left::number : Held::Left::all});
  }
  if (answered) {
    answer(asked);
  }
}

// False, and a Reject leaves, if the fields or those of the header are not such that the rest can be judged.
bool SessionDriver::reads_well(std::string_view msg_type, MsgSeqNum number) {
  if (!fields_.complete()) {
    refuse(number, msg_type, invalid_tag_number, 0, "a field is not of the form tag=value");
    return false;
  }
  return header_is_good(fields_, msg_type, number);
}

bool SessionDriver::may_hold(std::size_t message_bytes) const {
  const DriverLimits& limits = services_.limits;
  return held_.empty() || (held_.size() < limits.inbound_queue_max &&
                           held_bytes_ + sizeof(Held) + message_bytes <= limits.inbound_queue_bytes_max);
}

void SessionDriver::hold(MsgSeqNum number, Held held) {
  const std::size_t size = held.size();
  if (held_.try_emplace(number.get(), std::move(held)).second) {
    held_bytes_ += size;
  }
  const DriverLimits& limits = services_.limits;
  CANTUS_ASSERT(
      held_.size() == 1 || (held_.size() <= limits.inbound_queue_max && held_bytes_ <= limits.inbound_queue_bytes_max),
      "what is held behind a gap is bounded");
}

// The next message that was ahead, now that its number is expected; false if there is none.
bool SessionDriver::take_held() {
  while (!held_.empty() && state_ != State::logging_on) {
    const MsgSeqNum number(held_.begin()->first);
    if (number > engine_->next_inbound()) {
      return false;
    }
    const Held held = std::move(held_.begin()->second);
    held_bytes_ -= held.size();
    held_.erase(held_.begin());
    if (number < engine_->next_inbound()) {
      continue;  // it came again, or the peer went past it
    }
    switch (held.left) {
      case Held::Left::number_alone:
        engine_->pass_over(number);
        break;
      case Held::Left::number:
        engine_->feed_for_number_only(held.message);
        break;
      case Held::Left::all:
        fields_.split(held.message);
        take_in_turn(held.message, fields_.find(35).value_or(""), number);
        break;
    }
    return true;
  }
  return false;
}

// The common case: a message that is plainly good, next in order, while nothing is out of order. The engine would only
// count it and hand it on.
bool SessionDriver::take_plain(std::string_view bytes, std::string_view msg_type, MsgSeqNum number) {
  if (state_ != State::up || !held_.empty() || !application_.takes(msg_type) ||
      !services_.plain_rules.plain(fields_, names_)) {
    return false;
  }
  const auto sent = parse_utc_timestamp(*fields_.find(52));
  const TimeNs now = services_.clock.utc();
  const std::int64_t off = sent ? behind_ns(*sent, now) : services_.limits.latency_max_ns + 1;
  if (off > services_.limits.latency_max_ns || off < -services_.limits.latency_max_ns || !engine_->count(number)) {
    return false;
  }
  services_.messages.application_message(names_, bytes, now);
  on_application(PlainMessage(fields_, msg_type, number), false);
  return true;
}

// What lay unread because we did not read is not late by its sender's fault.
std::int64_t SessionDriver::latency_excused_ns() const {
  const std::int64_t since_change = services_.clock.monotonic_ns() - reading_changed_;
  if (!reading_) {
    return since_change;
  }
  return since_change < services_.limits.latency_max_ns ? last_pause_ns_ : 0;
}

bool SessionDriver::header_is_good(const FieldList& fields, std::string_view msg_type, MsgSeqNum number) {
  for (const std::uint32_t tag : {49U, 56U, 52U}) {
    if (!fields.find(tag)) {
      refuse(number, msg_type, required_tag_missing, tag, "Required tag missing");
      return false;
    }
  }
  if (fields.find(43) == "Y" && !fields.find(122) && is_application_type(msg_type)) {
    refuse(number, msg_type, required_tag_missing, 122, "Required tag missing");
    return false;
  }
  const auto sent = parse_utc_timestamp(*fields.find(52));
  if (!sent) {
    refuse(number, msg_type, incorrect_data_format, 52, "Incorrect data format for value");
    return false;
  }
  const std::int64_t off = behind_ns(*sent, services_.clock.utc());
  if (off > services_.limits.latency_max_ns + latency_excused_ns() || off < -services_.limits.latency_max_ns) {
    refuse(number, msg_type, sending_time_accuracy, 52, "SendingTime accuracy problem");
    log_out("SendingTime (52) is too far from our clock", DownReason::protocol_error);
    return false;
  }
  return true;
}

bool SessionDriver::sequence_reset_is_good(const FieldList& fields, MsgSeqNum number) {
  const auto new_number = parse_seq_num(fields.find(36).value_or(""));
  if (!new_number) {
    return true;  // missing or no number: the dictionary says so
  }
  const std::uint64_t limit = std::uint64_t{engine_->next_inbound().get()} + services_.limits.sequence_jump_max;
  if (new_number->get() > limit) {
    refuse(number, "4", value_is_incorrect, 36, "NewSeqNo (36) is too far ahead");
    return false;
  }
  const bool gap_fill = fields.find(123) == "Y";
  if (gap_fill && number == engine_->next_inbound() && *new_number <= number) {
    refuse(number, "4", value_is_incorrect, 36, "NewSeqNo (36) would lower the sequence number");
    return false;
  }
  return true;
}

void SessionDriver::take_sequenced(const std::string& message, std::string_view msg_type, MsgSeqNum number) {
  bool understood = true;
  if (msg_type.size() > msg_type_length_max) {
    refuse(number, msg_type.substr(0, msg_type_length_max), 11, 35, "Invalid MsgType");
  } else if (msg_type == "3") {
    understood = engine_->feed_for_number_only(message);  // QuickFIX would count one that is too high as expected
  } else if (is_application_type(msg_type) && !application_.takes(msg_type)) {
    understood = engine_->feed_unsupported(message, msg_type);
  } else {
    understood = engine_->feed(message);
  }
  if (!understood && !over()) {
    refuse(number, msg_type, value_is_incorrect, 0, "the message could not be read");
  }
  if (over()) {
    return;
  }
  if (state_ == State::logging_on && engine_->logged_on()) {
    state_ = State::up;
    was_up_ = true;
    if (number > engine_->next_inbound()) {
      hold(number, {message, Held::Left::number});
    }
  }
}

SessionDriver::Asked SessionDriver::asked_by(const FieldList& fields) const {
  Asked asked;
  for (const std::uint32_t tag : {7U, 16U}) {
    if (!fields.find(tag)) {
      asked.missing_tag = tag;
      return asked;
    }
  }
  const auto begin = parse_digits(*fields.find(7), msg_seq_num_max);
  const auto end = parse_digits(*fields.find(16), msg_seq_num_max);
  const std::uint32_t next = engine_->next_outbound().get();
  if (!begin || !end || *begin == 0 || *begin >= next || (*end != 0 && *end < *begin)) {
    asked.wrong_tag = begin && *begin != 0 && *begin < next ? 16 : 7;
    return asked;
  }
  asked.begin = MsgSeqNum(static_cast<std::uint32_t>(*begin));
  asked.end = *end == 0 || *end >= next ? MsgSeqNum(CANTUS_MUTANT(resend_stops_short) ? next - 1 : next)
                                        : MsgSeqNum(static_cast<std::uint32_t>(*end) + 1);
  return asked;
}

// The engine only judges its number.
void SessionDriver::take_resend_request(const std::string& message, MsgSeqNum number) {
  const Asked asked = asked_by(fields_);
  if (!asked.good()) {
    const bool missing = asked.missing_tag != 0;
    refuse(number, "2", missing ? required_tag_missing : value_is_incorrect,
           missing ? asked.missing_tag : asked.wrong_tag, missing ? "Required tag missing" : "Value is incorrect");
    return;
  }
  const bool repeated = number < engine_->next_inbound();
  engine_->feed_for_number_only(message);
  if (!over() && !closing_ && !repeated) {
    answer(asked);
  }
}

void SessionDriver::answer(const Asked& asked) {
  proof_number_.reset();  // it lacks something, so an answer to a TestRequest would not prove what lies before
  prove(MsgSeqNum(asked.begin.get() - 1));
  push_resend(asked.begin, asked.end);
}

void SessionDriver::refuse(MsgSeqNum number, std::string_view msg_type, std::uint32_t reason, std::uint32_t tag,
                           std::string_view text) {
  if (state_ != State::up) {
    return;
  }
  Invented content;
  content.ref_seq_num = number;
  content.ref_msg_type = msg_type;
  content.session_reject_reason = reason;
  content.ref_tag_id = tag;
  content.text = text;
  engine_->send_reject(content);
}

}  // namespace cantus::fix
