// Which application messages a message on the log yields, for which sessions, in which order (DESIGN section 6): the
// one place that says so. Gateways, drop copy, trade reporter, session machine and replay all ask here.
#pragma once

#include <cstdint>

#include "messages/record.h"
#include "refdata/reference_data.h"

namespace cantus {

// What is rendered from a cause for a session.
enum class ReportKind : std::uint8_t {
  execution,        // 35=8 to the session of the order
  drop_copy,        // 35=8 with 797=Y to a drop-copy session of the order's party
  cancel_reject,    // 35=9
  business_reject,  // 35=j
  trade_capture,    // 35=AE to the regulator
};

struct ReportRef {
  SessionId session;
  ReportKind kind = ReportKind::execution;
  std::uint8_t side = 0;   // of a Trade: 0 the first order's view, 1 the second's; otherwise 0
  std::uint8_t index = 0;  // counts the cause's messages over all sessions from 0; ExecID (17) is (log, seq, index)
};

// Most messages that one cause can yield for one session.
inline constexpr std::size_t reports_per_session_max = 4;

// Calls f(const ReportRef&) for each, ordered by (side, index). Own reports come before drop copies of the same side.
// Drop copies of a side go to every drop-copy session of the order's party, in order of session id. An execution and
// its drop copies describe the same execution and carry the same ExecID: that of the execution's index. SessionReset is
// not asked here: its re-issues are the session machine's (sessions/outbound.h).
void for_each_report(const Event& event, const ReferenceData& refdata, void (*f)(void* context, const ReportRef&),
                     void* context);

template <class F>
void for_each_report(const Event& event, const ReferenceData& refdata, F&& f) {
  for_each_report(
      event, refdata,
      [](void* context, const ReportRef& report) { (*static_cast<std::remove_reference_t<F>*>(context))(report); }, &f);
}

}  // namespace cantus
