// What holds when things come late, are lost or are too many: output commit, back-pressure, ownership, bounds.
#include <gtest/gtest.h>

#include "tests/gateway/test_venue.h"

namespace cantus::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Holding : public ::testing::Test {
 protected:
  void SetUp() override { gateway = &venue.add_gateway("gateway-1"); }

  std::unique_ptr<FixPeer> logged_on(const char* comp_id = "ALPHA1") {
    auto peer = std::make_unique<FixPeer>(venue, *gateway, comp_id);
    peer->log_on();
    peer->take();
    return peer;
  }

  TestVenue venue;
  TestVenue::Station* gateway = nullptr;
};

TEST_F(Holding, AResendWaitsForTheRecordsOfEveryNumberBelowItsEnd) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  peer->take();
  peer->send("1", "112=a|");  // number 3 is invented; its record is in the ring
  peer->send("2", "7=1|16=0|");
  venue.sync();
  venue.settle();
  EXPECT_EQ(peer->take_brief(), "");
  venue.admit_all(*gateway);
  venue.apply();
  venue.settle();
  EXPECT_EQ(peer->take_brief(), "") << "the record is not stable";
  venue.sync();
  venue.settle();
  EXPECT_EQ(peer->take_brief(), "0:3 4:1d>2 8:2d 4:3d>4");
}

TEST_F(Holding, NewMessagesWaitBehindAResendInProgress) {
  TestVenue small(TestVenue::Options{.driver = {.slice_messages = 2}});
  TestVenue::Station& station = small.add_gateway("gateway-1");
  FixPeer peer(small, station, "ALPHA1");
  peer.log_on();
  for (int i = 0; i < 9; ++i) {
    peer.send("D", order_text("c" + std::to_string(i), '1', 10, "99"));
  }
  small.run();
  peer.take();
  peer.send("2", "7=2|16=0|");
  peer.send("D", order_text("new", '1', 10, "99"));
  small.run();
  EXPECT_EQ(peer.take_brief(), "8:2d 8:3d 8:4d 8:5d 8:6d 8:7d 8:8d 8:9d 8:10d 8:11");
}

TEST_F(Holding, WhereASliceEndsIsNotSeenInWhatIsSentAgain) {
  for (const std::size_t slice : {1, 2, 3, 5, 64}) {
    TestVenue sliced(TestVenue::Options{.driver = {.slice_messages = slice}});
    FixPeer peer(sliced, sliced.add_gateway("gateway-1"), "ALPHA1");
    peer.log_on();
    for (int i = 0; i < 7; ++i) {
      peer.send(i < 2 || i == 6 ? "D" : "1", i < 2 || i == 6 ? order_text("c" + std::to_string(i), '1', 10, "99")
                                                             : "112=t" + std::to_string(i) + "|");
      sliced.run();
    }
    peer.take();
    peer.send("2", "7=1|16=0|");
    sliced.run();
    EXPECT_EQ(peer.take_brief(), "4:1d>2 8:2d 8:3d 4:4d>8 8:8d") << slice << " a slice";
  }
}

TEST_F(Holding, WhatFirstLeavesTooLateIsMarked) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.admit_all(*gateway);
  venue.apply();
  venue.loop.advance(seconds(11));
  venue.sync();
  venue.settle();
  ASSERT_EQ(peer->received.size(), 1U);
  fix::FieldList fields;
  fields.split(peer->received[0]);
  EXPECT_EQ(fields.find(43), "Y");
  EXPECT_EQ(fields.find(122), "20231114-22:13:20.001");
  EXPECT_EQ(fields.find(52), "20231114-22:13:31.001");
  EXPECT_EQ(fields.find(60), "20231114-22:13:20.001");
}

TEST_F(Holding, AConnectionThatWaitsTooLongOnAHeldReportIsClosed) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.admit_all(*gateway);
  venue.apply();
  for (int i = 0; i < 40 && !peer->closed; ++i) {
    venue.loop.advance(seconds(1));
  }
  EXPECT_TRUE(peer->closed);
  venue.run();
  const auto downs = venue.all<SessionDown>();
  ASSERT_EQ(downs.size(), 1U);
  EXPECT_EQ(downs[0].reason, DownReason::output_held_too_long);
}

TEST_F(Holding, UnderBackPressureNothingIsReadAndNobodyIsTimedOut) {
  auto peer = logged_on();
  gateway->proposer->input_open = false;
  venue.loop.advance(milliseconds(200));
  peer->send("D", order_text("c2", '1', 10, "99"));
  for (int i = 0; i < 300; ++i) {
    venue.advance(seconds(1));
    if (i % 20 == 0) {
      EXPECT_FALSE(peer->closed);
    }
  }
  EXPECT_EQ(venue.all<NewOrder>().size(), 0U);
  EXPECT_NE(peer->take_brief(), "") << "Heartbeats still leave";
  gateway->proposer->input_open = true;
  venue.advance(seconds(1));
  EXPECT_EQ(venue.all<NewOrder>().size(), 1U);
  EXPECT_FALSE(peer->closed);
}

TEST_F(Holding, AFullRingStopsTheReadingAndNothingIsLost) {
  auto peer = logged_on();
  gateway->proposer->room = 12;
  for (int i = 0; i < 200; ++i) {
    peer->send("D", order_text("c" + std::to_string(i), '1', 10, "99"));
  }
  EXPECT_LE(gateway->proposer->ring.size(), 12U);
  venue.advance(seconds(1));
  EXPECT_EQ(venue.all<NewOrder>().size(), 200U);
  EXPECT_EQ(venue.all<OrderAccepted>().size(), 200U);
  std::uint32_t number = 2;
  for (const NewOrder& order : venue.all<NewOrder>()) {
    EXPECT_EQ(order.client.number, MsgSeqNum(number++));
  }
}

TEST_F(Holding, ASlowReaderIsCutOff) {
  TestVenue small(TestVenue::Options{.driver = {.outbox_bytes_max = 100'000, .unsent_bytes_max = 10'000}});
  TestVenue::Station& station = small.add_gateway("gateway-1");
  small.loop.network().set_kernel_bytes(1000);
  FixPeer trader(small, station, "DESK1");
  FixPeer copies(small, station, "DROP1");
  FixPeer client(small, station, "ALPHA1");
  trader.log_on();
  copies.log_on();
  client.log_on();
  copies.take();
  copies.read(false);
  for (int i = 0; i < 400; ++i) {
    trader.send("D", order_text("q" + std::to_string(i), '2', 1, "99"));
    client.send("D", order_text("c" + std::to_string(i), '1', 1, "99"));
    small.run();
  }
  copies.read(true);
  small.run();
  EXPECT_TRUE(copies.closed);
  EXPECT_FALSE(trader.closed);
  EXPECT_FALSE(client.closed);
  const auto downs = small.all<SessionDown>();
  ASSERT_EQ(downs.size(), 1U);
  EXPECT_EQ(downs[0].session, drop);
  EXPECT_EQ(downs[0].reason, DownReason::slow_consumer);
  EXPECT_EQ(small.all<Trade>().size(), 400U);
}

TEST_F(Holding, MessagesBehindAGapAreHeldWithinABoundAndNoneIsLost) {
  TestVenue small(TestVenue::Options{.driver = {.inbound_queue_max = 4}});
  TestVenue::Station& station = small.add_gateway("gateway-1");
  FixPeer peer(small, station, "ALPHA1");
  peer.log_on();
  for (std::uint32_t number = 3; number < 23; ++number) {
    peer.send_as(number, "D", order_text("c" + std::to_string(number), '1', 10, "99"));
  }
  small.run();
  EXPECT_EQ(peer.take_brief(), "A:1 2:2");
  // An engine that is asked sends everything again; so does this one, as often as it is asked.
  for (int round = 0; round < 20 && small.all<NewOrder>().size() < 20; ++round) {
    for (std::uint32_t number = 2; number < 23; ++number) {
      if (number == 2) {
        peer.send_as(2, "4", "36=3|123=Y|", "43=Y|122=20231114-22:00:00.000|");
      } else {
        peer.send_as(number, "D", order_text("c" + std::to_string(number), '1', 10, "99"),
                     "43=Y|122=20231114-22:00:00.000|");
      }
    }
    small.run();
  }
  const auto orders = small.all<NewOrder>();
  ASSERT_EQ(orders.size(), 20U);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    EXPECT_EQ(orders[i].client.number, MsgSeqNum(static_cast<std::uint32_t>(3 + i)));
  }
}

TEST_F(Holding, AResetFromOutsideLogsTheOwnerOutAndTakesEffectThen) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  peer->take();
  SessionReset reset;
  reset.session = alpha;
  reset.expected_generation = Generation(1);
  reset.reason = ResetReason::session_day;
  venue.add(config_publisher_id, reset);
  venue.run();
  EXPECT_EQ(peer->take_brief(), "5:3");
  EXPECT_EQ(venue.sessions().inbound(alpha).generation, Generation(1));
  peer->send("5", "");
  venue.run();
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(venue.sessions().inbound(alpha).generation, Generation(2));
  // Its Logout may have crossed ours, so it proves nothing: the report is issued again, marked as such.
  FixPeer next_day(venue, *gateway, "ALPHA1");
  next_day.log_on();
  EXPECT_EQ(next_day.take_brief(), "A:1 8:2r");
}

TEST_F(Holding, WhatWasNumberedBeforeTheFirstLogonFollowsIt) {
  auto trader = logged_on("DESK1");
  auto client = logged_on();
  trader->send("D", order_text("q1", '2', 10, "99"));
  client->send("D", order_text("c1", '1', 4, "99"));
  client->send("D", order_text("c2", '1', 4, "99"));
  venue.run();
  ASSERT_EQ(venue.all<Trade>().size(), 2U);
  FixPeer copies(venue, *gateway, "DROP1");
  copies.log_on();
  EXPECT_EQ(copies.take_brief(), "A:1 8:2 8:3");
  client->send("D", order_text("c3", '1', 1, "99"));
  venue.run();
  EXPECT_EQ(copies.take_brief(), "8:4");
}

TEST_F(Holding, WhatWasNumberedBeforeALogonThatIsRefusedKeepsItsNumbers) {
  const auto trade = [this](FixPeer& client, FixPeer& trader, const std::string& id) {
    trader.send("D", order_text("s" + id, '2', 10, "100"));
    client.send("D", order_text("b" + id, '1', 10, "100"));
    venue.settle();
    venue.admit_all(*gateway);
    venue.apply();
  };
  auto client = logged_on();
  auto trader = logged_on("DESK1");
  trade(*client, *trader, "1");
  FixPeer copy(venue, *gateway, "DROP1");
  copy.send("A", "98=0|108=1|");  // HeartBtInt too short: logged out
  venue.settle();
  ASSERT_TRUE(venue.admit_one(*gateway));  // the Takeover
  venue.apply();
  trade(*client, *trader, "2");  // while the Logout waits for its record to be stable
  venue.run();
  EXPECT_EQ(copy.take_brief(), "5:1");
  FixPeer again(venue, *gateway, "DROP1");
  again.log_on("789=2|");
  EXPECT_EQ(again.take_brief(), "A:4 8:2d 8:3d");
}

TEST_F(Holding, ADropCopySessionMayNotTrade) {
  auto copies = logged_on("DROP1");
  copies->send("D", order_text("x", '1', 10, "99"));
  venue.run();
  ASSERT_EQ(copies->received.size(), 1U);
  fix::FieldList fields;
  fields.split(copies->received[0]);
  EXPECT_EQ(fields.find(150), "8");
  EXPECT_EQ(fields.find(58), "this session may not trade");
}

TEST_F(Holding, NextExpectedMsgSeqNumIsAnsweredWithoutAsking) {
  {
    auto peer = logged_on();
    peer->send("D", order_text("c2", '1', 10, "99"));
    venue.run();
    peer->send("D", order_text("c3", '1', 10, "99"));
    venue.run();
    peer->close();
  }
  venue.run();
  FixPeer peer(venue, *gateway, "ALPHA1");
  peer.next = 4;
  peer.log_on("789=3|");
  const auto messages = peer.take();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0], "35=A|34=4|49=CANTUS|56=ALPHA1|98=0|108=30|789=5|");
  EXPECT_EQ(messages[1].substr(0, 15), "35=8|34=3|43=Y|");
  EXPECT_EQ(venue.sessions().outbound(alpha).delivered, MsgSeqNum(2));
}

TEST_F(Holding, ARecordThatDoesNotCountClosesTheConnectionAndItsBytesNeverLeave) {
  TestVenue::Station& other = venue.add_gateway("gateway-2");
  auto old = logged_on();
  old->send("1", "112=a|");  // the Heartbeat's record waits in the first gateway's ring …
  FixPeer fresh(venue, other, "ALPHA1");
  fresh.send_as(3, "A", "98=0|108=30|");
  venue.admit_one(other);  // … while the Takeover by the second gets to the log
  venue.admit_one(*gateway);
  venue.run();
  EXPECT_TRUE(old->closed);
  EXPECT_EQ(old->take_brief(), "");
  EXPECT_EQ(fresh.take_brief(), "A:2 2:3");
}

TEST_F(Holding, AConnectionThatDiesDuringItsTakeoverGivesTheSessionBack) {
  FixPeer peer(venue, *gateway, "ALPHA1");
  peer.send("A", "98=0|108=30|");
  ASSERT_EQ(gateway->proposer->ring.size(), 1U);
  peer.close();
  venue.run();
  EXPECT_TRUE(venue.sessions().inbound(alpha).owner.is_zero());
  FixPeer again(venue, *gateway, "ALPHA1");
  again.log_on();
  // Nobody reads a socket during a takeover, so its end was noticed behind the Logon, which has the number 1.
  EXPECT_EQ(again.take_brief(), "A:2");
}

TEST_F(Holding, ANewTermIsToldThatTheSessionIsHeld) {
  auto peer = logged_on();
  gateway->proposer->ready = false;  // the sequencer is gone
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.advance(seconds(5));
  EXPECT_EQ(venue.all<NewOrder>().size(), 0U);
  gateway->proposer->ready = true;
  gateway->gateway->on_attached({gateway->incarnation, Term(2), gateway->proposer->next, venue.journal.last()});
  venue.advance(seconds(1));
  const auto held = venue.all<SessionHeld>();
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].session, alpha);
  EXPECT_EQ(held[0].epoch, venue.sessions().inbound(alpha).epoch);
  EXPECT_EQ(venue.all<NewOrder>().size(), 1U);
  EXPECT_EQ(peer->take_brief(), "8:2");
}

TEST_F(Holding, AGapThatIsNeverFilledEndsTheSession) {
  auto peer = logged_on();
  peer->send_as(4, "D", order_text("c4", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(peer->take_brief(), "2:2");
  for (int i = 0; i < 70 && !peer->closed; ++i) {
    venue.advance(seconds(1));
    peer->send_as(5 + static_cast<std::uint32_t>(i), "0", "");  // alive, but deaf
  }
  ASSERT_FALSE(peer->received.empty());
  fix::FieldList fields;
  fields.split(peer->received.back());
  EXPECT_EQ(fields.find(58), "MsgSeqNum 2 was asked for and did not come");
  EXPECT_TRUE(venue.all<NewOrder>().empty());
}

TEST_F(Holding, ARejectAheadOfAGapDoesNotCountAsTheMessageExpected) {
  auto peer = logged_on();
  peer->send_as(4, "3", "45=1|");
  venue.run();
  peer->send_as(2, "D", order_text("c2", '1', 10, "99"), "43=Y|122=20231114-22:00:00.000|");
  peer->send_as(3, "D", order_text("c3", '1', 10, "99"), "43=Y|122=20231114-22:00:00.000|");
  peer->send_as(5, "D", order_text("c5", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(venue.all<NewOrder>().size(), 3U);
}

TEST_F(Holding, AResendRequestWithTooLowANumberEndsTheSessionUnanswered) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  peer->take();
  peer->send_as(1, "2", "7=1|16=0|");
  venue.run();
  EXPECT_EQ(peer->take_brief(), "5:3");
  EXPECT_TRUE(peer->closed);
}

TEST_F(Holding, AReportThatCannotBeReadAgainIsNeverFilledAsAGap) {
  TestVenue forgetful(TestVenue::Options{.forgets = true});
  TestVenue::Station& station = forgetful.add_gateway("gateway-1");
  FixPeer peer(forgetful, station, "ALPHA1");
  peer.log_on();
  peer.send("D", order_text("c2", '1', 10, "99"));
  forgetful.run();
  EXPECT_EQ(peer.take_brief(), "A:1 8:2");
  peer.send("2", "7=2|16=0|");
  forgetful.run();
  EXPECT_EQ(peer.take_brief(), "");
  EXPECT_TRUE(peer.closed);
}

TEST_F(Holding, TakenForLostItClosesEverythingInSilence) {
  auto client = logged_on();
  auto trader = logged_on("DESK1");
  FixPeer arriving(venue, *gateway, "DROP1");
  PublisherLost lost;
  lost.incarnation = gateway->incarnation;
  lost.publisher = gateway->publisher;
  lost.reason = LostReason::not_back_after_term;
  venue.add(PublisherId(1), lost);
  gateway->gateway->on_lost();
  venue.settle();
  EXPECT_TRUE(client->closed);
  EXPECT_TRUE(trader->closed);
  EXPECT_TRUE(arriving.closed);
  EXPECT_EQ(client->take_brief() + trader->take_brief(), "");
  EXPECT_EQ(gateway->proposer->ring.size(), 0U);
}

TEST_F(Holding, IdleConnectionsMakeWayForWhoeverComesNext) {
  auto client = logged_on();
  std::vector<std::unique_ptr<FixPeer>> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(std::make_unique<FixPeer>(venue, *gateway, "NOBODY"));
    ASSERT_LE(gateway->gateway->figures().connections, 128U) << "of one address";
  }
  EXPECT_TRUE(idle.front()->closed) << "the one that was silent longest";
  EXPECT_FALSE(idle.back()->closed);
  auto trader = logged_on("DESK1");
  EXPECT_FALSE(trader->closed);
  EXPECT_FALSE(client->closed);
  EXPECT_EQ(gateway->gateway->figures().sessions, 2U);
}

TEST_F(Holding, AnAddressDoesNotPushOutAnother) {
  runtime::SimulatedNetwork& network = venue.loop.network();
  network.set_own_host("10.0.0.1");
  FixPeer waiting(venue, *gateway, "ALPHA1");
  std::vector<std::unique_ptr<FixPeer>> idle;
  for (int address = 2; address < 20; ++address) {
    network.set_own_host("10.0.0." + std::to_string(address));
    for (int i = 0; i < 40; ++i) {
      idle.push_back(std::make_unique<FixPeer>(venue, *gateway, "NOBODY"));
      ASSERT_LE(gateway->gateway->figures().connections, 512U);
    }
  }
  EXPECT_FALSE(waiting.closed);
  EXPECT_EQ(std::ranges::count_if(idle, [](const auto& peer) { return !peer->closed; }), 511);
}

TEST_F(Holding, ARefusedProposalClosesItsSessionsAndSaysSo) {
  auto client = logged_on();
  client->send("D", order_text("c2", '1', 10, "99"));
  ASSERT_EQ(gateway->proposer->ring.size(), 1U);
  gateway->proposer->ring.clear();  // forgotten
  gateway->proposer->next = PublisherSeq(3);
  gateway->gateway->on_refused(PublisherSeq(3), "no grant");
  venue.settle();
  EXPECT_TRUE(client->closed);
  EXPECT_EQ(client->take_brief(), "");
  ASSERT_EQ(gateway->proposer->ring.size(), 1U);
  EXPECT_EQ(gateway->proposer->ring.front().type, SessionDown::type);

  FixPeer early(venue, *gateway, "ALPHA1");
  EXPECT_TRUE(early.closed) << "nobody is let in …";
  venue.add(PublisherId(1), PublishGranted{gateway->publisher, topic::orders, {}});
  venue.run();
  FixPeer later(venue, *gateway, "ALPHA1");
  later.log_on();
  EXPECT_EQ(later.take_brief(), "A:2") << "… until the venue grants it again";
}

TEST_F(Holding, ASessionDownBehindARefusedProposalIsSaidAgain) {
  auto client = logged_on();
  auto trader = logged_on("DESK1");
  FixPeer arriving(venue, *gateway, "DROP1");
  arriving.log_on();
  client->send("D", order_text("c2", '1', 10, "99"));
  trader->close();
  venue.settle();
  ASSERT_EQ(gateway->proposer->ring.size(), 2U);
  gateway->proposer->ring.clear();  // the order is refused, and with it the SessionDown behind it is forgotten
  gateway->gateway->on_refused(PublisherSeq(3), "no grant");
  venue.run();
  EXPECT_TRUE(venue.sessions().inbound(alpha).owner.is_zero());
  EXPECT_TRUE(venue.sessions().inbound(desk).owner.is_zero());
  EXPECT_TRUE(venue.sessions().inbound(drop).owner.is_zero());
}

TEST_F(Holding, AConnectionThatDiesDuringItsResetGivesTheSessionBack) {
  FixPeer peer(venue, *gateway, "ALPHA1");
  peer.send("A", "98=0|108=30|141=Y|");
  venue.settle();
  ASSERT_TRUE(venue.admit_one(*gateway));  // the Takeover
  venue.apply();
  ASSERT_EQ(gateway->proposer->ring.size(), 1U);  // the SessionReset, which the log does not take for a while
  venue.loop.advance(seconds(11));
  EXPECT_TRUE(peer.closed);
  venue.run();
  EXPECT_EQ(venue.all<SessionReset>().size(), 1U);
  EXPECT_EQ(venue.sessions().inbound(alpha).generation, Generation(2));
  EXPECT_TRUE(venue.sessions().inbound(alpha).owner.is_zero());
}

// What stands in a data field is taken by its length, so that the engine could read another MsgSeqNum than we do and
// hold messages behind a gap that nobody counts.
TEST_F(Holding, DataFieldsThatCouldHideANumberEndTheSession) {
  for (const char* type : {"1", "2", "D", "B"}) {
    for (const char* data : {"90=6|91=x|34=", "95=6|96=x|34="}) {
      TestVenue fresh;
      TestVenue::Station& station = fresh.add_gateway("gateway-1");
      FixPeer peer(fresh, station, "ALPHA1");
      peer.log_on();
      peer.take();
      peer.send_bytes(fix_message("35=" + std::string(type) + "|49=ALPHA1|56=CANTUS|" + data +
                                  "2|34=100|52=" + fresh.time_text() + "|112=a|"));
      fresh.run();
      EXPECT_EQ(peer.take_brief(), "5:2") << type << " " << data;
    }
  }
}

TEST_F(Holding, SilentConnectionsAreClosedAndTheirNumberIsBounded) {
  std::vector<std::unique_ptr<FixPeer>> peers;
  for (int i = 0; i < 260; ++i) {
    peers.push_back(std::make_unique<FixPeer>(venue, *gateway, "ALPHA1"));
  }
  venue.settle();
  EXPECT_EQ(std::count_if(peers.begin(), peers.end(), [](const auto& peer) { return peer->closed; }), 260 - 128);
  venue.loop.advance(seconds(11));
  EXPECT_TRUE(std::all_of(peers.begin(), peers.end(), [](const auto& peer) { return peer->closed; }));
  EXPECT_EQ(venue.all<Takeover>().size(), 0U);
  EXPECT_EQ(gateway->gateway->figures().connections, 0U);
}

TEST_F(Holding, BytesBehindTheLogonAreReadAfterIt) {
  FixPeer peer(venue, *gateway, "ALPHA1");
  const std::string names = "|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS|";
  peer.send_bytes(fix_message("35=A|34=1" + names + "98=0|108=30|") +
                  fix_message("35=D|34=2" + names + order_text("c2", '1', 10, "99")));
  venue.run();
  EXPECT_EQ(peer.take_brief(), "A:1 8:2");
}

TEST_F(Holding, LatenciesAreCountedFromTheOrderToItsFirstReport) {
  auto peer = logged_on();
  peer->send("D", order_text("c2", '1', 10, "99"));
  venue.loop.advance(milliseconds(3));
  venue.run();
  const gateway::LatencyHistogram& histogram = gateway->gateway->figures().order_to_report;
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.max_ns(), 3'000'000U);
  EXPECT_EQ(histogram.quantile_ns(500), 3'000'000U);
}

TEST(LatencyHistogram, QuantilesAreWithinAnEighth) {
  gateway::LatencyHistogram histogram;
  for (int i = 1; i <= 1000; ++i) {
    histogram.add(i * 1000);
  }
  EXPECT_EQ(histogram.count(), 1000U);
  EXPECT_EQ(histogram.max_ns(), 1'000'000U);
  EXPECT_GE(histogram.quantile_ns(500), 500'000U);
  EXPECT_LE(histogram.quantile_ns(500), 562'500U);
  EXPECT_GE(histogram.quantile_ns(990), 990'000U);
  EXPECT_EQ(histogram.quantile_ns(1000), 1'000'000U);
  gateway::LatencyHistogram empty;
  EXPECT_EQ(empty.quantile_ns(500), 0U);
  histogram.add(-5);
  histogram.add(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(histogram.count(), 1002U);
}

}  // namespace
}  // namespace cantus::test
