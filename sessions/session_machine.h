// The FIX session machine (docs/architecture.md, section 6): inbound half, and the outbound half: how many numbers each
// session has given out in its generation and how many of them are application messages. It runs in every gateway for
// all sessions.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/machine.h"
#include "sessions/entitlement.h"
#include "sessions/inbound.h"

namespace cantus {

struct OutboundState {
  MsgSeqNum first{1};                        // number with which the generation begins
  MsgSeqNum next_outbound{1};                // number that the next message will carry
  std::uint64_t applications = 0;            // application messages numbered in this generation
  MsgSeqNum delivered{0};                    // highest number that the peer has proven to have, at least first - 1
  std::uint64_t delivered_applications = 0;  // how many of the application messages are at or below it
  // Least number that an invented message may still take: numbers below can have left and never move again. It is the
  // first until the generation's first invented message, which takes that (the Logon).
  MsgSeqNum insert_min{1};
  bool logon_sent = false;  // a Logon was, in this generation
  [[nodiscard]] bool nothing_left() const { return insert_min == first; }
};

// A generation that began at the event just applied.
struct OpenedGeneration {
  SessionId session;
  std::uint64_t reissued = 0;  // application messages issued again, numbered from `first` on at this position
  MsgSeqNum first{1};
};

// Beyond the rules of InboundSessions:
//  SessionAdminSent  counts while generation and epoch are current and its number lies within insert_min …
//                    next_outbound; application messages that have that number or a higher one move up by one.
//  Delivered         counts while current, if it is not below the last one and not beyond what is numbered.
//  an application message (sessions/entitlement.h) takes the next number at its cause, in every session entitled to it.
//  a new generation  begins with the application messages not delivered in the old one, numbered from its first number
//                    on at its position; its Logon is then inserted there. A regulator's begins empty: only new
//                    attempts send again. Its first number is 1 unless an operator says another (SessionNumbersSet);
//                    numbers below it stand for nothing and are gap-filled.
class SessionMachine final : public Machine {
 public:
  explicit SessionMachine(const ReferenceData& refdata);  // refdata: applied before, outlives

  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // refdata is restored before

  // What the event last applied did; what for_each_report asks for.
  [[nodiscard]] Effect effect() const { return effect_; }
  // Generations that it opened, in order of session id.
  [[nodiscard]] const std::vector<OpenedGeneration>& opened() const { return opened_; }
  [[nodiscard]] const std::vector<SessionId>& cancels_due() const { return inbound_.cancels_due(); }

  [[nodiscard]] const InboundState& inbound(SessionId session) const { return inbound_.at(session); }
  [[nodiscard]] const OutboundState& outbound(SessionId session) const;
  [[nodiscard]] bool current(SessionId session, Generation generation, Epoch epoch) const {
    return inbound_.current(session, generation, epoch);
  }
  // Number of the first message that an owner sends on its connection (its Logon): the first in a generation in which
  // nothing was sent yet, whatever is numbered there already; else the next.
  [[nodiscard]] MsgSeqNum logon_number(SessionId session) const;

 private:
  Effect apply(const SessionAdminSent& sent, const RecordHeader& header);
  Effect apply(const Delivered& delivered, const RecordHeader& header);
  void open_generation(const InboundSessions::Opened& opened);
  OutboundState& state_of(SessionId session) { return outbound_[session.get() - 1]; }

  const ReferenceData& refdata_;
  InboundSessions inbound_;
  const OutboundState initial_;
  std::vector<OutboundState> outbound_;  // by session id - 1
  Effect effect_ = Effect::none;
  std::vector<OpenedGeneration> opened_;
};

}  // namespace cantus
