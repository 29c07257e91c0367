// The inbound half of every FIX session (DESIGN section 6): generation, epoch, owner and next inbound number. Matching
// and credit include it, so that every process accepts exactly the same client messages.
#pragma once

#include <cstdint>
#include <vector>

#include "base/digest.h"
#include "messages/record.h"
#include "refdata/reference_data.h"

namespace cantus {

struct InboundState {
  Generation generation{1};
  Epoch epoch;        // zero: never taken
  Incarnation owner;  // gateway incarnation that holds the epoch; zero once down or lost
  ConnectionId connection;
  MsgSeqNum next_inbound{1};
  TimeNs taken_at;              // log time of the last takeover
  TimeNs down_at;               // log time at which the owner went; meaningful while `owner` is zero
  bool cancel_pending = false;  // cancel on disconnect: the grace runs
};

// What an event did to the sessions.
enum class Effect {
  none,     // it does not concern sessions
  took,     // it changed what it is about (a client message: accepted)
  ignored,  // it is about a session but not of its current generation and epoch, or too early: it changes nothing, in
            // any machine
};

class InboundSessions {
 public:
  // `refdata` must be applied before this for every event, and outlive it.
  explicit InboundSessions(const ReferenceData& refdata);

  // For client messages: accepted means generation and epoch current and number ≥ next inbound; the next becomes number
  // + 1.
  Effect apply(const Event& event);

  // Sessions whose cancel-on-disconnect grace ended by the time of the event just applied, in order of id; each is
  // named once. Call after apply(), for every event.
  [[nodiscard]] const std::vector<SessionId>& cancels_due() const;

  [[nodiscard]] const InboundState& at(SessionId session) const;  // an initial state for one never used
  void digest_into(DigestBuilder& digest) const;

 private:
  const ReferenceData& refdata_;
  std::vector<InboundState> states_;
  std::vector<SessionId> due_;
};

// The ClientRef of an event that is a client message (NewOrder … ClientRefused, ReportAnswered), else null.
[[nodiscard]] const ClientRef* client_ref_of(const Event& event);

}  // namespace cantus
