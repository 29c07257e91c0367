// The full map outbound number → (cause, side, index) of every session, rebuilt from the log by gateways and by replay.
// Not part of a machine: it grows with the log. Insertion follows DESIGN section 6: a record that arrives where other
// numbers were already given is inserted at its number and the later ones move up.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sessions/session_machine.h"

namespace cantus {

struct OutboundEntry {
  Seq cause;     // of an application message: its cause (the original one, also when re-issued); else the record
  Seq position;  // where the number was given: cause, record, or the reset that issued it again
  ReportKind kind = ReportKind::execution;
  std::uint8_t side = 0;
  std::uint8_t index = 0;
  bool application = false;  // false: invented by the session layer, see the SessionAdminSent at `cause`
  bool reissued = false;     // issued again after a reset: carries PossResend (97=Y)
};

class OutboundIndex {
 public:
  OutboundIndex(const ReferenceData& refdata, const SessionMachine& sessions);

  // After refdata and sessions have applied the same event. What numbers it gave can be asked until the next call.
  void apply(const Event& event);

  struct Given {
    SessionId session;
    MsgSeqNum number;
    OutboundEntry entry;
  };
  // Numbers newly given by the event just applied, ascending within each session (re-issues of a reset included).
  [[nodiscard]] const std::vector<Given>& given() const;

  [[nodiscard]] MsgSeqNum next(SessionId session) const;  // equals the session machine's
  [[nodiscard]] std::optional<OutboundEntry> at(SessionId session,
                                                MsgSeqNum number) const;  // of the current generation

 private:
  const ReferenceData& refdata_;
  const SessionMachine& sessions_;
  std::vector<Given> given_;
};

}  // namespace cantus
