// From one configuration to another: what operators must sign for, in words and as changes, and the trail that it
// leaves.
#include "refdata/app/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/text.h"
#include "refdata/app/audit_trail.h"
#include "refdata/app/opening.h"
#include "tests/refdata/app/valid_configuration.h"
#include "tests/refdata/signed_venue.h"

namespace cantus::refdata::test {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What the log of `document` holds.
std::unique_ptr<RecordedConfiguration> recorded_of(const json& document) {
  auto recorded = std::make_unique<RecordedConfiguration>();
  const OpeningContent content = opening_of(*parse_configuration(document.dump()), VenueId(7), 20261121);
  Seq seq;
  const auto show = [&](const InitialRecord& record) {
    RecordHeader header;
    header.type = record.type;
    header.version = record.version;
    header.topic = record.topic;
    header.seq = seq = seq.next();
    header.log = LogNumber(1);
    std::vector<std::byte> bytes;
    build_record(bytes, header, record.payload);
    recorded->apply(SignedVenue::event_of(bytes));
  };
  for (const PublisherDefined& publisher : content.publishers) {
    show(InitialRecord::of(publisher::sequencer, publisher));
  }
  for (const PublishGranted& granted : content.grants) {
    show(InitialRecord::of(publisher::sequencer, granted));
  }
  for (const InitialRecord& record : content.records) {
    show(record);
  }
  return recorded;
}

std::vector<std::string> lines_of(const json& from, const json& to, OperatorRole role) {
  const auto recorded = recorded_of(from);
  const ChangesNeeded needed = changes_to(*parse_configuration(to.dump()), *recorded);
  EXPECT_THAT(needed.not_possible, IsEmpty());
  const std::vector<CommandPart> parts = parts_of_role(needed.parts, role);
  EXPECT_EQ(judge_changes(recorded->reference_data(), parts).refusal, CommandRefusal::none);
  std::vector<std::string> lines;
  for (const CommandPart& part : parts) {
    for (const std::string& line : describe_change(recorded->reference_data(), part)) {
      lines.push_back(line);
    }
  }
  return lines;
}

TEST(ChangesTest, TheSameConfigurationNeedsNone) {
  const auto recorded = recorded_of(valid_document());
  const ChangesNeeded needed = changes_to(*parse_configuration(valid_document().dump()), *recorded);
  EXPECT_THAT(needed.parts, IsEmpty());
  EXPECT_THAT(needed.not_possible, IsEmpty());
}

TEST(ChangesTest, EachChangeIsInTheHandsOfItsRole) {
  json to = valid_document();
  to["parties"][0]["order_qty_max"] = 7;
  to["instruments"][0]["collar_bps"] = 123;
  to["gateways"].push_back({{"name", "gateway-3"}, {"host", "127.0.0.1"}, {"port", 9999}});
  EXPECT_THAT(lines_of(valid_document(), to, OperatorRole::risk), ElementsAre(HasSubstr("].order_qty_max: ")));
  EXPECT_THAT(lines_of(valid_document(), to, OperatorRole::operations), ElementsAre(HasSubstr("].collar_bps: ")));
  EXPECT_THAT(lines_of(valid_document(), to, OperatorRole::administrator),
              ElementsAre(HasSubstr("publishers[gateway-3]: new"), HasSubstr("may write on venue/sessions"),
                          HasSubstr("may write on venue/orders")));
}

TEST(ChangesTest, NothingIsTakenAwayFromALog) {
  json to = valid_document();
  to["instruments"].erase(0);
  const auto recorded = recorded_of(valid_document());
  EXPECT_THAT(changes_to(*parse_configuration(to.dump()), *recorded).not_possible, Contains(HasSubstr("instruments[")));
}

TEST(ChangesTest, OperatorsComeWithTheFileAndGoWithoutIt) {
  const auto key = [] { return to_text(OperatorKey::generate()->public_key()); };
  json from = valid_document();
  from["operators"] = {{{"name", "ann"}, {"roles", {"administrator"}}, {"key", key()}},
                       {{"name", "bob"}, {"roles", {"risk"}}, {"key", key()}},
                       {{"name", "dora"}, {"roles", {"compliance"}}, {"key", key()}}};
  json to = from;
  to["operators"][1] = {{"name", "carl"}, {"roles", {"risk", "operations"}}, {"key", key()}};
  EXPECT_THAT(lines_of(from, to, OperatorRole::administrator),
              ElementsAre(HasSubstr("operators[carl]: roles risk, operations, key ed25519:"),
                          "operators[bob]: roles risk become none"));
  EXPECT_THAT(differences(*parse_configuration(to.dump()), *recorded_of(from)),
              ElementsAre(HasSubstr("operators[carl]: only in the file"), "operators[bob]: only in the log"));
}

TEST(ChangesTest, OperatorsOfAFileAreChecked) {
  json document = valid_document();
  document["operators"] = {{{"name", "ann"}, {"roles", {"boss"}}, {"key", "ed25519:00"}}};
  const auto refused = parse_configuration(document.dump());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("operators[0].key"));
  EXPECT_THAT(refused.error().text, HasSubstr("operators[0].roles[0]: is none of"));
  EXPECT_THAT(refused.error().text, HasSubstr("operators: nobody could change them"));

  document["operators"] = {
      {{"name", "ann"}, {"roles", {"administrator"}}, {"key", to_text(OperatorKey::generate()->public_key())}}};
  const auto alone = parse_configuration(document.dump());
  ASSERT_FALSE(alone) << "nobody could second her";
  EXPECT_THAT(alone.error().text, HasSubstr("operators: nobody could change them"));
  // A log may hold just her: its venue starts all the same, and says so.
  const auto of_a_log = parse_configuration(document.dump(), ConfigurationOf::log);
  ASSERT_TRUE(of_a_log) << of_a_log.error().text;
  ASSERT_TRUE(why_operators_stay(of_a_log->operators));
  EXPECT_THAT(*why_operators_stay(of_a_log->operators), HasSubstr("nobody could change them"));
  EXPECT_FALSE(why_operators_stay(valid_configuration().operators));
}

// The page that people read has the table by which commands are judged.
TEST(ChangesTest, OperationsHasTheTableOfRules) {
  std::ifstream file(CANTUS_OPERATIONS_PAGE);
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const CommandRule& rule : command_rules()) {
    const char* const when = rule.second_needed == SecondNeeded::always  ? "always"
                             : rule.second_needed == SecondNeeded::never ? "never"
                                                                         : "widens";
    const std::string line = "| `" + std::string(rule.name) + "` | " + std::string(rule.doc) + " | " +
                             roles_text(rule.roles.bits()) + " | " + roles_text(rule.seconds.bits()) + " | " + when +
                             " |";
    EXPECT_NE(page.find(line + "\n"), std::string::npos) << "docs/operations.md lacks the line " << line;
  }
}

TEST(OperatorKeyTest, IsReadWithItsPassphraseAlone) {
  const auto key = OperatorKey::generate();
  const auto text = key->to_text("open sesame");
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("BEGIN ENCRYPTED PRIVATE KEY"));
  const auto same = OperatorKey::from_text(*text, "open sesame");
  ASSERT_TRUE(same);
  EXPECT_EQ(same->public_key(), key->public_key());
  EXPECT_FALSE(OperatorKey::from_text(*text, "open barley"));
  EXPECT_FALSE(OperatorKey::from_text(*text, ""));
  EXPECT_FALSE(OperatorKey::from_text("nonsense", "open sesame"));
  EXPECT_FALSE(key->to_text(""));
  EXPECT_EQ(*parse_signing_key(to_text(key->public_key())), key->public_key());
}

TEST(AuditTrailTest, SaysWhoDidWhatAndWhatNobodySignedFor) {
  SignedVenue venue;
  PartyDefined party = venue.party(1);
  party.order_qty_max = Qty(200);
  const CommandResult waits = venue.run("rita", OperatorRole::risk, venue.parts(party));
  venue.decide("bob", OperatorRole::compliance, waits.command);
  venue.run("olga", OperatorRole::operations, venue.parts(party));
  PublishRevoked revoked;
  revoked.publisher = PublisherId(10);
  revoked.revoked = topic::orders;
  venue.apply(revoked, PublisherId(1));
  OperationNoted noted;
  noted.time = TimeNs(5);
  noted.operation = Operation::recover;
  noted.user = FixedString<32>("root");
  venue.apply(noted, PublisherId(1));
  venue.time = TimeNs(1'000'000'000);
  const PartyLimitsUntil for_a_while{TimeNs(2'000'000'000), Qty(900), {}, {}, PartyId(1), {}};
  venue.decide("bob", OperatorRole::compliance,
               venue.run("rita", OperatorRole::risk, venue.parts(for_a_while)).command);
  venue.time = TimeNs(2'500'000'000);
  venue.run("tom", OperatorRole::trader, venue.parts(TradingBlocked{PartyId(1), {}}));
  AuditTrail trail;
  std::vector<std::string> changes;
  std::vector<std::string> lines;
  for (const auto& record : venue.records) {
    for (const TrailEntry& entry : trail.apply(SignedVenue::event_of(record))) {
      lines.push_back(entry.who + " " + entry.what + " " + entry.outcome);
      changes = entry.kind == TrailEntry::Kind::limits_end ? entry.changes : changes;
    }
  }
  EXPECT_THAT(
      lines,
      ElementsAre("config opening took effect", "rita command waits for a second person", "bob approved took effect",
                  HasSubstr("olga command refused: the role"), "sequencer permission no operator signed for it",
                  "root@ recover recorded", "rita command waits for a second person", "bob approved took effect",
                  "rita, bob limits end the limits of the definition hold again", "tom command took effect"));
  EXPECT_THAT(changes, ElementsAre("parties[ALPHA].order_qty_max: 900 becomes 200"));
}

// Limits that hold for a while now may have ended when the second person looks: the first one is shown, too, what is
// not as the definition says.
TEST(ChangesTest, LimitsThatGoOnAreShownToWhoeverSignsFirst) {
  SignedVenue venue;
  venue.time = TimeNs(1'000'000'000);
  const PartyLimitsUntil for_a_while{TimeNs(2'000'000'000), Qty(900), {}, {}, PartyId(1), {}};
  venue.decide("bob", OperatorRole::compliance,
               venue.run("rita", OperatorRole::risk, venue.parts(for_a_while)).command);
  PartyLimitsUntil longer = for_a_while;
  longer.until = TimeNs(5'000'000'000);
  const CommandPart part = part_of(longer, 0);
  EXPECT_THAT(describe_change(venue.refdata, part),
              ElementsAre("parties[ALPHA].order_qty_max: 900 goes on, its definition says 100",
                          HasSubstr("parties[ALPHA]: until ")));
  venue.time = TimeNs(2'000'000'000);
  venue.run("tom", OperatorRole::trader, venue.parts(TradingBlocked{PartyId(1), {}}));
  EXPECT_THAT(describe_change(venue.refdata, part),
              ElementsAre("parties[ALPHA].order_qty_max: 100 becomes 900", HasSubstr("parties[ALPHA]: until ")));
}

// The role stands in what was signed: whoever does not have it only claimed it, as the first person or the second.
TEST(AuditTrailTest, SaysWhichRoleWasOnlyClaimed) {
  SignedVenue venue;
  PartyDefined party = venue.party(1);
  party.order_qty_max = Qty(200);
  venue.run("tom", OperatorRole::risk, venue.parts(party));
  const ChangeId waits = venue.run("rita", OperatorRole::risk, venue.parts(party)).command;
  venue.decide("tom", OperatorRole::administrator, waits);
  venue.decide("bob", OperatorRole::compliance, waits);
  AuditTrail trail;
  std::vector<std::string> lines;
  for (const auto& record : venue.records) {
    for (const TrailEntry& entry : trail.apply(SignedVenue::event_of(record))) {
      if (!entry.role.empty()) {
        lines.push_back(in_role(entry.who, entry.role, entry.role_held) + (entry.refused ? " refused" : ""));
      }
    }
  }
  EXPECT_THAT(lines,
              ElementsAre("tom, as risk refused", "rita (risk)", "tom, as administrator refused", "bob (compliance)"));
}

// What waits no more and was not decided on is told where that came about, with what brought it about: a decision on
// another command, a command that needs no second person, or the sequencer, which carried something out.
TEST(AuditTrailTest, SaysWhatOvertookACommandThatWaited) {
  SignedVenue venue;
  PartyDefined party = venue.party(1);
  party.order_qty_max = Qty(200);
  const ChangeId first = venue.run("rita", OperatorRole::risk, venue.parts(party)).command;
  const ChangeId again = venue.run("ron", OperatorRole::risk, venue.parts(party)).command;
  venue.decide("bob", OperatorRole::compliance, first);
  const std::string decided = to_text(SignedVenue::event_of(venue.records.back()).position());

  const ChangeId blocked = venue.run("tom", OperatorRole::trader, venue.parts(TradingBlocked{PartyId(1), {}})).command;
  const ChangeId unblocks =
      venue.run("rita", OperatorRole::risk, venue.parts(TradingUnblocked{blocked, PartyId(1), {}})).command;
  const ChangeId anew = venue.run("tom", OperatorRole::trader, venue.parts(TradingBlocked{PartyId(1), {}})).command;

  Quarantine quarantine;
  quarantine.position = Seq(1);
  quarantine.machine = MachineName::gateway;
  venue.decide("rita", OperatorRole::risk,
               venue.run("olga", OperatorRole::operations, venue.parts(quarantine)).command);
  Quarantine other = quarantine;
  other.position = Seq(2);
  other.known = venue.refdata.last_exception();
  const ChangeId between = venue.run("olga", OperatorRole::operations, venue.parts(other)).command;
  const std::string carried_out = to_text(venue.apply(quarantine, PublisherId(1)));

  AuditTrail trail;
  std::vector<std::string> lines;
  for (const auto& record : venue.records) {
    for (const TrailEntry& entry : trail.apply(SignedVenue::event_of(record))) {
      if (entry.kind == TrailEntry::Kind::overtaken) {
        EXPECT_EQ(entry.seq, SignedVenue::event_of(record).header->seq);
        EXPECT_THAT(entry.changes, Not(IsEmpty()));
        lines.push_back(entry.who + " " + to_text(entry.command) + " " + entry.outcome);
      }
    }
  }
  EXPECT_THAT(
      lines,
      ElementsAre("ron " + to_text(again) + " overtaken by " + to_text(first) + " at " + decided,
                  "rita " + to_text(unblocks) + " overtaken by " + to_text(anew) + " at " + to_text(anew),
                  "olga " + to_text(between) + " overtaken by what the sequencer carried out at " + carried_out));
}

}  // namespace
}  // namespace cantus::refdata::test
