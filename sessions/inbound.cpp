#include "sessions/inbound.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/mutant.h"

namespace cantus {

namespace {

constexpr TimeNs never{std::numeric_limits<std::int64_t>::max()};

template <class M>
const ClientRef* client_ref_if(const Event& event) {
  return event.is<M>() ? &event.as<M>().client : nullptr;
}

template <class First, class... Rest>
const ClientRef* client_ref_of_any(const Event& event) {
  const ClientRef* ref = client_ref_if<First>(event);
  if constexpr (sizeof...(Rest) > 0) {
    return ref != nullptr ? ref : client_ref_of_any<Rest...>(event);
  }
  return ref;
}

}  // namespace

const ClientRef* client_ref_of(const Event& event) {
  if (event.header->topic != topic::orders && event.header->topic != topic::report_acks) {
    return nullptr;
  }
  return client_ref_of_any<NewOrder, CancelRequest, ReplaceRequest, StatusRequest, ClientRefused, ReportAnswered>(
      event);
}

std::optional<Reign> reign_of(const Event& event) {
  if (const ClientRef* client = client_ref_of(event); client != nullptr) {
    return Reign{client->session, client->generation, client->epoch};
  }
  std::optional<Reign> reign;
  if (event.header->topic != topic::sessions) {
    return reign;
  }
  dispatch(event, [&reign](const auto& message) {
    if constexpr (requires { message.session, message.generation, message.epoch; }) {
      reign = Reign{message.session, message.generation, message.epoch};
    } else if constexpr (requires { message.session, message.expected_generation, message.epoch; }) {
      if (!message.epoch.is_zero()) {
        reign = Reign{message.session, message.expected_generation, message.epoch};
      }
    }
  });
  return reign;
}

InboundSessions::InboundSessions(const ReferenceData& refdata)
    : refdata_(refdata), states_(ReferenceDataBounds::sessions_max), graces_since_(never) {
  speakers_.reserve(speakers_max);
  due_.reserve(ReferenceDataBounds::sessions_max);
  opened_.reserve(ReferenceDataBounds::sessions_max);
}

Effect InboundSessions::apply(const Event& event) {
  event.begun_by(MachineName::sessions);
  due_.clear();
  opened_.clear();
  Effect effect = Effect::none;
  if (const ClientRef* client = client_ref_of(event); client != nullptr) {
    effect = apply(*client, *event.header);
  } else if (event.header->topic == topic::sessions) {
    effect = apply_session_record(event);
  } else if (event.header->topic == topic::control) {
    effect = apply_control_record(event);
  } else {
    effect = apply_signed(event);
  }
  find_due(event.header->time);
  return effect;
}

// What operators signed (refdata/commands.h).
Effect InboundSessions::apply_signed(const Event& event) {
  Effect effect = Effect::none;
  for (const CommandPart& part : refdata_.changes()) {
    if (is_change<SessionReset>(part)) {
      effect = reset(change_of<SessionReset>(part), *event.header);
    } else if (is_change<SessionNumbersSet>(part)) {
      effect = set_numbers(change_of<SessionNumbersSet>(part), event.header->time);
    }
  }
  return effect;
}

Effect InboundSessions::apply_session_record(const Event& event) {
  if (event.is<SessionAdminSent>()) {
    apply(event.as<SessionAdminSent>(), *event.header);
  }
  if (event.is<Takeover>()) {
    return apply(event.as<Takeover>(), *event.header);
  }
  if (event.is<SessionHeld>()) {
    return apply(event.as<SessionHeld>(), *event.header);
  }
  if (event.is<SessionDown>()) {
    return apply(event.as<SessionDown>(), *event.header);
  }
  return event.is<SessionReset>() ? apply(event.as<SessionReset>(), *event.header) : Effect::none;
}

Effect InboundSessions::apply_control_record(const Event& event) {
  if (event.is<PublisherLost>()) {
    return apply(event.as<PublisherLost>(), *event.header);
  }
  if (event.is<PublisherAttached>()) {
    apply(event.as<PublisherAttached>(), event.position());
  } else if (event.is<PublisherDefined>()) {
    apply(event.as<PublisherDefined>());
  } else if (event.is<PublisherSuspended>()) {
    apply(event.as<PublisherSuspended>());
  } else if (event.is<Resolved>()) {
    apply(event.as<Resolved>(), event.header->time);
  }
  return Effect::none;
}

Effect InboundSessions::apply(const Takeover& takeover, const RecordHeader& header) {
  InboundState* state = find(takeover.session);
  if (state == nullptr || (!CANTUS_MUTANT(takeover_compares_no_epoch) && takeover.expected_epoch != state->epoch) ||
      takeover.expected_generation != state->generation) {
    return Effect::ignored;
  }
  const Speaker* gateway = known_speaker(header.publisher);
  if (takeover.incarnation.is_zero() || gateway == nullptr ||
      std::find(gateway->living.begin(), gateway->living.end(), takeover.incarnation) == gateway->living.end()) {
    return Effect::ignored;
  }
  const std::int64_t held_for_ns = header.time.get() - state->taken_at.get();
  if (!state->owner.is_zero() && held_for_ns < refdata_.venue().takeover_interval_ns) {
    return Effect::ignored;
  }
  state->epoch = Epoch(header.log, header.seq);
  state->owner = takeover.incarnation;
  state->publisher = header.publisher;
  state->connection = takeover.connection;
  state->taken_at = header.time;
  state->logon_sent = takeover.logon_sent;
  state->lost = false;
  state->cancel_pending = state->cancel_pending && refdata_.rules().set_of(Rule::cancel_grace_end) >= 2;
  return Effect::took;
}

// The owner answers the Logon: its client is back. (A Logon that it refuses it answers with something else.)
void InboundSessions::apply(const SessionAdminSent& sent, const RecordHeader& header) {
  if (is_owners(sent, header) && sent.msg_type.view() == "A") {
    InboundState& state = *find(sent.session);
    state.cancel_pending = CANTUS_MUTANT(grace_outlives_takeover) && state.cancel_pending;
    state.next_inbound = CANTUS_MUTANT(logon_record_advances_inbound) ? state.next_inbound.next() : state.next_inbound;
  }
}

Effect InboundSessions::apply(const SessionHeld& held, const RecordHeader& header) {
  if (is_owners(held, header)) {
    return Effect::took;
  }
  InboundState* state = find(held.session);
  const Speaker* gateway = known_speaker(header.publisher);
  if (state == nullptr || gateway == nullptr || !state->lost || state->generation != held.generation ||
      state->epoch != held.epoch || state->publisher != header.publisher || gateway->living[0].is_zero()) {
    return Effect::ignored;
  }
  state->owner = gateway->living[0];
  state->lost = false;
  state->cancel_pending = false;
  return Effect::took;
}

Effect InboundSessions::apply(const SessionDown& down, const RecordHeader& header) {
  if (!is_owners(down, header) && !(CANTUS_MUTANT(late_end_ends_new_epoch) && find(down.session) != nullptr)) {
    return Effect::ignored;
  }
  end_epoch(down.session, header.time, false);
  return Effect::took;
}

Effect InboundSessions::apply(const SessionReset& asked, const RecordHeader& header) {
  // Whoever is not the owner resets only as the settings say that operators signed: for the session day, or for the
  // log.
  const SessionDefined* const session = refdata_.session(asked.session);
  const bool by_schedule =
      session != nullptr && ((asked.reason == ResetReason::session_day && session->reset_time_s >= 0) ||
                             (asked.reason == ResetReason::log_rolled && session->restart_at_roll != 0));
  return asked.epoch.is_zero() && !by_schedule ? Effect::ignored : reset(asked, header);
}

Effect InboundSessions::reset(const SessionReset& reset, const RecordHeader& header) {
  InboundState* state = find(reset.session);
  if (state == nullptr || reset.expected_generation != state->generation) {
    return Effect::ignored;
  }
  const bool by_owner = !reset.epoch.is_zero();
  const Reign reign{reset.session, reset.expected_generation, reset.epoch};
  if (by_owner ? !is_owners(reign, header) : !state->owner.is_zero() && state->reset_pending) {
    return Effect::ignored;
  }
  if (!by_owner && !state->owner.is_zero()) {
    state->reset_pending = true;
    return Effect::pending;
  }
  open_generation(reset.session, header.time,
                  reset.reason == ResetReason::asked_by_peer ? FirstNumbers{} : state->pending);
  return Effect::took;
}

Effect InboundSessions::set_numbers(const SessionNumbersSet& set, TimeNs time) {
  InboundState* state = find(set.session);
  if (state == nullptr || set.expected_generation != state->generation) {
    return Effect::ignored;
  }
  const FirstNumbers first{set.next_inbound, set.next_outbound};
  if (!state->owner.is_zero()) {
    state->reset_pending = true;
    state->pending = first;
    return Effect::pending;
  }
  open_generation(set.session, time, first);
  return Effect::took;
}

Effect InboundSessions::apply(const ClientRef& client, const RecordHeader& header) {
  if (!is_owners(client, header)) {
    if (InboundState* const stale = find(client.session); CANTUS_MUTANT(ignored_message_advances) && stale != nullptr) {
      stale->next_inbound = std::max(stale->next_inbound, client.number.next());
    }
    return Effect::ignored;
  }
  InboundState& state = *find(client.session);
  if (client.number < state.next_inbound || client.number.get() > msg_seq_num_max) {
    return Effect::ignored;
  }
  state.next_inbound = client.number.next();
  return Effect::took;
}

Effect InboundSessions::apply(const PublisherLost& lost, const RecordHeader& header) {
  if (Speaker* gone = speaker_for(lost.publisher); gone != nullptr) {
    std::replace(gone->living.begin(), gone->living.end(), lost.incarnation, Incarnation{});
  }
  Effect effect = Effect::none;
  for (const SessionDefined& session : refdata_.sessions()) {
    if (!lost.incarnation.is_zero() && at(session.session).owner == lost.incarnation) {
      end_epoch(session.session, header.time, true);
      effect = Effect::took;
    }
  }
  return effect;
}

void InboundSessions::apply(const PublisherDefined& defined) {
  if (Speaker* known = speaker_for(defined.publisher); known != nullptr) {
    known->makes_outcomes = defined.service_class == ServiceClass::outcome;
  }
}

void InboundSessions::apply(const PublisherAttached& attached, Incarnation incarnation) {
  Speaker* known = speaker_for(attached.publisher);
  if (known != nullptr && attached.place.get() < known->living.size()) {
    known->living[attached.place.get()] = incarnation;
  }
}

void InboundSessions::apply(const PublisherSuspended& suspended) {
  if (Speaker* const known = speaker_for(suspended.publisher); known != nullptr) {
    known->suspended = true;
  }
  suspended_ = look_for_suspended();
}

// Who lost its connection while nothing was answered has the whole grace to come back.
void InboundSessions::apply(const Resolved& resolved, TimeNs time) {
  if (Speaker* const known = speaker_for(resolved.publisher); known != nullptr) {
    known->suspended = false;
  }
  if (std::exchange(suspended_, look_for_suspended()) && !suspended_) {
    resumed_at_ = time;
  }
}

bool InboundSessions::look_for_suspended() const {
  return std::any_of(speakers_.begin(), speakers_.end(),
                     [](const Speaker& known) { return known.suspended && known.makes_outcomes; });
}

void InboundSessions::end_epoch(SessionId session, TimeNs time, bool lost) {
  InboundState& state = *find(session);
  state.owner = Incarnation{};
  state.lost = lost;
  if (!state.cancel_pending) {  // else no Logon was answered since it began
    state.down_at = time;
    state.cancel_pending = refdata_.session(session)->cancel_on_disconnect != 0;
  }
  if (state.cancel_pending) {
    graces_since_ = std::min(graces_since_, state.down_at);
  }
  if (state.reset_pending) {
    open_generation(session, time, state.pending);
  }
}

void InboundSessions::open_generation(SessionId session, TimeNs time, FirstNumbers first) {
  InboundState& state = *find(session);
  state.generation = state.generation.next();
  state.generation_since = time;
  state.next_inbound = first.inbound;
  state.reset_pending = false;
  state.pending = FirstNumbers{};
  opened_.push_back({session, first.outbound});
}

// Only looks at the sessions when a grace can have ended. That is not put off when one is ended by a newer epoch: it
// then only looks once in vain. How long a grace is the settings say as they stand now, not as they stood when it
// began.
void InboundSessions::find_due(TimeNs time) {
  const TimeNs began_by(time.get() - refdata_.venue().cancel_grace_ns);
  if (suspended_ || began_by < graces_since_) {
    return;
  }
  graces_since_ = never;
  for (const SessionDefined& session : refdata_.sessions()) {
    InboundState& state = *find(session.session);
    if (!state.cancel_pending || (!state.owner.is_zero() && !CANTUS_MUTANT(grace_outlives_takeover))) {
      continue;  // end_epoch() looks again
    }
    const TimeNs since = std::max(state.down_at, resumed_at_);
    if (since <= began_by) {
      state.cancel_pending = false;
      due_.push_back(session.session);
    } else {
      graces_since_ = std::min(graces_since_, since);
    }
  }
}

bool InboundSessions::current(SessionId session, Generation generation, Epoch epoch) const {
  const InboundState& state = at(session);
  return !state.owner.is_zero() && (CANTUS_MUTANT(generation_forgotten) || state.generation == generation) &&
         (CANTUS_MUTANT(stale_epoch_counts) || state.epoch == epoch);
}

const InboundState& InboundSessions::at(SessionId session) const {
  return refdata_.session(session) == nullptr ? initial_ : states_[session.get() - 1];
}

InboundState* InboundSessions::find(SessionId session) {
  return refdata_.session(session) == nullptr ? nullptr : &states_[session.get() - 1];
}

const InboundSessions::Speaker* InboundSessions::known_speaker(PublisherId publisher) const {
  const auto found = std::find_if(speakers_.begin(), speakers_.end(),
                                  [&](const Speaker& known) { return known.publisher == publisher; });
  return found == speakers_.end() ? nullptr : &*found;
}

InboundSessions::Speaker* InboundSessions::speaker_for(PublisherId publisher) {
  const auto found = std::find_if(speakers_.begin(), speakers_.end(),
                                  [&](const Speaker& known) { return known.publisher == publisher; });
  if (found != speakers_.end()) {
    return &*found;
  }
  if (speakers_.size() == speakers_max) {
    return nullptr;
  }
  return &speakers_.emplace_back(Speaker{publisher, false, {}});
}

void InboundSessions::digest_into(DigestBuilder& digest) const {
  for (const SessionDefined& session : refdata_.sessions()) {
    const InboundState& state = at(session.session);
    digest.add(state.generation).add(state.epoch).add(state.owner).add(state.publisher).add(state.connection);
    digest.add(state.logon_sent)
        .add(state.next_inbound)
        .add(state.generation_since)
        .add(state.taken_at)
        .add(state.down_at);
    digest.add(state.lost).add(state.cancel_pending).add(state.reset_pending);
    digest.add(state.pending.inbound).add(state.pending.outbound);
  }
  for (const Speaker& known : speakers_) {
    digest.add(known.publisher).add(known.makes_outcomes).add(known.suspended);
    for (const Incarnation living : known.living) {
      digest.add(living);
    }
  }
  digest.add(resumed_at_);
}

}  // namespace cantus
