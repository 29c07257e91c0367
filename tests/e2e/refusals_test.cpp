// Everything that a peer may do wrong, over real sockets: the right refusal each time, and nobody else is disturbed.
#include <gtest/gtest.h>

#include <memory>

#include "examples/participant/market.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

class Refusals : public testing::Test {
 protected:
  Refusals()
      : ports_(make_ports()),
        venue_(folder_, configuration(ports_), "two"),
        alpha_(folder_, "ALPHA1", {ports_.gateway_1}) {}

  // ALPHA1 is the bystander: logged on before, and able to trade as ever behind.
  void SetUp() override {
    venue_.start();
    alpha_.log_on();
  }
  void TearDown() override {
    const std::string id = alpha_.enter({"AAPL", '1', '2', '0', 1, 189 * one});
    EXPECT_EQ(alpha_.wait_report(id, "0").line.ord_status, "0");
    EXPECT_EQ(alpha_.session().results().complaints(), 0u);
    EXPECT_EQ(venue_.stop(), 0);
    alpha_.drop();
  }

  // BETA1, logged on; its Logon's answer is read.
  [[nodiscard]] std::unique_ptr<RawFix> beta() const {
    auto peer = std::make_unique<RawFix>(ports_.gateway_1, "BETA1", "CANTUS");
    peer->logon(password_of("BETA1"));
    const auto logon = peer->receive();
    EXPECT_TRUE(logon && logon->get(35) == "A");
    return peer;
  }
  static RawFields order(const std::string& cl_ord_id, const std::string& symbol, const std::string& qty,
                         const std::string& price) {
    return {{11, cl_ord_id}, {55, symbol}, {54, "1"}, {38, qty}, {40, "2"}, {44, price}, {60, utc_now()}};
  }
  static RawFields without(RawFields fields, int tag) {
    std::erase_if(fields, [tag](const auto& field) { return field.first == tag; });
    return fields;
  }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
  Peer alpha_;
};

TEST_F(Refusals, StrangersGetNotOneByte) {
  {
    RawFix peer(ports_.gateway_1, "BETA1", "CANTUS");
    peer.logon("wrong");
    EXPECT_TRUE(peer.receive_all().empty()) << "wrong password";
  }
  {
    RawFix peer(ports_.gateway_1, "BETA1", "CANTUS");
    peer.logon("");
    EXPECT_TRUE(peer.receive_all().empty()) << "no password";
  }
  {
    RawFix peer(ports_.gateway_1, "NOBODY", "CANTUS");
    peer.logon("anything");
    EXPECT_TRUE(peer.receive_all().empty()) << "unknown CompID";
  }
  {
    RawFix peer(ports_.gateway_1, "BETA1", "OTHER");
    peer.logon(password_of("BETA1"));
    EXPECT_TRUE(peer.receive_all().empty()) << "not our CompID";
  }
  {
    RawFix peer(ports_.gateway_1, "REG", "CANTUS");
    peer.logon("");
    EXPECT_TRUE(peer.receive_all().empty()) << "a session that we initiate";
  }
  {
    RawFix peer(ports_.gateway_1, "BETA1", "CANTUS");
    peer.send("0", {});
    EXPECT_TRUE(peer.receive_all().empty()) << "first message is no Logon";
  }
  {
    RawFix peer(ports_.gateway_1, "BETA1", "CANTUS");
    peer.send_bytes(std::string(1 << 20, 'x'));
    EXPECT_TRUE(peer.receive_all().empty()) << "garbage";
  }
  // None of it took a number of BETA1's session: it begins with 1.
  const auto peer = beta();
  peer->send("D", order("first", "AAPL", "1", "190.00"));
  EXPECT_EQ(peer->receive_application()->get(34), "2");
}

TEST_F(Refusals, AKnownPeerIsToldWhatItMayNotHave) {
  RawFix peer(ports_.gateway_1, "BETA1", "CANTUS");
  peer.send("A", {{98, "0"}, {108, "1"}, {553, "BETA1"}, {554, password_of("BETA1")}});
  const std::vector<RawMessage> messages = peer.receive_all();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].get(35), "5");
  EXPECT_NE(messages[0].get(58).find("HeartBtInt"), std::string::npos) << messages[0].visible();
}

TEST_F(Refusals, OrdersThatMayNotBeAreRejectedWithTheirReason) {
  struct Row {
    const char* what;
    RawFields fields;
    const char* ord_rej_reason;
    const char* text;
  };
  const auto peer = beta();
  const std::vector<Row> rows = {
      {"unknown symbol", order("r1", "NOSUCH", "1", "190.00"), "1", "unknown symbol"},
      {"no multiple of the tick", order("r2", "AAPL", "1", "190.005"), "99", "Price is no multiple of the tick"},
      {"outside the collar", order("r3", "AAPL", "1", "300.00"), "99", "Price is outside the collar"},
      {"negative price", order("r4", "AAPL", "1", "-1.00"), "99",
       "Price must be above zero for a limit order and absent for others"},
      {"no quantity", order("r5", "AAPL", "0", "190.00"), "13", "OrderQty must be above zero"},
      {"no multiple of the lot", order("r6", "MSFT", "15", "400.00"), "13", "OrderQty is no multiple of the lot"},
      {"quantity limit", order("r7", "AAPL", "1001", "190.00"), "3", "OrderQty is above the limit for an order"},
      {"notional limit", order("r8", "AAPL", "300", "190.00"), "3", "notional is above the limit for an order"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    peer->send("D", row.fields);
    const auto answer = peer->receive_application();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->get(35), "8") << answer->visible();
    EXPECT_EQ(answer->get(150), "8");
    EXPECT_EQ(answer->get(39), "8");
    EXPECT_EQ(answer->get(103), row.ord_rej_reason);
    EXPECT_EQ(answer->get(58), row.text);
    EXPECT_EQ(answer->get(11), row.fields[0].second);
    EXPECT_EQ(answer->get(151), "0");
  }
}

TEST_F(Refusals, CreditIsSpentByWhatRestsAndComesBackWithACancel) {
  const auto peer = beta();
  for (const char* id : {"c1", "c2"}) {
    peer->send("D", order(id, "AAPL", "250", "190.00"));  // 47,500 each, of 100,000
    EXPECT_EQ(peer->receive_application()->get(150), "0");
  }
  peer->send("D", order("c3", "AAPL", "250", "190.00"));
  const auto refused = peer->receive_application();
  EXPECT_EQ(refused->get(150), "8");
  EXPECT_EQ(refused->get(103), "3");
  EXPECT_EQ(refused->get(58), "credit limit exceeded");
  peer->send("F", {{11, "c4"}, {41, "c1"}, {55, "AAPL"}, {54, "1"}, {38, "250"}, {60, utc_now()}});
  EXPECT_EQ(peer->receive_application()->get(150), "4");
  peer->send("D", order("c5", "AAPL", "250", "190.00"));
  EXPECT_EQ(peer->receive_application()->get(150), "0");
}

TEST_F(Refusals, AClOrdIdIsTakenOnce) {
  const auto peer = beta();
  peer->send("D", order("twice", "AAPL", "1", "190.00"));
  EXPECT_EQ(peer->receive_application()->get(150), "0");
  peer->send("D", order("twice", "AAPL", "1", "190.00"));
  const auto refused = peer->receive_application();
  EXPECT_EQ(refused->get(150), "8");
  EXPECT_EQ(refused->get(103), "6");
}

TEST_F(Refusals, MissingFieldsAndUnsupportedTypesAreAnsweredAndTheSessionGoesOn) {
  const auto peer = beta();
  peer->send("D", without(order("m1", "AAPL", "1", "190.00"), 38));
  const auto missing = peer->receive_application();
  ASSERT_TRUE(missing);
  EXPECT_TRUE(missing->get(35) == "3" || missing->get(35) == "j") << missing->visible();
  EXPECT_EQ(missing->get(45), "2");
  EXPECT_EQ(missing->get(372), "D");
  peer->send("V", {{262, "x"}});
  const auto unsupported = peer->receive_application();
  ASSERT_TRUE(unsupported);
  EXPECT_EQ(unsupported->get(35), "j") << unsupported->visible();
  EXPECT_EQ(unsupported->get(372), "V");
  EXPECT_EQ(unsupported->get(380), "3");
  EXPECT_EQ(unsupported->get(45), "3");
  peer->send("D", order("m2", "AAPL", "1", "190.00"));
  const auto accepted = peer->receive_application();
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->get(150), "0") << accepted->visible();
}

// FIX: a garbled message is ignored as if it had never come; its number is still to come.
TEST_F(Refusals, GarbledMessagesAreIgnored) {
  const auto peer = beta();
  for (const char* garbage : {"8=FIX.4.4\x01"
                              "9=5\x01"
                              "35=D\x01"
                              "10=000\x01",
                              "8=FIX.4.4\x01"
                              "9=notanumber\x01"
                              "10=123\x01",
                              "hello\n"}) {
    peer->send_bytes(garbage);
  }
  peer->send("D", order("g1", "AAPL", "1", "190.00"));
  const auto accepted = peer->receive_application();
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->get(11), "g1");
  EXPECT_EQ(accepted->get(150), "0") << accepted->visible();
}

}  // namespace
}  // namespace cantus::e2e
