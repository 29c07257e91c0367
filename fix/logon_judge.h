// Judges a Logon before anything else sees it (docs/architecture.md, section 6): unknown or unauthenticated peers get
// no byte and consume no number; a peer that is right but may not in, or asks for what it may not have, is told so in a
// Logout once it is authenticated. Pure: the check of the password itself is somebody else's, because it is slow by
// intent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fix/message_text.h"
#include "refdata/reference_data.h"

namespace cantus::fix {

// What a Logon (35=A) says, as far as it matters here.
struct LogonRequest {
  std::string begin_string;                // 8
  std::string sender_comp_id;              // 49, the peer
  std::string target_comp_id;              // 56, us
  std::string sender_sub_id;               // 50
  MsgSeqNum number;                        // 34
  std::optional<TimeNs> sending_time;      // 52; nothing if absent or no time
  std::int64_t heart_bt_int_s = -1;        // 108; -1 if absent or no number
  bool encrypt_method_none = false;        // 98=0
  bool poss_dup = false;                   // 43=Y
  bool reset_seq_num = false;              // 141=Y
  std::optional<MsgSeqNum> next_expected;  // 789
  std::string_view malformed;              // why QuickFIX might read other fields than stand here; empty: no reason
  std::string username;                    // 553
  std::string password;                    // 554
};

// Nothing if the message is no Logon, or one that lacks what every Logon needs (8, 49, 56, 34).
[[nodiscard]] std::optional<LogonRequest> parse_logon(const FieldList& message);

// Why a Logon is dropped without a byte; for our own log only.
enum class LogonDrop : std::uint8_t {
  none,
  venue_not_open,         // reference data is not complete
  unknown_comp_ids,       // no session with these CompIDs
  wrong_begin_string,     // the session speaks another version
  not_for_this_port,      // a session that we initiate
  password_missing,       // the session has one and the Logon has none, or beyond its bound
  password_unset_remote,  // the session has none, which is allowed on loopback only
};
[[nodiscard]] std::string_view text_of(LogonDrop drop);

// What a peer is told in its Logout whose session an operator has disabled.
inline constexpr std::string_view session_disabled_text = "the venue has disabled this session";

struct LogonJudgement {
  LogonDrop drop = LogonDrop::none;
  SessionId session;
  bool password_needed = false;  // still to be checked against the session's verifier
  // Not empty: once authenticated and taken over, the peer is logged out with this text.
  std::string logout_text;
};

// Who sent it, and when it came.
struct LogonPeer {
  bool loopback = false;
  TimeNs now;                       // our clock
  std::int64_t latency_max_ns = 0;  // most difference of SendingTime (52) from it: a captured Logon is no Logon
};

// `has_verifier`: a PasswordVerifier of the session found by the CompIDs is on the log.
[[nodiscard]] LogonJudgement judge_logon(const LogonRequest& request, const ReferenceData& refdata,
                                         const LogonPeer& peer,
                                         bool (*has_verifier)(const void* context, SessionId session),
                                         const void* context);

// True for 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace cantus::fix
