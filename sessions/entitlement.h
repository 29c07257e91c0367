// Which application messages a message on the log yields, for which sessions, in which order (docs/architecture.md,
// section 6): the one place that says so. Gateways, drop copy, trade reporter, session machine and replay all ask here.
#pragma once

#include <cstdint>
#include <type_traits>

#include "messages/record.h"
#include "refdata/reference_data.h"
#include "sessions/inbound.h"

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
  std::uint8_t side = 0;  // of a Trade or TradeVoided: 0 the first order's view, 1 the second's; otherwise 0
  // Which of the cause's reports this is, counted from 0 over both sides; a drop copy has the index of the execution
  // that it copies. ExecID (17) is (log, seq, index), so an execution and its copies carry the same one.
  std::uint8_t index = 0;
};

// Most messages that one cause can yield for one session.
inline constexpr std::size_t reports_per_session_max = 4;

// Calls f(const ReportRef&) for each, ordered by (side, index); an execution comes before its drop copies.
//
// What is copied are fills and what voids them: each goes to every drop-copy session of the order's party, in order of
// session id. A client message yields something only if it was accepted, hence `effect`: what InboundSessions or
// SessionMachine said of this very event. Outcomes count whatever the sessions' state. What a reset issues again is not
// asked here but is the session machine's and the outbound index's. Sessions that are not defined get nothing.
void for_each_report(const Event& event, Effect effect, const ReferenceData& refdata,
                     void (*f)(void* context, const ReportRef&), void* context);

template <class F>
void for_each_report(const Event& event, Effect effect, const ReferenceData& refdata, F&& f) {
  for_each_report(
      event, effect, refdata,
      [](void* context, const ReportRef& report) { (*static_cast<std::remove_reference_t<F>*>(context))(report); }, &f);
}

}  // namespace cantus
