#include "refdata/reference_data.h"

#include <algorithm>

#include "messages/exceptions.h"
#include "refdata/change_rules.h"

namespace cantus {

namespace {

std::uint64_t hash_text(std::string_view text, std::uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  }
  return hash;
}
constexpr std::uint64_t hash_start = 0xcbf29ce484222325;

// The element with this id where ids are 1, 2, 3 …; null if there is none.
template <class Definition, class Id>
const Definition* by_id(const std::vector<Definition>& definitions, Id id) {
  return id.is_zero() || id.get() > definitions.size() ? nullptr : &definitions[id.get() - 1];
}

template <class Definition, class Id>
bool is_next(const std::vector<Definition>& definitions, Id id, std::size_t definitions_max) {
  return id.get() == definitions.size() + 1 && definitions.size() < definitions_max;
}

template <class Definition>
void digest_all(DigestBuilder& digest, const std::vector<Definition>& definitions) {
  digest.add(static_cast<std::uint64_t>(definitions.size()));
  for (const Definition& definition : definitions) {
    digest.add_bytes(payload_of(definition));
  }
}

}  // namespace

std::uint64_t ReferenceData::HashText::operator()(const FixedString<16>& symbol) const {
  return mix_bits(hash_text(symbol.view(), hash_start));
}

std::uint64_t ReferenceData::HashText::operator()(const CompIds& ids) const {
  return mix_bits(hash_text(ids.theirs.view(), hash_text(ids.ours.view(), hash_start) * 31));
}

ReferenceData::ReferenceData()
    : first_drop_copy_(ReferenceDataBounds::parties_max + 1),
      next_drop_copy_(ReferenceDataBounds::sessions_max + 1),
      symbols_(ReferenceDataBounds::instruments_max),
      comp_ids_(ReferenceDataBounds::sessions_max) {
  instruments_.reserve(ReferenceDataBounds::instruments_max);
  parties_.reserve(ReferenceDataBounds::parties_max);
  sessions_.reserve(ReferenceDataBounds::sessions_max);
  changes_.reserve(Commands::parts_max);
}

void ReferenceData::apply(const Event& event) {
  event.begun_by(MachineName::reference_data);
  changes_.clear();
  time_ = event.header->time;
  result_ = CommandResult{};
  log_ = event.header->log;
  const TopicId topic = event.header->topic;
  if (topic == topic::refdata) {
    apply_definition(event);
  } else if (topic == topic::control) {
    apply_control(event);
  } else if (topic == topic::heads) {
    head_keys_.apply(event);
  } else if (topic != topic::operators && topic != topic::secrets) {
    return;
  } else if (event.is<CommandPart>() || event.is<CommandSecret>()) {
    commands_.collect(event, formats());
  } else if (event.is<OperatorCommand>()) {
    apply_command(event);
  } else if (event.is<OperatorDecision>()) {
    apply_decision(event);
  }
}

void ReferenceData::apply_definition(const Event& event) {
  if (event.is<TradingDayStarted>()) {
    const std::uint32_t date = event.as<TradingDayStarted>().date;
    trading_date_ = date > trading_date_ ? date : trading_date_;
  } else if (complete_) {
    return;
  } else if (event.is<VenueDefined>()) {
    define(event.as<VenueDefined>());
  } else if (event.is<InstrumentDefined>()) {
    define(event.as<InstrumentDefined>());
  } else if (event.is<PartyDefined>()) {
    define(event.as<PartyDefined>());
  } else if (event.is<SessionDefined>()) {
    define(event.as<SessionDefined>());
  } else if (event.is<OperatorDefined>()) {
    define(event.as<OperatorDefined>());
  } else if (event.is<ReferenceDataComplete>()) {
    complete_ = true;
    configuration_ = event.as<ReferenceDataComplete>().configuration;
    settings_ = event.position();
  }
}

void ReferenceData::apply_control(const Event& event) {
  if (event.is<PublisherDefined>()) {
    publishing_.apply(event.as<PublisherDefined>());
  } else if (event.is<PublishGranted>()) {
    publishing_.apply(event.as<PublishGranted>());
  } else if (event.is<PublishRevoked>()) {
    publishing_.apply(event.as<PublishRevoked>());
  } else if (event.is<PublisherSuspended>()) {
    publishing_.apply(event.as<PublisherSuspended>(), event.header->seq);
  } else if (event.is<Resolved>()) {
    publishing_.apply(event.as<Resolved>());
  } else if (event.is<SegmentSealed>()) {
    head_keys_.apply(event);
  } else {
    announcements_.apply(event);
  }
  if (is_exception(event)) {
    last_exception_ = event.header->seq;
    remove_overtaken();
  }
}

// ---- commands -----------------------------------------------------------------------------------------------------

CommandRefusal ReferenceData::judge_command(const Event& event, bool& needs_second) {
  const auto& command = event.as<OperatorCommand>();
  if (const CommandRefusal refusal = commands_.admit_command(event); refusal != CommandRefusal::none) {
    return refusal;
  }
  if (!may_sign(commands_.parts(), command.role)) {
    return CommandRefusal::role_may_not;
  }
  if (moves_settings(commands_.parts()) && command.expected != settings_) {
    return CommandRefusal::settings_changed;
  }
  const ChangeVerdict verdict = judge_changes(*this, commands_.parts(), event.header->seq);
  needs_second = verdict.needs_second;
  if (verdict.refusal == CommandRefusal::none && needs_second && commands_.waiting_full()) {
    return CommandRefusal::too_many_waiting;
  }
  return verdict.refusal;
}

void ReferenceData::apply_command(const Event& event) {
  bool needs_second = false;
  result_.command = event.position();
  result_.refusal = judge_command(event, needs_second);
  if (result_.refusal != CommandRefusal::none) {
    result_.outcome = CommandResult::Outcome::refused;
  } else if (needs_second) {
    result_.outcome = CommandResult::Outcome::waits;
    commands_.let_wait(event);
  } else {
    result_.outcome = CommandResult::Outcome::took;
    take_effect(commands_.parts(), event.position());
  }
}

CommandRefusal ReferenceData::judge_decision(const Event& event) {
  const auto& decision = event.as<OperatorDecision>();
  if (const CommandRefusal refusal = commands_.admit_decision(event); refusal != CommandRefusal::none) {
    return refusal;
  }
  const WaitingCommand& waiting = *commands_.waiting_at(decision.command);
  if (!may_approve(waiting.parts, decision.role)) {
    return CommandRefusal::role_may_not;
  }
  return decision.decision == Decision::approved ? judge_changes(*this, waiting.parts, event.header->seq).refusal
                                                 : CommandRefusal::none;
}

void ReferenceData::apply_decision(const Event& event) {
  const auto& decision = event.as<OperatorDecision>();
  result_.command = decision.command;
  result_.refusal = judge_decision(event);
  if (result_.refusal != CommandRefusal::none) {
    result_.outcome = CommandResult::Outcome::refused;
    return;
  }
  const bool approved = decision.decision == Decision::approved;
  result_.outcome = approved ? CommandResult::Outcome::took : CommandResult::Outcome::rejected;
  if (approved) {
    take_effect(commands_.waiting_at(decision.command)->parts, event.position());
  }
  commands_.remove_waiting(decision.command);
}

void ReferenceData::take_effect(std::span<const CommandPart> parts, ChangeId position) {
  changes_.assign(parts.begin(), parts.end());
  for (const CommandPart& part : changes_) {
    take_effect(part, position);
  }
  if (moves_settings(changes_)) {
    settings_ = position;
  }
  if (std::any_of(changes_.begin(), changes_.end(), changes_reading)) {
    last_exception_ = position.seq();
  }
  remove_overtaken();
}

void ReferenceData::remove_overtaken() {
  commands_.remove_overtaken([this](const WaitingCommand& waiting) { return is_overtaken(*this, waiting); });
}

// What is none of these is another machine's: passwords the gateways', resets the sessions'; formats and rules wait for
// the sequencer's record.
void ReferenceData::take_effect(const CommandPart& part, ChangeId position) {
  const auto restrict_by = [&]<class... Changes>() {
    (void)((is_change<Changes>(part) && (restrictions_.apply(change_of<Changes>(part), position), true)) || ...);
  };
  restrict_by.template operator()<SessionDisabled, SessionEnabled, TradingBlocked, TradingUnblocked, InstrumentHalted,
                                  InstrumentResumed, PartyLimitsUntil>();
  if (is_change<VenueDefined>(part)) {
    change(change_of<VenueDefined>(part));
  } else if (is_change<InstrumentDefined>(part)) {
    change(change_of<InstrumentDefined>(part));
  } else if (is_change<PartyDefined>(part)) {
    change(change_of<PartyDefined>(part));
  } else if (is_change<SessionDefined>(part)) {
    change(change_of<SessionDefined>(part));
  } else if (is_change<OperatorDefined>(part)) {
    commands_.define(change_of<OperatorDefined>(part));
  } else if (is_change<PublisherDefined>(part)) {
    publishing_.apply(change_of<PublisherDefined>(part));
  } else if (is_change<PublishGranted>(part)) {
    publishing_.apply(change_of<PublishGranted>(part));
  } else if (is_change<PublishRevoked>(part)) {
    publishing_.apply(change_of<PublishRevoked>(part));
  } else if (is_change<Resolved>(part)) {
    publishing_.apply(change_of<Resolved>(part));
  } else if (is_change<HeadKeyDefined>(part)) {
    head_keys_.define(change_of<HeadKeyDefined>(part), position);
  }
}

void ReferenceData::change(const InstrumentDefined& instrument) {
  if (instrument.instrument.get() <= instruments_.size()) {
    instruments_[instrument.instrument.get() - 1] = instrument;
  } else {
    define(instrument);
  }
}

void ReferenceData::change(const PartyDefined& party) {
  if (party.party.get() <= parties_.size()) {
    parties_[party.party.get() - 1] = party;
    restrictions_.end_temporary(party.party);
  } else {
    define(party);
  }
}

void ReferenceData::change(const SessionDefined& session) {
  if (session.session.get() <= sessions_.size()) {
    sessions_[session.session.get() - 1] = session;
  } else {
    define(session);
  }
}

// ---- definitions --------------------------------------------------------------------------------------------------

void ReferenceData::define(const OperatorDefined& person) {
  const auto all = operators().all();
  const bool key_taken =
      std::any_of(all.begin(), all.end(), [&](const Operator& other) { return other.defined.key == person.key; });
  if (operators().find(person.name.view()) == nullptr && !key_taken && is_signing_key(person.key)) {
    commands_.define(person);
  }
}

void ReferenceData::define(const VenueDefined& venue) {
  if (!venue_defined_) {
    venue_defined_ = true;
    venue_ = venue;
  }
}

void ReferenceData::define(const InstrumentDefined& instrument) {
  if (is_next(instruments_, instrument.instrument, ReferenceDataBounds::instruments_max) &&
      !symbols_.contains(instrument.symbol)) {
    instruments_.push_back(instrument);
    symbols_.insert(instrument.symbol, instrument.instrument);
  }
}

void ReferenceData::define(const PartyDefined& party) {
  if (is_next(parties_, party.party, ReferenceDataBounds::parties_max)) {
    parties_.push_back(party);
  }
}

void ReferenceData::define(const SessionDefined& session) {
  const CompIds ids{session.our_comp_id, session.their_comp_id};
  if (!is_next(sessions_, session.session, ReferenceDataBounds::sessions_max) || comp_ids_.contains(ids)) {
    return;
  }
  sessions_.push_back(session);
  comp_ids_.insert(ids, session.session);
  if (regulator_.is_zero() && session.role == SessionRole::regulator) {
    regulator_ = session.session;
  }
  if (session.role == SessionRole::drop_copy && session.party.get() < first_drop_copy_.size()) {
    link_drop_copy(session);
  }
}

void ReferenceData::link_drop_copy(const SessionDefined& session) {
  SessionId* link = &first_drop_copy_[session.party.get()];
  while (!link->is_zero()) {
    link = &next_drop_copy_[link->get()];
  }
  *link = session.session;
}

const InstrumentDefined* ReferenceData::instrument(InstrumentId id) const { return by_id(instruments_, id); }

const PartyDefined* ReferenceData::party(PartyId id) const { return by_id(parties_, id); }

const SessionDefined* ReferenceData::session(SessionId id) const { return by_id(sessions_, id); }

bool ReferenceData::may_enter_orders(const SessionDefined& session) const {
  return restrictions_.blocked_parties().find(session.party).is_zero() &&
         restrictions_.blocked_sessions().find(session.session).is_zero() && !is_disabled(session.session);
}

PartyLimits ReferenceData::limits(PartyId party) const {
  const Restrictions::Temporary* const for_a_while = restrictions_.temporary(party, time_);
  const PartyDefined* const lasting = this->party(party);
  return for_a_while != nullptr ? limits_of(for_a_while->limits)
         : lasting != nullptr   ? limits_of(*lasting)
                                : PartyLimits{};
}

const InstrumentDefined* ReferenceData::instrument_by_symbol(std::string_view symbol) const {
  if (!FixedString<16>::fits(symbol)) {
    return nullptr;
  }
  const InstrumentId* id = symbols_.find(FixedString<16>(symbol));
  return id == nullptr ? nullptr : instrument(*id);
}

const SessionDefined* ReferenceData::session_by_comp_ids(std::string_view our_comp_id,
                                                         std::string_view their_comp_id) const {
  if (!FixedString<32>::fits(our_comp_id) || !FixedString<32>::fits(their_comp_id)) {
    return nullptr;
  }
  const SessionId* id = comp_ids_.find(CompIds{FixedString<32>(our_comp_id), FixedString<32>(their_comp_id)});
  return id == nullptr ? nullptr : session(*id);
}

SessionId ReferenceData::first_drop_copy(PartyId party) const {
  return party.get() < first_drop_copy_.size() ? first_drop_copy_[party.get()] : SessionId{};
}

SessionId ReferenceData::next_drop_copy(SessionId session) const {
  return session.get() < next_drop_copy_.size() ? next_drop_copy_[session.get()] : SessionId{};
}

Digest ReferenceData::digest() const {
  DigestBuilder digest;
  digest.add(complete_).add(trading_date_).add_bytes(configuration_.bytes);
  digest.add(venue_defined_).add_bytes(payload_of(venue_));
  digest_all(digest, instruments_);
  digest_all(digest, parties_);
  digest_all(digest, sessions_);
  digest.add(settings_).add(last_exception_);
  publishing_.digest_into(digest);
  announcements_.digest_into(digest);
  head_keys_.digest_into(digest);
  commands_.digest_into(digest);
  restrictions_.digest_into(digest);
  return digest.digest();
}

}  // namespace cantus
