#include "tests/refdata/signed_venue.h"

#include <gtest/gtest.h>

#include <bit>
#include <stdexcept>

namespace cantus {

using enum OperatorRole;

SignedVenue::SignedVenue() {
  for (const FormatAnnounced& format : known_formats()) {
    apply(format, PublisherId(1));
  }
  for (const auto& [id, name, outcome] :
       {std::tuple{1, "sequencer", false}, {3, "matching", true}, {10, "gw", false}}) {
    PublisherDefined publisher;
    publisher.publisher = PublisherId(static_cast<std::uint16_t>(id));
    publisher.places = outcome ? 2 : 1;
    publisher.service_class = outcome ? ServiceClass::outcome : ServiceClass::input;
    publisher.name = FixedString<32>(name);
    apply(publisher, PublisherId(1));
  }
  const auto grant = [this](std::uint16_t publisher, TopicId topic) {
    PublishGranted granted;
    granted.publisher = PublisherId(publisher);
    granted.granted = topic;
    apply(granted, PublisherId(1));
  };
  grant(1, topic::control);
  grant(3, topic::outcomes);
  grant(10, topic::orders);
  VenueDefined settings;
  settings.name = FixedString<32>("test");
  settings.open_orders_max = settings.cl_ord_ids_max = settings.backlog_max = 100;
  settings.ack_level = AckLevel::synced;
  settings.takeover_interval_ns = 5;
  apply(settings);
  for (const auto& [id, symbol] : {std::pair{1U, "AAPL"}, {2U, "MSFT"}}) {
    InstrumentDefined instrument;
    instrument.instrument = InstrumentId(id);
    instrument.symbol = FixedString<16>(symbol);
    instrument.tick = Price(100);
    instrument.lot = Qty(1);
    instrument.collar_bps = 500;
    instrument.reference_price = Price(10'000);
    apply(instrument);
  }
  for (const auto& [id, kind] : {std::pair{1U, PartyKind::client}, {2U, PartyKind::desk}}) {
    PartyDefined party;
    party.party = PartyId(id);
    party.kind = kind;
    party.name = FixedString<32>(kind == PartyKind::client ? "ALPHA" : "DESK");
    party.order_qty_max = Qty(100);
    apply(party);
    SessionDefined session;
    session.session = SessionId(id);
    session.party = PartyId(id);
    session.role = kind == PartyKind::client ? SessionRole::client : SessionRole::desk;
    session.reset_policy = ResetPolicy::refused;
    session.password_required = 1;
    session.heartbeat_min_s = 5;
    session.heartbeat_max_s = 60;
    session.reset_time_s = -1;
    session.begin_string = FixedString<16>("FIX.4.4");
    session.our_comp_id = FixedString<32>("CANTUS");
    session.their_comp_id = party.name;
    apply(session);
  }
  apply(person("ann", RoleSet::of(administrator, operations)));
  apply(person("bob", RoleSet::of(administrator, compliance)));
  apply(person("rita", RoleSet::of(risk)));
  apply(person("ron", RoleSet::of(risk)));
  apply(person("olga", RoleSet::of(operations)));
  apply(person("tom", RoleSet::of(trader)));
  apply(ReferenceDataComplete{});
}

const refdata::OperatorKey& SignedVenue::key(const std::string& name) {
  auto found = keys_.find(name);
  if (found == keys_.end()) {
    auto made = refdata::OperatorKey::generate();
    if (!made) {
      throw std::runtime_error(made.error().text);
    }
    found = keys_.emplace(name, std::move(*made)).first;
  }
  return found->second;
}

OperatorDefined SignedVenue::person(const std::string& name, RoleSet roles) {
  OperatorDefined person;
  person.name = FixedString<32>(name);
  person.key = key(name).public_key();
  person.roles = roles.bits();
  return person;
}

void SignedVenue::propose(const std::vector<CommandPart>& parts) {
  for (const CommandPart& part : parts) {
    if (is_change<PasswordVerifier>(part)) {
      apply(std::bit_cast<CommandSecret>(part));
    } else {
      apply(part);
    }
  }
}

OperatorCommand SignedVenue::command(const std::string& name, OperatorRole role,
                                     const std::vector<CommandPart>& parts) {
  OperatorCommand command;
  command.number = ++numbers_[name];
  command.expected = refdata.settings();
  command.parts_hash = hash_of_parts(parts);
  command.operator_name = FixedString<32>(name);
  command.reason = FixedString<128>("because");
  command.role = role;
  command.parts = static_cast<std::uint16_t>(parts.size());
  return signed_by(name, command);
}

OperatorDecision SignedVenue::decision(const std::string& name, OperatorRole role, ChangeId command, Decision says) {
  OperatorDecision decision;
  decision.number = ++numbers_[name];
  decision.command = command;
  if (const WaitingCommand* waiting = refdata.commands().waiting_at(command); waiting != nullptr) {
    decision.command_hash = hash_of_command(waiting->command);
  }
  decision.operator_name = FixedString<32>(name);
  decision.reason = FixedString<128>("seen");
  decision.role = role;
  decision.decision = says;
  return signed_by(name, decision);
}

CommandResult SignedVenue::run(const std::string& name, OperatorRole role, const std::vector<CommandPart>& parts) {
  propose(parts);
  apply(command(name, role, parts));
  return refdata.command_result();
}

CommandResult SignedVenue::decide(const std::string& name, OperatorRole role, ChangeId command, Decision says) {
  std::vector<ChangeId> overtaken;
  std::vector<ChangeId> waiting;
  if (const WaitingCommand* const decided = refdata.commands().waiting_at(command); decided != nullptr) {
    const bool drops = std::ranges::any_of(decided->parts, is_change<OperatorDefined>);
    for (const WaitingCommand& other : refdata.commands().waiting()) {
      if (other.position != command && would_overtake(*decided, other)) {
        overtaken.push_back(other.position);
      } else if (other.position != command && !drops) {
        waiting.push_back(other.position);
      }
    }
  }
  apply(decision(name, role, command, says));
  const CommandResult result = refdata.command_result();
  if (result.outcome == CommandResult::Outcome::took) {
    for (const ChangeId one : overtaken) {
      EXPECT_EQ(refdata.commands().waiting_at(one), nullptr) << "it was foretold that this one is overtaken";
    }
    for (const ChangeId one : waiting) {
      EXPECT_NE(refdata.commands().waiting_at(one), nullptr) << "it was not foretold that this one is overtaken";
    }
  }
  return result;
}

}  // namespace cantus
