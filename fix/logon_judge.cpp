#include "fix/logon_judge.h"

#include <limits>

namespace cantus::fix {
namespace {

constexpr std::size_t password_length_max = 128;  // refdata/app/password.h makes none that is longer
constexpr std::size_t name_length_max = 64;

std::string text_or_empty(const FieldList& message, std::uint32_t tag) {
  const auto value = message.find(tag);
  return value ? std::string(value->substr(0, name_length_max)) : std::string();
}

bool is_yes(const FieldList& message, std::uint32_t tag) {
  return message.find(tag) == std::optional<std::string_view>("Y");
}

bool is_recent(const LogonRequest& request, const LogonPeer& peer) {
  if (!request.sending_time) {
    return false;
  }
  const std::int64_t off = behind_ns(*request.sending_time, peer.now);
  return off <= peer.latency_max_ns && off >= -peer.latency_max_ns;
}

// What the session's settings forbid; the first fault found.
std::string fault_of(const LogonRequest& request, const SessionDefined& session, const LogonPeer& peer, bool disabled) {
  if (disabled) {
    return std::string(session_disabled_text);
  }
  if (!request.malformed.empty()) {
    return std::string(request.malformed);
  }
  if (!is_recent(request, peer)) {
    return "SendingTime (52) is too far from our clock";
  }
  if (!request.encrypt_method_none) {
    return "EncryptMethod (98) must be 0";
  }
  if (request.heart_bt_int_s < session.heartbeat_min_s || request.heart_bt_int_s > session.heartbeat_max_s) {
    return "HeartBtInt (108) must be " + std::to_string(session.heartbeat_min_s) + " to " +
           std::to_string(session.heartbeat_max_s) + " seconds";
  }
  if (request.reset_seq_num && session.reset_policy != ResetPolicy::allowed) {
    return "ResetSeqNumFlag (141) is not allowed on this session";
  }
  if (request.reset_seq_num && request.number != MsgSeqNum(1)) {
    return "A Logon with ResetSeqNumFlag (141) must have MsgSeqNum (34) 1";
  }
  return {};
}

LogonJudgement dropped(LogonDrop why) {
  LogonJudgement judgement;
  judgement.drop = why;
  return judgement;
}

}  // namespace

std::optional<LogonRequest> parse_logon(const FieldList& message) {
  const auto begin_string = message.find(8);
  const auto sender = message.find(49);
  const auto target = message.find(56);
  const auto number = message.find(34);
  if (message.find(35) != std::optional<std::string_view>("A") || !begin_string || !sender || !target || !number) {
    return std::nullopt;
  }
  const auto parsed_number = parse_seq_num(*number);
  if (!parsed_number || sender->size() > name_length_max || target->size() > name_length_max) {
    return std::nullopt;
  }
  LogonRequest request;
  request.begin_string = *begin_string;
  request.sender_comp_id = *sender;
  request.target_comp_id = *target;
  request.sender_sub_id = text_or_empty(message, 50);
  request.number = *parsed_number;
  if (const auto sent = message.find(52)) {
    request.sending_time = parse_utc_timestamp(*sent);
  }
  if (const auto interval = message.find(108)) {
    const auto seconds = parse_digits(*interval, std::numeric_limits<std::uint32_t>::max());
    request.heart_bt_int_s = seconds ? static_cast<std::int64_t>(*seconds) : -1;
  }
  request.encrypt_method_none = message.find(98) == std::optional<std::string_view>("0");
  request.poss_dup = is_yes(message, 43);
  request.reset_seq_num = is_yes(message, 141);
  if (const auto expected = message.find(789)) {
    request.next_expected = parse_seq_num(*expected);
  }
  if (message.find(91) || message.find(96)) {
    request.malformed = data_fields_text;
  } else if (!message.complete()) {
    request.malformed = "the Logon is malformed";
  }
  request.username = text_or_empty(message, 553);
  if (const auto password = message.find(554)) {
    request.password = password->substr(0, password_length_max + 1);
  }
  return request;
}

std::string_view text_of(LogonDrop drop) {
  switch (drop) {
    case LogonDrop::none:
      return "not dropped";
    case LogonDrop::venue_not_open:
      return "the venue's reference data is not complete";
    case LogonDrop::unknown_comp_ids:
      return "no session has these CompIDs";
    case LogonDrop::wrong_begin_string:
      return "the session speaks another FIX version";
    case LogonDrop::not_for_this_port:
      return "the session is one that the venue initiates";
    case LogonDrop::password_missing:
      return "the session has a password and the Logon none that could be it";
    case LogonDrop::password_unset_remote:
      return "the session has no password, which is allowed on loopback only";
  }
  return "unknown";
}

LogonJudgement judge_logon(const LogonRequest& request, const ReferenceData& refdata, const LogonPeer& peer,
                           bool (*has_verifier)(const void* context, SessionId session), const void* context) {
  if (!refdata.complete()) {
    return dropped(LogonDrop::venue_not_open);
  }
  const SessionDefined* session = refdata.session_by_comp_ids(request.target_comp_id, request.sender_comp_id);
  if (session == nullptr) {
    return dropped(LogonDrop::unknown_comp_ids);
  }
  if (session->role == SessionRole::regulator) {
    return dropped(LogonDrop::not_for_this_port);
  }
  if (session->begin_string.view() != request.begin_string) {
    return dropped(LogonDrop::wrong_begin_string);
  }
  LogonJudgement judgement;
  judgement.session = session->session;
  judgement.password_needed = session->password_required != 0 || has_verifier(context, session->session);
  if (judgement.password_needed && (request.password.empty() || request.password.size() > password_length_max ||
                                    !has_verifier(context, session->session))) {
    return dropped(LogonDrop::password_missing);
  }
  if (!judgement.password_needed && !peer.loopback) {
    return dropped(LogonDrop::password_unset_remote);
  }
  judgement.logout_text = fault_of(request, *session, peer, refdata.is_disabled(session->session));
  return judgement;
}

bool is_loopback(std::string_view host) { return host.starts_with("127.") || host == "::1"; }

}  // namespace cantus::fix
