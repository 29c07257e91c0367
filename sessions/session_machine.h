// The FIX session machine (DESIGN section 6): inbound half, and the outbound half: how many numbers each session has
// given out in its generation and how many of them are application messages. It runs in every gateway for all sessions.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/machine.h"
#include "sessions/entitlement.h"
#include "sessions/inbound.h"

namespace cantus {

struct OutboundState {
  MsgSeqNum next_outbound{1};                // number that the next message will carry
  std::uint64_t applications = 0;            // application messages numbered in this generation
  MsgSeqNum delivered{0};                    // highest number that the peer has proven to have
  std::uint64_t delivered_applications = 0;  // how many of the application messages are at or below it
  std::uint32_t reset_pending = 0;  // 1: a SessionReset from outside found an owner, who is to log the peer out
};

class SessionMachine final : public Machine {
 public:
  explicit SessionMachine(const ReferenceData& refdata);  // refdata: applied before, outlives

  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;

  // What the event last applied did.
  [[nodiscard]] Effect effect() const;
  // Of a SessionReset that took effect: how many application messages the new generation begins with (they follow the
  // Logon).
  [[nodiscard]] std::uint64_t reissued() const;

  [[nodiscard]] const InboundState& inbound(SessionId session) const;
  [[nodiscard]] const OutboundState& outbound(SessionId session) const;

 private:
  const ReferenceData& refdata_;
  InboundSessions inbound_;
  std::vector<OutboundState> outbound_;
  Effect effect_ = Effect::none;
  std::uint64_t reissued_ = 0;
};

}  // namespace cantus
