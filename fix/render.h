// What a message on the log looks like to a FIX peer: from an event and a ReportRef (sessions/entitlement.h) to MsgType
// and body, and from there with the header inputs to bytes. Pure: the same event, reference data and inputs give the
// same bytes on any gateway, in replay, and after any upgrade. Order, ids, times and texts come from the log alone.
//
// Body fields stand in ascending order of tags, groups by their count. TransactTime (60) is the log time of the event;
// OrderID (37) is the position of the order, ExecID (17) position and index of the execution, TradeReportID (571) the
// position of the trade, all as "log-seq".
#pragma once

#include <string>
#include <string_view>

#include "fix/message_text.h"
#include "messages/record.h"
#include "refdata/reference_data.h"
#include "sessions/entitlement.h"

namespace cantus::fix {

struct Rendered {
  std::string msg_type;      // 35
  std::string body;          // every field between header and CheckSum, each ending in SOH
  bool poss_resend = false;  // a later attempt: 97=Y on its first sending too
};

// `refdata` as it stands at the event or later (definitions never change). False if the event is no cause of such a
// message; `out` is then empty. `reissued`: a reset gave it a number in another generation than that of the client's
// message it answers, whose MsgSeqNum (RefSeqNum, 45) would name another message there and is left out.
[[nodiscard]] bool render(const Event& event, const ReferenceData& refdata, const ReportRef& report, Rendered& out,
                          bool reissued = false);

// A Reject (35=3) as it was recorded; its bytes are the same when it is sent and when it is sent again.
[[nodiscard]] Rendered render_reject(const SessionAdminSent& record);

// SequenceReset-GapFill that stands for the numbers up to, not including, `new_seq_no`.
[[nodiscard]] Rendered render_gap_fill(MsgSeqNum new_seq_no);

// "log-seq-index": ExecID (17).
[[nodiscard]] std::string exec_id_text(LogSeq outcome, std::uint8_t index);

// Names of a session as our messages carry them.
[[nodiscard]] SessionNames names_of(const SessionDefined& session);

// What stays the same about the header of an application message: when its number was given (`position_time`,
// SendingTime of the first sending) and whether a reset issued it again.
struct OutboundInputs {
  MsgSeqNum number;
  TimeNs position_time;
  bool reissued = false;
};
// How long after its position a message may first leave without being marked as late.
inline constexpr std::int64_t first_sending_max_ns = 10'000'000'000;

// First sending at `now`: SendingTime is the position's time; beyond first_sending_max_ns 43=Y, 122 and the clock.
[[nodiscard]] HeaderInputs first_sending(const OutboundInputs& inputs, bool poss_resend, TimeNs now);
// Resend at `now`: 43=Y, 122 is the position's time, 52 the clock (never before 122).
[[nodiscard]] HeaderInputs resending(const OutboundInputs& inputs, bool poss_resend, TimeNs now);

}  // namespace cantus::fix
