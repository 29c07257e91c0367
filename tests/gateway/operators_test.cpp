// What operators sign about a session, as its peer sees it: disabled, enabled, with other numbers.
#include <gtest/gtest.h>

#include "tests/gateway/test_venue.h"
#include "tests/refdata/two_signers.h"

namespace cantus::test {
namespace {

using std::chrono::seconds;

class OperatorsOfSessions : public ::testing::Test {
 protected:
  TwoSigners operators{VenueId(1), LogNumber(1)};
  TestVenue venue{{.operators = operators.defined()}};
  TestVenue::Station& gateway = venue.add_gateway("gateway-1");

  // On the log, and read by everybody.
  template <class M>
  CommandResult sign(const M& change) {
    ReferenceData refdata;
    for (std::uint64_t seq = 1; seq <= venue.journal.last().get(); ++seq) {
      refdata.apply(venue.journal.at(Seq(seq)));
    }
    const CommandResult result = operators.run(
        refdata, OperatorRole::operations, {part_of(change, 0)},
        [&](const auto& message) { refdata.apply(venue.journal.at(venue.add(operators_publisher, message))); });
    disabled_at = refdata.restrictions().disabled().find(alpha);
    return result;
  }
  void expect_took(const CommandResult& result) { EXPECT_EQ(result.outcome, CommandResult::Outcome::took); }
  [[nodiscard]] SessionNumbersSet numbers(std::uint32_t in, std::uint32_t out) const {
    return {alpha, venue.sessions().inbound(alpha).generation, MsgSeqNum(in), MsgSeqNum(out)};
  }
  static std::string text_of(const std::vector<std::string>& messages) {
    return messages.empty() ? "" : messages.back().substr(messages.back().find("|58=") + 1);
  }

  ChangeId disabled_at;
};

TEST_F(OperatorsOfSessions, WhoeverIsLoggedOnIsLoggedOutAndNobodyLogsOnUntilItIsEnabled) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.take();
  expect_took(sign(SessionDisabled{alpha, {}}));
  venue.run();
  const auto last = client.take();
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].substr(0, 10), "35=5|34=2|");
  EXPECT_EQ(text_of(last), "58=the venue has disabled this session|");
  client.send("5", "");
  venue.run();
  EXPECT_TRUE(client.closed);

  // With the right password: taken over, and told so; the number that it takes is on the log.
  FixPeer again(venue, gateway, "ALPHA1");
  again.next = 3;
  again.log_on();
  EXPECT_EQ(again.take_brief(), "5:3");
  EXPECT_TRUE(again.closed);

  expect_took(sign(SessionEnabled{disabled_at, alpha, {}}));
  venue.run();
  FixPeer back(venue, gateway, "ALPHA1");
  back.next = 4;
  back.log_on();
  EXPECT_EQ(back.take_brief().substr(0, 4), "A:4 ") << "and what the peer said of itself meanwhile is asked for";
  EXPECT_FALSE(back.closed);
}

TEST_F(OperatorsOfSessions, ALogonOnItsWayFindsTheSessionDisabled) {
  for (const bool resets : {false, true}) {
    FixPeer client(venue, gateway, "ALPHA1");
    client.queue("A", std::string("98=0|108=30|") + (resets ? "141=Y|" : ""));
    venue.settle();
    ASSERT_EQ(gateway.proposer->ring.size(), 1U);  // the Takeover, judged before
    expect_took(sign(SessionDisabled{alpha, {}}));
    const Generation generation = venue.sessions().inbound(alpha).generation;
    venue.run();
    const auto told = client.take();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back().substr(0, 5), "35=5|");
    EXPECT_EQ(text_of(told), "58=the venue has disabled this session|");
    EXPECT_TRUE(client.closed);
    EXPECT_EQ(venue.sessions().inbound(alpha).generation, generation) << "and its reset is none";
    expect_took(sign(SessionEnabled{disabled_at, alpha, {}}));
    venue.run();
  }
}

TEST_F(OperatorsOfSessions, OrdersBehindItAreRefusedAndCancelsPass) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.send("D", order_text("rests", '1', 10, "99"));
  venue.run();
  client.take();
  client.queue("D", order_text("late", '1', 10, "99"));
  client.queue("F", "11=c|41=rests|54=1|55=AAPL|60=20261121-00:00:00|");
  venue.settle();
  ASSERT_EQ(gateway.proposer->ring.size(), 2U);  // both on their way
  expect_took(sign(SessionDisabled{alpha, {}}));
  venue.run();
  const auto rejected = venue.all<OrderRejected>();
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].reason, RejectReason::trading_blocked);
  EXPECT_EQ(venue.all<OrderCancelled>().size(), 1U);
}

TEST_F(OperatorsOfSessions, NumbersGoOnWhereTheOperatorSaid) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  client.send("D", order_text("unproven", '1', 10, "99"));
  venue.run();
  client.take();
  expect_took(sign(numbers(300, 500)));
  venue.run();
  EXPECT_EQ(text_of(client.take()), "58=the session's numbers begin anew|");
  client.send("5", "");
  venue.run();

  // Its peer goes on where it is, here two numbers further: what lies between is asked for as ever.
  FixPeer again(venue, gateway, "ALPHA1");
  again.next = 302;
  again.log_on();
  const auto first = again.take();
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0].substr(0, 12), "35=A|34=500|");
  EXPECT_NE(first[1].find("|7=300|"), std::string::npos) << first[1];
  EXPECT_NE(first[2].find("|11=unproven|"), std::string::npos) << first[2];
  EXPECT_NE(first[2].find("|97=Y|"), std::string::npos) << "sent again: " << first[2];
  again.send_as(300, "4", "36=303|123=Y|", "43=Y|122=20261121-00:00:00|");
  again.send("D", order_text("new", '1', 10, "98"));
  venue.run();
  EXPECT_EQ(again.take_brief(), "8:503");

  // Numbers of before stand for nothing: one gap, however many they are; what came in this generation comes again.
  again.send("2", "7=1|16=0|");
  const auto resent = again.take();
  ASSERT_EQ(resent.size(), 4U);
  EXPECT_EQ(resent[0].substr(0, 10), "35=4|34=1|");
  EXPECT_NE(resent[0].find("|36=500|"), std::string::npos) << resent[0];
  EXPECT_NE(resent[1].find("|36=502|"), std::string::npos) << resent[1];
  EXPECT_EQ(resent[2].substr(0, 12), "35=8|34=502|");
  EXPECT_EQ(resent[3].substr(0, 12), "35=8|34=503|");

  again.close();
  venue.run();
  FixPeer low(venue, gateway, "ALPHA1");
  low.next = 299;
  low.log_on();
  EXPECT_NE(text_of(low.take()).find("304"), std::string::npos) << "too low: the number expected is named";
}

TEST_F(OperatorsOfSessions, APeerThatBeginsAnewDoesSoWithOneAllTheSame) {
  expect_took(sign(numbers(300, 500)));
  venue.run();
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on("141=Y|");
  EXPECT_EQ(client.take_brief(), "A:1");
}

// What stood is the same for a gateway that reads the log anew.
TEST_F(OperatorsOfSessions, AnotherGatewayGoesOnAtTheSameNumbers) {
  TestVenue::Station& second = venue.add_gateway("gateway-2");
  expect_took(sign(numbers(40, 70)));
  venue.run();
  FixPeer client(venue, gateway, "ALPHA1");
  client.next = 40;
  client.log_on();
  EXPECT_EQ(client.take_brief(), "A:70");
  venue.kill(gateway);
  FixPeer moved(venue, second, "ALPHA1");
  moved.next = 41;
  moved.log_on("789=71|");
  EXPECT_EQ(moved.take_brief().substr(0, 5), "A:71 ");
}

}  // namespace
}  // namespace cantus::test
