// What becomes of a gateway whose proposal the sequencer does not admit, with everything hosted as in the venue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateway/bed_venue.h"
#include "tests/gateway/test_venue.h"

namespace cantus::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class M>
std::function<bool(const WishView&)> the_nth(int n) {
  return [left = n](const WishView& proposal) mutable { return proposal.type == M::type && --left == 0; };
}

// Everything else of one number is damaged, whatever is proposed under it.
std::function<bool(const WishView&)> the_number_of_first(MessageType type) {
  return [type, number = PublisherSeq()](const WishView& proposal) mutable {
    if (number.is_zero() && proposal.type == type) {
      number = proposal.number;
    }
    return proposal.number == number;
  };
}

class Refused : public ::testing::Test {
 protected:
  std::unique_ptr<FixPeer> logged_on(BedVenue::Gate& gate, const char* comp_id = "ALPHA1") {
    auto peer = std::make_unique<FixPeer>(venue, gate, comp_id);
    peer->log_on();
    peer->take();
    return peer;
  }

  BedVenue venue;
  BedVenue::Gate& gateway = venue.add_gateway("gateway-1");
};

TEST_F(Refused, AnOrderDamagedOnItsWayIsAnsweredInItsPlaceAndWhatFollowedIsTaken) {
  auto client = logged_on(gateway);
  auto trader = logged_on(gateway, "DESK1");
  venue.bed.damage(*gateway.participant, the_nth<NewOrder>(2));
  client->send("D", order_text("c2", '1', 10, "99"));  // one batch with what follows
  client->send_bytes(
      fix_message("35=D|34=3|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS|" + order_text("c3", '1', 10, "99")) +
      fix_message("35=1|34=4|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS|112=t|") +
      fix_message("35=D|34=5|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS|" + order_text("c5", '1', 10, "99")));
  trader->send("D", order_text("d2", '2', 10, "101"));
  venue.run();

  const std::vector<std::string> told = client->take();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_THAT(told[0], HasSubstr("11=c2|"));
  EXPECT_EQ(told[1], "35=0|34=3|49=CANTUS|56=ALPHA1|112=t|") << "it had its number before the refusal was made";
  EXPECT_EQ(told[2],
            "35=j|34=4|49=CANTUS|56=ALPHA1|45=3|58=the venue could not record this message: it has no effect|372=D|"
            "379=c3|380=0|");
  EXPECT_THAT(told[3], HasSubstr("11=c5|"));
  EXPECT_FALSE(client->closed);
  EXPECT_EQ(trader->take_brief(), "8:2");
  EXPECT_EQ(venue.inbound(alpha).next_inbound, MsgSeqNum(6));
  EXPECT_EQ(venue.all<NewOrder>().size(), 3U);
  EXPECT_EQ(venue.all<ClientRefused>().size(), 1U);
  EXPECT_THAT(venue.all<PublisherLost>(), IsEmpty());
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());

  client->next = 6;
  client->send("D", order_text("c3", '1', 10, "99"));  // the ClOrdID was never used
  venue.run();
  EXPECT_EQ(client->take_brief(), "8:6");
  client->send("2", "7=1|16=0|");
  venue.run();
  EXPECT_EQ(client->take_brief(), "4:1d>2 8:2d 4:3d>4 j:4d 8:5d 8:6d") << "the numbers mean the same again";
}

TEST_F(Refused, EachKindOfRequestIsNamedInItsRefusal) {
  auto client = logged_on(gateway);
  client->send("D", order_text("c2", '1', 10, "99"));
  venue.run();
  client->take();
  const struct {
    const char* type;
    std::string body;
    MessageType record;
    const char* named;
  } rows[] = {
      {"F", "11=c3|41=c2|54=1|55=AAPL|60=20261121-21:00:00.000|", CancelRequest::type, "372=F|379=c3|"},
      {"G", "11=c4|41=c2|38=20|40=2|44=98|54=1|55=AAPL|60=20261121-21:00:00.000|", ReplaceRequest::type,
       "372=G|379=c4|"},
      {"H", "11=c2|54=1|55=AAPL|", StatusRequest::type, "372=H|379=c2|"},
      // What the gateway refuses itself keeps what it says.
      {"D", "11=c5|38=1.5|40=2|44=98|54=1|55=AAPL|60=20261121-21:00:00.000|", ClientRefused::type,
       "58=OrderQty (38) is no whole number"},
  };
  for (const auto& row : rows) {
    venue.bed.damage(*gateway.participant, [left = 1, &row](const WishView& proposal) mutable {
      return proposal.type == row.record && left-- > 0;
    });
    client->send(row.type, row.body);
    venue.run();
    const std::vector<std::string> told = client->take();
    ASSERT_EQ(told.size(), 1U) << row.type;
    EXPECT_THAT(told[0], HasSubstr("35=j|"));
    EXPECT_THAT(told[0], HasSubstr(row.named));
  }
  EXPECT_EQ(venue.inbound(alpha).next_inbound, MsgSeqNum(7));
}

TEST_F(Refused, WhatTheSessionLayerInventedIsProposedAgainUnderItsNumber) {
  auto client = logged_on(gateway);
  venue.bed.damage(*gateway.participant, the_nth<SessionAdminSent>(1));
  client->send("1", "112=t|");
  client->send("D", order_text("c3", '1', 10, "99"));
  venue.run();
  EXPECT_EQ(client->take_brief(), "0:2 8:3");
  venue.bed.damage(*gateway.participant, the_nth<Takeover>(1));
  auto trader = logged_on(gateway, "DESK1");
  EXPECT_FALSE(trader->closed);
  EXPECT_EQ(venue.inbound(desk).owner, venue.inbound(alpha).owner);
  venue.bed.damage(*gateway.participant, the_nth<SessionDown>(1));
  client->close();
  venue.run();
  EXPECT_TRUE(venue.inbound(alpha).owner.is_zero());
}

TEST_F(Refused, WhatIsRefusedUnderItsNumberWithoutEndStopsTheGateway) {
  auto client = logged_on(gateway);
  venue.bed.damage(*gateway.participant, the_number_of_first(NewOrder::type));
  client->send("D", order_text("c2", '1', 10, "99"));
  venue.advance(std::chrono::seconds(1));
  ASSERT_EQ(venue.bed.fatal().size(), 1U);
  EXPECT_THAT(venue.bed.fatal()[0], HasSubstr("was refused 4 times"));
  EXPECT_EQ(client->take_brief(), "");
}

TEST(RefusedPermission, ClosesTheSessionsRecordsNothingOfTheMessageAndAnotherGatewayTakesIt) {
  BedVenue venue({}, PublishGranted{PublisherId(10), topic::orders, {}});
  BedVenue::Gate& barred = venue.add_gateway("gateway-1");
  BedVenue::Gate& allowed = venue.add_gateway("gateway-2");
  FixPeer client(venue, barred, "ALPHA1");
  client.log_on();
  FixPeer trader(venue, barred, "DESK1");
  trader.log_on();
  FixPeer stranger(venue, barred, "DROP1");  // has not logged on yet
  client.take();
  trader.take();
  client.send("D", order_text("c2", '1', 10, "99"));
  client.send("1", "112=t|");
  venue.run();
  EXPECT_TRUE(client.closed);
  EXPECT_TRUE(trader.closed);
  EXPECT_TRUE(stranger.closed);
  EXPECT_EQ(client.take_brief() + trader.take_brief(), "");
  EXPECT_THAT(venue.all<NewOrder>(), IsEmpty());
  EXPECT_THAT(venue.all<ClientRefused>(), IsEmpty());
  EXPECT_EQ(venue.inbound(alpha).next_inbound, MsgSeqNum(1)) << "only accepted messages count";
  EXPECT_TRUE(venue.inbound(alpha).owner.is_zero()) << "that it is down can still be said";
  EXPECT_TRUE(venue.inbound(desk).owner.is_zero());

  FixPeer again(venue, barred, "ALPHA1");
  again.log_on();
  EXPECT_TRUE(again.closed) << "nobody is let in without permission";

  FixPeer elsewhere(venue, allowed, "ALPHA1");
  elsewhere.next = 4;
  elsewhere.log_on();
  EXPECT_EQ(elsewhere.take_brief(), "A:2 2:3") << "what was not recorded is asked for again";
  elsewhere.send_as(1, "4", "36=2|123=Y|", "43=Y|122=" + venue.time_text() + "|");
  elsewhere.send_as(2, "D", order_text("c2", '1', 10, "99"), "43=Y|122=" + venue.time_text() + "|");
  elsewhere.send_as(3, "4", "36=5|123=Y|", "43=Y|122=" + venue.time_text() + "|");
  venue.run();
  EXPECT_EQ(elsewhere.take_brief(), "8:4");
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

TEST(RefusedPermission, WithoutAnyPermissionNothingMoreIsSaid) {
  BedVenue venue({}, PublishGranted{PublisherId(10), topic::sessions, {}});
  BedVenue::Gate& barred = venue.add_gateway("gateway-1");
  FixPeer client(venue, barred, "ALPHA1");
  client.log_on();
  venue.advance(std::chrono::seconds(5));
  EXPECT_TRUE(client.closed);
  EXPECT_THAT(venue.all<Takeover>(), IsEmpty());
  EXPECT_THAT(venue.all<PublisherLost>(), IsEmpty()) << "it stays attached";
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

// What the gateway hears on its socket and what it reads on the log come in any order.
class ChangedPermission : public ::testing::Test {
 protected:
  template <class M>
  void change(TopicId topic) {
    venue.add(PublisherId(1), M{gateway.publisher, topic, {}});
    venue.run();
  }
  void refuse() {
    gateway.proposer->ring.clear();
    gateway.gateway->on_refused(gateway.proposer->next, "no grant");
    venue.settle();
  }
  // The stream that ended with a refusal is there again.
  void attach() {
    gateway.gateway->on_attached({gateway.incarnation, Term(1), gateway.proposer->next, venue.journal.last()});
  }
  bool lets_in() {
    FixPeer peer(venue, gateway, "DESK1");
    return !peer.closed;
  }

  TestVenue venue;
  TestVenue::Station& gateway = venue.add_gateway("gateway-1");
};

TEST_F(ChangedPermission, ARefusalOfBeforeTheGrantThatWasReadKeepsNobodyOut) {
  change<PublishRevoked>(topic::orders);
  change<PublishGranted>(topic::orders);
  refuse();
  EXPECT_FALSE(lets_in()) << "it may have been refused in spite of the grant";
  attach();
  EXPECT_TRUE(lets_in());
  refuse();
  attach();
  EXPECT_FALSE(lets_in()) << "refused again, and no grant was read since";
  change<PublishGranted>(topic::orders);
  EXPECT_TRUE(lets_in());
}

TEST_F(ChangedPermission, ARefusalBehindARevocationThatWasReadKeepsEverybodyOut) {
  change<PublishGranted>(topic::orders);
  change<PublishRevoked>(topic::orders);
  refuse();
  attach();
  EXPECT_FALSE(lets_in());
}

TEST_F(ChangedPermission, AGrantThatWasReadBeforeItAttachedSaysNothingOfALaterRefusal) {
  change<PublishGranted>(topic::orders);
  attach();
  refuse();
  attach();
  EXPECT_FALSE(lets_in());
}

TEST_F(ChangedPermission, AResolvedSuspensionIsAGrant) {
  PublisherSuspended suspended;
  suspended.publisher = gateway.publisher;
  suspended.from = gateway.proposer->next;
  Resolved resolved;
  resolved.publisher = gateway.publisher;
  resolved.suspension = venue.add(PublisherId(1), suspended);
  venue.run();
  refuse();
  attach();
  EXPECT_FALSE(lets_in());
  venue.add(PublisherId(1), resolved);
  venue.run();
  EXPECT_TRUE(lets_in());
}

TEST_F(ChangedPermission, AnEndThatWasRefusedIsSaidWithTheNextGrant) {
  FixPeer client(venue, gateway, "ALPHA1");
  client.log_on();
  change<PublishRevoked>(topic::sessions);
  refuse();
  attach();
  ASSERT_EQ(gateway.proposer->ring.size(), 1U);
  refuse();
  attach();
  venue.run();
  EXPECT_FALSE(venue.sessions().inbound(alpha).owner.is_zero());
  change<PublishGranted>(topic::sessions);
  EXPECT_TRUE(venue.sessions().inbound(alpha).owner.is_zero()) << "or its orders were never cancelled";
}

}  // namespace
}  // namespace cantus::test
