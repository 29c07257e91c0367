// The configuration is read and checked whole; every fault is named with its path, and nothing else is.
#include "refdata/app/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <cctype>

#include <functional>

#include "refdata/app/password.h"
#include "refdata/operators.h"
#include "tests/refdata/app/valid_configuration.h"

namespace cantus::refdata::test {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The text with which the document is refused; empty if it is taken.
std::string refusal(const json& document) {
  const Result<Configuration> configuration = parse_configuration(document.dump());
  return configuration.ok() ? std::string() : configuration.error().text;
}

TEST(ConfigurationTest, ReplicasMustAgreeWhereverAnythingIsHeldBackUnlessToldOtherwise) {
  struct Case {
    const char* level;
    std::optional<bool> said;
    bool agree;
  };
  for (const Case& c : {Case{"synced", std::nullopt, true}, Case{"synced", false, false}, Case{"synced", true, true},
                        Case{"sequenced", std::nullopt, false}, Case{"sequenced", true, true}}) {
    json document = valid_document();
    document["venue"]["ack_level"] = c.level;
    if (c.said) {
      document["venue"]["replicas_agree"] = *c.said;
    }
    const Result<Configuration> read = parse_configuration(document.dump());
    ASSERT_TRUE(read.ok()) << read.error().text;
    EXPECT_EQ(read->venue.replicas_agree, c.agree ? 1 : 0) << document["venue"];
  }
}

TEST(ConfigurationTest, ReadsEveryField) {
  const Configuration read = valid_configuration();
  EXPECT_EQ(read.venue.name.view(), "test");
  EXPECT_EQ(read.venue.ack_level, AckLevel::synced);
  EXPECT_EQ(read.venue.takeover_interval_ns, 5'000'000'000);
  EXPECT_EQ(read.venue.cancel_grace_ns, 10'000'000'000);
  EXPECT_EQ(read.venue.output_hold_max_ns, 30'000'000'000);
  EXPECT_EQ(read.venue.open_orders_max, 65'536U);
  EXPECT_EQ(read.venue.cl_ord_ids_max, 1'000'000U);
  EXPECT_EQ(read.venue.backlog_max, 10'000U);

  ASSERT_EQ(read.instruments.size(), 2U);
  InstrumentDefined apple;
  apple.instrument = InstrumentId(1);
  apple.collar_bps = 500;
  apple.tick = Price(1'000'000);
  apple.lot = Qty(1);
  apple.reference_price = Price(19'000'000'000);
  apple.symbol = FixedString<16>("AAPL");
  EXPECT_EQ(read.instruments[0], apple);
  EXPECT_EQ(read.instruments[1].clients_may_meet, 1);
  EXPECT_TRUE(read.instruments[1].reference_price.is_zero());

  ASSERT_EQ(read.parties.size(), 2U);
  PartyDefined alpha;
  alpha.party = PartyId(1);
  alpha.kind = PartyKind::client;
  alpha.order_qty_max = Qty(100);
  alpha.order_notional_max = *parse_notional("5000");
  alpha.gross_notional_max = *parse_notional("90000.5");
  alpha.name = FixedString<32>("ALPHA");
  EXPECT_EQ(read.parties[0], alpha);

  ASSERT_EQ(read.sessions.size(), 4U);
  SessionDefined session;
  session.session = SessionId(1);
  session.party = PartyId(1);
  session.role = SessionRole::client;
  session.reset_policy = ResetPolicy::refused;
  session.cancel_on_disconnect = 1;
  session.password_required = 1;
  session.heartbeat_min_s = 10;
  session.heartbeat_max_s = 30;
  session.reset_time_s = 5 * 3600 + 6 * 60 + 7;
  session.begin_string = FixedString<16>("FIX.4.4");
  session.our_comp_id = FixedString<32>("CANTUS");
  session.their_comp_id = FixedString<32>("ALPHA1");
  EXPECT_EQ(read.sessions[0], session);
  EXPECT_EQ(read.sessions[1].party, PartyId(2));
  EXPECT_EQ(read.sessions[1].password_required, 0);
  EXPECT_EQ(read.sessions[1].reset_time_s, -1);
  EXPECT_EQ(read.sessions[2].reset_time_s, 86'340);
  EXPECT_EQ(read.sessions[3].party, PartyId(0));

  ASSERT_EQ(read.verifiers.size(), 1U);
  EXPECT_EQ(read.verifiers[0].session, SessionId(1));
  EXPECT_EQ(read.verifiers[0].log2_n, 4);

  ASSERT_EQ(read.process.gateways.size(), 2U);
  EXPECT_EQ(read.process.gateways[1].name, "gateway-2");
  EXPECT_EQ(read.process.gateways[1].publisher, PublisherId(11));
  EXPECT_EQ(read.process.gateways[1].address.text(), "::1:9880");
  EXPECT_EQ(read.process.gateways[1].burst, 50U);
  EXPECT_EQ(read.process.market_data[0].publisher, PublisherId(40));
  EXPECT_EQ(read.process.trade_reporter->port, 9890);
  EXPECT_EQ(read.process.journal.segment_bytes, 67'108'864U);
  EXPECT_EQ(read.process.rings.bytes, runtime::ring_bytes_default);
  EXPECT_EQ(read.process.rings.in_flight_max, 1024U);
  EXPECT_EQ(read.process.snapshots.every_records, 500'000U);
  EXPECT_EQ(read.process.snapshots.every_ns, 900'000'000'000);
  EXPECT_EQ(read.process.snapshots.keep, 3U);
  EXPECT_EQ(read.process.layout, Layout::automatic);
  EXPECT_EQ(read.process.wait, runtime::WaitMode::adaptive);
  EXPECT_FALSE(read.process.sequencer_core.has_value());
}

TEST(ConfigurationTest, NamesAllFaultsAtOnce) {
  json document = valid_document();
  document["sessions"][1]["party"] = "DSEK";
  document["instruments"][0]["tick"] = 0.01;
  document["venue"]["open_orders_mx"] = 5;
  EXPECT_EQ(refusal(document),
            "venue.open_orders_mx: is not a known key; did you mean open_orders_max?\n"
            "instruments[0].tick: 0.01 is no price: write a decimal with at most 8 decimals in quotes, as \"190.25\"\n"
            "sessions[1].party: no party is named \"DSEK\"; did you mean DESK?");
}

struct FaultCase {
  const char* name;
  std::function<void(json&)> change;
  const char* fault;  // how the only line begins
};

void PrintTo(const FaultCase& fault_case, std::ostream* out) { *out << fault_case.name; }

class ConfigurationFaultTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(ConfigurationFaultTest, IsNamedAlone) {
  json document = valid_document();
  GetParam().change(document);
  const std::string text = refusal(document);
  EXPECT_THAT(text, StartsWith(GetParam().fault));
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

const std::vector<FaultCase> fault_cases = {
    {"VenueMissing", [](json& d) { d.erase("venue"); }, "venue: is missing"},
    {"VenueNoObject", [](json& d) { d["venue"] = 3; }, "venue: must be an object"},
    {"NameMissing", [](json& d) { d["venue"].erase("name"); }, "venue.name: is missing"},
    {"NameTooLong", [](json& d) { d["venue"]["name"] = std::string(33, 'x'); },
     "venue.name: must have 1 to 32 printable ASCII characters"},
    {"NameWithControl", [](json& d) { d["venue"]["name"] = "a\x01"; }, "venue.name: must have 1 to 32"},
    {"AckLevel", [](json& d) { d["venue"]["ack_level"] = "sinced"; },
     "venue.ack_level: \"sinced\" is none of \"sequenced\", \"synced\", \"held\", \"replicated\"; did you mean "
     "synced?"},
    {"AckLevelOfSeveralHosts", [](json& d) { d["venue"]["ack_level"] = "replicated"; },
     "venue.ack_level: needs other hosts"},
    {"OpenOrdersBound", [](json& d) { d["venue"]["open_orders_max"] = 1'000'001; },
     "venue.open_orders_max: 1000001 is not a whole number from 1 to 1000000"},
    {"WholeNumber", [](json& d) { d["venue"]["backlog_max"] = 1.5; },
     "venue.backlog_max: 1.5 is not a whole number from 1"},
    {"HugeNumber", [](json& d) { d["venue"]["backlog_max"] = 18446744073709551615U; },
     "venue.backlog_max: 18446744073709551615 is not a whole number"},
    {"ClOrdIdsBelowOrders", [](json& d) { d["venue"]["cl_ord_ids_max"] = 1000; },
     "venue.cl_ord_ids_max: must not be below open_orders_max"},
    {"GraceWithinRestart", [](json& d) { d["venue"]["cancel_grace_ms"] = 4000; },
     "venue.cancel_grace_ms: must be longer than expected_restart_ms (4000)"},
    {"HeartbeatWithinRestart",
     [](json& d) {
       d["expected_restart_ms"] = 9999, d["sessions"][2]["heartbeat_s"] = {9, 30},
       d["sessions"][1]["heartbeat_s"] = {10, 30};
     },
     "sessions[2].heartbeat_s: the least HeartBtInt must be above expected_restart_ms (9999)"},
    {"NoInstruments", [](json& d) { d["instruments"] = json::array(); }, "instruments: has 0 elements"},
    {"InstrumentsNoList", [](json& d) { d["instruments"] = "AAPL"; }, "instruments: must be a list"},
    {"SymbolTwice", [](json& d) { d["instruments"][1]["symbol"] = "AAPL"; },
     "instruments[1].symbol: \"AAPL\" is taken already"},
    {"SymbolWithSpace", [](json& d) { d["instruments"][0]["symbol"] = "BRK A"; },
     "instruments[0].symbol: must have no spaces"},
    {"SymbolTooLong", [](json& d) { d["instruments"][0]["symbol"] = "SEVENTEEN-LETTERS"; },
     "instruments[0].symbol: must have 1 to 16"},
    {"TickZero", [](json& d) { d["instruments"][0]["tick"] = "0"; }, "instruments[0].tick: 0 is below 0.00000001"},
    {"TickNegative", [](json& d) { d["instruments"][0]["tick"] = "-1"; },
     "instruments[0].tick: -1 is below 0.00000001"},
    {"TickTooFine", [](json& d) { d["instruments"][0]["tick"] = "0.000000001"; },
     "instruments[0].tick: \"0.000000001\" is no price"},
    {"ReferenceOffTick", [](json& d) { d["instruments"][0]["reference_price"] = "190.005"; },
     "instruments[0].reference_price: 190.005 is no multiple of the tick 0.01"},
    {"LotZero", [](json& d) { d["instruments"][0]["lot"] = 0; }, "instruments[0].lot: 0 is not a whole number from 1"},
    {"CollarBound", [](json& d) { d["instruments"][0]["collar_bps"] = 10'001; },
     "instruments[0].collar_bps: 10001 is not a whole number from 0 to 10000"},
    {"FlagIsNoNumber", [](json& d) { d["instruments"][0]["clients_may_meet"] = 1; },
     "instruments[0].clients_may_meet: must be true or false"},
    {"PartyTwice", [](json& d) { d["parties"][1]["name"] = "ALPHA", d["sessions"].erase(1), d["sessions"].erase(1); },
     "parties[1].name: \"ALPHA\" is taken already"},
    {"PartyKind", [](json& d) { d["parties"][0]["kind"] = "customer"; },
     "parties[0].kind: \"customer\" is none of \"client\", \"desk\""},
    {"NotionalAsNumber", [](json& d) { d["parties"][0]["order_notional_max"] = 5000; },
     "parties[0].order_notional_max: 5000 is no amount"},
    {"NotionalAboveGross", [](json& d) { d["parties"][0]["order_notional_max"] = "90001"; },
     "parties[0].order_notional_max: is above gross_notional_max"},
    {"UnknownRole", [](json& d) { d["sessions"][2]["role"] = "dropcopy"; },
     "sessions[2].role: \"dropcopy\" is none of"},
    {"ClientOfDesk", [](json& d) { d["sessions"][0]["party"] = "DESK"; },
     "sessions[0].party: \"DESK\" is a desk, the session's role is \"client\""},
    {"DeskOfClient", [](json& d) { d["sessions"][1]["party"] = "ALPHA"; },
     "sessions[1].party: \"ALPHA\" is a client, the session's role is \"desk\""},
    {"PartyMissing", [](json& d) { d["sessions"][0].erase("party"); }, "sessions[0].party: is missing"},
    {"RegulatorWithParty", [](json& d) { d["sessions"][3]["party"] = "ALPHA"; },
     "sessions[3].party: a regulator's session belongs to no party"},
    {"CompIdsTwice", [](json& d) { d["sessions"][1]["their_comp_id"] = "ALPHA1"; },
     "sessions[1].their_comp_id: \"ALPHA1\" with our_comp_id \"CANTUS\" is taken already"},
    {"CompIdWithEquals", [](json& d) { d["sessions"][1]["their_comp_id"] = "A=B"; },
     "sessions[1].their_comp_id: must have no spaces and no \"=\""},
    {"BeginString", [](json& d) { d["sessions"][1]["begin_string"] = "FIX.4.2"; },
     "sessions[1].begin_string: \"FIX.4.2\" is not spoken"},
    {"HeartbeatOrder",
     [](json& d) {
       d["sessions"][0]["heartbeat_s"] = {30, 10};
     },
     "sessions[0].heartbeat_s: must be least and greatest HeartBtInt"},
    {"HeartbeatBound",
     [](json& d) {
       d["sessions"][0]["heartbeat_s"] = {10, 3601};
     },
     "sessions[0].heartbeat_s: must be"},
    {"HeartbeatShape", [](json& d) { d["sessions"][0]["heartbeat_s"] = 30; }, "sessions[0].heartbeat_s: must be"},
    {"CopyCancels", [](json& d) { d["sessions"][2]["cancel_on_disconnect"] = true; },
     "sessions[2].cancel_on_disconnect: is for sessions that enter orders"},
    {"ResetTime", [](json& d) { d["sessions"][0]["reset_time"] = "24:00"; }, "sessions[0].reset_time: must be a time"},
    {"ResetTimeShape", [](json& d) { d["sessions"][0]["reset_time"] = "5:00:00"; },
     "sessions[0].reset_time: must be a time"},
    {"Verifier", [](json& d) { d["sessions"][0]["password_verifier"] = "secret"; },
     "sessions[0].password_verifier: a password verifier reads scrypt$"},
    {"RegulatorsVerifier",
     [](json& d) { d["sessions"][3]["password_verifier"] = d["sessions"][0]["password_verifier"]; },
     "sessions[3].password_verifier: we log on to the regulator"},
    {"NoPasswordOffLoopback", [](json& d) { d["gateways"][1]["host"] = "0.0.0.0", d["sessions"].erase(2); },
     "sessions[1].password_verifier: is missing; a session without a password is allowed only while every gateway "
     "listens on loopback, and gateway-2 listens on 0.0.0.0:9880"},
    {"NoGateway", [](json& d) { d.erase("gateways"); }, "gateways: is missing"},
    {"GatewayNameTwice", [](json& d) { d["gateways"][1]["name"] = "gateway-1"; },
     "gateways[1].name: \"gateway-1\" is taken already"},
    {"GatewayNameOfAMachine", [](json& d) { d["gateways"][1]["name"] = "matching"; },
     "gateways[1].name: \"matching\" is taken already"},
    {"GatewayNameLetters", [](json& d) { d["gateways"][1]["name"] = "Gate"; }, "gateways[1].name: must have only"},
    {"PortTwice", [](json& d) { d["market_data"][0]["port"] = 9880; }, "market_data[0].port: 127.0.0.1:9880 is taken"},
    {"PortBound", [](json& d) { d["gateways"][0]["port"] = 65'536; }, "gateways[0].port: 65536 is not a whole number"},
    {"HostName", [](json& d) { d["gateways"][0]["host"] = "127.localhost"; },
     "gateways[0].host: \"127.localhost\" is no numeric address"},
    {"BurstZero", [](json& d) { d["gateways"][1]["burst"] = 0; }, "gateways[1].burst: must be above 0"},
    {"ReporterMissing", [](json& d) { d.erase("trade_reporter"); }, "trade_reporter: is missing"},
    {"RegulatorMissing", [](json& d) { d["sessions"].erase(3); }, "trade_reporter: no session has the role"},
    {"TwoRegulators",
     [](json& d) {
       json second = d["sessions"][3];
       second["their_comp_id"] = "REG2";
       d["sessions"].push_back(second);
     },
     "sessions[4].role: a second regulator"},
    {"SegmentBytes", [](json& d) { d["journal"]["segment_bytes"] = 100'000; },
     "journal.segment_bytes: must be a multiple of 4096"},
    {"RingBytes", [](json& d) { d["rings"]["bytes"] = 5000; }, "rings.bytes: must be a power of two"},
    {"RingBytesTooFew", [](json& d) { d["rings"]["bytes"] = 2048; },
     "rings.bytes: 2048 is not a whole number from 4096 to 67108864"},
    {"InFlight", [](json& d) { d["rings"]["in_flight_max"] = 8; },
     "rings.in_flight_max: 8 is not a whole number from 16 to 1024"},
    {"InFlightBeyondTheRoomForAnswers", [](json& d) { d["rings"]["in_flight_max"] = 1025; },
     "rings.in_flight_max: 1025 is not a whole number from 16 to 1024"},
    {"SnapshotsKept", [](json& d) { d["snapshots"]["keep"] = 0; },
     "snapshots.keep: 0 is not a whole number from 1 to 100"},
    {"KeepingDays", [](json& d) { d["keeping"]["remove_after_days"] = -1; },
     "keeping.remove_after_days: -1 is not a whole number from 0 to 36500"},
    {"KeepingHours", [](json& d) { d["keeping"]["verify_every_h"] = 0; },
     "keeping.verify_every_h: 0 is not a whole number from 1 to 8760"},
    {"Layout", [](json& d) { d["layout"] = "three"; },
     "layout: \"three\" is none of \"auto\", \"one\", \"two\", \"each\""},
    {"Wait", [](json& d) { d["wait"] = true; }, "wait: \"true\" is none of"},
    {"SequencerCore", [](json& d) { d["sequencer_core"] = -1; },
     "sequencer_core: -1 is not a whole number from 0 to 1023"},
    {"UnknownKey", [](json& d) { d["gatways"] = 1; }, "gatways: is not a known key; did you mean gateways?"},
};

INSTANTIATE_TEST_SUITE_P(All, ConfigurationFaultTest, ::testing::ValuesIn(fault_cases),
                         [](const auto& fault_case) { return std::string(fault_case.param.name); });

TEST(ConfigurationTest, RefusesWhatIsNoJson) {
  const auto text = [](std::string_view document) { return parse_configuration(document).error().text; };
  EXPECT_THAT(text(""), StartsWith("not JSON: parse error at line 1, column 1"));
  EXPECT_THAT(text("{\n  \"venue\": {,}\n}"), StartsWith("not JSON: parse error at line 2, column 13"));
  EXPECT_THAT(text("[]"), HasSubstr("configuration: must be an object"));
  EXPECT_EQ(text(R"({"venue": {"name": "a", "name": "b"}})"), "the key \"name\" stands twice in one object");
  EXPECT_THAT(text("{\"venue\": \"\xff\"}"), StartsWith("not JSON: "));
}

TEST(ConfigurationTest, NullStandsForAbsent) {
  json document = valid_document();
  document["sessions"][0]["reset_time"] = nullptr;
  document["journal"] = nullptr;
  EXPECT_EQ(refusal(document), "");
}

TEST(ConfigurationTest, NamesTheFileThatCannotBeRead) {
  const Result<Configuration> folder = load_configuration("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().text, "cannot read the configuration /: it is a folder");
  const Result<Configuration> none = load_configuration("/nowhere/venue.json");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_THAT(none.error().text, HasSubstr("/nowhere/venue.json"));
}

TEST(ConfigurationTest, ExampleVenueIsTaken) {
  const Result<Configuration> example = load_configuration(CANTUS_CONFIG_DIR "/example.json");
  ASSERT_TRUE(example.ok()) << example.error().text;
  // Every key that the parser asks for stands in the example and on the page of fields.
  const auto text_of = [](const char* path) {
    std::ifstream file(path);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const std::string parser = text_of(CANTUS_CONFIG_DIR "/../refdata/app/configuration.cpp");
  const std::string whole = text_of(CANTUS_CONFIG_DIR "/example.json");
  const std::string page = text_of(CANTUS_CONFIG_DIR "/README.md");
  std::size_t keys = 0;
  for (std::size_t at = 0; (at = parser.find("(\"", at)) != std::string::npos; ++at) {
    std::size_t word = at;
    while (word > 0 && (std::islower(static_cast<unsigned char>(parser[word - 1])) != 0 || parser[word - 1] == '_')) {
      --word;
    }
    const bool asks = word >= 3 && parser.substr(word - 3, 3) == "in." && parser.substr(word, at - word) != "fault";
    if (asks) {
      const std::string key = parser.substr(at + 2, parser.find('"', at + 2) - at - 2);
      EXPECT_NE(whole.find("\"" + key + "\":"), std::string::npos) << key << " is missing in example.json";
      EXPECT_NE(page.find(key), std::string::npos) << key << " is missing in README.md";
      ++keys;
    }
  }
  EXPECT_GT(keys, 25U);
  EXPECT_EQ(example->verifiers.size(), 3U);
  EXPECT_THAT(changes_out_of_reach(example->operators), IsEmpty()) << "it is to begin one's own with";
}

TEST(ConfigurationTest, WhatItsOperatorsCouldNeverSignForIsNamed) {
  const auto person = [](const char* name, RoleSet roles) {
    OperatorDefined made;
    made.name = FixedString<32>(name);
    made.roles = roles.bits();
    return made;
  };
  using enum OperatorRole;
  const OperatorDefined anna = person("anna", RoleSet::of(operations, administrator));
  const OperatorDefined boris = person("boris", RoleSet::of(risk, compliance, administrator));
  EXPECT_THAT(changes_out_of_reach({}), IsEmpty()) << "that nobody is there is said otherwise";
  // He blocks by himself, and is his own second for what takes two.
  EXPECT_THAT(changes_out_of_reach({anna, boris}),
              ElementsAre(HasSubstr("PartyDefined (a new client or desk, or other limits of one): nobody is left to be "
                                    "the second person, which takes one of risk, compliance"),
                          HasSubstr("TradingUnblocked (a blocked party or session may trade again): nobody is left"),
                          HasSubstr("PartyLimitsUntil (other limits of a party until a time): nobody is left")));
  EXPECT_THAT(changes_out_of_reach({anna, boris, person("clara", RoleSet::of(risk))}), IsEmpty());
  EXPECT_THAT(changes_out_of_reach({anna, person("bert", RoleSet::of(compliance))}),
              Contains("TradingBlocked (the kill switch: open orders of a party or session are cancelled, new ones "
                       "refused): nobody may sign for it, which takes one of trader, risk"));
}

TEST(ConfigurationTest, DemoVenueIsTakenAndItsPasswordsAreTheDocumentedOnes) {
  const Result<Configuration> demo = load_configuration(CANTUS_CONFIG_DIR "/demo.json");
  ASSERT_TRUE(demo.ok()) << demo.error().text;
  EXPECT_EQ(demo->instruments.size(), 12U);
  for (const EdgeSettings& gateway : demo->process.gateways) {
    EXPECT_EQ(gateway.address.host, "127.0.0.1");
  }
  EXPECT_EQ(demo->verifiers.size(), 8U);
  for (const PasswordVerifier& verifier : demo->verifiers) {
    const SessionDefined& session = demo->sessions[verifier.session.get() - 1];
    const std::string password = "demo-" + session.their_comp_id.str();
    EXPECT_TRUE(verify_password(verifier, password)) << password;
    EXPECT_FALSE(verify_password(verifier, password + "x"));
  }
}

}  // namespace
}  // namespace cantus::refdata::test
