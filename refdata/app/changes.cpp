#include "refdata/app/changes.h"

#include <algorithm>

#include "base/civil_time.h"
#include "base/ed25519.h"
#include "base/text.h"
#include "messages/describe.h"
#include "messages/json.h"
#include "refdata/app/opening.h"

namespace cantus::refdata {
namespace {

std::string name_of(const InstrumentDefined& one) { return one.symbol.str(); }
std::string name_of(const PartyDefined& one) { return one.name.str(); }
std::string name_of(const SessionDefined& one) { return session_name(one); }

class Collector {
 public:
  explicit Collector(ChangesNeeded& needed) : needed_(needed) {}

  template <class M>
  void add(const M& change) {
    needed_.parts.push_back(part_of(change, 0));
  }
  template <class M>
  void list(const char* name, std::span<const M> in_log, const std::vector<M>& in_file) {
    for (std::size_t i = 0; i < std::max(in_log.size(), in_file.size()); ++i) {
      if (i >= in_file.size()) {
        say(std::string(name) + "[" + name_of(in_log[i]) + "] is not in the file: nothing is taken away from a log");
      } else if (i < in_log.size() && name_of(in_log[i]) != name_of(in_file[i])) {
        say(std::string(name) + "[" + std::to_string(i) + "] is " + name_of(in_log[i]) + " on the log and " +
            name_of(in_file[i]) + " in the file: new ones come behind those that stand");
      } else if (i >= in_log.size() || in_log[i] != in_file[i]) {
        add(in_file[i]);
      }
    }
  }
  void say(std::string what) { needed_.not_possible.push_back(std::move(what)); }

 private:
  ChangesNeeded& needed_;
};

void collect_verifiers(const Configuration& configuration, const RecordedConfiguration& recorded, Collector& collect) {
  for (const PasswordVerifier& verifier : configuration.verifiers) {
    const auto& known = recorded.verifiers();
    if (std::find(known.begin(), known.end(), verifier) == known.end()) {
      collect.add(verifier);
    }
  }
}

void collect_publishers(const Configuration& configuration, const ReferenceData& log, Collector& collect) {
  const OpeningContent wanted = opening_of(configuration, VenueId(1), 19700101);
  for (const PublisherDefined& publisher : wanted.publishers) {
    const PublisherPermission* const known = log.publishing().find(publisher.publisher);
    if (known == nullptr || known->defined != publisher) {
      collect.add(publisher);
    }
    for (const PublishGranted& granted : wanted.grants) {
      // Grants of one that has some are the administrators' matter, not the file's.
      if (granted.publisher == publisher.publisher && (known == nullptr || known->grants.bits() == 0)) {
        collect.add(granted);
      }
    }
  }
}

void collect_operators(const Configuration& configuration, const ReferenceData& log, Collector& collect) {
  for (const OperatorDefined& person : configuration.operators) {
    const Operator* const known = log.operators().find(person.name.view());
    if (known == nullptr || known->defined != person) {
      collect.add(person);
    }
  }
  for (const Operator& known : log.operators().all()) {
    const bool stays = std::any_of(configuration.operators.begin(), configuration.operators.end(),
                                   [&](const OperatorDefined& person) { return person.name == known.defined.name; });
    if (!stays && known.active()) {
      OperatorDefined gone = known.defined;
      gone.roles = 0;
      collect.add(gone);
    }
  }
}

// ---- in words

std::string text_of_field(const FieldInfo& field, std::span<const std::byte> bytes) {
  StructInfo one{"", "", field.size, std::span(&field, 1)};
  FieldInfo alone = field;
  alone.offset = 0;
  one.fields = std::span(&alone, 1);
  std::string json;
  append_json(json, one, bytes.subspan(field.offset, field.size));
  const std::size_t colon = json.find(':');  // {"name":value}
  return json.substr(colon + 1, json.size() - colon - 2);
}

// Field by field against what stood before; all of them if nothing did.
void describe_fields(const std::string& path, const CommandPart& part, std::span<const std::byte> before,
                     std::vector<std::string>& lines) {
  const MessageInfo* const message = describe(part.change, part.change_version);
  const auto now = std::span(part.content.bytes).first(part.size);
  std::string all;
  for (const FieldInfo& field : message->layout.fields) {
    if (field.kind == FieldKind::reserved) {
      continue;
    }
    const std::string text = text_of_field(field, now);
    if (before.empty()) {
      all += (all.empty() ? "" : ", ") + std::string(field.name) + " " + text;
    } else if (const std::string old = text_of_field(field, before); old != text) {
      lines.push_back(path + "." + std::string(field.name) + ": " + old + " becomes " + text);
    }
  }
  if (before.empty()) {
    lines.push_back(path + ": new, " + all);
  }
}

std::string seconds_text(std::int64_t ms) {
  const std::string rest = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + "." + std::string(3 - rest.size(), '0') + rest + " s";
}

std::string step_text(const StepAllowed& allowed) {
  const std::int64_t ms = allowed.step_ns / 1'000'000;
  return "the venue's time follows UTC, which has stepped: it " +
         (ms > 0 ? "goes forward by " + seconds_text(ms) + " at once, and never comes back"
                 : "runs at half its rate for " + seconds_text(-2 * ms) + ", until UTC, " + seconds_text(-ms) +
                       " behind it, has caught up");
}

template <class F>
void for_each_limit(F&& see) {
  see("order_qty_max", &PartyLimits::order_qty_max);
  see("order_notional_max", &PartyLimits::order_notional_max);
  see("gross_notional_max", &PartyLimits::gross_notional_max);
}

void describe_limits(const std::string& path, const PartyLimits& before, const PartyLimits& now,
                     std::vector<std::string>& lines) {
  for_each_limit([&](const char* field, auto limit) {
    if (before.*limit != now.*limit) {
      lines.push_back(path + "." + field + ": " + to_text(before.*limit) + " becomes " + to_text(now.*limit));
    }
  });
}

// Limits for a while, against those that hold now; and which of these would go on where the definition says otherwise.
// What holds now may have ended when a second person looks: both are to see every limit that is not the lasting one.
void describe_until(const ReferenceData& refdata, const PartyLimitsUntil& limits, std::vector<std::string>& lines) {
  const PartyDefined* const party = refdata.party(limits.party);
  const std::string path = "parties[" + (party == nullptr ? std::to_string(limits.party.get()) : name_of(*party)) + "]";
  const PartyLimits now = refdata.limits(limits.party);
  const PartyLimits wanted = limits_of(limits);
  const PartyLimits lasting = party == nullptr ? now : limits_of(*party);
  describe_limits(path, now, wanted, lines);
  for_each_limit([&](const char* field, auto limit) {
    if (wanted.*limit == now.*limit && wanted.*limit != lasting.*limit) {
      lines.push_back(path + "." + field + ": " + to_text(wanted.*limit) + " goes on, its definition says " +
                      to_text(lasting.*limit));
    }
  });
  lines.push_back(path + ": until " + utc_text(limits.until) + ", then again what its definition says");
}

std::string since(ChangeId position) { return position.is_zero() ? "" : " (as since " + to_text(position) + ")"; }

// What operators forbid, and end.
void describe_restriction(const ReferenceData& refdata, const CommandPart& part, const std::string& name,
                          std::vector<std::string>& lines) {
  const Restrictions& now = refdata.restrictions();
  if (is_change<SessionDisabled>(part)) {
    lines.push_back(name + ": is logged out, and nobody may log on" +
                    since(now.disabled().find(change_of<SessionDisabled>(part).session)));
  } else if (is_change<SessionEnabled>(part)) {
    lines.push_back(name + ": may log on again, disabled since " + to_text(change_of<SessionEnabled>(part).disabled));
  } else if (is_change<TradingBlocked>(part)) {
    const auto one = change_of<TradingBlocked>(part);
    lines.push_back(
        name + ": every open order is cancelled, new ones are refused" +
        since(one.party.is_zero() ? now.blocked_sessions().find(one.session) : now.blocked_parties().find(one.party)));
  } else if (is_change<TradingUnblocked>(part)) {
    lines.push_back(name + ": may enter orders again, blocked since " +
                    to_text(change_of<TradingUnblocked>(part).blocked));
  } else if (is_change<InstrumentHalted>(part)) {
    lines.push_back(name + ": no orders are taken; open ones stay and may be cancelled" +
                    since(now.halted().find(change_of<InstrumentHalted>(part).instrument)));
  } else if (is_change<InstrumentResumed>(part)) {
    lines.push_back(name + ": trades again, halted since " + to_text(change_of<InstrumentResumed>(part).halted));
  }
}

// The session, party or instrument that such a change is about.
std::string name_of_restricted(const ReferenceData& refdata, const CommandPart& part) {
  std::string name;
  const auto take = [&](const char* list, const auto* known, std::uint32_t id) {
    name = std::string(list) + "[" + (known == nullptr ? std::to_string(id) : name_of(*known)) + "]";
  };
  const auto look = [&]<class... Changes>() {
    const auto of = [&](const auto& change) {
      if constexpr (requires { change.instrument; }) {
        take("instruments", refdata.instrument(change.instrument), change.instrument.get());
      } else if constexpr (requires { change.party; }) {
        if (change.party.is_zero()) {
          take("sessions", refdata.session(change.session), change.session.get());
        } else {
          take("parties", refdata.party(change.party), change.party.get());
        }
      } else {
        take("sessions", refdata.session(change.session), change.session.get());
      }
      return true;
    };
    (void)((is_change<Changes>(part) && of(change_of<Changes>(part))) || ...);
  };
  look.template
  operator()<SessionDisabled, SessionEnabled, TradingBlocked, TradingUnblocked, InstrumentHalted, InstrumentResumed>();
  return name;
}

template <class M>
std::span<const std::byte> bytes_or_none(const M* before) {
  return before == nullptr ? std::span<const std::byte>() : payload_of(*before);
}

template <class M>
void sign_as(const ReferenceData& refdata, VenueId venue, LogNumber log, const Signing& signing, const OperatorKey& key,
             M& message) {
  const Operator* const signer = refdata.operators().find(signing.operator_name);
  message.number = signer == nullptr ? 1 : signer->last_number + 1;
  message.operator_name = FixedString<32>::cut(signing.operator_name);
  message.reason = FixedString<128>::cut(signing.reason);
  message.role = signing.role;
  key.sign(venue, log, message);
}

}  // namespace

ChangesNeeded changes_to(const Configuration& configuration, const RecordedConfiguration& recorded) {
  const ReferenceData& log = recorded.reference_data();
  ChangesNeeded needed;
  Collector collect(needed);
  if (configuration.venue != log.venue()) {
    collect.add(configuration.venue);
  }
  collect.list<InstrumentDefined>("instruments", log.instruments(), configuration.instruments);
  collect.list<PartyDefined>("parties", log.parties(), configuration.parties);
  collect.list<SessionDefined>("sessions", log.sessions(), configuration.sessions);
  collect_verifiers(configuration, recorded, collect);
  collect_publishers(configuration, log, collect);
  collect_operators(configuration, log, collect);
  return needed;
}

std::vector<CommandPart> parts_of_role(const std::vector<CommandPart>& parts, OperatorRole role) {
  std::vector<CommandPart> chosen;
  for (const CommandPart& part : parts) {
    const CommandRule* const rule = rule_of(part.change, part.change_version);
    if (rule != nullptr && rule->roles.contains(role) && chosen.size() < Commands::parts_max) {
      chosen.push_back(part);
      chosen.back().index = static_cast<std::uint16_t>(chosen.size() - 1);
    }
  }
  return chosen;
}

OperatorCommand make_command(const ReferenceData& refdata, VenueId venue, LogNumber log,
                             const std::vector<CommandPart>& parts, const Signing& signing, const OperatorKey& key) {
  OperatorCommand command;
  command.expected = refdata.settings();
  command.parts_hash = hash_of_parts(parts);
  command.parts = static_cast<std::uint16_t>(parts.size());
  sign_as(refdata, venue, log, signing, key, command);
  return command;
}

OperatorDecision make_decision(const ReferenceData& refdata, VenueId venue, LogNumber log, ChangeId position,
                               const OperatorCommand& command, Decision decision, const Signing& signing,
                               const OperatorKey& key) {
  OperatorDecision made;
  made.command = position;
  made.command_hash = hash_of_command(command);
  made.decision = decision;
  sign_as(refdata, venue, log, signing, key, made);
  return made;
}

std::vector<std::string> describe_change(const ReferenceData& refdata, const CommandPart& part) {
  std::vector<std::string> lines;
  const auto publisher_name = [&](PublisherId id) {
    const PublisherPermission* const known = refdata.publishing().find(id);
    return known == nullptr ? "publisher " + std::to_string(id.get()) : known->defined.name.str();
  };
  const auto name_of_session = [&](SessionId id) {
    const SessionDefined* const known = refdata.session(id);
    return "sessions[" + (known == nullptr ? std::to_string(id.get()) : name_of(*known)) + "]";
  };
  if (is_change<VenueDefined>(part)) {
    describe_fields("venue", part, payload_of(refdata.venue()), lines);
  } else if (is_change<InstrumentDefined>(part)) {
    const auto one = change_of<InstrumentDefined>(part);
    describe_fields("instruments[" + name_of(one) + "]", part, bytes_or_none(refdata.instrument(one.instrument)),
                    lines);
  } else if (is_change<PartyDefined>(part)) {
    const auto one = change_of<PartyDefined>(part);
    const std::string path = "parties[" + name_of(one) + "]";
    if (const auto* for_a_while = refdata.restrictions().temporary(one.party, refdata.time()); for_a_while != nullptr) {
      describe_limits(path, limits_of(for_a_while->limits), limits_of(one), lines);
      lines.push_back(path + ": what was to hold until " + utc_text(for_a_while->limits.until) + " ends");
    } else {
      describe_fields(path, part, bytes_or_none(refdata.party(one.party)), lines);
    }
  } else if (is_change<PartyLimitsUntil>(part)) {
    describe_until(refdata, change_of<PartyLimitsUntil>(part), lines);
  } else if (is_change<SessionDefined>(part)) {
    const auto one = change_of<SessionDefined>(part);
    describe_fields("sessions[" + name_of(one) + "]", part, bytes_or_none(refdata.session(one.session)), lines);
  } else if (is_change<PasswordVerifier>(part)) {
    lines.push_back(name_of_session(change_of<PasswordVerifier>(part).session) + ".password_verifier: another one");
  } else if (is_change<OperatorDefined>(part)) {
    const auto one = change_of<OperatorDefined>(part);
    const Operator* const known = refdata.operators().find(one.name.view());
    lines.push_back("operators[" + one.name.str() + "]: roles " +
                    (known == nullptr ? "" : roles_text(known->defined.roles) + " become ") + roles_text(one.roles) +
                    (known != nullptr && known->defined.key == one.key ? "" : ", key " + to_text(one.key)));
  } else if (is_change<PublisherDefined>(part)) {
    const auto one = change_of<PublisherDefined>(part);
    const PublisherPermission* const known = refdata.publishing().find(one.publisher);
    describe_fields("publishers[" + one.name.str() + "]", part,
                    bytes_or_none(known == nullptr ? nullptr : &known->defined), lines);
  } else if (is_change<PublishGranted>(part)) {
    const auto one = change_of<PublishGranted>(part);
    lines.push_back(publisher_name(one.publisher) + " may write on " + std::string(topic::path_of(one.granted)));
  } else if (is_change<PublishRevoked>(part)) {
    const auto one = change_of<PublishRevoked>(part);
    lines.push_back(publisher_name(one.publisher) + " may no more write on " +
                    std::string(topic::path_of(one.revoked)));
  } else if (is_change<Resolved>(part)) {
    const auto one = change_of<Resolved>(part);
    lines.push_back(publisher_name(one.publisher) + " is suspended no more; the replica in place " +
                    std::to_string(one.place.get()) + " is trusted, and what stands on the log from number " +
                    std::to_string(one.from.get()) + " on " +
                    (one.voided != 0 ? "(position " + std::to_string(one.first.get()) + ") is void" : "stands"));
  } else if (is_change<HeadKeyDefined>(part)) {
    const auto one = change_of<HeadKeyDefined>(part);
    const HeadKeys& keys = refdata.head_keys();
    const bool vouched_for = keys.current() != 0 &&
                             is_signed(keys.all().back().key, one.voucher, payload_of(statement_of(keys.venue(), one)));
    lines.push_back("heads are signed by key " + std::to_string(one.number) + ", " + to_text(one.key) + ", " +
                    (vouched_for ? "which the one before vouches for" : "which NOBODY vouches for but itself"));
  } else if (is_change<FormatAnnounced>(part)) {
    const auto one = change_of<FormatAnnounced>(part);
    lines.push_back(one.name.str() + " (type " + std::to_string(one.announced.get()) + " version " +
                    std::to_string(one.announced_version) + ") may be written on " +
                    std::string(topic::path_of(one.on_topic)) + "; a build that does not know it cannot go on");
  } else if (is_change<RuleActivated>(part)) {
    const auto one = change_of<RuleActivated>(part);
    lines.push_back("rules[" + one.name.str() + "]: set " + std::to_string(refdata.rules().set_of(one.rule)) +
                    " becomes " + std::to_string(one.set) + "; a build that does not know it cannot go on");
  } else if (is_change<StepAllowed>(part)) {
    lines.push_back(step_text(change_of<StepAllowed>(part)));
  } else if (is_change<Quarantine>(part)) {
    const auto one = change_of<Quarantine>(part);
    lines.push_back(std::string(cantus::name_of(one.machine)) + " does not handle the record at " +
                    std::to_string(one.position.get()) +
                    "; messages that have left and change by it: " + std::to_string(one.left_changed));
  } else if (is_change<RollOrdered>(part)) {
    const std::uint32_t ends = change_of<RollOrdered>(part).ends.get();
    lines.push_back("log " + std::to_string(ends) + " ends, log " + std::to_string(ends + 1) + " begins");
  } else if (is_change<SessionReset>(part)) {
    const auto one = change_of<SessionReset>(part);
    lines.push_back(name_of_session(one.session) + ": its numbers begin anew behind generation " +
                    std::to_string(one.expected_generation.get()));
  } else if (is_change<SessionNumbersSet>(part)) {
    const auto one = change_of<SessionNumbersSet>(part);
    lines.push_back(name_of_session(one.session) + ": behind generation " +
                    std::to_string(one.expected_generation.get()) + " the peer's numbers begin with " +
                    std::to_string(one.next_inbound.get()) + ", ours with " + std::to_string(one.next_outbound.get()));
  } else {
    describe_restriction(refdata, part, name_of_restricted(refdata, part), lines);
  }
  return lines;
}

std::vector<std::string> describe_end(const ReferenceData& refdata, const PartyLimitsUntil& ended) {
  std::vector<std::string> lines;
  const PartyDefined* const party = refdata.party(ended.party);
  CANTUS_ASSERT(party != nullptr, "limits were set for a party that is there");
  describe_limits("parties[" + name_of(*party) + "]", limits_of(ended), limits_of(*party), lines);
  return lines;
}

}  // namespace cantus::refdata
