// What a client sends ahead of a message that is missing: whatever closes the gap, what was held behind it is taken,
// and whatever a client does, what is held for it is bounded.
#include <gtest/gtest.h>

#include "tests/gateway/held_memory.h"
#include "tests/gateway/test_venue.h"

namespace cantus::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string again = "43=Y|122=20231114-22:13:20.000|";
constexpr std::size_t held_max = 2 * 1024 * 1024;  // half a megabyte of messages, and what a test keeps itself

class Gaps : public ::testing::Test {
 protected:
  void SetUp() override {
    peer.log_on();
    peer.take();
  }
  [[nodiscard]] std::size_t orders() const { return venue.all<NewOrder>().size(); }
  void order(std::uint32_t number) {
    peer.send_as(number, "D", order_text("c" + std::to_string(number), '1', 10, "99"));
  }
  [[nodiscard]] MsgSeqNum expected() const { return venue.sessions().inbound(alpha).next_inbound; }

  TestVenue venue;
  TestVenue::Station& gateway = venue.add_gateway("gateway-1");
  FixPeer peer{venue, gateway, "ALPHA1"};
};

struct Closing {
  const char* name;
  const char* msg_type;
  const char* header;
  const char* body;
  const char* answer;  // besides what answers the orders
};

void PrintTo(const Closing& closing, std::ostream* out) { *out << closing.name; }

// Number 2 comes last and is refused, or is nothing that is taken.
class GapsClosedBy : public ::testing::WithParamInterface<Closing>, public Gaps {};

TEST_P(GapsClosedBy, WhatIsBehindIsTaken) {
  order(3);
  order(4);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:2");
  EXPECT_EQ(orders(), 0u);
  peer.send_as(2, GetParam().msg_type, GetParam().body, GetParam().header);
  venue.run();
  EXPECT_EQ(orders(), 2u);
  EXPECT_EQ(peer.take_brief(), GetParam().answer);
  order(5);  // and nothing is out of order any more
  venue.run();
  EXPECT_EQ(orders(), 3u);
  EXPECT_FALSE(peer.closed);
}

constexpr const char* marked = "43=Y|122=20231114-22:13:20.000|";
INSTANTIATE_TEST_SUITE_P(
    Refused, GapsClosedBy,
    ::testing::Values(
        Closing{"no_orig_sending_time", "D", "43=Y|", "11=c2|54=1|55=AAPL|38=10|40=2|44=99|", "3:3 8:4 8:5"},
        Closing{"bad_tag", "D", marked, "11=c2|54=1|55=AAPL|38=10|40=2|44=99|007=z|", "3:3 8:4 8:5"},
        Closing{"no_field", "D", marked, "11=c2|=|", "3:3 8:4 8:5"},
        Closing{"msg_type_too_long", "ABCD", marked, "", "3:3 8:4 8:5"},
        Closing{"resend_request_for_nothing", "2", marked, "7=900|16=0|", "3:3 8:4 8:5"},
        Closing{"resend_request_without_end", "2", marked, "7=1|", "3:3 8:4 8:5"},
        Closing{"refused_by_the_dictionary", "D", marked, "11=c2|54=x|55=AAPL|", "3:3 8:4 8:5"},
        Closing{"unknown_type", "ZZ", marked, "", "3:3 8:4 8:5"},
        Closing{"unsupported", "E", marked, "66=x|", "j:3 8:4 8:5"}, Closing{"reject", "3", marked, "45=1|", "8:3 8:4"},
        Closing{"gap_fill", "4", marked, "36=3|123=Y|", "8:3 8:4"}, Closing{"reset", "4", "", "36=3|", "8:3 8:4"},
        Closing{"resend_request", "2", marked, "7=1|16=1|", "4:1d>2 8:3 8:4"}),
    [](const auto& named) { return std::string(named.param.name); });

TEST_F(Gaps, ASecondGapIsAskedForAlsoIfTheFirstWasClosedByARefusal) {
  order(3);
  venue.run();
  peer.send_as(2, "D", "11=c2|007=z|", again);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:2 3:3 8:4");
  order(6);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:5");
}

// What is behind a gap is judged when its turn comes.
TEST_F(Gaps, ASequenceResetBehindAGapIsJudgedInItsTurn) {
  peer.send_as(4, "4", "36=7|123=Y|");
  order(8);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:2");
  peer.send_as(2, "4", "36=4|123=Y|", again);
  order(7);
  venue.run();
  EXPECT_EQ(orders(), 2u);
  EXPECT_EQ(expected(), MsgSeqNum(9));
}

// It was answered once, and its number is not missing: nobody would send it again.
TEST_F(Gaps, WhatIsRefusedAheadOfAGapCountsInItsTurn) {
  peer.send_as(3, "D", "11=c3|007=z|");
  peer.send_as(4, "D", "11=c4|54=1|55=AAPL|38=10|40=2|44=99|", "43=Y|");
  order(5);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "3:2 2:3 3:4");
  order(2);
  venue.run();
  EXPECT_EQ(orders(), 2u);
  EXPECT_EQ(expected(), MsgSeqNum(6));
  EXPECT_EQ(peer.take_brief(), "8:5 8:6");
}

TEST_F(Gaps, TheRestOfAGapIsAskedForThoughNothingNewShowsIt) {
  order(3);
  order(7);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:2");
  order(2);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "8:3 8:4");
  venue.advance(seconds(4));
  EXPECT_EQ(peer.take_brief(), "2:5");
  venue.advance(seconds(4));
  EXPECT_EQ(peer.take_brief(), "") << "once";
  peer.send_as(4, "4", "36=7|123=Y|", again);
  venue.run();
  EXPECT_EQ(orders(), 3u);
}

TEST_F(Gaps, AFullRingStopsTheTakingOfWhatWasHeldAndNothingIsLost) {
  for (std::uint32_t number = 3; number < 203; ++number) {
    order(number);
  }
  venue.run();
  gateway.proposer->room = 12;
  peer.send_as(2, "4", "36=3|123=Y|", again);
  EXPECT_LE(gateway.proposer->ring.size(), 12u);
  venue.advance(seconds(1));
  EXPECT_EQ(orders(), 200u);
  EXPECT_EQ(expected(), MsgSeqNum(203));
}

// ---- bounds

TEST_F(Gaps, ResendRequestsAheadOfAGapAreAnsweredAndDoNotGather) {
  const std::size_t before = held_memory();
  for (std::uint32_t number = 1000; number < 9000; ++number) {
    peer.send_as(number, "2", "7=1|16=0|");
    if (number % 100 == 0) {
      venue.run();
      EXPECT_FALSE(peer.received.empty()) << number;
      peer.received = {};
    }
  }
  EXPECT_LT(held_memory(), before + held_max);
  std::string said;
  for (int i = 0; i < 70 && !peer.closed; ++i) {
    venue.advance(seconds(1));
    for (const std::string& message : peer.take()) {
      said += message.starts_with("35=5|") ? message : "";
    }
    peer.send_as(10000 + static_cast<std::uint32_t>(i), "2", "7=1|16=0|");
  }
  EXPECT_NE(said.find("58=MsgSeqNum 2 was asked for and did not come|"), std::string::npos) << said;
}

TEST_F(Gaps, WhatASequenceResetGoesPastIsNotKept) {
  const std::size_t before = held_memory();
  std::uint32_t number = 2;
  for (int round = 0; round < 10; ++round) {
    for (std::uint32_t i = 0; i < 250; ++i) {
      peer.send_as(number + 1 + i, "D",
                   order_text("r" + std::to_string(number + i), '1', 10, "99") + "58=" + std::string(4000, 'x') + "|");
    }
    number += 300;
    peer.send_as(number, "4", "36=" + std::to_string(number) + "|");
    venue.run();
    peer.received = {};
  }
  EXPECT_EQ(orders(), 0u);
  EXPECT_FALSE(peer.closed);
  EXPECT_LT(held_memory(), before + held_max);
  order(number);
  venue.run();
  EXPECT_EQ(orders(), 1u);
}

TEST_F(Gaps, LongMessagesBehindAGapAreBoundedByTheirBytes) {
  const std::size_t before = held_memory();
  for (std::uint32_t number = 3; number < 253; ++number) {
    peer.send_as(number, "D", order_text("c", '1', 10, "99") + "58=" + std::string(7500, 'x') + "|");
    venue.run();
  }
  EXPECT_LT(held_memory(), before + 1'000'000);
}

TEST_F(Gaps, AResendRequestBehindAFullQueueIsAnswered) {
  for (std::uint32_t number = 3; number < 303; ++number) {
    peer.send_as(number, "0", "");
  }
  peer.send_as(303, "2", "7=1|16=0|");
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:2 4:1d>3");
  peer.send_as(2, "4", "36=304|123=Y|", again);
  order(304);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "8:3");
}

TEST_F(Gaps, ASequenceResetBehindAFullQueueIsTaken) {
  for (std::uint32_t number = 3; number < 303; ++number) {
    peer.send_as(number, "0", "");
  }
  peer.send_as(303, "4", "36=304|");
  order(304);
  venue.run();
  EXPECT_EQ(peer.take_brief(), "2:2 8:3");
}

// The engine takes RawData by its length, and would see another ResetSeqNumFlag than we do.
TEST_F(Gaps, ALogonThatTheEngineWouldReadOtherwiseIsRefused) {
  peer.close();
  venue.run();
  for (const char* const data : {"95=7|96=x|141=N|141=Y|", "90=7|91=x|141=N|141=Y|", "95=1|96=x|"}) {
    venue.run();
    venue.advance(milliseconds(200));
    FixPeer next(venue, gateway, "ALPHA1");
    next.log_on(data);
    const auto said = next.take();
    ASSERT_EQ(said.size(), 1u) << data;
    EXPECT_TRUE(said[0].starts_with("35=5|")) << said[0];
    EXPECT_NE(said[0].find("58=SecureData (91) and RawData (96) are not taken|"), std::string::npos) << said[0];
  }
  venue.run();
  venue.advance(milliseconds(200));
  FixPeer next(venue, gateway, "ALPHA1");
  next.log_on("08=x|141=Y|");  // what we read ends here, but not what the engine would read
  const auto said = next.take();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("58=the Logon is malformed|"), std::string::npos) << said[0];
  EXPECT_TRUE(venue.all<SessionReset>().empty());
}

// A Logon ahead of a gap is counted in its turn, and what follows it as well.
TEST_F(Gaps, ALogonAheadOfAGapIsCountedWhenTheGapIsClosed) {
  peer.send("0", "");
  peer.send("0", "");
  venue.run();
  peer.close();
  venue.run();
  venue.advance(milliseconds(200));
  FixPeer next(venue, gateway, "ALPHA1");
  next.next = 4;  // the Heartbeats are forgotten with the connection
  next.log_on();
  EXPECT_EQ(next.take_brief(), "A:2 2:3");
  next.send("D", order_text("c5", '1', 10, "99"));
  next.send_as(1, "4", "36=3|123=Y|", again);  // nothing of it is on the log
  next.send_as(3, "D", "11=c3|007=z|", again);
  venue.run();
  EXPECT_EQ(next.take_brief(), "3:4 8:5");
  EXPECT_EQ(orders(), 1u);
}

}  // namespace
}  // namespace cantus::test
