#include "tests/sessions/naive_sessions.h"

#include <algorithm>
#include <sstream>

namespace cantus::test {

bool NaiveSessions::speaks(const Session& session, std::uint32_t generation, LogSeq epoch) const {
  return session.owner.has_value() && session.generation == generation && session.owner->epoch == epoch;
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
}

void NaiveSessions::end(Session& session, std::int64_t now, LogSeq position) {
  session.owner.reset();
  if (session.settings.cancel_on_disconnect == 1) {
    session.cancel_at = now + venue_.cancel_grace_ns;
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
  if (event.is<OrderAccepted>()) {
    number(event.as<OrderAccepted>().order.session, seq, ReportKind::execution, 0);
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

void NaiveSessions::apply_session_record(const Event& event) {
  const std::int64_t now = event.header->time.get();
  if (event.is<Takeover>()) {
    const Takeover& wish = event.as<Takeover>();
    const auto found = sessions_.find(wish.session.get());
    const auto living = living_.find(event.header->publisher.get());
    if (found == sessions_.end() || living == living_.end() || living->second != wish.incarnation) {
      return;
    }
    Session& session = found->second;
    const bool too_early = session.owner.has_value() && now < session.owner->since + venue_.takeover_interval_ns;
    if (!too_early && wish.expected_epoch == session.last_epoch &&
        wish.expected_generation.get() == session.generation) {
      session.owner = Connection{event.position(), wish.incarnation, now};
      session.last_epoch = event.position();
      session.cancel_at.reset();
      if (session.fixed > 0) {
        session.fixed = static_cast<std::uint32_t>(session.out.size());
      }
    }
  } else if (event.is<SessionDown>()) {
    const SessionDown& down = event.as<SessionDown>();
    const auto found = sessions_.find(down.session.get());
    if (found != sessions_.end() && speaks(found->second, down.generation.get(), down.epoch)) {
      end(found->second, now, event.position());
    }
  } else if (event.is<SessionReset>()) {
    const SessionReset& reset = event.as<SessionReset>();
    const auto found = sessions_.find(reset.session.get());
    if (found == sessions_.end() || found->second.generation != reset.expected_generation.get()) {
      return;
    }
    Session& session = found->second;
    if (reset.epoch.is_zero() && session.owner.has_value()) {
      session.reset_waits = true;
    } else if (reset.epoch.is_zero() || speaks(session, session.generation, reset.epoch)) {
      begin_generation(session, event.header->seq);
    }
  } else if (event.is<SessionAdminSent>()) {
    const SessionAdminSent& sent = event.as<SessionAdminSent>();
    const auto found = sessions_.find(sent.session.get());
    if (found == sessions_.end() || !speaks(found->second, sent.generation.get(), sent.epoch)) {
      return;
    }
    Session& session = found->second;
    const std::uint32_t at = sent.number.get();
    const bool logon = session.fixed == 0;
    if (at > session.fixed && at <= session.out.size() + 1 && (!logon || at == 1)) {
      OutboundEntry entry;
      entry.cause = entry.position = event.header->seq;
      session.out.insert(session.out.begin() + (at - 1), entry);
      session.fixed = at;
    }
  } else if (event.is<Delivered>()) {
    const Delivered& delivered = event.as<Delivered>();
    const auto found = sessions_.find(delivered.session.get());
    if (found == sessions_.end() || !speaks(found->second, delivered.generation.get(), delivered.epoch)) {
      return;
    }
    Session& session = found->second;
    const std::uint32_t through = delivered.through.get();
    if (through >= session.delivered && through <= session.out.size() && (session.fixed > 0 || through == 0)) {
      session.delivered = through;
      session.fixed = std::max(session.fixed, through);
    }
  }
}

void NaiveSessions::apply(const Event& event) {
  const std::int64_t now = event.header->time.get();
  if (event.is<VenueDefined>()) {
    venue_ = event.as<VenueDefined>();
  } else if (event.is<SessionDefined>()) {
    sessions_[event.as<SessionDefined>().session.get()].settings = event.as<SessionDefined>();
  } else if (event.is<PublisherAttached>()) {
    living_[event.as<PublisherAttached>().publisher.get()] = event.position();
  } else if (event.is<PublisherLost>()) {
    living_.erase(event.as<PublisherLost>().publisher.get());
    for (auto& [id, session] : sessions_) {
      if (session.owner.has_value() && session.owner->incarnation == event.as<PublisherLost>().incarnation) {
        end(session, now, event.position());
      }
    }
  } else if (const ClientRef* client = client_ref_of(event); client != nullptr) {
    const auto found = sessions_.find(client->session.get());
    if (found != sessions_.end() && speaks(found->second, client->generation.get(), client->epoch)) {
      Session& session = found->second;
      const std::uint32_t last = session.accepted.empty() ? 0 : *session.accepted.rbegin();
      if (client->number.get() > last && client->number.get() <= 2147483647U) {
        session.accepted.insert(client->number.get());
        if (event.is<ClientRefused>()) {
          number(client->session, event.header->seq, ReportKind::business_reject, 0);
        }
      }
    }
  }
  apply_session_record(event);
  apply_outcome(event);
  due_.clear();
  for (auto& [id, session] : sessions_) {
    if (session.cancel_at.has_value() && *session.cancel_at <= now) {
      session.cancel_at.reset();
      due_.push_back(SessionId(id));
    }
  }
}

std::string NaiveSessions::text_of(const OutboundEntry& entry) {
  std::ostringstream out;
  out << entry.cause.get() << '/' << entry.position.get() << '/' << static_cast<int>(entry.kind) << '/'
      << static_cast<int>(entry.side) << '/' << static_cast<int>(entry.index) << (entry.application ? "a" : "")
      << (entry.reissued ? "r" : "") << ' ';
  return out.str();
}

std::string NaiveSessions::text(SessionId id) const {
  const Session& session = sessions_.at(id.get());
  const std::uint32_t last = session.accepted.empty() ? 0 : *session.accepted.rbegin();
  std::ostringstream out;
  out << "generation " << session.generation << " epoch " << session.last_epoch.raw() << " owner "
      << (session.owner.has_value() ? session.owner->incarnation.raw() : 0) << " in " << last + 1 << " cancels "
      << session.cancel_at.has_value() << " reset " << session.reset_waits << " delivered " << session.delivered
      << " out " << session.out.size() + 1 << ": ";
  for (const OutboundEntry& entry : session.out) {
    out << text_of(entry);
  }
  return out.str();
}

std::string NaiveSessions::text(const SessionReplica& replica, SessionId session) {
  const InboundState& in = replica.machine.inbound(session);
  const OutboundState& state = replica.machine.outbound(session);
  std::ostringstream out;
  out << "generation " << in.generation.get() << " epoch " << in.epoch.raw() << " owner " << in.owner.raw() << " in "
      << in.next_inbound.get() << " cancels " << in.cancel_pending << " reset " << in.reset_pending << " delivered "
      << state.delivered.get() << " out " << state.next_outbound.get() << ": ";
  for (std::uint32_t number = 1; number < state.next_outbound.get(); ++number) {
    const std::optional<OutboundEntry> entry = replica.index.at(session, MsgSeqNum(number));
    out << (entry.has_value() ? text_of(*entry) : "missing ");
  }
  return out.str();
}

}  // namespace cantus::test
