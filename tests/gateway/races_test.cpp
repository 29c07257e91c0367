// Who is faster: gateways that fight for a session with its orders in flight, owners that sleep and wake, resets in
// every order with all of that. Real gateways, hosts, rings and matching on a simulated loop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "fix/render.h"
#include "tests/gateway/bed_venue.h"
#include "tests/gateway/careful_client.h"

namespace cantus::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Races : public ::testing::Test {
 protected:
  // Records from behind `from` that a gateway put there and that changed a session.
  [[nodiscard]] std::vector<std::string> effective_of(PublisherId publisher, Seq from) const {
    std::vector<std::string> names;
    ReferenceData refdata;
    SessionMachine sessions(refdata);
    for (Seq seq(1); seq <= venue.bed.last(); seq = seq.next()) {
      const Event event = venue.bed.at(seq);
      refdata.apply(event);
      sessions.apply(event);
      if (seq > from && event.header->publisher == publisher && sessions.effect() == Effect::took) {
        names.push_back(venue.bed.types_from(seq));
      }
    }
    return names;
  }

  BedVenue venue;
  BedVenue::Gate& first = venue.add_gateway("gateway-1");
  BedVenue::Gate& second = venue.add_gateway("gateway-2");
};

// The order leaves the client a moment before the other gateway takes its session, in every interleaving of both ways
// to the log: it is executed once and answered once.
TEST_F(Races, AnOrderInFlightWhileTwoGatewaysFightIsExecutedOnce) {
  CarefulClient trader(venue, "DESK1");
  trader.connect(second.port);
  venue.run();
  trader.order('2', 100000, "100");
  CarefulClient client(venue, "ALPHA1");
  client.connect(first.port);
  venue.run();
  for (int delay = 0; delay < 48; ++delay) {
    SCOPED_TRACE(delay);
    BedVenue::Gate& from = delay % 2 == 0 ? first : second;
    BedVenue::Gate& to = delay % 2 == 0 ? second : first;
    ASSERT_TRUE(client.logged_on());
    const std::size_t executions = client.executions().size();
    client.order('1', 1, "100");
    for (int i = 0; i < delay % 8; ++i) {
      venue.bed.loop().run_once();
    }
    client.connect(to.port);
    if (delay >= 24) {  // and the owner does not see it yet
      for (int i = 0; i < delay % 5; ++i) {
        venue.bed.loop().run_once();
      }
      venue.stop(from);
      venue.run();
      venue.wake(from, delay % 3 == 0 ? BedVenue::First::log : BedVenue::First::network);
    }
    venue.run();
    ASSERT_EQ(client.executions().size(), executions + 2) << "accepted and filled";
  }
  EXPECT_THAT(client.complaints(), IsEmpty());
  EXPECT_EQ(venue.all<Trade>().size(), 48U);
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

TEST_F(Races, OfTwoLogonsAtOnceOneHasTheSession) {
  for (int lead = 0; lead < 6; ++lead) {
    SCOPED_TRACE(lead);
    FixPeer one(venue, first, "ALPHA1");
    FixPeer other(venue, second, "ALPHA1");
    const auto logon = [](FixPeer& peer) { peer.queue("A", "98=0|108=30|"); };
    logon(one);
    for (int i = 0; i < lead; ++i) {
      venue.bed.loop().run_once();
    }
    logon(other);
    venue.run();
    // Both may have had it, one after the other; the one whose Takeover came first is closed.
    EXPECT_NE(one.closed, other.closed);
    FixPeer& winner = one.closed ? other : one;
    EXPECT_THAT(winner.take_brief(), ::testing::StartsWith("A:"));
    winner.send("1", "112=x|");
    venue.run();
    EXPECT_THAT(winner.take().back(), ::testing::HasSubstr("112=x|"));
  }
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

// SIGSTOP before the takeover, SIGCONT behind it: whatever the stale owner finds first, it puts nothing on the log that
// counts, and not a byte on the connection.
TEST_F(Races, AStaleOwnerThatWakesUpIsWithoutEffectAndSilent) {
  for (const BedVenue::First woken_by : {BedVenue::First::log, BedVenue::First::network}) {
    for (const int asleep_s : {1, 40, 120}) {  // shorter and longer than its heartbeats and time-outs
      SCOPED_TRACE(asleep_s);
      FixPeer stale(venue, first, "ALPHA1");
      stale.next = venue.inbound(alpha).next_inbound.get();
      stale.log_on();
      stale.take();
      venue.stop(first);
      const std::uint32_t number = stale.next;
      stale.send("D", order_text("lost" + std::to_string(venue.bed.last().get()), '1', 1, "99"));
      stale.send("1", "112=x|");

      FixPeer fresh(venue, second, "ALPHA1");
      fresh.next = number;
      fresh.log_on();
      fresh.send("D", order_text("kept" + std::to_string(venue.bed.last().get()), '1', 1, "99"));
      venue.run();
      const Seq taken = venue.bed.last();
      const Epoch epoch = venue.inbound(alpha).epoch;
      venue.advance(seconds(asleep_s));
      stale.take();
      venue.wake(first, woken_by);
      venue.advance(seconds(1));
      EXPECT_TRUE(stale.closed);
      EXPECT_EQ(stale.take_brief(), "");
      EXPECT_THAT(effective_of(PublisherId(10), taken), IsEmpty());
      if (asleep_s < 60) {
        EXPECT_EQ(venue.inbound(alpha).epoch, epoch);
        EXPECT_FALSE(fresh.closed);
      }
      fresh.close();
      venue.run();
    }
  }
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

// A Logon with 141=Y lies unread at a gateway that sleeps; its client has long gone on elsewhere, in numbers that a
// reset behind its back would make others.
TEST_F(Races, AResetThatItsClientGaveUpIsNotMadeUpForLater) {
  for (const BedVenue::First woken_by : {BedVenue::First::log, BedVenue::First::network}) {
    venue.stop(first);
    FixPeer given_up(venue, first, "ALPHA1");
    given_up.log_on("141=Y|");
    venue.advance(milliseconds(10));
    FixPeer client(venue, second, "ALPHA1");
    client.log_on("141=Y|");
    client.send("D", order_text("c" + std::to_string(venue.bed.last().get()), '1', 1, "99"));
    venue.run();
    const Generation generation = venue.inbound(alpha).generation;
    venue.wake(first, woken_by);
    venue.run();
    EXPECT_EQ(venue.inbound(alpha).generation, generation);
    EXPECT_TRUE(given_up.closed);
    EXPECT_EQ(given_up.take_brief(), "");
    EXPECT_FALSE(client.closed);
    client.close();
    venue.run();
    venue.advance(milliseconds(10));
  }
  // Whoever resets later than that is taken at its word.
  FixPeer client(venue, first, "ALPHA1");
  client.log_on("141=Y|");
  EXPECT_THAT(client.take_brief(), ::testing::StartsWith("A:1"));
}

// A client that writes SendingTime in whole seconds gives both Logons the same.
TEST_F(Races, NorIsOneThatWasGivenUpWithinTheSameSecond) {
  for (const BedVenue::First woken_by : {BedVenue::First::log, BedVenue::First::network}) {
    const std::string logon =
        fix_message("35=A|34=1|49=ALPHA1|52=" + venue.time_text().substr(0, 17) + "|56=CANTUS|98=0|108=30|141=Y|");
    venue.stop(first);
    FixPeer given_up(venue, first, "ALPHA1");
    given_up.send_bytes(logon);
    venue.advance(milliseconds(10));
    FixPeer client(venue, second, "ALPHA1");
    client.send_bytes(logon);
    venue.run();
    ASSERT_THAT(client.take_brief(), ::testing::StartsWith("A:1"));
    const Generation generation = venue.inbound(alpha).generation;
    venue.wake(first, woken_by);
    venue.run();
    EXPECT_EQ(venue.inbound(alpha).generation, generation);
    EXPECT_TRUE(given_up.closed);
    EXPECT_EQ(given_up.take_brief(), "");
    EXPECT_FALSE(client.closed);
    client.close();
    venue.run();
    venue.advance(seconds(2));
  }
}

// ---- everything at once

class Storm : public ::testing::TestWithParam<int> {
 protected:
  Storm() : random_(static_cast<std::uint64_t>(GetParam())), operators_(venue_.bed.add_voice("scheduler")) {
    venue_.add_gateway("gateway-1");
    venue_.add_gateway("gateway-2");
    venue_.bed.journal().sync_automatically(false);
    venue_.run();
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  void step() {
    venue_.bed.loop().clock().advance(milliseconds(1));
    for (CarefulClient* const client : {&client_, &desk_}) {
      if (!client->logged_on() && one_in(3)) {
        connect(*client, client->must_reset() || one_in(8));
      } else if (client->logged_on() && one_in(25)) {
        connect(*client, false);  // while the other still stands: the two fight
        if (one_in(2)) {
          connect(*client, false);
        }
      } else if (one_in(60)) {
        client->disconnect();
      }
      for (std::size_t i = below(3); i > 0; --i) {
        client->order(client == &client_ ? '1' : '2', 1, one_in(2) ? "100" : "99.5");
      }
    }
    for (std::size_t i = below(6); i > 0; --i) {
      venue_.bed.loop().run_once();
    }
    disturb();
    if (one_in(2)) {
      const std::uint64_t synced = venue_.bed.journal().synced().get();
      venue_.bed.journal().sync_through(Seq(synced + below(venue_.bed.last().get() - synced + 1)));
    }
    if (one_in(4)) {
      venue_.advance(milliseconds(1 + below(200)));
    }
  }

  void connect(CarefulClient& client, bool reset) { client.connect(venue_.gates[below(2)]->port, reset); }

  void disturb() {
    BedVenue::Gate& gate = *venue_.gates[below(2)];
    const bool asleep = asleep_.contains(&gate);
    if (asleep && one_in(4)) {
      asleep_.erase(&gate);
      venue_.wake(gate, one_in(2) ? BedVenue::First::log : BedVenue::First::network);
    } else if (!asleep && one_in(20)) {
      asleep_.insert(&gate);
      venue_.stop(gate);
    } else if (!asleep && one_in(50)) {
      venue_.kill(gate);
      venue_.restart(gate);
    } else if (one_in(60)) {
      venue_.bed.kill_sequencer();
      venue_.bed.loop().run_once();
      venue_.bed.start();
    } else if (!asleep && one_in(40)) {
      venue_.bed.damage(*gate.participant, [this, &gate, left = 1](const WishView& proposal) mutable {
        return proposal.number > damaged_[&gate] && left-- > 0 && (damaged_[&gate] = proposal.number, true);
      });
    } else if (one_in(40) && operators_.proposer->can_propose()) {
      SessionReset reset;
      reset.session = one_in(2) ? alpha : desk;
      reset.expected_generation = venue_.inbound(reset.session).generation;
      reset.reason = ResetReason::by_operator;
      operators_.propose(reset);
    }
  }

  // All is well again; the clients get whatever they lack.
  void calm() {
    venue_.bed.journal().sync_automatically(true);
    for (BedVenue::Gate* const gate : asleep_) {
      venue_.wake(*gate, BedVenue::First::log);
    }
    for (int round = 0; round < 12; ++round) {
      venue_.bed.journal().sync_through(venue_.bed.last());
      for (CarefulClient* const client : {&client_, &desk_}) {
        if (!client->logged_on()) {
          client->connect(venue_.gates[0]->port, client->must_reset());
        }
      }
      venue_.advance(seconds(1));
    }
    for (CarefulClient* const client : {&client_, &desk_}) {
      ASSERT_TRUE(client->logged_on());
      client->ask_for_everything();
    }
    venue_.advance(seconds(1));
  }

  void compare(const CarefulClient& client, SessionId session) {
    std::map<std::string, int> taken;     // orders that were accepted, by ClOrdID
    std::map<std::string, int> outcomes;  // of them
    std::set<std::string> refused;        // damaged on their way, or sent again from before a reset
    std::set<std::string> executions;
    ReferenceData refdata;
    SessionMachine sessions(refdata);
    for (Seq seq(1); seq <= venue_.bed.last(); seq = seq.next()) {
      const Event event = venue_.bed.at(seq);
      refdata.apply(event);
      sessions.apply(event);
      const ClientRef* const by = client_ref_of(event);
      if (by != nullptr && by->session == session && sessions.effect() == Effect::took) {
        if (event.is<NewOrder>()) {
          ++taken[event.as<NewOrder>().cl_ord_id.str()];
        } else {
          refused.insert(event.as<ClientRefused>().business_reject_ref_id.str());
        }
      }
      if (event.is<OrderAccepted>() && event.as<OrderAccepted>().order.session == session) {
        ++outcomes[event.as<OrderAccepted>().order.cl_ord_id.str()];
      } else if (event.is<OrderRejected>() && event.as<OrderRejected>().session == session) {
        ++outcomes[event.as<OrderRejected>().cl_ord_id.str()];
      }
      for_each_report(event, sessions.effect(), refdata, [&](const ReportRef& report) {
        if (report.session == session && report.kind == ReportKind::execution) {
          executions.insert(fix::exec_id_text(event.position(), report.index));
        }
      });
    }
    for (const auto& [id, times] : taken) {
      EXPECT_EQ(times, 1) << id;
      EXPECT_EQ(outcomes[id], 1) << id;
    }
    for (const std::string& id : client.orders_of_generation()) {
      EXPECT_TRUE(taken.contains(id) || refused.contains(id)) << id << " was sent in these numbers";
    }
    EXPECT_EQ(client.refused(), refused);
    std::vector<std::string> missing;
    for (const std::string& id : executions) {
      if (!client.executions().contains(id)) {
        missing.push_back(id);
      }
    }
    EXPECT_THAT(missing, IsEmpty()) << "reports that the client was never told";
    EXPECT_EQ(client.executions().size(), executions.size());
    EXPECT_THAT(client.complaints(), IsEmpty());
  }

  std::mt19937_64 random_;
  BedVenue venue_;
  Voice& operators_;
  CarefulClient client_{venue_, "ALPHA1"};
  CarefulClient desk_{venue_, "DESK1"};
  std::set<BedVenue::Gate*> asleep_;
  std::map<BedVenue::Gate*, PublisherSeq> damaged_;  // last number that was, so that none is twice
};

TEST_P(Storm, EveryOrderHasOneOutcomeAndEveryNumberOneMeaning) {
  for (int i = 0; i < 1500 && client_.complaints().empty() && desk_.complaints().empty(); ++i) {
    step();
  }
  calm();
  compare(client_, alpha);
  compare(desk_, desk);
  EXPECT_THAT(venue_.bed.fatal(), IsEmpty());
  EXPECT_GT(client_.orders() + desk_.orders(), 100U);
}

// Ten seeds, or as many as CANTUS_SEEDS says, from CANTUS_FIRST_SEED on.
int number_from(const char* name, int if_absent) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return text == nullptr ? if_absent : std::atoi(text);
}
const int first_seed = number_from("CANTUS_FIRST_SEED", 1);
INSTANTIATE_TEST_SUITE_P(Seeds, Storm, testing::Range(first_seed, first_seed + number_from("CANTUS_SEEDS", 10)));

}  // namespace
}  // namespace cantus::test
