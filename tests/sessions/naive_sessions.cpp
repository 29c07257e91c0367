#include "tests/sessions/naive_sessions.h"

#include <algorithm>
#include <sstream>

namespace cantus::test {

bool NaiveSessions::speaks(const Session& session, std::uint32_t generation, LogSeq epoch, PublisherId who) const {
  return session.owner.has_value() && session.generation == generation && session.owner->epoch == epoch &&
         session.holder == who;
}

void NaiveSessions::begin_generation(Session& session, Seq position) {
  std::vector<OutboundEntry> again;
  for (std::size_t i = 0; i < session.out.size(); ++i) {
    if (session.out[i].application && i + 1 > session.delivered && session.settings.role != SessionRole::regulator) {
      again.push_back(session.out[i]);
      again.back().position = position;
      again.back().reissued = true;
    }
  }
  ++session.generation;
  session.out = again;
  session.accepted.clear();
  session.fixed = 0;
  session.delivered = 0;
  session.reset_waits = false;
  session.first_in = session.next_in;
  session.first_out = session.next_out;
  session.next_in = session.next_out = 1;
}

Effect NaiveSessions::set_numbers(const SessionNumbersSet& set, Seq position) {
  Session& session = sessions_.at(set.session.get());
  if (session.generation != set.expected_generation.get()) {
    return Effect::ignored;
  }
  session.next_in = set.next_inbound.get();
  session.next_out = set.next_outbound.get();
  if (session.owner.has_value()) {
    session.reset_waits = true;
    return Effect::pending;
  }
  begin_generation(session, position);
  return Effect::took;
}

void NaiveSessions::end(Session& session, std::int64_t now, LogSeq position, bool lost) {
  session.owner.reset();
  session.lost = lost;
  if (session.settings.cancel_on_disconnect == 1 && !session.grace_since.has_value()) {
    session.grace_since = now;
  }
  if (session.reset_waits) {
    begin_generation(session, position.seq());
  }
}

void NaiveSessions::number(SessionId id, Seq cause, ReportKind kind, std::uint8_t side) {
  if (const auto session = sessions_.find(id.get()); session != sessions_.end()) {
    session->second.out.push_back({cause, cause, kind, side, side, true, false});
  }
}

void NaiveSessions::apply_outcome(const Event& event) {
  const Seq seq = event.header->seq;
  const auto to_order = [&](const OrderView& order) { number(order.session, seq, ReportKind::execution, 0); };
  if (event.is<OrderAccepted>()) {
    to_order(event.as<OrderAccepted>().order);
  } else if (event.is<OrderCancelled>()) {
    to_order(event.as<OrderCancelled>().order);
  } else if (event.is<OrderReplaced>()) {
    to_order(event.as<OrderReplaced>().order);
  } else if (event.is<OrderStatus>()) {
    to_order(event.as<OrderStatus>().order);
  } else if (event.is<OrderRejected>()) {
    number(event.as<OrderRejected>().session, seq, ReportKind::execution, 0);
  } else if (event.is<CancelRejected>()) {
    number(event.as<CancelRejected>().session, seq, ReportKind::cancel_reject, 0);
  } else if (event.is<ReportSubmit>()) {
    number(event.as<ReportSubmit>().session, seq, ReportKind::trade_capture, 0);
  } else if (event.is<Trade>()) {
    const Trade& trade = event.as<Trade>();
    for (const std::uint8_t side : {std::uint8_t{0}, std::uint8_t{1}}) {
      const OrderView& order = side == 0 ? trade.first : trade.second;
      number(order.session, seq, ReportKind::execution, side);
      for (const auto& [id, session] : sessions_) {
        if (session.settings.role == SessionRole::drop_copy && session.settings.party == order.party) {
          number(SessionId(id), seq, ReportKind::drop_copy, side);
        }
      }
    }
  }
}

Effect NaiveSessions::take_over(Session& session, const Event& event) {
  const Takeover& wish = event.as<Takeover>();
  const std::int64_t now = event.header->time.get();
  const auto living = living_.find(event.header->publisher.get());
  const bool too_early = session.owner.has_value() && now < session.taken_at + venue_.takeover_interval_ns;
  if (living == living_.end() || living->second != wish.incarnation || too_early ||
      wish.expected_epoch != session.last_epoch || wish.expected_generation.get() != session.generation) {
    return Effect::ignored;
  }
  session.owner = Connection{event.position(), wish.incarnation};
  session.last_epoch = event.position();
  session.taken_at = now;
  session.holder = event.header->publisher;
  session.lost = false;
  if (any_takeover_ends_grace_) {
    session.grace_since.reset();
  }
  if (session.fixed > 0) {
    session.fixed = static_cast<std::uint32_t>(session.out.size());
  }
  return Effect::took;
}

Effect NaiveSessions::hold(Session& session, const Event& event) {
  const SessionHeld& held = event.as<SessionHeld>();
  if (speaks(session, held.generation.get(), held.epoch, event.header->publisher)) {
    return Effect::took;
  }
  const auto living = living_.find(event.header->publisher.get());
  if (session.owner.has_value() || !session.lost || session.holder != event.header->publisher ||
      living == living_.end() || session.generation != held.generation.get() || session.last_epoch != held.epoch) {
    return Effect::ignored;
  }
  session.owner = Connection{session.last_epoch, living->second};
  session.lost = false;
  session.grace_since.reset();
  return Effect::took;
}

Effect NaiveSessions::reset(Session& session, const Event& event) {
  const SessionReset& reset = event.as<SessionReset>();
  if (reset.epoch.is_zero() && !(reset.reason == ResetReason::session_day && session.settings.reset_time_s >= 0) &&
      !(reset.reason == ResetReason::log_rolled && session.settings.restart_at_roll != 0)) {
    return Effect::ignored;
  }
  if (reset.epoch.is_zero()) {
    return reset_for_others(session, reset, event.header->seq);
  }
  if (session.generation != reset.expected_generation.get() ||
      !speaks(session, session.generation, reset.epoch, event.header->publisher)) {
    return Effect::ignored;
  }
  if (reset.reason == ResetReason::asked_by_peer) {
    session.next_in = session.next_out = 1;
  }
  begin_generation(session, event.header->seq);
  return Effect::took;
}

// By whoever does not own it: the scheduler, operators.
Effect NaiveSessions::reset_for_others(Session& session, const SessionReset& reset, Seq position) {
  if (session.generation != reset.expected_generation.get() || (session.owner.has_value() && session.reset_waits)) {
    return Effect::ignored;
  }
  if (session.owner.has_value()) {
    session.reset_waits = true;
    return Effect::pending;
  }
  begin_generation(session, position);
  return Effect::took;
}

Effect NaiveSessions::insert(Session& session, const Event& event) {
  const SessionAdminSent& sent = event.as<SessionAdminSent>();
  const std::uint32_t at = sent.number.get() - (session.first_out - 1);  // the how-manieth of the generation
  const bool logon = session.fixed == 0;
  if (sent.msg_type.view() == "A" && speaks(session, sent.generation.get(), sent.epoch, event.header->publisher)) {
    session.grace_since.reset();  // the client is told that it is back
  }
  if (!speaks(session, sent.generation.get(), sent.epoch, event.header->publisher) ||
      sent.number.get() < session.first_out || at <= session.fixed || at > session.out.size() + 1 ||
      (logon && at != 1)) {
    return Effect::ignored;
  }
  OutboundEntry entry;
  entry.cause = entry.position = event.header->seq;
  session.out.insert(session.out.begin() + (at - 1), entry);
  session.fixed = at;
  return Effect::took;
}

// What an owner that counts rightly states.
Effect NaiveSessions::deliver(Session& session, const Event& event) {
  const Delivered& delivered = event.as<Delivered>();
  const std::uint32_t through = delivered.through.get() - (session.first_out - 1);
  if (!speaks(session, delivered.generation.get(), delivered.epoch, event.header->publisher) ||
      delivered.through.get() + 1 < session.first_out || through < session.delivered || through > session.out.size() ||
      (session.fixed == 0 && through > 0)) {
    return Effect::ignored;
  }
  session.delivered = through;
  session.fixed = std::max(session.fixed, through);
  return Effect::took;
}

std::optional<Effect> NaiveSessions::apply_session_record(const Event& event) {
  std::optional<SessionId> about;
  dispatch(event, [&](const auto& message) {
    if constexpr (requires { message.session; }) {
      about = message.session;
    }
  });
  if (event.header->topic != topic::sessions || !about) {
    return std::nullopt;
  }
  const auto found = sessions_.find(about->get());
  if (found == sessions_.end()) {
    return Effect::ignored;
  }
  Session& session = found->second;
  if (event.is<Takeover>()) {
    return take_over(session, event);
  }
  if (event.is<SessionHeld>()) {
    return hold(session, event);
  }
  if (event.is<SessionReset>()) {
    return reset(session, event);
  }
  if (event.is<SessionAdminSent>()) {
    return insert(session, event);
  }
  if (event.is<Delivered>()) {
    return deliver(session, event);
  }
  const SessionDown& down = event.as<SessionDown>();
  if (!speaks(session, down.generation.get(), down.epoch, event.header->publisher)) {
    return Effect::ignored;
  }
  end(session, event.header->time.get(), event.position(), false);
  return Effect::took;
}

Effect NaiveSessions::apply_client_message(const Event& event, const ClientRef& client) {
  const auto found = sessions_.find(client.session.get());
  if (found == sessions_.end() ||
      !speaks(found->second, client.generation.get(), client.epoch, event.header->publisher)) {
    return Effect::ignored;
  }
  Session& session = found->second;
  const std::uint32_t last = session.accepted.empty() ? session.first_in - 1 : *session.accepted.rbegin();
  if (client.number.get() <= last || client.number.get() > 2147483647U) {
    return Effect::ignored;
  }
  session.accepted.insert(client.number.get());
  if (event.is<ClientRefused>()) {
    const RefusalKind kind = event.as<ClientRefused>().kind;
    number(client.session, event.header->seq,
           kind == RefusalKind::business_reject ? ReportKind::business_reject
           : kind == RefusalKind::cancel_reject ? ReportKind::cancel_reject
                                                : ReportKind::execution,
           0);
  }
  return Effect::took;
}

Effect NaiveSessions::apply(const Event& event, std::span<const CommandPart> changes) {
  Effect effect = apply_record(event);
  for (const CommandPart& change : changes) {
    const Effect of_change = apply_change(change, event.header->seq);
    effect = of_change == Effect::none ? effect : of_change;
  }
  apply_outcome(event);
  const std::int64_t ended = event.header->time.get() - venue_.cancel_grace_ns;
  due_.clear();
  for (auto& [id, session] : sessions_) {
    if (!suspended_ && !session.owner.has_value() && session.grace_since.has_value() && *session.grace_since <= ended) {
      session.grace_since.reset();
      due_.push_back(SessionId(id));
    }
  }
  return effect;
}

Effect NaiveSessions::apply_change(const CommandPart& change, Seq position) {
  if (is_change<SessionNumbersSet>(change)) {
    return set_numbers(change_of<SessionNumbersSet>(change), position);
  }
  if (is_change<SessionReset>(change)) {
    const auto reset = change_of<SessionReset>(change);
    return reset_for_others(sessions_.at(reset.session.get()), reset, position);
  }
  if (is_change<VenueDefined>(change)) {
    venue_ = change_of<VenueDefined>(change);
  } else if (is_change<SessionDefined>(change)) {
    const auto session = change_of<SessionDefined>(change);
    sessions_.at(session.session.get()).settings = session;
  }
  return Effect::none;
}

Effect NaiveSessions::apply_record(const Event& event) {
  const std::int64_t now = event.header->time.get();
  Effect effect = Effect::none;
  if (event.is<VenueDefined>()) {
    venue_ = event.as<VenueDefined>();
  } else if (event.is<SessionDefined>()) {
    sessions_[event.as<SessionDefined>().session.get()].settings = event.as<SessionDefined>();
  } else if (event.is<PublisherDefined>()) {
    classes_[event.as<PublisherDefined>().publisher.get()] = event.as<PublisherDefined>().service_class;
  } else if (event.is<PublisherSuspended>()) {
    const auto known = classes_.find(event.as<PublisherSuspended>().publisher.get());
    suspended_ = suspended_ || (known != classes_.end() && known->second == ServiceClass::outcome);
  } else if (event.is<RuleActivated>()) {
    const auto& rule = event.as<RuleActivated>();
    any_takeover_ends_grace_ = rule.name.view() == "cancel_grace_end" ? rule.set == 1 : any_takeover_ends_grace_;
  } else if (event.is<PublisherAttached>()) {
    living_[event.as<PublisherAttached>().publisher.get()] = event.position();
  } else if (event.is<PublisherLost>()) {
    living_.erase(event.as<PublisherLost>().publisher.get());
    for (auto& [id, session] : sessions_) {
      if (session.owner.has_value() && session.owner->incarnation == event.as<PublisherLost>().incarnation) {
        end(session, now, event.position(), true);
        effect = Effect::took;
      }
    }
  } else if (const ClientRef* client = client_ref_of(event); client != nullptr) {
    effect = apply_client_message(event, *client);
  } else if (const std::optional<Effect> of_session = apply_session_record(event)) {
    effect = *of_session;
  }
  return effect;
}

std::string NaiveSessions::text_of(const OutboundEntry& entry) {
  std::ostringstream out;
  out << entry.cause.get() << '/' << entry.position.get() << '/' << static_cast<int>(entry.kind) << '/'
      << static_cast<int>(entry.side) << '/' << static_cast<int>(entry.index) << (entry.application ? "a" : "")
      << (entry.reissued ? "r" : "") << ' ';
  return out.str();
}

std::uint32_t NaiveSessions::next_outbound(SessionId id) const {
  const Session& session = sessions_.at(id.get());
  return session.first_out + static_cast<std::uint32_t>(session.out.size());
}

std::string NaiveSessions::text(SessionId id) const {
  const Session& session = sessions_.at(id.get());
  const std::uint32_t last = session.accepted.empty() ? session.first_in - 1 : *session.accepted.rbegin();
  std::ostringstream out;
  out << "generation " << session.generation << " epoch " << session.last_epoch.raw() << " owner "
      << (session.owner.has_value() ? session.owner->incarnation.raw() : 0) << " lost " << session.lost << " in "
      << last + 1 << " cancels " << session.grace_since.has_value() << " reset " << session.reset_waits << " then "
      << session.next_in << '/' << session.next_out << " delivered " << session.delivered + session.first_out - 1
      << " out " << session.first_out << " to " << session.out.size() + session.first_out << ": ";
  for (const OutboundEntry& entry : session.out) {
    out << text_of(entry);
  }
  return out.str();
}

std::string NaiveSessions::text(const SessionReplica& replica, SessionId session) {
  const InboundState& in = replica.machine.inbound(session);
  const OutboundState& state = replica.machine.outbound(session);
  std::ostringstream out;
  out << "generation " << in.generation.get() << " epoch " << in.epoch.raw() << " owner " << in.owner.raw() << " lost "
      << in.lost << " in " << in.next_inbound.get() << " cancels " << in.cancel_pending << " reset " << in.reset_pending
      << " then " << in.pending.inbound.get() << '/' << in.pending.outbound.get() << " delivered "
      << state.delivered.get() << " out " << state.first.get() << " to " << state.next_outbound.get() << ": ";
  for (std::uint32_t number = state.first.get(); number < state.next_outbound.get(); ++number) {
    const std::optional<OutboundEntry> entry = replica.index.at(session, MsgSeqNum(number));
    out << (entry.has_value() ? text_of(*entry) : "missing ");
  }
  return out.str();
}

}  // namespace cantus::test
