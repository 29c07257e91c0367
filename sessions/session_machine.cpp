#include "sessions/session_machine.h"

#include <algorithm>

#include "base/mutant.h"

namespace cantus {

SessionMachine::SessionMachine(const ReferenceData& refdata)
    : refdata_(refdata), inbound_(refdata), outbound_(ReferenceDataBounds::sessions_max) {
  opened_.reserve(ReferenceDataBounds::sessions_max);
}

void SessionMachine::apply(const Event& event) {
  opened_.clear();
  effect_ = inbound_.apply(event);
  for (const InboundSessions::Opened& opened : inbound_.opened()) {
    open_generation(opened);
  }
  if (event.is<Takeover>() && effect_ == Effect::took) {
    OutboundState& state = state_of(event.as<Takeover>().session);
    state.insert_min = logon_number(event.as<Takeover>().session);
  } else if (event.is<SessionAdminSent>()) {
    effect_ = apply(event.as<SessionAdminSent>(), *event.header);
  } else if (event.is<Delivered>()) {
    effect_ = apply(event.as<Delivered>(), *event.header);
  }
  for_each_report(event, effect_, refdata_, [this](const ReportRef& report) {
    OutboundState& state = state_of(report.session);
    state.next_outbound = state.next_outbound.next();
    ++state.applications;
  });
}

// The owner numbers what it invents in the order in which it sends. Whatever arrived on the log before this record with
// the same or a higher number has not left, because it would have left behind this message; so it may move. What is
// below insert_min may have left, and a record that would move it is not an owner's that keeps the rules.
Effect SessionMachine::apply(const SessionAdminSent& sent, const RecordHeader& header) {
  if (!inbound_.is_owners(sent, header)) {
    return Effect::ignored;
  }
  OutboundState& state = state_of(sent.session);
  const MsgSeqNum number_max = state.nothing_left() ? state.first : state.next_outbound;
  if (sent.number < state.insert_min || sent.number > number_max || sent.number.get() > msg_seq_num_max) {
    return Effect::ignored;
  }
  state.insert_min = sent.number.next();
  state.logon_sent = state.logon_sent || sent.msg_type.view() == "A";
  state.next_outbound = state.next_outbound.next();
  return Effect::took;
}

Effect SessionMachine::apply(const Delivered& delivered, const RecordHeader& header) {
  if (!inbound_.is_owners(delivered, header)) {
    return Effect::ignored;
  }
  OutboundState& state = state_of(delivered.session);
  const std::uint64_t through = delivered.through.get();
  const std::uint64_t below = state.first.get() - 1;  // numbers that stand for nothing
  const std::uint64_t last = state.next_outbound.get() - 1;
  if (through < state.delivered.get() || through > (state.nothing_left() ? below : last) ||
      delivered.applications_through < state.delivered_applications) {
    return Effect::ignored;
  }
  // Neither more application messages nor more invented ones than there are, on either side of the number.
  const std::uint64_t applications = delivered.applications_through;
  const std::uint64_t numbers = through - below;
  const std::uint64_t invented = last - below - state.applications;
  if (applications > numbers || applications > state.applications || numbers - applications > invented ||
      applications - state.delivered_applications > through - state.delivered.get()) {
    return Effect::ignored;
  }
  state.delivered = delivered.through;
  state.delivered_applications = applications;
  state.insert_min = std::max(state.insert_min, delivered.through.next());
  return Effect::took;
}

void SessionMachine::open_generation(const InboundSessions::Opened& opened) {
  OutboundState& state = state_of(opened.session);
  const bool issues_again = refdata_.session(opened.session)->role != SessionRole::regulator;
  const std::uint64_t again = issues_again && !CANTUS_MUTANT(reset_issues_nothing_again)
                                  ? state.applications - state.delivered_applications
                                  : 0;
  state = OutboundState{};
  state.applications = again;
  state.first = state.insert_min = opened.first_outbound;
  state.delivered = MsgSeqNum(state.first.get() - 1);
  state.next_outbound = MsgSeqNum(static_cast<std::uint32_t>(state.first.get() + again));
  opened_.push_back({opened.session, again, state.first});
}

const OutboundState& SessionMachine::outbound(SessionId session) const {
  return refdata_.session(session) == nullptr ? initial_ : outbound_[session.get() - 1];
}

MsgSeqNum SessionMachine::logon_number(SessionId session) const {
  const OutboundState& state = outbound(session);
  return state.nothing_left() ? state.first : state.next_outbound;
}

Digest SessionMachine::digest() const {
  DigestBuilder digest;
  inbound_.digest_into(digest);
  for (const SessionDefined& session : refdata_.sessions()) {
    const OutboundState& state = outbound(session.session);
    digest.add(state.first).add(state.next_outbound).add(state.applications).add(state.delivered);
    digest.add(state.delivered_applications).add(state.insert_min).add(state.logon_sent);
  }
  return digest.digest();
}

}  // namespace cantus
