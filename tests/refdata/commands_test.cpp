// What operators sign takes effect, and nothing else does.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <random>

#include "messages/exceptions.h"
#include "tests/refdata/signed_venue.h"

namespace cantus {
namespace {

using enum OperatorRole;
using Outcome = CommandResult::Outcome;

class CommandsTest : public ::testing::Test {
 protected:
  PartyDefined with_qty_max(std::int64_t units) {
    PartyDefined party = venue_.party(1);
    party.order_qty_max = Qty(units);
    return party;
  }
  std::int64_t qty_max() { return venue_.party(1).order_qty_max.get(); }
  PublishRevoked revoked(std::uint16_t publisher, TopicId topic) {
    PublishRevoked change;
    change.publisher = PublisherId(publisher);
    change.revoked = topic;
    return change;
  }

  // What rita signed and somebody else must, too; it does not move settings, and none that move overtake it.
  CommandResult unblocking_waits() {
    const CommandResult blocked = venue_.run("rita", risk, venue_.parts(TradingBlocked{PartyId(1), {}}));
    const CommandResult waits =
        venue_.run("rita", risk, venue_.parts(TradingUnblocked{blocked.command, PartyId(1), {}}));
    EXPECT_EQ(waits.outcome, Outcome::waits);
    return waits;
  }
  void replace(const OperatorDefined& person) {
    const CommandResult change = venue_.run("ann", administrator, venue_.parts(person));
    ASSERT_EQ(venue_.decide("bob", administrator, change.command).outcome, Outcome::took);
  }

  SignedVenue venue_;
  ReferenceData& refdata_ = venue_.refdata;
};

TEST_F(CommandsTest, ALowerLimitTakesEffectWithOneSignature) {
  const CommandResult result = venue_.run("rita", risk, venue_.parts(with_qty_max(50)));
  EXPECT_EQ(result.outcome, Outcome::took);
  EXPECT_EQ(qty_max(), 50);
  EXPECT_EQ(refdata_.settings(), result.command);
  ASSERT_EQ(refdata_.changes().size(), 1U);
  EXPECT_EQ(change_of<PartyDefined>(refdata_.changes()[0]), with_qty_max(50));
}

TEST_F(CommandsTest, AHigherLimitWaitsForASecondPerson) {
  const CommandResult waits = venue_.run("rita", risk, venue_.parts(with_qty_max(200)));
  EXPECT_EQ(waits.outcome, Outcome::waits);
  EXPECT_EQ(qty_max(), 100);
  ASSERT_EQ(refdata_.commands().waiting().size(), 1U);
  EXPECT_EQ(venue_.decide("rita", risk, waits.command).refusal, CommandRefusal::same_person);
  EXPECT_EQ(venue_.decide("olga", operations, waits.command).refusal, CommandRefusal::role_may_not);
  EXPECT_EQ(qty_max(), 100);
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).outcome, Outcome::took);
  EXPECT_EQ(qty_max(), 200);
  EXPECT_TRUE(refdata_.commands().waiting().empty());
  EXPECT_EQ(venue_.decide("bob", compliance, waits.command).refusal, CommandRefusal::unknown_command);
}

TEST_F(CommandsTest, NoLimitAtAllIsTheHighest) {
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(with_qty_max(0))).outcome, Outcome::waits);
}

TEST_F(CommandsTest, ASecondPersonSignsForWhatTheCommandSays) {
  const CommandResult waits = venue_.run("rita", risk, venue_.parts(with_qty_max(200)));
  OperatorDecision decision = venue_.decision("ron", risk, waits.command);
  decision.command_hash.bytes[7] ^= std::byte{1};
  venue_.apply(venue_.signed_by("ron", decision));
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::unknown_command);
  EXPECT_EQ(qty_max(), 100);
}

TEST_F(CommandsTest, WhatApprovingOvertakesCanBeForetold) {
  const CommandResult unblocks = unblocking_waits();
  const CommandResult high = venue_.run("rita", risk, venue_.parts(with_qty_max(200)));
  const CommandResult higher = venue_.run("ron", risk, venue_.parts(with_qty_max(300)));
  const auto at = [&](const CommandResult& result) -> const WaitingCommand& {
    return *refdata_.commands().waiting_at(result.command);
  };
  EXPECT_TRUE(would_overtake(at(high), at(higher))) << "signed for the same settings";
  EXPECT_FALSE(would_overtake(at(high), at(unblocks)));
  EXPECT_FALSE(would_overtake(at(unblocks), at(high)));
  EXPECT_EQ(venue_.decide("ron", risk, high.command).outcome, Outcome::took);
  EXPECT_EQ(refdata_.commands().waiting_at(higher.command), nullptr);
  EXPECT_NE(refdata_.commands().waiting_at(unblocks.command), nullptr);
}

TEST_F(CommandsTest, ARejectedCommandNeverTakesEffect) {
  const CommandResult waits = venue_.run("rita", risk, venue_.parts(with_qty_max(200)));
  EXPECT_EQ(venue_.decide("ron", risk, waits.command, Decision::rejected).outcome, Outcome::rejected);
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).refusal, CommandRefusal::unknown_command);
  EXPECT_EQ(qty_max(), 100);
}

TEST_F(CommandsTest, ACommandIsForTheSettingsThatWereShown) {
  const auto shown = venue_.parts(with_qty_max(60));
  const OperatorCommand command = venue_.command("rita", risk, shown);
  const CommandResult waits = venue_.run("rita", risk, venue_.parts(with_qty_max(200)));
  ASSERT_EQ(venue_.run("ron", risk, venue_.parts(with_qty_max(50))).outcome, Outcome::took);
  EXPECT_TRUE(refdata_.commands().waiting().empty()) << "what waits was signed for other settings";
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).refusal, CommandRefusal::unknown_command);
  venue_.propose(shown);
  venue_.apply(command);
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::number_used) << "a later one of hers was taken";
  OperatorCommand again = command;
  again.number = 1000;
  venue_.propose(shown);
  venue_.apply(venue_.signed_by("rita", again));
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::settings_changed);
  EXPECT_EQ(qty_max(), 50);
}

TEST_F(CommandsTest, NobodyIsBelievedForABareDefinition) {
  const Digest before = refdata_.digest();
  venue_.apply(with_qty_max(0));
  venue_.apply(venue_.person("mallory", RoleSet::of(administrator)));
  VenueDefined other = refdata_.venue();
  other.takeover_interval_ns = 0;
  venue_.apply(other);
  EXPECT_EQ(refdata_.digest(), before);
}

TEST_F(CommandsTest, ASignatureIsForOneRecordOfOneLogOfOneVenue) {
  const auto parts = venue_.parts(with_qty_max(50));
  const auto refused_as = [&](const OperatorCommand& command) {
    venue_.propose(parts);
    venue_.apply(command);
    EXPECT_EQ(qty_max(), 100);
    return refdata_.command_result().refusal;
  };
  OperatorCommand command = venue_.command("rita", risk, parts);
  OperatorCommand other_venue = command;
  venue_.key("rita").sign(VenueId(78), SignedVenue::log, other_venue);
  EXPECT_EQ(refused_as(other_venue), CommandRefusal::bad_signature);
  OperatorCommand other_log = command;
  venue_.key("rita").sign(SignedVenue::venue, LogNumber(4), other_log);
  EXPECT_EQ(refused_as(other_log), CommandRefusal::bad_signature);
  OperatorCommand stranger = command;
  EXPECT_EQ(refused_as(venue_.signed_by("ron", stranger)), CommandRefusal::bad_signature);
  OperatorCommand nobody = command;
  nobody.operator_name = FixedString<32>("nobody");
  EXPECT_EQ(refused_as(venue_.signed_by("rita", nobody)), CommandRefusal::unknown_operator);
  // The same bytes again, once they counted.
  venue_.propose(parts);
  venue_.apply(command);
  ASSERT_EQ(refdata_.command_result().outcome, Outcome::took);
  venue_.propose(parts);
  venue_.apply(command);
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::number_used);
}

TEST_F(CommandsTest, TheChangesAreThoseThatWereSigned) {
  const auto parts = venue_.parts(with_qty_max(50));
  const auto others = venue_.parts(with_qty_max(40));
  const auto two = venue_.parts(with_qty_max(50), venue_.party(2));
  for (const auto& proposed : {others, two, std::vector<CommandPart>{}}) {
    venue_.propose(proposed);
    venue_.apply(venue_.command("rita", risk, parts));
    EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::parts_differ);
  }
  EXPECT_EQ(qty_max(), 100);
}

TEST_F(CommandsTest, PartsServeOneCommand) {
  const auto parts = venue_.parts(with_qty_max(50));
  venue_.propose(parts);
  venue_.apply(venue_.command("olga", operations, parts));
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::role_may_not);
  venue_.apply(venue_.command("rita", risk, parts));
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::parts_differ);
}

TEST_F(CommandsTest, ASecretTravelsOnItsOwnTopicAlone) {
  PasswordVerifier verifier;
  verifier.session = SessionId(1);
  verifier.log2_n = verifier.r = verifier.p = 1;
  const auto parts = venue_.parts(verifier);
  venue_.apply(parts[0]);  // for everybody to read
  venue_.apply(venue_.command("olga", operations, parts));
  EXPECT_EQ(refdata_.command_result().refusal, CommandRefusal::parts_differ);
  EXPECT_EQ(venue_.run("olga", operations, parts).outcome, Outcome::waits);
}

TEST_F(CommandsTest, RolesAreNeededAndHeld) {
  EXPECT_EQ(venue_.run("olga", risk, venue_.parts(with_qty_max(50))).refusal, CommandRefusal::role_not_held);
  EXPECT_EQ(venue_.run("olga", operations, venue_.parts(with_qty_max(50))).refusal, CommandRefusal::role_may_not);
  InstrumentDefined instrument = venue_.instrument(1);
  instrument.collar_bps = 400;
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(with_qty_max(50), instrument)).refusal, CommandRefusal::role_may_not)
      << "one role signs for every part";
}

TEST_F(CommandsTest, OperatorsComeGoAndTurnTheirKeys) {
  const CommandResult comes = venue_.run("ann", administrator, venue_.parts(venue_.person("carl", RoleSet::of(risk))));
  ASSERT_EQ(comes.outcome, Outcome::waits);
  EXPECT_EQ(venue_.run("carl", risk, venue_.parts(with_qty_max(50))).refusal, CommandRefusal::unknown_operator);
  ASSERT_EQ(venue_.decide("bob", compliance, comes.command).outcome, Outcome::took);
  EXPECT_EQ(venue_.run("carl", risk, venue_.parts(with_qty_max(50))).outcome, Outcome::took);

  OperatorDefined turned = venue_.person("carl", RoleSet::of(risk));
  turned.key = venue_.key("carl, later").public_key();
  const CommandResult turns = venue_.run("ann", administrator, venue_.parts(turned));
  ASSERT_EQ(venue_.decide("bob", administrator, turns.command).outcome, Outcome::took);
  EXPECT_EQ(venue_.run("carl", risk, venue_.parts(with_qty_max(40))).refusal, CommandRefusal::bad_signature);

  turned.roles = 0;
  const CommandResult goes = venue_.run("ann", administrator, venue_.parts(turned));
  ASSERT_EQ(venue_.decide("bob", administrator, goes.command).outcome, Outcome::took);
  EXPECT_EQ(venue_.run("carl", risk, venue_.parts(with_qty_max(40))).refusal, CommandRefusal::operator_revoked);
  EXPECT_EQ(qty_max(), 50);
}

// Whoever changes operators needs another person, who is to stay as well.
TEST_F(CommandsTest, TheLastTwoWhoCanChangeOperatorsStay) {
  for (const char* name : {"ann", "bob"}) {
    EXPECT_EQ(venue_.run("bob", administrator, venue_.parts(venue_.person(name, RoleSet()))).refusal,
              CommandRefusal::last_administrator);
  }
  const CommandResult second =
      venue_.run("bob", administrator,
                 venue_.parts(venue_.person("ann", RoleSet()), venue_.person("rita", RoleSet::of(risk, compliance))));
  ASSERT_EQ(venue_.decide("ann", administrator, second.command).outcome, Outcome::took);
  EXPECT_EQ(venue_.run("bob", administrator, venue_.parts(venue_.person("bob", RoleSet::of(compliance)))).refusal,
            CommandRefusal::last_administrator)
      << "two seconds, and nobody to sign";
  const CommandResult back =
      venue_.run("bob", administrator, venue_.parts(venue_.person("ann", RoleSet::of(administrator))));
  ASSERT_EQ(venue_.decide("rita", compliance, back.command).outcome, Outcome::took);
  EXPECT_EQ(venue_.run("ann", administrator, venue_.parts(venue_.person("bob", RoleSet()))).outcome, Outcome::waits);
}

TEST_F(CommandsTest, BothAdministratorsCannotGoTogether) {
  EXPECT_EQ(venue_
                .run("bob", administrator,
                     venue_.parts(venue_.person("ann", RoleSet()), venue_.person("bob", RoleSet::of(compliance))))
                .refusal,
            CommandRefusal::last_administrator);
}

// What waits for a second person holds whatever settings change, so only the loss of role or key can end it.
TEST_F(CommandsTest, WhoLostTheRoleHasSignedForNothing) {
  const CommandResult waits = unblocking_waits();
  replace(venue_.person("rita", RoleSet::of(compliance)));
  EXPECT_TRUE(refdata_.commands().waiting().empty());
  replace(venue_.person("rita", RoleSet::of(risk)));
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).refusal, CommandRefusal::unknown_command);
}

TEST_F(CommandsTest, WhoseKeyWasTakenAwayHasSignedForNothing) {
  const CommandResult waits = unblocking_waits();
  OperatorDefined turned = venue_.person("rita", RoleSet::of(risk));
  turned.key = venue_.key("rita, later").public_key();
  replace(turned);
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).refusal, CommandRefusal::unknown_command)
      << "signed by a key that is nobody's";
}

TEST_F(CommandsTest, WhoGetsAnotherRoleHasSignedAllTheSame) {
  const CommandResult waits = unblocking_waits();
  replace(venue_.person("rita", RoleSet::of(risk, trader)));
  replace(venue_.person("olga", RoleSet()));
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).outcome, Outcome::took);
}

// A thief of a key can use up some numbers, not all of them; and numbers go on when the key is another, so that what
// was signed with one that was good before is never of use again.
TEST_F(CommandsTest, NoNumberEndsANameForGood) {
  const auto numbered = [this](const char* key, std::uint64_t number, std::int64_t qty) {
    const auto parts = venue_.parts(with_qty_max(qty));
    OperatorCommand command = venue_.command("rita", risk, parts);
    command.number = number;
    venue_.key(key).sign(SignedVenue::venue, SignedVenue::log, command);
    venue_.propose(parts);
    venue_.apply(command);
    return refdata_.command_result();
  };
  constexpr std::uint64_t highest = ~std::uint64_t{0};
  EXPECT_EQ(numbered("rita", highest, 50).refusal, CommandRefusal::number_too_high);
  EXPECT_EQ(numbered("rita", Commands::numbers_left_out_max + 1, 50).refusal, CommandRefusal::number_too_high);
  EXPECT_EQ(numbered("rita", Commands::numbers_left_out_max, 50).outcome, Outcome::took);
  OperatorDefined turned = venue_.person("rita", RoleSet::of(risk));
  turned.key = venue_.key("rita, later").public_key();
  replace(turned);
  EXPECT_EQ(numbered("rita, later", 1, 40).refusal, CommandRefusal::number_used);
  EXPECT_EQ(numbered("rita, later", Commands::numbers_left_out_max + 1, 40).outcome, Outcome::took);
}

TEST_F(CommandsTest, AKeyIsOnePersons) {
  OperatorDefined twin = venue_.person("twin", RoleSet::of(risk));
  twin.key = venue_.key("rita").public_key();
  EXPECT_EQ(venue_.run("ann", administrator, venue_.parts(twin)).refusal, CommandRefusal::name_taken);
  twin.key = SigningKey{};
  EXPECT_EQ(venue_.run("ann", administrator, venue_.parts(twin)).refusal, CommandRefusal::malformed);
}

TEST_F(CommandsTest, GrantsComeAndGo) {
  EXPECT_EQ(venue_.run("ann", administrator, venue_.parts(revoked(10, topic::orders))).outcome, Outcome::took);
  EXPECT_FALSE(refdata_.publishing().find(PublisherId(10))->grants.contains(topic::orders));
  EXPECT_EQ(venue_.run("ann", administrator, venue_.parts(revoked(10, topic::orders))).refusal,
            CommandRefusal::nothing_changed);
  PublishGranted granted;
  granted.publisher = PublisherId(10);
  granted.granted = topic::control;
  EXPECT_EQ(venue_.run("ann", administrator, venue_.parts(granted)).refusal, CommandRefusal::identity_changed);
  granted.granted = topic::market_data;
  const CommandResult waits = venue_.run("ann", administrator, venue_.parts(granted));
  ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, Outcome::took);
  EXPECT_TRUE(refdata_.publishing().find(PublisherId(10))->grants.contains(topic::market_data));
}

TEST_F(CommandsTest, NewThingsAreNumberedOn) {
  PartyDefined party = with_qty_max(10);
  party.party = PartyId(3);
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(party)).refusal, CommandRefusal::name_taken);
  party.name = FixedString<32>("BRAVO");
  party.party = PartyId(4);
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(party)).refusal, CommandRefusal::malformed);
  PartyDefined next = party;
  party.party = PartyId(3);
  next.name = FixedString<32>("CHARLIE");
  const CommandResult waits = venue_.run("rita", risk, venue_.parts(party, next));
  ASSERT_EQ(venue_.decide("ron", risk, waits.command).outcome, Outcome::took);
  EXPECT_EQ(refdata_.parties().size(), 4U);
  SessionDefined session = venue_.session(1);
  session.session = SessionId(3);
  session.their_comp_id = FixedString<32>("BRAVO1");
  session.party = PartyId(9);
  EXPECT_EQ(venue_.run("olga", operations, venue_.parts(session)).refusal, CommandRefusal::unknown_thing);
  session.party = PartyId(3);
  const CommandResult second = venue_.run("olga", operations, venue_.parts(session));
  ASSERT_EQ(venue_.decide("ann", operations, second.command).outcome, Outcome::took);
  EXPECT_NE(refdata_.session_by_comp_ids("CANTUS", "BRAVO1"), nullptr);
}

TEST_F(CommandsTest, WhatIsMadeOnceStays) {
  InstrumentDefined instrument = venue_.instrument(1);
  instrument.tick = Price(1);
  EXPECT_EQ(venue_.run("olga", operations, venue_.parts(instrument)).refusal, CommandRefusal::identity_changed);
  SessionDefined session = venue_.session(1);
  session.party = PartyId(2);
  EXPECT_EQ(venue_.run("olga", operations, venue_.parts(session)).refusal, CommandRefusal::identity_changed);
  VenueDefined settings = refdata_.venue();
  settings.open_orders_max = 7;
  EXPECT_EQ(venue_.run("olga", operations, venue_.parts(settings)).refusal, CommandRefusal::identity_changed);
  EXPECT_EQ(venue_.run("olga", operations, venue_.parts(TradingDayStarted{})).refusal, CommandRefusal::role_may_not);
}

// Whoever signs finds what waits already: the same change of the same things, and a step as far as the one that waits
// would still follow it.
TEST_F(CommandsTest, TheSameThatWaitsIsFound) {
  EXPECT_EQ(find_waiting(refdata_, venue_.parts(with_qty_max(200))), nullptr);
  const CommandResult waits = venue_.run("rita", risk, venue_.parts(with_qty_max(200)));
  venue_.run("ron", risk, venue_.parts(with_qty_max(200)));
  const WaitingCommand* const found = find_waiting(refdata_, venue_.parts(with_qty_max(200)));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->position, waits.command) << "the oldest one";
  EXPECT_EQ(find_waiting(refdata_, venue_.parts(with_qty_max(300))), nullptr);
  EXPECT_EQ(find_waiting(refdata_, venue_.parts(with_qty_max(200), StepAllowed{5})), nullptr) << "it is more";
  const CommandResult step = venue_.run("olga", operations, venue_.parts(StepAllowed{5'000'000'000}));
  ASSERT_EQ(step.outcome, Outcome::waits);
  for (const std::int64_t step_ns : {4'000'000'000, 5'000'000'001, 6'000'000'000}) {
    const WaitingCommand* const same_step = find_waiting(refdata_, venue_.parts(StepAllowed{step_ns}));
    ASSERT_NE(same_step, nullptr) << step_ns;
    EXPECT_EQ(same_step->position, step.command) << step_ns;
  }
  for (const std::int64_t step_ns : {-5'000'000'000, 3'999'999'999, 6'000'000'001, 11'000'000'000}) {
    EXPECT_EQ(find_waiting(refdata_, venue_.parts(StepAllowed{step_ns})), nullptr) << step_ns;
  }
}

TEST_F(CommandsTest, OnlySoManyWait) {
  for (std::size_t i = 0; i < Commands::waiting_max; ++i) {
    ASSERT_EQ(venue_.run("rita", risk, venue_.parts(with_qty_max(200))).outcome, Outcome::waits);
  }
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(with_qty_max(200))).refusal, CommandRefusal::too_many_waiting);
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(with_qty_max(50))).outcome, Outcome::took);
}

// A history in which one record is not as it was signed: whatever bit it is, and wherever it lies, only what was signed
// ever takes effect. The settings follow a list that the test keeps of what it let through.
TEST_F(CommandsTest, RandomHistoriesWithFlippedBitsFollowWhatWasSigned) {
  std::mt19937_64 random(7);
  ReferenceData twin;
  std::int64_t expected = qty_max();
  std::uint64_t forged = 0;
  for (int i = 0; i < 300; ++i) {
    const std::int64_t wanted = static_cast<std::int64_t>(random() % 200 + 1);
    auto parts = venue_.parts(with_qty_max(wanted));
    OperatorCommand command = venue_.command(random() % 2 == 0 ? "rita" : "ron", risk, parts);
    const bool flips = random() % 3 == 0;
    if (flips) {
      ++forged;
      const bool in_part = random() % 2 == 0;
      auto bytes = in_part ? std::as_writable_bytes(std::span(parts)) : std::as_writable_bytes(std::span(&command, 1));
      const std::uint64_t bit = random() % (bytes.size() * 8);
      bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
    venue_.propose(parts);
    const ChangeId position = venue_.apply(command);
    const Outcome outcome = refdata_.command_result().outcome;
    if (flips) {
      ASSERT_EQ(outcome, Outcome::refused);
    } else if (wanted == expected) {
      ASSERT_EQ(refdata_.command_result().refusal, CommandRefusal::nothing_changed);
    } else if (wanted < expected) {
      ASSERT_EQ(outcome, Outcome::took);
      expected = wanted;
    } else {
      ASSERT_EQ(outcome, Outcome::waits);
      OperatorDecision decision = venue_.decision("bob", compliance, position);
      const bool forge_decision = random() % 3 == 0;
      if (forge_decision) {
        const std::uint64_t bit = random() % (sizeof(decision) * 8);
        std::as_writable_bytes(std::span(&decision, 1))[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      }
      venue_.apply(decision);
      ASSERT_EQ(refdata_.command_result().outcome, forge_decision ? Outcome::refused : Outcome::took);
      if (forge_decision) {
        venue_.decide("bob", compliance, position, Decision::rejected);
      } else {
        expected = wanted;
      }
    }
    ASSERT_EQ(qty_max(), expected);
  }
  EXPECT_GT(forged, 50U);
}

// ---- formats and rules ----------------------------------------------------------------------------------------------

class AnnouncementsTest : public CommandsTest {
 protected:
  static FormatAnnounced format(std::uint16_t type, std::uint8_t version, TopicId topic) {
    FormatAnnounced announced;
    announced.announced = MessageType(type);
    announced.announced_version = version;
    announced.on_topic = topic;
    announced.payload_bytes = 24;
    announced.name = FixedString<32>("NewThing");
    return announced;
  }
  static RuleActivated rule(std::uint16_t number, std::uint16_t set, const char* name = "rule") {
    RuleActivated activated;
    activated.rule = number;
    activated.set = set;
    activated.owner = RuleOwner::credit;
    activated.name = FixedString<32>(name);
    return activated;
  }
  CommandRefusal refusal_of(const auto& change) {
    const CommandResult result = venue_.run("olga", operations, venue_.parts(change));
    return result.outcome == Outcome::waits ? venue_.decide("bob", compliance, result.command).refusal : result.refusal;
  }
};

// What this build knows does not matter: every build says the same.
TEST_F(AnnouncementsTest, AreJudgedByTheLogAlone) {
  EXPECT_EQ(refusal_of(format(200, 2, topic::orders)), CommandRefusal::unknown_thing) << "version 1 goes before";
  EXPECT_EQ(refusal_of(format(52, 1, topic::outcomes)), CommandRefusal::nothing_changed);
  EXPECT_EQ(refusal_of(format(52, 2, topic::orders)), CommandRefusal::identity_changed);
  EXPECT_EQ(refusal_of(format(52, 16, topic::outcomes)), CommandRefusal::malformed);
  EXPECT_EQ(refusal_of(format(200, 1, topic::orders)), CommandRefusal::none);
  EXPECT_EQ(refusal_of(rule(9, 1)), CommandRefusal::nothing_changed) << "set 1 holds where nothing is said";
  EXPECT_EQ(refusal_of(rule(9, 3)), CommandRefusal::none);
  EXPECT_EQ(refusal_of(rule(64, 2)), CommandRefusal::malformed);
}

TEST_F(AnnouncementsTest, TakeEffectAtTheSequencersRecord) {
  EXPECT_EQ(refusal_of(format(200, 1, topic::orders)), CommandRefusal::none);
  EXPECT_EQ(refdata_.formats().find(MessageType(200), 1), nullptr);
  const ChangeId position = venue_.apply(format(200, 1, topic::orders), PublisherId(1));
  ASSERT_NE(refdata_.formats().find(MessageType(200), 1), nullptr);
  EXPECT_EQ(refdata_.formats().find(MessageType(200), 1)->position, position);
  EXPECT_EQ(refdata_.formats().newest(MessageType(200)), 1);
  const Digest before = refdata_.digest();
  venue_.apply(format(200, 1, topic::orders), PublisherId(1));
  EXPECT_EQ(refdata_.digest(), before) << "a repeat changes nothing";

  EXPECT_EQ(refusal_of(rule(9, 3)), CommandRefusal::none);
  EXPECT_EQ(refdata_.rules().set_of(9), 1);
  venue_.apply(rule(9, 3), PublisherId(1));
  EXPECT_EQ(refdata_.rules().set_of(9), 3);
  EXPECT_EQ(refusal_of(rule(9, 2, "other")), CommandRefusal::identity_changed);
  EXPECT_EQ(refusal_of(rule(9, 2)), CommandRefusal::none) << "a set that held before may hold again";
}

TEST_F(AnnouncementsTest, NeedOperationsAndASecondPerson) {
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(format(200, 1, topic::orders))).refusal,
            CommandRefusal::role_may_not);
  const CommandResult waits = venue_.run("olga", operations, venue_.parts(format(200, 1, topic::orders)));
  ASSERT_EQ(waits.outcome, Outcome::waits);
  EXPECT_EQ(venue_.decide("olga", operations, waits.command).refusal, CommandRefusal::same_person);
}

// A change is only taken in a layout that the log announces, so that no two builds judge it differently.
TEST_F(AnnouncementsTest, AChangeWhoseLayoutIsNotAnnouncedIsNone) {
  std::vector<CommandPart> parts = venue_.parts(with_qty_max(50));
  parts[0].change_version = 2;
  EXPECT_EQ(venue_.run("rita", risk, parts).refusal, CommandRefusal::parts_differ);
}

// ---- exceptions
// -------------------------------------------------------------------------------------------------------

class ExceptionsTest : public CommandsTest {
 protected:
  ExceptionsTest() {
    PublisherDefined outcomes;
    outcomes.publisher = outcomes_;
    outcomes.places = 2;
    outcomes.service_class = ServiceClass::outcome;
    outcomes.name = FixedString<32>("outcomes");
    venue_.apply(outcomes, PublisherId(1));
  }
  [[nodiscard]] Quarantine quarantine(std::uint64_t position, MachineName machine = MachineName::matching) const {
    Quarantine quarantine;
    quarantine.position = Seq(position);
    quarantine.machine = machine;
    quarantine.known = refdata_.last_exception();
    if (machine != MachineName::gateway) {
      quarantine.publisher = outcomes_;
      quarantine.first = Seq(position + 1);
      quarantine.from = PublisherSeq(1);
    }
    return quarantine;
  }
  template <class... Changes>
  [[nodiscard]] CommandResult run(const Changes&... changes) {
    return venue_.run("olga", operations, venue_.parts(changes...));
  }
  [[nodiscard]] CommandResult approve(const CommandResult& waiting) {
    return venue_.decide("rita", risk, waiting.command);
  }

  PublisherId outcomes_{40};
};

// The record must be there, and the machine one that has a fixed handling; what is void is of who makes outcomes, and
// whoever makes them must know before he says more.
TEST_F(ExceptionsTest, AQuarantineTakesTwoAndSpeaksOfWhatIsThere) {
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(quarantine(1))).refusal, CommandRefusal::role_may_not);
  const CommandResult waits = run(quarantine(1));
  EXPECT_EQ(waits.outcome, Outcome::waits);
  EXPECT_EQ(approve(waits).outcome, Outcome::took);
  Quarantine other = quarantine(1, MachineName::sessions);
  EXPECT_EQ(run(other).refusal, CommandRefusal::malformed);
  other = quarantine(venue_.records.size() + 3, MachineName::credit);  // that of the command itself
  EXPECT_EQ(run(other).refusal, CommandRefusal::unknown_thing);
  other = quarantine(1, MachineName::credit);
  other.publisher = PublisherId(2);  // a gateway
  EXPECT_EQ(run(other).refusal, CommandRefusal::unknown_thing);
  other = quarantine(1, MachineName::gateway);
  other.machine = MachineName::credit;  // and names nobody
  EXPECT_EQ(run(other).refusal, CommandRefusal::malformed);
  other = quarantine(1, MachineName::credit);
  other.from = PublisherSeq();
  other.trusted_crc = 1;
  EXPECT_EQ(run(other).refusal, CommandRefusal::malformed);
  EXPECT_EQ(run(quarantine(1, MachineName::gateway)).outcome, Outcome::waits);
}

TEST_F(ExceptionsTest, QuarantinesOfOneCommandStandBehindEachOther) {
  Quarantine one = quarantine(2, MachineName::gateway);
  const Quarantine last = quarantine(1);
  EXPECT_EQ(run(one, last).refusal, CommandRefusal::malformed) << "it says that none follows";
  one.rest = 1;
  EXPECT_EQ(run(one).refusal, CommandRefusal::malformed) << "none follows";
  EXPECT_EQ(run(one, StepAllowed{}).refusal, CommandRefusal::malformed);
  EXPECT_EQ(run(one, last).outcome, Outcome::waits);
  Quarantine first = last;
  first.rest = 1;
  EXPECT_EQ(run(first, quarantine(2, MachineName::gateway)).refusal, CommandRefusal::malformed)
      << "the last one says that outcomes are concerned";
  EXPECT_EQ(run(first, quarantine(2)).refusal, CommandRefusal::malformed) << "void from where?";
}

// Two that were tried on the same log cannot both be right of it: the second was tried on another reading.
TEST_F(ExceptionsTest, WhatWasSignedWithoutKnowingOfAnotherIsOvertaken) {
  const CommandResult one = run(quarantine(1));
  const CommandResult two = run(quarantine(2));
  const CommandResult gateway = run(quarantine(2, MachineName::gateway));
  ASSERT_EQ(two.outcome, Outcome::waits);
  Quarantine late = quarantine(3);
  EXPECT_EQ(approve(one).outcome, Outcome::took);
  EXPECT_EQ(refdata_.last_exception(), Seq(venue_.records.size())) << "as long as the sequencer has not said it";
  EXPECT_EQ(approve(two).refusal, CommandRefusal::unknown_command) << "it waits no more";
  EXPECT_EQ(approve(gateway).refusal, CommandRefusal::unknown_command);
  EXPECT_EQ(run(late).refusal, CommandRefusal::settings_changed);
  late.known = refdata_.last_exception();
  const CommandResult between = run(late);
  EXPECT_EQ(between.outcome, Outcome::waits);
  const Quarantine said = quarantine(1);
  venue_.apply(said, PublisherId(1));
  EXPECT_EQ(refdata_.last_exception(), Seq(venue_.records.size()));
  EXPECT_EQ(approve(between).refusal, CommandRefusal::unknown_command);
  late.known = refdata_.last_exception();
  EXPECT_EQ(approve(run(late)).outcome, Outcome::took);
}

TEST_F(ExceptionsTest, AResolutionIsOvertakenLikewiseAndOvertakesIfItVoids) {
  PublisherSuspended suspended;
  suspended.publisher = outcomes_;
  suspended.from = PublisherSeq(4);
  suspended.admitted = Seq(2);
  venue_.apply(suspended, PublisherId(1));
  Resolved resolved;
  resolved.publisher = outcomes_;
  resolved.suspension = Seq(venue_.records.size());
  resolved.from = suspended.from;
  resolved.first = suspended.admitted;
  resolved.known = Seq(1);
  EXPECT_EQ(run(resolved).refusal, CommandRefusal::settings_changed);
  resolved.known = refdata_.last_exception();
  const CommandResult stands = run(resolved);
  EXPECT_EQ(stands.outcome, Outcome::waits);
  const CommandResult waiting = run(quarantine(1));
  EXPECT_EQ(approve(stands).outcome, Outcome::took);
  EXPECT_EQ(approve(waiting).outcome, Outcome::took) << "the log is read as before";

  venue_.apply(suspended, PublisherId(1));
  resolved.suspension = Seq(venue_.records.size());
  resolved.known = refdata_.last_exception();
  resolved.voided = 1;
  resolved.left_through = left_through_of(suspended, resolved.suspension);
  const CommandResult voids = run(resolved);
  ASSERT_EQ(voids.outcome, Outcome::waits) << text_of(voids.refusal);
  const CommandResult overtaken = run(quarantine(3));
  ASSERT_EQ(overtaken.outcome, Outcome::waits);
  EXPECT_EQ(approve(voids).outcome, Outcome::took);
  EXPECT_EQ(approve(overtaken).refusal, CommandRefusal::unknown_command);
}

TEST_F(ExceptionsTest, AStepBeyondAllTimeIsNone) {
  StepAllowed step;
  step.step_ns = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(run(step).refusal, CommandRefusal::malformed);
  step.step_ns = -3'600'000'000'000;
  EXPECT_EQ(run(step).outcome, Outcome::waits);
}

}  // namespace
}  // namespace cantus
