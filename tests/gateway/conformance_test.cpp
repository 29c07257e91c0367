// The acceptor's cases of the FIX Session Layer Test Cases (FIX Trading Community, 1.0), by their numbers. What the
// venue does beyond them is in session_test.cpp.
#include <gtest/gtest.h>

#include "tests/gateway/test_venue.h"

namespace cantus::test {
namespace {

using std::chrono::seconds;

class Conformance : public ::testing::Test {
 protected:
  void SetUp() override { gateway = &venue.add_gateway("gateway-1"); }

  // A client that is logged on and has taken what came.
  std::unique_ptr<FixPeer> logged_on() {
    auto peer = std::make_unique<FixPeer>(venue, *gateway, "ALPHA1");
    peer->log_on();
    EXPECT_EQ(peer->take_brief(), "A:1");
    return peer;
  }
  // The numbers of orders that the log holds.
  std::string accepted() {
    std::string text;
    for (const NewOrder& order : venue.all<NewOrder>()) {
      text += text.empty() ? "" : " ";
      text += order.cl_ord_id.str();
    }
    return text;
  }
  static std::string text_of(const std::string& message) {
    fix::FieldList fields;
    fields.split(message);
    return std::string(fields.find(58).value_or(""));
  }
  // "373/371/372" of a Reject.
  static std::string reject_of(const std::string& message) {
    fix::FieldList fields;
    fields.split(message);
    return std::string(fields.find(373).value_or("-")) + "/" + std::string(fields.find(371).value_or("-")) + "/" +
           std::string(fields.find(372).value_or("-"));
  }

  TestVenue venue;
  TestVenue::Station* gateway = nullptr;
};

const std::string long_ago = "43=Y|122=20231114-22:00:00.000|";

TEST_F(Conformance, Case1S_LogonTooHighIsAnsweredAndTheGapAskedFor) {
  FixPeer peer(venue, *gateway, "ALPHA1");
  peer.next = 5;
  peer.log_on();
  EXPECT_EQ(peer.take_brief(), "A:1 2:2");
  peer.send_as(1, "4", "36=6|123=Y|", long_ago);
  peer.send("D", order_text("c6", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c6");
  EXPECT_EQ(peer.take_brief(), "8:3");
}

TEST_F(Conformance, Case1S_LogonTooLowIsLoggedOut) {
  {
    auto peer = logged_on();
    peer->send("D", order_text("c2", '1', 10, "99"));
    venue.run();
  }
  FixPeer peer(venue, *gateway, "ALPHA1");
  peer.send_as(1, "A", "98=0|108=30|");
  venue.advance(std::chrono::seconds(1));  // the end of its connection of before is seen meanwhile
  ASSERT_EQ(peer.received.size(), 1U);
  EXPECT_EQ(text_of(peer.received[0]), "MsgSeqNum too low, expecting 3 but received 1");
  EXPECT_EQ(peer.take_brief(), "5:3");
  EXPECT_TRUE(peer.closed);
}

TEST_F(Conformance, Case1S_ASecondLogonEndsTheSession) {
  auto peer = logged_on();
  peer->send("A", "98=0|108=30|141=Y|");
  venue.run();
  EXPECT_EQ(peer->take_brief(), "5:2");
  EXPECT_EQ(venue.sessions().inbound(alpha).generation, Generation(1)) << "and resets nothing";
  venue.advance(seconds(6));
  EXPECT_TRUE(peer->closed);
}

TEST_F(Conformance, Case2_Header) {
  struct Row {
    const char* what;
    std::string fields;  // from 35 on; # is the next number
    std::string answer;  // "373/371/372", or the Logout's text
    bool ends;
  };
  const std::string now = venue.time_text();
  const std::string names = "49=ALPHA1|52=" + now + "|56=CANTUS|";
  const std::vector<Row> rows = {
      {"2f OrigSendingTime after SendingTime",
       "35=0|34=1|43=Y|49=ALPHA1|52=" + now + "|56=CANTUS|122=20991114-22:00:00.000|", "10/-/0", true},
      {"2g PossDup without OrigSendingTime", "35=0|34=1|43=Y|" + names, "1/122/0", false},
      {"2k wrong SenderCompID", "35=0|34=#|49=OTHER|52=" + now + "|56=CANTUS|", "9/-/0", true},
      {"2k wrong TargetCompID", "35=0|34=#|49=ALPHA1|52=" + now + "|56=OTHER|", "9/-/0", true},
      {"2o SendingTime too far off", "35=0|34=#|49=ALPHA1|52=20231114-00:00:00.000|56=CANTUS|", "10/52/0", true},
      {"SendingTime missing", "35=0|34=#|49=ALPHA1|56=CANTUS|", "1/52/0", false},
      {"SendingTime is none", "35=0|34=#|49=ALPHA1|52=yesterday|56=CANTUS|", "6/52/0", false},
      {"2q MsgType that FIX does not know", "35=ZZ|34=#|" + names, "11/-/ZZ", false},
      {"a MsgType of any length", "35=unsupported|34=#|" + names, "11/35/uns", false},
  };
  for (const Row& row : rows) {
    TestVenue own_venue;
    TestVenue::Station& station = own_venue.add_gateway("gateway-1");
    FixPeer peer(own_venue, station, "ALPHA1");
    peer.log_on();
    peer.take();
    std::string fields = row.fields;
    if (const std::size_t at = fields.find('#'); at != std::string::npos) {
      fields.replace(at, 1, "2");
    }
    peer.send_bytes(fix_message(fields));
    own_venue.run();
    ASSERT_FALSE(peer.received.empty()) << row.what;
    EXPECT_EQ(reject_of(peer.received[0]), row.answer) << row.what << " " << bar_text(peer.received[0]);
    EXPECT_EQ(peer.take_brief(), row.ends ? "3:2 5:3" : "3:2") << row.what;
    own_venue.advance(seconds(6));
    EXPECT_EQ(peer.closed, row.ends) << row.what;
  }
}

TEST_F(Conformance, Case2i_AnotherBeginStringEndsTheSession) {
  auto peer = logged_on();
  peer->send_bytes(fix_message("35=0|34=2|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS|", "FIX.4.2"));
  venue.run();
  ASSERT_EQ(peer->received.size(), 1U);
  EXPECT_EQ(text_of(peer->received[0]), "Incorrect BeginString");
  venue.advance(seconds(6));
  EXPECT_TRUE(peer->closed);
}

TEST_F(Conformance, Case2d_GarbledMessagesAreAsIfTheyHadNotCome) {
  auto peer = logged_on();
  std::string garbled =
      fix_message("35=D|34=2|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS|" + order_text("c2", '1', 10, "99"));
  garbled[garbled.size() - 2] = garbled[garbled.size() - 2] == '0' ? '1' : '0';
  peer->send_bytes(garbled);
  venue.run();
  EXPECT_EQ(accepted(), "");
  peer->send("D", order_text("c2b", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c2b");
  EXPECT_EQ(peer->take_brief(), "8:2");
}

TEST_F(Conformance, Case2_PersistentGarbageCloses) {
  auto peer = logged_on();
  for (int i = 0; i < 20; ++i) {
    peer->send_bytes(
        "8=FIX.4.4\x01"
        "35=0\x01");
  }
  venue.run();
  EXPECT_TRUE(peer->closed);
}

TEST_F(Conformance, Case2_MsgSeqNumMissingOrOutOfRangeEndsTheSession) {
  for (const char* number : {"", "34=0|", "34=x|", "34=99999999999|", "34=-1|"}) {
    TestVenue own_venue;
    TestVenue::Station& station = own_venue.add_gateway("gateway-1");
    FixPeer peer(own_venue, station, "ALPHA1");
    peer.log_on();
    peer.take();
    peer.send_bytes(
        fix_message(std::string("35=0|") + number + "49=ALPHA1|52=" + own_venue.time_text() + "|56=CANTUS|"));
    own_venue.run();
    ASSERT_EQ(peer.received.size(), 1U) << number;
    EXPECT_EQ(text_of(peer.received[0]), "MsgSeqNum (34) is missing or out of range");
    own_venue.advance(seconds(6));
    EXPECT_TRUE(peer.closed);
  }
}

TEST_F(Conformance, Case6_TestRequestIsAnsweredWithItsId) {
  auto peer = logged_on();
  peer->send("1", "112=hello|");
  venue.run();
  EXPECT_EQ(peer->take(), (std::vector<std::string>{"35=0|34=2|49=CANTUS|56=ALPHA1|112=hello|"}));
}

TEST_F(Conformance, Case7_ARejectIsTakenAndNotAnswered) {
  auto peer = logged_on();
  peer->send("3", "45=1|58=why|");
  peer->send("D", order_text("c3", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(peer->take_brief(), "8:2");
}

TEST_F(Conformance, Case8_ResendRequests) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  peer->send("1", "112=a|");
  venue.run();
  peer->send("D", order_text("c4", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(peer->take_brief(), "8:2 0:3 8:4");
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"7=1|16=0|", "4:1d>2 8:2d 4:3d>4 8:4d"},
      {"7=2|16=2|", "8:2d"},
      {"7=3|16=3|", "4:3d>4"},
      {"7=2|16=3|", "8:2d 4:3d>4"},
      {"7=4|16=999|", "8:4d"},
      {"7=1|16=1|", "4:1d>2"},
  };
  for (const auto& [request, answer] : rows) {
    peer->send("2", request);
    venue.run();
    EXPECT_EQ(peer->take_brief(), answer) << request;
  }
  std::uint32_t number = 5;
  for (const char* request : {"7=0|16=0|", "7=9|16=0|", "7=3|16=2|", "7=99999999999|16=0|"}) {
    peer->send("2", request);
    venue.run();
    ASSERT_EQ(peer->received.size(), 1U) << request;
    EXPECT_EQ(peer->take_brief(), "3:" + std::to_string(number)) << request;
    ++number;
  }
}

TEST_F(Conformance, Case8_ARejectIsSentAgainAsItWas) {
  auto peer = logged_on();
  peer->send("D", "11=c2|38=ten|40=2|44=99|54=1|55=AAPL|60=20231114-22:13:20.000|");
  venue.run();
  const auto first = peer->take();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0], "35=3|34=2|49=CANTUS|56=ALPHA1|45=2|58=Incorrect data format for value|371=38|372=D|373=6|");
  peer->send("2", "7=2|16=0|");
  venue.run();
  std::string expected = first[0];
  expected.insert(expected.find("49="), "43=Y|");
  EXPECT_EQ(peer->take(), (std::vector<std::string>{expected}));
}

TEST_F(Conformance, Case10_GapFill) {
  auto peer = logged_on();
  peer->send_as(2, "4", "36=5|123=Y|");
  peer->send_as(5, "D", order_text("c5", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c5");
  EXPECT_EQ(peer->take_brief(), "8:2");
  peer->send_as(8, "4", "36=9|123=Y|");  // 10a too high: asked for
  venue.run();
  EXPECT_EQ(peer->take_brief(), "2:3");
  peer->send_as(6, "4", "36=9|123=Y|", long_ago);
  peer->send_as(4, "4", "36=6|123=Y|", long_ago);  // 10c a duplicate: ignored
  peer->send_as(9, "D", order_text("c9", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c5 c9");
  EXPECT_EQ(peer->take_brief(), "8:4");
  peer->send_as(10, "4", "36=10|123=Y|");  // 10e lowers
  venue.run();
  ASSERT_EQ(peer->received.size(), 1U);
  EXPECT_EQ(reject_of(peer->received[0]), "5/36/4");
  peer->take();
  peer->send_as(10, "4", "36=2000000000|123=Y|");
  venue.run();
  ASSERT_EQ(peer->received.size(), 1U);
  EXPECT_EQ(reject_of(peer->received[0]), "5/36/4");
  peer->take();
  peer->send_as(10, "D", order_text("c10", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c5 c9 c10");
}

TEST_F(Conformance, Case10d_GapFillTooLowEndsTheSession) {
  auto peer = logged_on();
  peer->send_as(1, "4", "36=5|123=Y|");
  venue.run();
  EXPECT_EQ(peer->take_brief(), "5:2");
  EXPECT_TRUE(peer->closed);
}

TEST_F(Conformance, Case11_Reset) {
  auto peer = logged_on();
  peer->send_as(77, "4", "36=10|123=N|");
  peer->send_as(10, "D", order_text("c10", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c10");
  EXPECT_EQ(peer->take_brief(), "8:2");
  peer->send_as(11, "4", "36=11|");  // 11b the expected number: nothing changes
  venue.run();
  EXPECT_EQ(peer->take_brief(), "");
  peer->send_as(11, "4", "36=3|");  // 11c lowers
  venue.run();
  ASSERT_EQ(peer->received.size(), 1U);
  EXPECT_EQ(reject_of(peer->received[0]).substr(0, 1), "5");
  peer->take();
  peer->send_as(11, "4", "36=2000000000|");
  venue.run();
  ASSERT_EQ(peer->received.size(), 1U);
  EXPECT_EQ(reject_of(peer->received[0]), "5/36/4");
}

TEST_F(Conformance, Case13_OurLogoutWaitsForTheAnswerThenCloses) {
  auto peer = logged_on();
  EXPECT_FALSE(gateway->gateway->log_out_all("closing"));
  venue.run();
  ASSERT_EQ(peer->received.size(), 1U);
  EXPECT_EQ(text_of(peer->received[0]), "closing");
  EXPECT_EQ(peer->take_brief(), "5:2");
  EXPECT_FALSE(peer->closed);
  peer->send("5", "");
  venue.run();
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(peer->take_brief(), "");
  EXPECT_TRUE(gateway->gateway->log_out_all("closing"));
  const auto downs = venue.all<SessionDown>();
  ASSERT_EQ(downs.size(), 1U);
  EXPECT_EQ(downs[0].reason, DownReason::gateway_stopping);
  EXPECT_EQ(venue.sessions().outbound(alpha).delivered, MsgSeqNum(0)) << "it could have crossed ours: no proof";
}

// Both lack something: the peer what lies before our Logout, we what lies before its request for that.
TEST_F(Conformance, Case13_OurLogoutBehindGapsOfBothSidesIsAnswered) {
  auto peer = logged_on();
  EXPECT_FALSE(gateway->gateway->log_out_all("closing"));
  venue.run();
  EXPECT_EQ(peer->take_brief(), "5:2");
  peer->send_as(4, "2", "7=2|16=0|");
  venue.run();
  EXPECT_EQ(peer->take_brief(), "2:3 4:2d>3");
  peer->send_as(2, "4", "36=4|123=Y|", "43=Y|122=" + venue.time_text() + "|");
  peer->send_as(5, "5", "");
  venue.run();
  EXPECT_EQ(peer->take_brief(), "");
  EXPECT_TRUE(peer->closed);
}

TEST_F(Conformance, WhoComesBackWhileTheGatewayEndsIsNotLetIn) {
  auto peer = logged_on();
  FixPeer arriving(venue, *gateway, "DESK1");
  EXPECT_FALSE(gateway->gateway->log_out_all("closing"));
  venue.run();
  EXPECT_TRUE(arriving.closed);
  peer->send("5", "");
  venue.run();
  EXPECT_EQ(gateway->gateway->port(), 0) << "nobody listens, or eager clients keep it from its end";
  EXPECT_TRUE(gateway->gateway->log_out_all("closing"));
}

TEST_F(Conformance, Case14_FieldErrors) {
  struct Row {
    const char* what;
    const char* body;
    const char* reject;  // "373/371/372"
  };
  const std::vector<Row> rows = {
      {"14a a tag that FIX does not know", "11=a|38=1|40=1|54=1|55=AAPL|60=20231114-22:13:20|4999=x|", "0/4999/D"},
      {"14b a required field is missing", "11=a|38=1|40=1|54=1|60=20231114-22:13:20|", "1/55/D"},
      {"14c a tag of another message", "11=a|38=1|40=1|54=1|55=AAPL|60=20231114-22:13:20|112=x|", "2/112/D"},
      {"14c a tag of FIX 4.4 that the venue does not take", "11=a|38=1|40=1|54=1|55=AAPL|60=20231114-22:13:20|111=5|",
       "2/111/D"},
      {"14d a tag without a value", "11=a|38=1|40=1|54=|55=AAPL|60=20231114-22:13:20|", "4/54/D"},
      {"14e a value out of its list", "11=a|38=1|40=1|54=x|55=AAPL|60=20231114-22:13:20|", "5/54/D"},
      {"14f a value of the wrong format", "11=a|38=1|40=1|54=1|55=AAPL|60=noon|", "6/60/D"},
      {"14g a header field in the body", "11=a|38=1|40=1|54=1|50=x|55=AAPL|60=20231114-22:13:20|", "14/50/D"},
      {"14h a tag twice", "11=a|38=1|38=1|40=1|54=1|55=AAPL|60=20231114-22:13:20|", "13/38/D"},
      {"14i a wrong count of a group", "11=a|38=1|40=1|54=1|55=AAPL|60=20231114-22:13:20|453=2|448=x|447=D|452=1|",
       "16/453/D"},
      {"no number for a tag", "11=a|abc=1|38=1|40=1|54=1|55=AAPL|60=20231114-22:13:20|", "0/-/D"},
  };
  auto peer = logged_on();
  std::uint32_t number = 2;
  for (const Row& row : rows) {
    peer->send("D", row.body);
    venue.run();
    ASSERT_EQ(peer->received.size(), 1U) << row.what;
    EXPECT_EQ(reject_of(peer->received[0]), row.reject) << row.what << " " << bar_text(peer->received[0]);
    EXPECT_EQ(peer->take_brief(), "3:" + std::to_string(number)) << row.what;
    ++number;
  }
  peer->send("D", order_text("good", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "good");
}

TEST_F(Conformance, Case15_BodyFieldsMayStandInAnyOrder) {
  auto peer = logged_on();
  peer->send("D", "60=20231114-22:13:20|55=AAPL|54=1|44=99|40=2|38=10|11=c2|5001=ours|");
  venue.run();
  EXPECT_EQ(accepted(), "c2");
}

TEST_F(Conformance, Case16_WhatHappensWhileDisconnectedIsThereOnTheNextLogon) {
  {
    auto peer = logged_on();
    peer->send("D", order_text("c2", '1', 10, "99"));
    venue.run();
    peer->close();
  }
  FixPeer trader(venue, *gateway, "DESK1");
  trader.log_on();
  trader.send("D", order_text("q1", '2', 10, "99"));
  venue.run();
  FixPeer peer(venue, *gateway, "ALPHA1");
  peer.next = 3;
  peer.log_on();
  EXPECT_EQ(peer.take_brief(), "A:4");  // 3 was numbered while nobody was there
  peer.send("2", "7=3|16=0|");
  venue.run();
  EXPECT_EQ(peer.take_brief(), "8:3d 4:4d>5");
}

TEST_F(Conformance, Case18_ThirdPartyAddressingIsTaken) {
  auto peer = logged_on();
  peer->send_as(2, "D", order_text("c2", '1', 10, "99"), "115=THIRD|128=FOURTH|");
  venue.run();
  EXPECT_EQ(accepted(), "c2");
}

TEST_F(Conformance, Case19_PossResendIsJudgedByItsContent) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  peer->send_as(3, "D", order_text("c2", '1', 10, "99"), "97=Y|");
  peer->send_as(4, "D", order_text("c4", '1', 10, "99"), "97=Y|");
  venue.run();
  const auto orders = venue.all<NewOrder>();
  ASSERT_EQ(orders.size(), 3U);
  EXPECT_EQ(orders[1].client.flags, 2U);
  const auto rejected = venue.all<OrderRejected>();
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].reason, RejectReason::duplicate_cl_ord_id);
  EXPECT_EQ(venue.all<OrderAccepted>().size(), 2U);
}

TEST_F(Conformance, Case20_BothSidesMayAskAtOnce) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  peer->take();
  // The peer lacks 2; its request itself is ahead of a gap of ours.
  peer->send_as(5, "2", "7=2|16=0|");
  venue.run();
  EXPECT_EQ(peer->take_brief(), "2:3 8:2d");
  peer->send_as(3, "4", "36=6|123=Y|", long_ago);
  peer->send_as(6, "D", order_text("c6", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(accepted(), "c2 c6");
}

TEST_F(Conformance, UnsupportedTypesAndWhatIsMissingByTheCaseAreBusinessRejects) {
  struct Row {
    const char* type;
    const char* body;
    const char* answer;  // "380/372/45/379: 58"
  };
  const std::vector<Row> rows = {
      {"E", "66=list|", "3/E/2/-: the venue does not take this message type"},
      {"AF", "584=x|585=7|", "3/AF/3/-: the venue does not take this message type"},
      {"8", "37=x|", "3/8/4/-: the venue does not take this message type"},
      {"D", "11=c5|40=2|44=99|54=1|55=AAPL|60=20231114-22:13:20|", "5/D/5/c5: OrderQty (38) is missing"},
      {"D", "11=c6|38=1.5|40=2|44=99|54=1|55=AAPL|60=20231114-22:13:20|",
       "0/D/6/c6: OrderQty (38) is no whole number that the venue can hold"},
      {"D", "11=c7|38=1|40=2|44=0.123456789|54=1|55=AAPL|60=20231114-22:13:20|",
       "0/D/7/c7: Price (44) is no decimal with at most 8 decimals that the venue can hold"},
      {"D", "11=c8c8c8c8c8c8c8c8c8c8c8c8c8c8c8c8c8|38=1|40=2|44=1|54=1|55=AAPL|60=20231114-22:13:20|",
       "0/D/8/c8c8c8c8c8c8c8c8c8c8c8c8c8c8c8c8c8: ClOrdID (11) is longer than 32 characters"},
      {"F", "11=c9|54=1|55=AAPL|60=20231114-22:13:20|",
       "5/F/9/c9: one of OrigClOrdID (41) and OrderID (37) is required"},
      {"G", "11=c10|38=1|40=2|44=1|54=1|55=AAPL|60=20231114-22:13:20|",
       "5/G/10/c10: one of OrigClOrdID (41) and OrderID (37) is required"},
      {"H", "54=1|55=AAPL|", "5/H/11/-: one of ClOrdID (11) and OrderID (37) is required"},
  };
  auto peer = logged_on();
  std::uint32_t number = 2;
  for (const Row& row : rows) {
    peer->send(row.type, row.body);
    venue.run();
    ASSERT_EQ(peer->received.size(), 1U) << row.type << row.body;
    fix::FieldList fields;
    fields.split(peer->received[0]);
    const auto value = [&](std::uint32_t tag) { return std::string(fields.find(tag).value_or("-")); };
    EXPECT_EQ(value(380) + "/" + value(372) + "/" + value(45) + "/" + value(379) + ": " + value(58), row.answer);
    EXPECT_EQ(peer->take_brief(), "j:" + std::to_string(number));
    ++number;
  }
  EXPECT_EQ(venue.all<ClientRefused>().size(), rows.size());
  peer->send("j", "45=2|372=8|380=0|");  // a refusal is not refused
  peer->send("D", order_text("good", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(peer->take_brief(), "8:" + std::to_string(number));
}

}  // namespace
}  // namespace cantus::test
