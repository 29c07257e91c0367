#include "refdata/change_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "messages/validate.h"
#include "refdata/reference_data.h"

namespace cantus {
namespace {

template <class... Roles>
constexpr RoleSet roles_of(Roles... roles) {
  return RoleSet::of(roles...);
}

constexpr auto rules = [] {
  using enum OperatorRole;
#define RULE(Change, roles, seconds, second_needed, moves, doc) \
  CommandRule{Change::type,     Change::version,                \
              #Change,          roles_of roles,                 \
              roles_of seconds, SecondNeeded::second_needed,    \
              (moves) != 0,     doc},
  return std::array{
#include "refdata/command_rules.def"
  };
#undef RULE
}();

std::span<const std::byte> content_of(const CommandPart& part) {
  return std::span(part.content.bytes).first(std::min<std::size_t>(part.size, part.content.bytes.size()));
}

bool fits(const CommandPart& part) {
  return part.size <= part.content.bytes.size() && is_well_formed(part.change, part.change_version, content_of(part)) &&
         std::all_of(part.content.bytes.begin() + part.size, part.content.bytes.end(),
                     [](std::byte byte) { return byte == std::byte{0}; });
}

// A limit was raised: 0 is none at all.
template <class Number>
bool raised(Number before, Number now) {
  return before != now && before != Number{} && (now == Number{} || now > before);
}

bool raised(const PartyLimits& before, const PartyLimits& now) {
  return raised(before.order_qty_max, now.order_qty_max) || raised(before.order_notional_max, now.order_notional_max) ||
         raised(before.gross_notional_max, now.gross_notional_max);
}

template <class M>
M same_but(M changed, const M& before, auto... fields) {
  ((changed.*fields = before.*fields), ...);
  return changed;
}

// One command's parts against what stands: part by part, with an eye on those before it.
class Judge {
 public:
  Judge(const ReferenceData& refdata, std::span<const CommandPart> parts, Seq before)
      : refdata_(refdata), parts_(parts), before_(before) {}

  ChangeVerdict run() {
    ChangeVerdict verdict;
    for (std::size_t i = 0; i < parts_.size() && verdict.refusal == CommandRefusal::none; ++i) {
      earlier_ = parts_.first(i);
      widens_ = false;
      verdict.refusal = judge(parts_[i]);
      const SecondNeeded second = rule_of(parts_[i].change, parts_[i].change_version)->second_needed;
      verdict.needs_second |= second == SecondNeeded::always || (second == SecondNeeded::widens && widens_);
    }
    if (verdict.refusal == CommandRefusal::none && !operators_can_change()) {
      verdict.refusal = CommandRefusal::last_administrator;
    }
    return verdict;
  }

 private:
  CommandRefusal judge(const CommandPart& part) {
    if (!fits(part)) {
      return CommandRefusal::malformed;
    }
    CommandRefusal refusal = CommandRefusal::malformed;
    const auto judge_if = [&]<class M>() {
      if (is_change<M>(part)) {
        refusal = judge(change_of<M>(part));
      }
    };
#define RULE(Change, roles, seconds, second_needed, moves, doc) judge_if.template operator()<Change>();
#include "refdata/command_rules.def"
#undef RULE
    return refusal;
  }

  CommandRefusal judge(const VenueDefined& venue) {
    const VenueDefined& before = refdata_.venue();
    if (some_earlier<VenueDefined>([](const VenueDefined&) { return true; })) {
      return CommandRefusal::malformed;
    }
    if (same_but(venue, before, &VenueDefined::takeover_interval_ns, &VenueDefined::cancel_grace_ns,
                 &VenueDefined::output_hold_max_ns) != before) {
      return CommandRefusal::identity_changed;
    }
    return venue == before ? CommandRefusal::nothing_changed : CommandRefusal::none;
  }

  CommandRefusal judge(const InstrumentDefined& instrument) {
    if (some_earlier<InstrumentDefined>([&](const auto& other) { return other.instrument == instrument.instrument; }) ||
        instrument.reference_price.get() % instrument.tick.get() != 0) {
      return CommandRefusal::malformed;
    }
    const InstrumentDefined* const before = refdata_.instrument(instrument.instrument);
    if (before == nullptr) {
      return judge_new<InstrumentDefined>(
          instrument.instrument.get(), refdata_.instruments(), ReferenceDataBounds::instruments_max,
          [&](const InstrumentDefined& other) { return other.symbol == instrument.symbol; });
    }
    if (same_but(instrument, *before, &InstrumentDefined::collar_bps, &InstrumentDefined::reference_price) != *before) {
      return CommandRefusal::identity_changed;
    }
    widens_ =
        instrument.reference_price != before->reference_price || raised(before->collar_bps, instrument.collar_bps);
    return instrument == *before ? CommandRefusal::nothing_changed : CommandRefusal::none;
  }

  // Judged by the log alone: every build that reads on says the same of it.
  CommandRefusal judge(const FormatAnnounced& announced) {
    const Formats& formats = refdata_.formats();
    const std::uint8_t newest = formats.newest(announced.announced);
    const auto before =
        some_earlier<FormatAnnounced>([&](const auto& other) { return other.announced == announced.announced; });
    if (before) {
      return CommandRefusal::malformed;
    }
    if (announced.announced_version <= newest) {
      return CommandRefusal::nothing_changed;
    }
    if (announced.announced_version != newest + 1) {
      return CommandRefusal::unknown_thing;
    }
    if (newest != 0 && formats.find(announced.announced, newest)->format.on_topic != announced.on_topic) {
      return CommandRefusal::identity_changed;
    }
    return formats.full() ? CommandRefusal::no_room : CommandRefusal::none;
  }

  CommandRefusal judge(const RuleActivated& activated) {
    if (some_earlier<RuleActivated>([&](const auto& other) { return other.rule == activated.rule; })) {
      return CommandRefusal::malformed;
    }
    const Rules::Active& active = refdata_.rules().all()[activated.rule];
    if (active.set != 0 && (active.owner != activated.owner || active.name != activated.name)) {
      return CommandRefusal::identity_changed;
    }
    return refdata_.rules().set_of(activated.rule) == activated.set ? CommandRefusal::nothing_changed
                                                                    : CommandRefusal::none;
  }

  // Whether UTC is there, only the sequencer's clock can say.
  CommandRefusal judge(const StepAllowed& allowed) {
    const bool again = some_earlier<StepAllowed>([](const StepAllowed&) { return true; });
    return again || allowed.step_ns == 0 ? CommandRefusal::malformed : CommandRefusal::none;
  }

  CommandRefusal judge(const PartyDefined& party) {
    if (speaks_of_party<PartyDefined>(party.party) || speaks_of_party<PartyLimitsUntil>(party.party) ||
        party.order_notional_max < Notional{} || party.gross_notional_max < Notional{}) {
      return CommandRefusal::malformed;
    }
    const PartyDefined* const before = refdata_.party(party.party);
    if (before == nullptr) {
      return judge_new<PartyDefined>(party.party.get(), refdata_.parties(), ReferenceDataBounds::parties_max,
                                     [&](const PartyDefined& other) { return other.name == party.name; });
    }
    if (party.name != before->name || party.kind != before->kind) {
      return CommandRefusal::identity_changed;
    }
    // What is signed for good ends what holds for a while.
    const bool ends = refdata_.restrictions().temporary(party.party, refdata_.time()) != nullptr;
    widens_ = raised(limits_of(*before), limits_of(party)) || raised(refdata_.limits(party.party), limits_of(party));
    return party == *before && !ends ? CommandRefusal::nothing_changed : CommandRefusal::none;
  }

  CommandRefusal judge(const PartyLimitsUntil& limits) {
    if (speaks_of_party<PartyDefined>(limits.party) || speaks_of_party<PartyLimitsUntil>(limits.party) ||
        limits.order_notional_max < Notional{} || limits.gross_notional_max < Notional{}) {
      return CommandRefusal::malformed;
    }
    const PartyDefined* const party = refdata_.party(limits.party);
    if (party == nullptr) {
      return CommandRefusal::unknown_thing;
    }
    if (limits.until <= refdata_.time()) {
      return CommandRefusal::too_late;
    }
    // At every moment from now on: what it allows itself, and that what it takes the place of may have been narrower.
    const Restrictions::Temporary* const before = refdata_.restrictions().temporary(limits.party, refdata_.time());
    widens_ = raised(refdata_.limits(limits.party), limits_of(limits)) ||
              raised(limits_of(*party), limits_of(limits)) ||
              (before != nullptr && limits.until < before->limits.until &&
               raised(limits_of(before->limits), limits_of(*party)));
    const bool same = before != nullptr ? before->limits == limits : limits_of(limits) == limits_of(*party);
    return same ? CommandRefusal::nothing_changed : CommandRefusal::none;
  }

  CommandRefusal judge(const SessionDefined& session) {
    if (some_earlier<SessionDefined>([&](const auto& other) { return other.session == session.session; }) ||
        session.heartbeat_min_s > session.heartbeat_max_s) {
      return CommandRefusal::malformed;
    }
    const SessionDefined* const before = refdata_.session(session.session);
    if (before == nullptr) {
      return judge_new_session(session);
    }
    if (session.party != before->party || session.role != before->role ||
        session.begin_string != before->begin_string || session.our_comp_id != before->our_comp_id ||
        session.their_comp_id != before->their_comp_id) {
      return CommandRefusal::identity_changed;
    }
    widens_ = (before->password_required != 0 && session.password_required == 0) ||
              (before->reset_policy == ResetPolicy::refused && session.reset_policy == ResetPolicy::allowed);
    return session == *before ? CommandRefusal::nothing_changed : CommandRefusal::none;
  }

  CommandRefusal judge_new_session(const SessionDefined& session) {
    // The regulator's is made with the venue: its reporter is.
    if (session.role == SessionRole::regulator) {
      return CommandRefusal::identity_changed;
    }
    if (!exists<PartyDefined>(refdata_.party(session.party) != nullptr,
                              [&](const PartyDefined& other) { return other.party == session.party; })) {
      return CommandRefusal::unknown_thing;
    }
    return judge_new<SessionDefined>(session.session.get(), refdata_.sessions(), ReferenceDataBounds::sessions_max,
                                     [&](const SessionDefined& other) {
                                       return other.our_comp_id == session.our_comp_id &&
                                              other.their_comp_id == session.their_comp_id;
                                     });
  }

  // The verifier in force is a secret that this machine does not keep, so any one is a change.
  CommandRefusal judge(const PasswordVerifier& verifier) {
    if (some_earlier<PasswordVerifier>([&](const auto& other) { return other.session == verifier.session; })) {
      return CommandRefusal::malformed;
    }
    return exists<SessionDefined>(refdata_.session(verifier.session) != nullptr,
                                  [&](const SessionDefined& other) { return other.session == verifier.session; })
               ? CommandRefusal::none
               : CommandRefusal::unknown_thing;
  }

  CommandRefusal judge(const OperatorDefined& person) {
    if (some_earlier<OperatorDefined>([&](const auto& other) { return other.name == person.name; }) ||
        RoleSet(person.roles).contains(OperatorRole{}) || !is_signing_key(person.key)) {
      return CommandRefusal::malformed;
    }
    const auto has_key = [&](const OperatorDefined& other) {
      return other.key == person.key && other.name != person.name;
    };
    const auto all = refdata_.operators().all();
    if (some_earlier<OperatorDefined>(has_key) ||
        std::any_of(all.begin(), all.end(), [&](const Operator& other) { return has_key(other.defined); })) {
      return CommandRefusal::name_taken;
    }
    if (const Operator* const before = refdata_.operators().find(person.name.view()); before != nullptr) {
      return before->defined == person ? CommandRefusal::nothing_changed : CommandRefusal::none;
    }
    const std::size_t new_before = count_earlier<OperatorDefined>(
        [&](const OperatorDefined& other) { return refdata_.operators().find(other.name.view()) == nullptr; });
    return all.size() + new_before >= Operators::operators_max ? CommandRefusal::no_room : CommandRefusal::none;
  }

  CommandRefusal judge(const PublisherDefined& publisher) {
    if (some_earlier<PublisherDefined>([&](const auto& other) { return other.publisher == publisher.publisher; })) {
      return CommandRefusal::malformed;
    }
    const Publishing& publishing = refdata_.publishing();
    const PublisherPermission* const before = publishing.find(publisher.publisher);
    if (before != nullptr) {
      if (publisher.name != before->defined.name || publisher.service_class != before->defined.service_class ||
          publisher.places < before->defined.places) {
        return CommandRefusal::identity_changed;
      }
      return publisher == before->defined ? CommandRefusal::nothing_changed : CommandRefusal::none;
    }
    if (publishing.find(publisher.name.view()) != nullptr ||
        some_earlier<PublisherDefined>([&](const auto& other) { return other.name == publisher.name; })) {
      return CommandRefusal::name_taken;
    }
    const auto outcome = [](const PublisherDefined& one) { return one.service_class == ServiceClass::outcome; };
    const auto all = publishing.all();
    const auto is_new = [&](const PublisherDefined& other) { return publishing.find(other.publisher) == nullptr; };
    const std::size_t outcomes =
        static_cast<std::size_t>(std::count_if(all.begin(), all.end(),
                                               [&](const PublisherPermission& one) { return outcome(one.defined); })) +
        count_earlier<PublisherDefined>([&](const auto& other) { return outcome(other) && is_new(other); });
    const bool full = all.size() + count_earlier<PublisherDefined>(is_new) >= Publishing::publishers_max ||
                      (outcome(publisher) && outcomes >= Publishing::outcome_publishers_max);
    return full ? CommandRefusal::no_room : CommandRefusal::none;
  }

  CommandRefusal judge(const PublishGranted& granted) { return judge_grant(granted.publisher, granted.granted, true); }
  CommandRefusal judge(const PublishRevoked& revoked) { return judge_grant(revoked.publisher, revoked.revoked, false); }

  CommandRefusal judge_grant(PublisherId publisher, TopicId granted, bool give) {
    const PublisherPermission* const known = refdata_.publishing().find(publisher);
    const bool twice = some_earlier<PublishGranted>([&](const auto& other) {
                         return other.publisher == publisher && other.granted == granted;
                       }) ||
                       some_earlier<PublishRevoked>(
                           [&](const auto& other) { return other.publisher == publisher && other.revoked == granted; });
    if (twice) {
      return CommandRefusal::malformed;
    }
    if (topic::path_of(granted).empty() ||
        !exists<PublisherDefined>(known != nullptr, [&](const auto& other) { return other.publisher == publisher; })) {
      return CommandRefusal::unknown_thing;
    }
    // The sequencer speaks on its own topic, on no other, and alone.
    const bool of_sequencer = known != nullptr && known->grants.contains(topic::control);
    if (granted == topic::control || of_sequencer) {
      return CommandRefusal::identity_changed;
    }
    const bool has = known != nullptr && known->grants.contains(granted);
    return has == give ? CommandRefusal::nothing_changed : CommandRefusal::none;
  }

  CommandRefusal judge(const HeadKeyDefined& defined) {
    if (some_earlier<HeadKeyDefined>([](const HeadKeyDefined&) { return true; })) {
      return CommandRefusal::malformed;
    }
    switch (refdata_.head_keys().judge(defined)) {
      case HeadKeys::Verdict::good:
        return CommandRefusal::none;
      case HeadKeys::Verdict::not_next:
        return CommandRefusal::settings_changed;
      case HeadKeys::Verdict::known:
        return CommandRefusal::name_taken;
      case HeadKeys::Verdict::full:
        return CommandRefusal::no_room;
      case HeadKeys::Verdict::malformed:
        break;
    }
    return CommandRefusal::malformed;
  }

  // It speaks of the suspension that stands, and says of it what the log says. What is trusted operators decide, but
  // the log's own word is trusted as it stands.
  CommandRefusal judge(const Resolved& resolved) {
    if (some_earlier<Resolved>([&](const auto& other) { return other.publisher == resolved.publisher; })) {
      return CommandRefusal::malformed;
    }
    const PublisherPermission* const known = refdata_.publishing().find(resolved.publisher);
    if (known == nullptr || known->suspended.position.is_zero() || known->suspended.position != resolved.suspension) {
      return CommandRefusal::unknown_thing;
    }
    if (resolved.known != refdata_.last_exception()) {
      return CommandRefusal::settings_changed;
    }
    const StandingSuspension& suspended = known->suspended;
    const bool voids = resolved.voided != 0;
    const bool fits = resolved.from == suspended.from && resolved.first == suspended.admitted &&
                      resolved.left_through == (voids ? suspended.left_through : Seq()) &&
                      resolved.place.get() < known->defined.places;
    const bool possible = voids ? !resolved.first.is_zero() : resolved.trusted_crc == suspended.admitted_crc;
    return fits && possible ? CommandRefusal::none : CommandRefusal::malformed;
  }

  // Whether the generation is the one expected, the session machine says: then it takes effect, else it does not.
  CommandRefusal judge(const SessionReset& reset) {
    if (speaks_of_session<SessionReset>(reset.session) || speaks_of_session<SessionNumbersSet>(reset.session) ||
        !reset.epoch.is_zero() || reset.reason != ResetReason::by_operator) {
      return CommandRefusal::malformed;
    }
    return refdata_.session(reset.session) == nullptr ? CommandRefusal::unknown_thing : CommandRefusal::none;
  }

  // Likewise. To a regulator we log on, with 141=Y in a generation that begins with 1: then it begins anew, too.
  CommandRefusal judge(const SessionNumbersSet& set) {
    if (speaks_of_session<SessionReset>(set.session) || speaks_of_session<SessionNumbersSet>(set.session)) {
      return CommandRefusal::malformed;
    }
    const SessionDefined* const session = refdata_.session(set.session);
    if (session == nullptr) {
      return CommandRefusal::unknown_thing;
    }
    const bool one_sided = set.next_outbound == MsgSeqNum(1) && set.next_inbound != MsgSeqNum(1);
    return session->role == SessionRole::regulator && one_sided ? CommandRefusal::malformed : CommandRefusal::none;
  }

  // ---- what is forbidden holds whatever stands: decided anew, it is not to be ended by who looked before. Who ends it
  // names what he saw.

  CommandRefusal judge(const SessionDisabled& disabled) {
    if (speaks_of_session<SessionDisabled>(disabled.session)) {
      return CommandRefusal::malformed;
    }
    return refdata_.session(disabled.session) == nullptr ? CommandRefusal::unknown_thing : CommandRefusal::none;
  }

  CommandRefusal judge(const SessionEnabled& enabled) {
    if (speaks_of_session<SessionEnabled>(enabled.session) || speaks_of_session<SessionDisabled>(enabled.session)) {
      return CommandRefusal::malformed;
    }
    return judge_end(refdata_.restrictions().disabled().find(enabled.session), enabled.disabled);
  }

  CommandRefusal judge(const TradingBlocked& blocked) {
    if (some_earlier<TradingBlocked>([&](const TradingBlocked& other) { return other == blocked; })) {
      return CommandRefusal::malformed;
    }
    return judge_trader(blocked.party, blocked.session);
  }

  CommandRefusal judge(const TradingUnblocked& unblocked) {
    const auto same = [&](const auto& other) {
      return other.party == unblocked.party && other.session == unblocked.session;
    };
    if (some_earlier<TradingBlocked>(same) || some_earlier<TradingUnblocked>(same)) {
      return CommandRefusal::malformed;
    }
    if (const CommandRefusal refusal = judge_trader(unblocked.party, unblocked.session);
        refusal != CommandRefusal::none) {
      return refusal;
    }
    return judge_end(in_force(unblocked), unblocked.blocked);
  }

  CommandRefusal judge_trader(PartyId party, SessionId session) {
    if (party.is_zero() == session.is_zero()) {
      return CommandRefusal::malformed;
    }
    const SessionDefined* const known = refdata_.session(session);
    const bool trades = known != nullptr && (known->role == SessionRole::client || known->role == SessionRole::desk);
    return trades || refdata_.party(party) != nullptr ? CommandRefusal::none : CommandRefusal::unknown_thing;
  }

  CommandRefusal judge(const InstrumentHalted& halted) {
    if (some_earlier<InstrumentHalted>([&](const auto& other) { return other.instrument == halted.instrument; })) {
      return CommandRefusal::malformed;
    }
    return refdata_.instrument(halted.instrument) == nullptr ? CommandRefusal::unknown_thing : CommandRefusal::none;
  }

  CommandRefusal judge(const InstrumentResumed& resumed) {
    const auto same = [&](const auto& other) { return other.instrument == resumed.instrument; };
    if (some_earlier<InstrumentHalted>(same) || some_earlier<InstrumentResumed>(same)) {
      return CommandRefusal::malformed;
    }
    return judge_end(refdata_.restrictions().halted().find(resumed.instrument), resumed.halted);
  }

  static CommandRefusal judge_end(ChangeId in_force, ChangeId seen) {
    if (in_force.is_zero()) {
      return CommandRefusal::nothing_changed;
    }
    return in_force == seen ? CommandRefusal::none : CommandRefusal::settings_changed;
  }
  [[nodiscard]] ChangeId in_force(const TradingUnblocked& unblocked) const {
    const Restrictions& restrictions = refdata_.restrictions();
    return unblocked.party.is_zero() ? restrictions.blocked_sessions().find(unblocked.session)
                                     : restrictions.blocked_parties().find(unblocked.party);
  }

  // Whether it fits the log nobody can tell here: who signs was shown it, and machines that find it otherwise say so.
  // But he says which exceptions he knew.
  CommandRefusal judge(const Quarantine& quarantine) {
    const auto same = [&](const Quarantine& other) {
      return (other.position == quarantine.position && other.machine == quarantine.machine) ||
             (!quarantine.publisher.is_zero() && other.publisher == quarantine.publisher);
    };
    const bool voids = !quarantine.first.is_zero();
    if (!can_be_quarantined(quarantine.machine) || some_earlier<Quarantine>(same) || !is_of_a_series(quarantine) ||
        voids != !quarantine.publisher.is_zero() ||
        (quarantine.from.is_zero() &&
         (quarantine.trusted_crc != 0 || (!voids && !quarantine.left_through.is_zero())))) {
      return CommandRefusal::malformed;
    }
    if (quarantine.position >= before_ || quarantine.first > before_) {
      return CommandRefusal::unknown_thing;
    }
    const PublisherPermission* const known = refdata_.publishing().find(quarantine.publisher);
    if (voids && (known == nullptr || known->defined.service_class != ServiceClass::outcome)) {
      return CommandRefusal::unknown_thing;
    }
    return quarantine.known == refdata_.last_exception() ? CommandRefusal::none : CommandRefusal::settings_changed;
  }

  // A command of quarantines consists of nothing else. With the last of them all take effect, and what replicas have
  // proposed without knowing of them is dropped: so that one names a publisher, unless none is concerned.
  [[nodiscard]] bool is_of_a_series(const Quarantine& quarantine) const {
    const bool in_place = earlier_.size() + 1 + quarantine.rest == parts_.size() &&
                          std::all_of(parts_.begin(), parts_.end(), is_change<Quarantine>);
    const bool concerns_machines =
        quarantine.machine != MachineName::gateway ||
        some_earlier<Quarantine>([](const Quarantine& other) { return other.machine != MachineName::gateway; });
    return in_place && (quarantine.rest != 0 || quarantine.publisher.is_zero() != concerns_machines);
  }

  // The sequencer carries it out when outcomes have drained.
  CommandRefusal judge(const RollOrdered& order) {
    if (some_earlier<RollOrdered>([](const RollOrdered&) { return true; })) {
      return CommandRefusal::malformed;
    }
    return order.ends == refdata_.log() ? CommandRefusal::none : CommandRefusal::unknown_thing;
  }

  // ---- a new thing in a list whose ids are 1, 2, 3 …

  template <class M, class Same>
  CommandRefusal judge_new(std::size_t id, std::span<const M> known, std::size_t known_max, Same&& same) {
    widens_ = true;
    const std::size_t new_before = count_earlier<M>([&](const M& other) { return id_of(other) > known.size(); });
    if (known.size() + new_before >= known_max) {
      return CommandRefusal::no_room;
    }
    if (id != known.size() + new_before + 1) {
      return CommandRefusal::malformed;
    }
    return std::any_of(known.begin(), known.end(), same) || some_earlier<M>(same) ? CommandRefusal::name_taken
                                                                                  : CommandRefusal::none;
  }
  static std::size_t id_of(const InstrumentDefined& one) { return one.instrument.get(); }
  static std::size_t id_of(const PartyDefined& one) { return one.party.get(); }
  static std::size_t id_of(const SessionDefined& one) { return one.session.get(); }

  template <class M, class Test>
  [[nodiscard]] std::size_t count_earlier(Test&& test) const {
    return static_cast<std::size_t>(std::count_if(earlier_.begin(), earlier_.end(), [&](const CommandPart& part) {
      return is_change<M>(part) && test(change_of<M>(part));
    }));
  }
  template <class M, class Test>
  [[nodiscard]] bool some_earlier(Test&& test) const {
    return count_earlier<M>(test) > 0;
  }
  template <class M>
  [[nodiscard]] bool speaks_of_party(PartyId party) const {
    return some_earlier<M>([party](const M& other) { return other.party == party; });
  }
  template <class M>
  [[nodiscard]] bool speaks_of_session(SessionId session) const {
    return some_earlier<M>([session](const M& other) { return other.session == session; });
  }
  // It stands already, or a part before this one makes it.
  template <class M, class Test>
  [[nodiscard]] bool exists(bool stands, Test&& test) const {
    return stands || some_earlier<M>(test);
  }

  // Who changes operators signs as one person and has another as the second. A venue that had such two has them for
  // ever; of one that has not there is nothing to lose.
  [[nodiscard]] bool operators_can_change() {
    earlier_ = parts_;
    const CommandRule& rule = *rule_of(OperatorDefined::type, OperatorDefined::version);
    Signers before(rule);
    Signers after(rule);
    for (const Operator& one : refdata_.operators().all()) {
      before.count(one.roles());
      if (!some_earlier<OperatorDefined>([&](const auto& other) { return other.name == one.defined.name; })) {
        after.count(one.roles());
      }
    }
    for (const CommandPart& part : parts_) {
      if (is_change<OperatorDefined>(part)) {
        after.count(RoleSet(change_of<OperatorDefined>(part).roles));
      }
    }
    return !before.suffice() || after.suffice();
  }

  const ReferenceData& refdata_;
  std::span<const CommandPart> parts_;
  Seq before_;
  std::span<const CommandPart> earlier_;
  bool widens_ = false;
};

}  // namespace

std::span<const CommandRule> command_rules() { return rules; }

const CommandRule* rule_of(MessageType change, std::uint8_t version) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const CommandRule& rule) {
    return rule.change == change && rule.version == version;
  });
  return found == rules.end() ? nullptr : &*found;
}

bool moves_settings(std::span<const CommandPart> parts) {
  return std::any_of(parts.begin(), parts.end(), [](const CommandPart& part) {
    const CommandRule* const rule = rule_of(part.change, part.change_version);
    return rule != nullptr && rule->moves;
  });
}

bool may_sign(std::span<const CommandPart> parts, OperatorRole role) {
  return std::all_of(parts.begin(), parts.end(), [role](const CommandPart& part) {
    const CommandRule* const rule = rule_of(part.change, part.change_version);
    return rule != nullptr && rule->roles.contains(role);
  });
}

bool may_approve(std::span<const CommandPart> parts, OperatorRole role) {
  return std::all_of(parts.begin(), parts.end(), [role](const CommandPart& part) {
    const CommandRule* const rule = rule_of(part.change, part.change_version);
    return rule != nullptr && rule->seconds.contains(role);
  });
}

void Signers::count(RoleSet roles) {
  const bool signs = roles.shares(rule_.roles);
  const bool approves = roles.shares(rule_.seconds);
  sign_ += signs ? 1 : 0;
  approve_ += approves ? 1 : 0;
  either_ += signs || approves ? 1 : 0;
}

bool changes_reading(const CommandPart& part) {
  return is_change<Quarantine>(part) || (is_change<Resolved>(part) && change_of<Resolved>(part).voided != 0);
}

const WaitingCommand* find_waiting(const ReferenceData& refdata, std::span<const CommandPart> parts) {
  const auto same = [](const CommandPart& one, const CommandPart& other) {
    return one == other || (is_change<StepAllowed>(one) && is_change<StepAllowed>(other) &&
                            is_step(change_of<StepAllowed>(one), change_of<StepAllowed>(other).step_ns));
  };
  const auto all = refdata.commands().waiting();
  const auto found = std::find_if(all.begin(), all.end(), [&](const WaitingCommand& one) {
    return std::equal(one.parts.begin(), one.parts.end(), parts.begin(), parts.end(), same);
  });
  return found == all.end() ? nullptr : &*found;
}

ChangeVerdict judge_changes(const ReferenceData& refdata, std::span<const CommandPart> parts, Seq before) {
  return Judge(refdata, parts, before).run();
}

}  // namespace cantus
