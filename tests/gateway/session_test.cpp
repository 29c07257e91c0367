// Sessions of a gateway from the outside: what a client sees, and what stands on the log.
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/gateway/test_venue.h"

namespace cantus::test {
namespace {

using std::chrono::seconds;

class GatewaySession : public ::testing::Test {
 protected:
  TestVenue venue;
  TestVenue::Station& gateway = venue.add_gateway("gateway-1");
};

TEST_F(GatewaySession, LogonIsAnsweredWhenItsRecordIsStable) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.send("A", "98=0|108=30|");
  EXPECT_EQ(venue.sessions().inbound(alpha).epoch, Epoch());
  ASSERT_EQ(gateway.proposer->ring.size(), 1U);  // the Takeover
  venue.admit_one(gateway);
  venue.apply();
  EXPECT_FALSE(venue.sessions().inbound(alpha).epoch.is_zero());
  ASSERT_EQ(gateway.proposer->ring.size(), 1U);  // the record of the Logon
  venue.sync();
  venue.settle();
  EXPECT_EQ(client.take_brief(), "");
  venue.admit_one(gateway);
  venue.apply();
  venue.settle();
  EXPECT_EQ(client.take_brief(), "") << "the record has taken effect, but is not stable";
  venue.sync();
  venue.settle();
  EXPECT_EQ(client.take(), (std::vector<std::string>{"35=A|34=1|49=CANTUS|56=ALPHA1|98=0|108=30|"}));
}

// The venue's time does not follow before operators say so, and nobody outside is to feel it.
TEST_F(GatewaySession, PeersDoNotSeeThatTheHostsUtcWasMoved) {
  for (const std::chrono::hours off : {std::chrono::hours(1), std::chrono::hours(-2)}) {
    TestVenue moved;
    TestVenue::Station& station = moved.add_gateway("gateway-1");
    moved.hosts_utc_off = off;
    FixPeer client(moved, station, "ALPHA1");
    client.log_on();
    client.take();
    client.send("D", order_text("c1", '1', 10, "99"));
    moved.run();
    auto told = client.take(true);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].starts_with("35=8|34=2|49=CANTUS|52=20231114-22:13:20.001|56=ALPHA1|")) << told[0];
    moved.advance(seconds(20));
    client.send("1", "112=t|");
    moved.run();
    told = client.take(true);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], "35=0|34=3|49=CANTUS|52=20231114-22:13:40.001|56=ALPHA1|112=t|");
    EXPECT_FALSE(client.closed);
  }
}

TEST_F(GatewaySession, OrderIsAcceptedAndFilledAndCopied) {
  FixPeer client(venue, gateway, "ALPHA1");
  FixPeer trader(venue, gateway, "DESK1");
  FixPeer copies(venue, gateway, "DROP1");
  client.log_on();
  trader.log_on();
  copies.log_on();
  client.take();
  trader.take();
  copies.take();

  trader.send("D", order_text("q1", '2', 100, "100.5"));
  venue.run();
  EXPECT_EQ(trader.take().size(), 1U);
  client.send("D", order_text("c1", '1', 40, "101") + "1=ACC|");
  venue.run();
  const auto orders = venue.all<OrderAccepted>();
  ASSERT_EQ(orders.size(), 2U);
  const std::string order = to_text(orders[1].order.order_id);
  const std::string quote = to_text(orders[0].order.order_id);
  const auto reports = client.take();
  ASSERT_EQ(reports.size(), 2U);
  const auto fields_from = [](const std::string& text, std::size_t skip) {
    return text.substr(text.find("|37=") + skip);
  };
  EXPECT_EQ(fields_from(reports[0], 1), "37=" + order + "|38=40|39=0|40=2|44=101|54=1|55=AAPL|59=0|150=0|151=40|");
  const std::string outcome = std::to_string(orders[1].cause.get() + 1);
  EXPECT_EQ(reports[0].substr(0, reports[0].find("|37=")),
            "35=8|34=2|49=CANTUS|56=ALPHA1|1=ACC|6=0|11=c1|14=0|17=1-" + outcome + "-0");
  EXPECT_EQ(fields_from(reports[1], 1), "37=" + order + "|38=40|39=2|40=2|44=101|54=1|55=AAPL|59=0|150=F|151=0|");
  EXPECT_NE(reports[1].find("|6=100.5|11=c1|14=40|"), std::string::npos) << reports[1];
  EXPECT_NE(reports[1].find("|31=100.5|32=40|"), std::string::npos) << reports[1];
  const auto fills = trader.take();
  ASSERT_EQ(fills.size(), 1U);
  EXPECT_EQ(fields_from(fills[0], 1), "37=" + quote + "|38=100|39=1|40=2|44=100.5|54=2|55=AAPL|59=0|150=F|151=60|");
  const auto copied = copies.take();
  ASSERT_EQ(copied.size(), 1U);
  EXPECT_EQ(fields_from(copied[0], 1), "37=" + quote +
                                           "|38=100|39=1|40=2|44=100.5|54=2|55=AAPL|59=0|150=F|151=60|"
                                           "453=2|448=DESK|447=D|452=1|448=DESK1|447=D|452=7|797=Y|");
}

TEST_F(GatewaySession, NothingLeavesBeforeItsCauseIsStable) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.take();
  client.send("D", order_text("c1", '1', 10, "99"));
  venue.admit_all(gateway);
  venue.apply();
  venue.settle();
  EXPECT_EQ(venue.all<OrderAccepted>().size(), 1U);
  EXPECT_EQ(client.take_brief(), "");
  venue.sync();
  venue.settle();
  EXPECT_EQ(client.take_brief(), "8:2");
}

// An answer to a TestRequest is invented before reports whose causes reach the log earlier than its record.
TEST_F(GatewaySession, ARecordIsInsertedBelowLaterCausesInTheOrderOfSending) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.take();
  client.send("D", order_text("c1", '1', 10, "99"));
  venue.admit_one(gateway);  // the order
  client.send("1", "112=ping|");
  EXPECT_EQ(gateway.proposer->ring.size(), 1U);  // the Heartbeat's record waits
  venue.admit_wishes();                          // OrderAccepted is on the log before it
  venue.apply();
  venue.sync();
  venue.settle();
  EXPECT_EQ(client.take_brief(), "") << "the report waits behind the Heartbeat";
  venue.run();
  EXPECT_EQ(client.take_brief(), "0:2 8:3");
  EXPECT_EQ(venue.sessions().outbound(alpha).next_outbound, MsgSeqNum(4));
}

TEST_F(GatewaySession, ResendComesFromTheLogAlsoAtAnotherGateway) {
  TestVenue::Station& other = venue.add_gateway("gateway-2");
  std::vector<std::string> first;
  {
    FixPeer client(venue, gateway, "ALPHA1");
    client.log_on();
    client.send("D", order_text("c1", '1', 10, "99"));
    venue.run();
    client.send("D", order_text("c2", '1', 10, "99.01"));
    venue.run();
    client.send("1", "112=ping|");
    venue.run();
    client.send("F", "11=c3|41=c1|54=1|55=AAPL|60=20231114-22:13:20.000|");
    venue.run();
    first = client.take(true);
    ASSERT_EQ(first.size(), 5U);
    venue.kill(gateway);
  }
  venue.run();
  FixPeer client(venue, other, "ALPHA1");
  client.next = 6;
  client.log_on();
  EXPECT_EQ(client.take_brief(), "A:6");
  client.send("2", "7=1|16=5|");
  venue.run();
  const auto again = client.take(true);
  ASSERT_EQ(again.size(), 5U);
  // Logon and Heartbeat are filled; the reports are the same but for what marks a resend.
  EXPECT_EQ(again[0].substr(0, 15), "35=4|34=1|43=Y|");
  EXPECT_NE(again[0].find("|36=2|123=Y|"), std::string::npos);
  const std::size_t sources[] = {1, 2, 4};
  const auto cut_header = [](const std::string& text) { return text.substr(text.find("|56=ALPHA1|")); };
  std::vector<std::string> reports;
  for (const std::string& message : again) {
    if (message.substr(0, 5) == "35=8|") {
      reports.push_back(message);
    }
  }
  ASSERT_EQ(reports.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string& original = first[sources[i]];
    const std::size_t time_at = original.find("|52=") + 4;
    const std::string time = original.substr(time_at, 21);
    std::string expected = cut_header(original);
    expected.replace(0, 11, "|56=ALPHA1|122=" + time + "|");
    EXPECT_EQ(cut_header(reports[i]), expected);
    EXPECT_NE(reports[i].find("|43=Y|"), std::string::npos);
  }
}

TEST_F(GatewaySession, WrongPasswordUnknownCompIdAndFirstOrderAreClosedWithoutAByte) {
  TestVenue guarded(TestVenue::Options{.passwords = true});
  TestVenue::Station& station = guarded.add_gateway("gateway-1");
  struct Row {
    const char* comp_id;
    const char* type;
    const char* body;
  };
  for (const Row& row :
       {Row{"ALPHA1", "A", "98=0|108=30|554=wrong|"}, Row{"ALPHA1", "A", "98=0|108=30|"},
        Row{"NOBODY", "A", "98=0|108=30|554=secret|"}, Row{"ALPHA1", "0", ""}, Row{"REG", "A", "98=0|108=30|"}}) {
    FixPeer client(guarded, station, row.comp_id);
    client.send(row.type, row.body);
    guarded.run();
    EXPECT_TRUE(client.closed) << row.comp_id << row.body;
    EXPECT_EQ(client.take_brief(), "");
  }
  EXPECT_EQ(guarded.all<Takeover>().size(), 0U);
  FixPeer client(guarded, station, "ALPHA1");
  client.log_on("554=secret|");
  EXPECT_EQ(client.take_brief(), "A:1");
}

TEST_F(GatewaySession, LogonsThatMayNotBeAreLoggedOutWithAText) {
  struct Row {
    const char* body;
    const char* text;
  };
  std::uint32_t outbound = 1;
  for (const Row& row : {Row{"98=0|108=2|", "HeartBtInt (108) must be 5 to 60 seconds"},
                         Row{"98=1|108=30|", "EncryptMethod (98) must be 0"},
                         Row{"98=0|108=30|789=99|", "NextExpectedMsgSeqNum (789) is higher than any number sent"}}) {
    FixPeer client(venue, gateway, "ALPHA1");
    client.send("A", row.body);
    venue.run();
    EXPECT_EQ(client.take(), (std::vector<std::string>{"35=5|34=" + std::to_string(outbound) +
                                                       "|49=CANTUS|56=ALPHA1|58=" + row.text + "|"}));
    EXPECT_TRUE(client.closed);
    ++outbound;
  }
  EXPECT_EQ(venue.all<SessionDown>().size(), 3U);
}

TEST_F(GatewaySession, LogoutIsAnsweredThenTheConnectionCloses) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.take();
  client.send("5", "");
  venue.run();
  EXPECT_EQ(client.take_brief(), "5:2");
  EXPECT_TRUE(client.closed);
  const auto downs = venue.all<SessionDown>();
  ASSERT_EQ(downs.size(), 1U);
  EXPECT_EQ(downs[0].reason, DownReason::logout_by_peer);
  EXPECT_TRUE(venue.sessions().inbound(alpha).owner.is_zero());
}

TEST_F(GatewaySession, TooLowANumberEndsTheSessionAndNamesTheNumberExpected) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.send("D", order_text("c1", '1', 10, "99"));
  venue.run();
  client.take();
  client.send_as(2, "D", order_text("c1", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(
      client.take(),
      (std::vector<std::string>{"35=5|34=3|49=CANTUS|56=ALPHA1|58=MsgSeqNum too low, expecting 3 but received 2|"}));
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(venue.all<NewOrder>().size(), 1U);
}

TEST_F(GatewaySession, APossibleDuplicateOfAnAcceptedOrderDoesNothing) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.send("D", order_text("c1", '1', 10, "99"));
  venue.run();
  client.take();
  client.send_as(2, "D", order_text("c1", '1', 10, "99"), "43=Y|122=20231114-22:13:20.000|");
  venue.run();
  EXPECT_EQ(client.take_brief(), "");
  EXPECT_EQ(venue.all<NewOrder>().size(), 1U);
  EXPECT_FALSE(client.closed);
}

TEST_F(GatewaySession, AGapIsAskedForAndClosedInOrder) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.take();
  client.send_as(4, "D", order_text("c4", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(client.take(), (std::vector<std::string>{"35=2|34=2|49=CANTUS|56=ALPHA1|7=2|16=0|"}));
  EXPECT_EQ(venue.all<NewOrder>().size(), 0U);
  client.send_as(2, "D", order_text("c2", '1', 10, "99"), "43=Y|122=20231114-22:13:20.000|");
  client.send_as(3, "4", "36=4|123=Y|", "43=Y|122=20231114-22:13:20.000|");
  venue.run();
  const auto orders = venue.all<NewOrder>();
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[0].cl_ord_id.view(), "c2");
  EXPECT_EQ(orders[0].client.number, MsgSeqNum(2));
  EXPECT_EQ(orders[0].client.flags, 1U);
  EXPECT_EQ(orders[1].cl_ord_id.view(), "c4");
  EXPECT_EQ(orders[1].client.number, MsgSeqNum(4));
  EXPECT_EQ(client.take_brief(), "8:3 8:4");
}

TEST_F(GatewaySession, AResetBeginsANewGenerationAndIssuesAgainWhatIsNotProven) {
  std::string exec_id;
  {
    FixPeer client(venue, gateway, "ALPHA1");
    client.log_on();
    client.send("D", order_text("c1", '1', 10, "99"));
    venue.run();
    const auto reports = client.take();
    ASSERT_EQ(reports.size(), 2U);
    exec_id = reports[1].substr(reports[1].find("|17="), 10);
    client.close();
  }
  venue.run();
  venue.loop.advance(seconds(2));
  FixPeer client(venue, gateway, "ALPHA1");
  client.next = 1;
  client.log_on("141=Y|");
  const auto messages = client.take();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0], "35=A|34=1|49=CANTUS|56=ALPHA1|98=0|108=30|141=Y|");
  EXPECT_EQ(messages[1].substr(0, 40), "35=8|34=2|49=CANTUS|56=ALPHA1|97=Y|6=0|1");
  EXPECT_EQ(messages[1].substr(messages[1].find("|17="), 10), exec_id);
  EXPECT_EQ(venue.sessions().inbound(alpha).generation, Generation(2));
  client.send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(client.take_brief(), "8:3");
  // Sent again it is still a possible resend; 122 is when the reset gave it its number, 60 when it happened.
  venue.loop.advance(seconds(3));
  client.send("2", "7=2|16=2|");
  venue.run();
  const auto again = client.take(true);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].substr(0, again[0].find("6=0|")),
            "35=8|34=2|43=Y|49=CANTUS|52=20231114-22:13:25.001|56=ALPHA1|97=Y|122=20231114-22:13:22.001|");
  EXPECT_NE(again[0].find("|60=20231114-22:13:20.001|"), std::string::npos);
}

TEST_F(GatewaySession, ARefusalIssuedAgainNamesNoNumberOfTheGenerationBefore) {
  FixPeer first(venue, gateway, "ALPHA1");
  first.log_on();
  first.send("D", "11=c1|38=1.5|40=2|44=99|54=1|55=AAPL|60=20261121-21:00:00.000|");
  venue.run();
  EXPECT_EQ(first.take().back(),
            "35=j|34=2|49=CANTUS|56=ALPHA1|45=2|58=OrderQty (38) is no whole number that the venue can hold|372=D|"
            "379=c1|380=0|");
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on("141=Y|");
  const std::string again = "|58=OrderQty (38) is no whole number that the venue can hold|372=D|379=c1|380=0|";
  EXPECT_EQ(client.take().back(), "35=j|34=2|49=CANTUS|56=ALPHA1|97=Y" + again);
  client.send("2", "7=2|16=2|");
  venue.run();
  EXPECT_EQ(client.take().back(), "35=j|34=2|43=Y|49=CANTUS|56=ALPHA1|97=Y" + again);
  client.send("D", "11=c2|38=1.5|40=2|44=99|54=1|55=AAPL|60=20261121-21:00:00.000|");
  venue.run();
  EXPECT_NE(client.take().back().find("|45=3|"), std::string::npos);
}

TEST_F(GatewaySession, AnOrderFromBeforeAResetIsNotTakenForANewOne) {
  const std::string before = "43=Y|122=" + venue.time_text() + "|";
  venue.loop.advance(seconds(1));
  SessionReset reset;
  reset.session = alpha;
  reset.expected_generation = Generation(1);
  reset.reason = ResetReason::session_day;
  venue.add(config_publisher_id, reset);
  venue.run();
  venue.loop.advance(seconds(1));
  const std::string since = "43=Y|122=" + venue.time_text() + "|";
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.next = 7;  // but it has kept what it sent before
  client.send("0", "");
  venue.run();
  EXPECT_EQ(client.take_brief(), "A:1 2:2");
  client.send_as(2, "D", order_text("old", '1', 10, "99"), before);
  client.send_as(3, "F", "11=x|41=old|54=1|55=AAPL|60=20261121-21:00:00.000|", before);
  client.send_as(4, "G", "11=y|41=old|38=20|40=2|44=98|54=1|55=AAPL|60=20261121-21:00:00.000|", before);
  client.send_as(5, "H", "11=old|54=1|55=AAPL|", before);
  client.send_as(6, "D", order_text("new", '1', 10, "99"), since);
  client.send_as(7, "4", "36=8|123=Y|", since);
  client.next = 8;
  venue.run();
  const auto told = client.take();
  ASSERT_EQ(told.size(), 5U);
  const std::string not_taken =
      "|58=first sent before the session's numbers began anew: not taken; ask for its status|372=";
  EXPECT_NE(told[0].find("35=j|34=3|49=CANTUS|56=ALPHA1|45=2" + not_taken + "D|379=old|380=0|"), std::string::npos);
  EXPECT_NE(told[1].find("|45=3" + not_taken + "F|379=x|380=0|"), std::string::npos);
  EXPECT_NE(told[2].find("|45=4" + not_taken + "G|379=y|380=0|"), std::string::npos);
  EXPECT_NE(told[3].find("35=8|"), std::string::npos) << "a status may be asked for at any time";
  EXPECT_NE(told[4].find("|11=new|"), std::string::npos) << "sent in this generation, and lost on its way";
  ASSERT_EQ(venue.all<NewOrder>().size(), 1U);
  client.send_as(8, "D", order_text("c8", '1', 10, "99"), "43=Y|");
  venue.run();
  EXPECT_EQ(
      client.take(),
      (std::vector<std::string>{"35=3|34=8|49=CANTUS|56=ALPHA1|45=8|58=Required tag missing|371=122|372=D|373=1|"}));
}

// Its Logon would be answered with number 1; should that not arrive, it would take the venue's later numbers for its
// own next ones, and never ask for what was issued again below them.
TEST_F(GatewaySession, WhoGoesOnInNumbersThatTheVenueBeganAnewIsToldSo) {
  {
    FixPeer client(venue, gateway, "ALPHA1");
    client.log_on();
    client.send("D", order_text("c1", '1', 10, "99"));
    venue.run();
  }
  SessionReset reset;
  reset.session = alpha;
  reset.expected_generation = Generation(1);
  reset.reason = ResetReason::session_day;
  venue.add(config_publisher_id, reset);
  venue.run();
  for (int i = 0; i < 2; ++i) {
    FixPeer unaware(venue, gateway, "ALPHA1");
    unaware.next = 3;
    unaware.log_on();
    EXPECT_EQ(
        unaware.take(),
        (std::vector<std::string>{"35=5|34=" + std::to_string(i == 0 ? 1 : 3) +
                                  "|49=CANTUS|56=ALPHA1|58=the session's numbers begin anew: log on with MsgSeqNum "
                                  "(34) 1|"}));
    EXPECT_TRUE(unaware.closed);
  }
  {
    FixPeer aware(venue, gateway, "ALPHA1");
    aware.next = 1;
    aware.send("A", "98=0|108=30|");
    aware.close();  // and its answer does not arrive
    venue.run();
  }
  FixPeer again(venue, gateway, "ALPHA1");
  again.next = 2;
  again.log_on();
  EXPECT_EQ(again.take_brief().substr(0, 2), "A:") << "it has shown that it began anew";
  again.send("2", "7=1|16=0|");
  venue.run();
  EXPECT_NE(again.take_brief().find("8:2dr"), std::string::npos) << "and gets what was issued again";
}

// Its clock was wrong once; the Logon was refused, and says nothing about those that follow.
TEST_F(GatewaySession, ALogonThatWasRefusedForItsTimeKeepsNobodyOutLater) {
  {
    FixPeer astray(venue, gateway, "ALPHA1");
    astray.send_bytes(fix_message("35=A|34=1|49=ALPHA1|52=20990101-00:00:00.000|56=CANTUS|98=0|108=30|"));
    venue.run();
    EXPECT_EQ(astray.take_brief(), "5:1");
    EXPECT_TRUE(astray.closed);
  }
  {
    FixPeer client(venue, gateway, "ALPHA1");
    client.log_on("141=Y|");
    EXPECT_EQ(client.take_brief(), "A:1");
  }
  venue.run();
  SessionReset reset;
  reset.session = alpha;
  reset.expected_generation = Generation(2);
  reset.reason = ResetReason::session_day;
  for (const char* const sent : {"20990101-00:00:00.000", "19990101-00:00:00.000"}) {
    FixPeer astray(venue, gateway, "ALPHA1");
    astray.send_bytes(fix_message("35=A|34=2|49=ALPHA1|52=" + std::string(sent) + "|56=CANTUS|98=0|108=30|"));
    venue.run();
    EXPECT_TRUE(astray.closed);
  }
  venue.add(config_publisher_id, reset);
  venue.run();
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  EXPECT_EQ(client.take_brief(), "A:1");
  EXPECT_FALSE(client.closed);
}

TEST_F(GatewaySession, AResetThatAwaitsItsOwnersEndHappensInTheNextLogon) {
  FixPeer old(venue, gateway, "ALPHA1");
  old.log_on();
  SessionReset reset;
  reset.session = alpha;
  reset.expected_generation = Generation(1);
  reset.reason = ResetReason::session_day;
  venue.add(config_publisher_id, reset);
  FixPeer fresh(venue, gateway, "ALPHA1");
  fresh.send("A", "98=0|108=30|");
  venue.run();
  EXPECT_EQ(venue.sessions().inbound(alpha).generation, Generation(2));
  EXPECT_EQ(fresh.take_brief(), "A:1");
  EXPECT_TRUE(old.closed);
}

TEST_F(GatewaySession, WhatWasProvenIsNotIssuedAgain) {
  {
    FixPeer client(venue, gateway, "ALPHA1");
    client.log_on();
    client.send("D", order_text("c1", '1', 10, "99"));
    venue.run();
    client.take();
    client.send("2", "7=3|16=0|");  // nothing is missing: refused, and proves nothing
    venue.run();
    EXPECT_EQ(client.take_brief(), "3:3");
    client.send("2", "7=3|16=0|");
    venue.run();
    EXPECT_EQ(client.take_brief(), "3:3d");
    client.close();
  }
  venue.run();
  EXPECT_EQ(venue.sessions().outbound(alpha).delivered, MsgSeqNum(2));
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on("141=Y|");
  EXPECT_EQ(client.take_brief(), "A:1");
}

TEST_F(GatewaySession, HeartbeatsAndTestRequestsKeepTime) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.send("D", order_text("c1", '1', 10, "99"));
  venue.run();
  client.take();
  venue.advance(seconds(31));
  // Reports are out that are not proven: a TestRequest takes the Heartbeat's place.
  EXPECT_EQ(client.take(), (std::vector<std::string>{"35=1|34=3|49=CANTUS|56=ALPHA1|112=3|"}));
  client.send("0", "112=3|");
  venue.run();
  EXPECT_EQ(venue.sessions().outbound(alpha).delivered, MsgSeqNum(3));
  venue.advance(seconds(31));
  EXPECT_EQ(client.take_brief(), "0:4");
  venue.advance(seconds(6));
  EXPECT_EQ(client.take_brief(), "1:5") << "silent for 1.2 intervals";
  venue.advance(seconds(45));
  EXPECT_TRUE(client.closed);
  const auto downs = venue.all<SessionDown>();
  ASSERT_EQ(downs.size(), 1U);
  EXPECT_EQ(downs[0].reason, DownReason::heartbeat_missed);
}

TEST_F(GatewaySession, ATakeoverElsewhereClosesTheOldConnectionInSilence) {
  TestVenue::Station& other = venue.add_gateway("gateway-2");
  FixPeer old(venue, gateway, "ALPHA1");
  old.log_on();
  old.take();
  FixPeer fresh(venue, other, "ALPHA1");
  fresh.next = 2;
  fresh.log_on();
  EXPECT_TRUE(old.closed);
  EXPECT_EQ(old.take_brief(), "");
  EXPECT_EQ(fresh.take_brief(), "A:2 2:3");
  EXPECT_EQ(venue.all<SessionDown>().size(), 0U);
}

// Nor by whoever has its password but not its numbers.
TEST_F(GatewaySession, ALogonThatIsRefusedTakesNobodysSession) {
  TestVenue::Station& other = venue.add_gateway("gateway-2");
  FixPeer live(venue, gateway, "ALPHA1");
  live.log_on();
  live.send("D", order_text("c1", '1', 10, "99"));
  venue.run();
  live.take();
  for (TestVenue::Station* const station : {&gateway, &other}) {
    for (const char* const body : {"98=0|108=30|", "98=0|108=2|", "98=1|108=30|"}) {
      FixPeer wrong(venue, *station, "ALPHA1");
      wrong.send_as(body == std::string_view("98=0|108=30|") ? 2 : 3, "A", body);
      live.send("0", "");
      venue.advance(seconds(11));
      EXPECT_TRUE(wrong.closed) << body;
      EXPECT_EQ(wrong.take_brief(), "") << body;
    }
  }
  EXPECT_FALSE(live.closed);
  EXPECT_EQ(venue.all<Takeover>().size(), 1U);
  live.take();
  live.send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(live.take_brief().substr(0, 2), "8:");
  FixPeer wrong(venue, other, "ALPHA1");
  wrong.send_as(2, "A", "98=0|108=30|");
  venue.advance(seconds(1));
  EXPECT_EQ(wrong.take_brief(), "") << "it waits";
  live.send("5", "");
  venue.advance(seconds(1));
  EXPECT_EQ(wrong.take_brief().substr(0, 2), "5:") << "nobody has it any more: it is told why";
  EXPECT_TRUE(wrong.closed);
}

TEST_F(GatewaySession, TheSameGatewayTakesASessionOverFromItself) {
  FixPeer old(venue, gateway, "ALPHA1");
  old.log_on();
  old.take();
  FixPeer fresh(venue, gateway, "ALPHA1");
  fresh.next = 2;
  fresh.log_on();
  EXPECT_TRUE(old.closed);
  EXPECT_EQ(fresh.take_brief(), "A:2 2:3");
}

TEST_F(GatewaySession, ASessionThatIsHeldCannotBeTakenTooOften) {
  TestVenue slow(TestVenue::Options{.takeover_interval_ns = 5'000'000'000});
  TestVenue::Station& station = slow.add_gateway("gateway-1");
  FixPeer old(slow, station, "ALPHA1");
  old.log_on();
  EXPECT_EQ(old.take_brief(), "A:1");
  FixPeer fresh(slow, station, "ALPHA1");
  fresh.next = 2;
  fresh.log_on();
  EXPECT_TRUE(fresh.closed);
  EXPECT_EQ(fresh.take_brief(), "");
  EXPECT_FALSE(old.closed);
  slow.advance(seconds(5));
  FixPeer later(slow, station, "ALPHA1");
  later.next = 2;
  later.log_on();
  EXPECT_EQ(later.take_brief(), "A:2 2:3");
  EXPECT_TRUE(old.closed);
}

}  // namespace
}  // namespace cantus::test
