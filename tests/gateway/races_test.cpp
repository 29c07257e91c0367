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
  // Types of the records from behind `from` that the publisher put there.
  [[nodiscard]] std::vector<std::uint16_t> records_of(PublisherId publisher, Seq from) const {
    std::vector<std::uint16_t> types;
    for (Seq seq = from.next(); seq <= venue.bed.last(); seq = seq.next()) {
      if (const RecordHeader& header = *venue.bed.at(seq).header; header.publisher == publisher) {
        types.push_back(header.type.get());
      }
    }
    return types;
  }

  // The session is taken over at the second gateway, in the numbers that stand.
  [[nodiscard]] std::unique_ptr<FixPeer> taken_over() {
    auto fresh = std::make_unique<FixPeer>(venue, second, "ALPHA1");
    fresh->next = venue.inbound(alpha).next_inbound.get();
    fresh->log_on();
    EXPECT_THAT(fresh->take_brief(), ::testing::HasSubstr("A:"));
    return fresh;
  }
  // The first gateway, stopped until here, goes on behind that: not a record of its old owner, not a byte on its
  // connection but those that were with the kernel.
  void expect_silence(FixPeer& stale, BedVenue::First woken_by) {
    venue.run();
    stale.take();
    const Seq taken = venue.bed.last();
    venue.wake(first, woken_by);
    venue.advance(seconds(1));
    EXPECT_TRUE(stale.closed);
    EXPECT_EQ(stale.take_brief(), "");
    EXPECT_THAT(records_of(PublisherId(10), taken), IsEmpty());
  }
  // More than a participant reads in one turn, of nobody's interest.
  void grow_log() {
    for (int i = 0; i < 400; ++i) {
      SessionReset reset;  // of a generation that is not: ignored
      reset.session = desk;
      reset.expected_generation = Generation(99);
      operators.propose(reset);
      if (i % 50 == 0) {
        venue.run();
      }
    }
    venue.run();
  }

  // A Logon with 141=Y, `bytes` or a peer's own, lies unread at a gateway that sleeps; its client has long gone on
  // elsewhere, in numbers that a reset behind its back would make others.
  void give_up_reset(const std::string& bytes, BedVenue::First woken_by) {
    const auto log_on = [&](FixPeer& peer) {
      if (bytes.empty()) {
        peer.log_on("141=Y|");
      } else {
        peer.send_bytes(bytes);
        venue.run();
      }
    };
    venue.stop(first);
    FixPeer given_up(venue, first, "ALPHA1");
    log_on(given_up);
    venue.advance(milliseconds(10));
    FixPeer client(venue, second, "ALPHA1");
    log_on(client);
    ASSERT_THAT(client.take_brief(), ::testing::StartsWith("A:1"));
    client.next = 2;
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
    venue.advance(seconds(2));
  }

  BedVenue venue;
  BedVenue::Gate& first = venue.add_gateway("gateway-1");
  BedVenue::Gate& second = venue.add_gateway("gateway-2");
  Voice& operators = venue.bed.add_voice("scheduler");
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
// at all, and not a byte on the connection.
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
      EXPECT_THAT(records_of(PublisherId(10), taken), IsEmpty());
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

std::uint32_t number_of(const std::string& message) {
  return static_cast<std::uint32_t>(std::stoul(message.substr(message.find("|34=") + 4)));
}

// In the middle of a resend, at every step of it: with the rest of a slice unsent because the socket is full, or
// between two slices, because it never is.
TEST_F(Races, AnOwnerThatWakesUpInTheMiddleOfAResendSendsNoMoreOfIt) {
  for (const std::size_t kernel_bytes : {std::size_t{2048}, std::size_t{256} * 1024}) {
    for (int steps = 1; steps < 7; ++steps) {
      for (const bool long_log : {false, true}) {
        SCOPED_TRACE(testing::Message() << kernel_bytes << " bytes of a socket, step " << steps << " " << long_log);
        const BedVenue::First woken_by = steps % 2 == 0 ? BedVenue::First::log : BedVenue::First::network;
        venue.bed.loop().network().set_kernel_bytes(256 * 1024);
        FixPeer stale(venue, first, "ALPHA1");
        stale.next = venue.inbound(alpha).next_inbound.get();
        stale.log_on();
        for (int i = 0; i < 150; ++i) {
          stale.queue("D", order_text("r" + std::to_string(stale.next), '1', 1, "0.001"));
        }
        venue.run();
        const std::uint32_t last = number_of(stale.take().back());
        venue.bed.loop().network().set_kernel_bytes(kernel_bytes);
        stale.queue("2", "7=1|16=0|");
        while (stale.received.empty()) {
          venue.bed.loop().run_once();
        }
        for (int i = 0; i < steps; ++i) {
          venue.bed.loop().run_once();
        }
        venue.stop(first);
        venue.run();
        ASSERT_LT(number_of(stale.take().back()), last) << "it was stopped before the end";
        if (long_log) {
          grow_log();
        }
        const auto fresh = taken_over();
        expect_silence(stale, woken_by);
        fresh->close();
        venue.run();
      }
    }
  }
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

// With bytes that wait for a socket whose peer does not read; among them the Logout with which it ends the session.
TEST_F(Races, AnOwnerThatWakesUpBeforeAFullSocketSendsNoneOfWhatWaits) {
  for (const bool ending : {false, true}) {
    for (const bool long_log : {false, true}) {
      SCOPED_TRACE(testing::Message() << ending << long_log);
      FixPeer stale(venue, first, "ALPHA1");
      stale.next = venue.inbound(alpha).next_inbound.get();
      stale.log_on();
      venue.bed.loop().network().set_kernel_bytes(1024);
      stale.read(false);
      for (int i = 0; i < 20; ++i) {
        stale.queue("D", order_text("f" + std::to_string(stale.next), '1', 1, "99"));
        venue.run();
      }
      if (ending) {
        stale.queue("5", "");
        venue.run();
      }
      venue.stop(first);
      venue.bed.loop().network().set_kernel_bytes(256 * 1024);
      if (long_log) {
        grow_log();
      }
      const auto fresh = taken_over();
      stale.read(true);
      expect_silence(stale, BedVenue::First::network);
      fresh->close();
      venue.run();
    }
  }
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

// Stopped when it has read a socket and not yet proposed what it read; and when what it read is in its ring, but
// another session's messages, that it still owns, lie behind those of the lost one.
TEST_F(Races, AnOwnerThatWakesUpBeforeItProposesWhatItReadDoesNotProposeIt) {
  FixPeer other(venue, first, "DESK1");
  other.log_on();
  for (const bool long_log : {false, true}) {
    for (int steps = 0; steps < 4; ++steps) {
      SCOPED_TRACE(testing::Message() << steps << " " << long_log);
      FixPeer stale(venue, first, "ALPHA1");
      stale.next = venue.inbound(alpha).next_inbound.get();
      stale.log_on();
      const std::size_t orders = venue.all<NewOrder>().size();
      const std::string suffix = std::to_string(venue.bed.last().get());
      stale.queue("D", order_text("s" + suffix, '1', 1, "99"));
      other.queue("D", order_text("o" + suffix, '2', 1, "110"));
      stale.queue("1", "112=x|");
      other.queue("1", "112=still here|");
      for (int i = 0; i < steps; ++i) {
        venue.bed.loop().run_once();
      }
      venue.stop(first);
      venue.run();
      const bool proposed = venue.all<NewOrder>().size() > orders;
      if (long_log) {
        grow_log();
      }
      auto fresh = taken_over();
      stale.take();
      const Seq taken = venue.bed.last();
      venue.wake(first, BedVenue::First::log);
      venue.advance(seconds(1));
      EXPECT_TRUE(stale.closed);
      EXPECT_EQ(stale.take_brief(), "");
      std::size_t of_other = 0;
      for (Seq seq = taken.next(); seq <= venue.bed.last(); seq = seq.next()) {
        const auto reign = reign_of(venue.bed.at(seq));
        of_other += venue.bed.at(seq).header->publisher == PublisherId(10) ? 1U : 0U;
        EXPECT_FALSE(venue.bed.at(seq).header->publisher == PublisherId(10) && reign && reign->session == alpha)
            << "record " << seq.get() << " is of the lost session";
      }
      EXPECT_EQ(of_other != 0, !proposed) << "what the other session sent still comes";
      EXPECT_FALSE(other.closed);
      EXPECT_THAT(other.take_brief(), ::testing::HasSubstr("0:"));
      // The order that was not taken is still to come, and comes once.
      fresh->send("D", order_text("s" + suffix, '1', 1, "99"));
      venue.run();
      EXPECT_EQ(venue.all<NewOrder>().size(), orders + 2 + (proposed ? 1U : 0U));
      fresh->close();
      venue.run();
    }
  }
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
}

TEST_F(Races, AResetThatItsClientGaveUpIsNotMadeUpForLater) {
  for (const BedVenue::First woken_by : {BedVenue::First::log, BedVenue::First::network}) {
    give_up_reset("", woken_by);
  }
  // Whoever resets later than that is taken at its word.
  FixPeer client(venue, first, "ALPHA1");
  client.log_on("141=Y|");
  EXPECT_THAT(client.take_brief(), ::testing::StartsWith("A:1"));
}

// A client that writes SendingTime in whole seconds gives both Logons the same.
TEST_F(Races, NorIsOneThatWasGivenUpWithinTheSameSecond) {
  for (const BedVenue::First woken_by : {BedVenue::First::log, BedVenue::First::network}) {
    give_up_reset(
        fix_message("35=A|34=1|49=ALPHA1|52=" + venue.time_text().substr(0, 17) + "|56=CANTUS|98=0|108=30|141=Y|"),
        woken_by);
  }
}

// It is in the numbers that stand, and so does no harm, when its Takeover is proposed; before that takes effect,
// somebody asks for a reset, which the Logon's arrival would carry out.
TEST_F(Races, NorDoesItCarryOutOneThatIsAskedForOnItsWay) {
  for (int lead = -4; lead <= 4; ++lead) {
    SCOPED_TRACE(lead);
    venue.stop(first);
    FixPeer given_up(venue, first, "ALPHA1");
    given_up.next = venue.inbound(alpha).next_inbound.get();
    given_up.log_on();
    venue.advance(milliseconds(10));
    const auto client = taken_over();
    const Generation generation = venue.inbound(alpha).generation;
    SessionReset reset;
    reset.session = alpha;
    reset.expected_generation = generation;
    reset.reason = ResetReason::session_day;
    const auto rounds = [this](int count) {
      for (int i = 0; i < count; ++i) {
        venue.bed.loop().run_once();
      }
    };
    const auto wake = [this] {
      venue.bed.pause(*first.participant, false);
      first.network.go_on();
    };
    if (lead < 0) {
      operators.propose(reset);
      rounds(-lead);
      wake();
    } else {
      wake();
      rounds(lead);
      operators.propose(reset);
    }
    venue.run();
    ReferenceData refdata;
    SessionMachine sessions(refdata);
    for (Seq seq(1); seq <= venue.bed.last(); seq = seq.next()) {
      refdata.apply(venue.bed.at(seq));
      sessions.apply(venue.bed.at(seq));
    }
    // In the old numbers it may be answered; not with the first Logon of numbers that its client does not know of.
    EXPECT_FALSE(sessions.inbound(alpha).generation > generation && sessions.outbound(alpha).logon_sent);
    EXPECT_THAT(given_up.take_brief(), ::testing::Not(::testing::StartsWith("A:1")));
    given_up.close();
    FixPeer again(venue, second, "ALPHA1");
    venue.advance(milliseconds(10));
    again.log_on(sessions.inbound(alpha).generation > generation ? "" : "141=Y|");
    EXPECT_THAT(again.take_brief(), ::testing::StartsWith("A:1"));
    again.close();
    venue.run();
  }
  EXPECT_THAT(venue.bed.fatal(), IsEmpty());
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
        if (one_in(12)) {
          client->blunder();
          client->be_sparing(one_in(2));
        }
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
      reset.reason = ResetReason::session_day;
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
      leave_gaps(*client);
      client->ask_for_everything();
    }
    venue_.advance(seconds(1));
  }

  // What is missing ends with a message that is refused; what was sent behind it need not come again.
  void leave_gaps(CarefulClient& client) {
    client.be_sparing(true);
    for (std::size_t round = 1; round <= 3; ++round) {
      for (std::size_t i = 0; i < round; ++i) {
        client.blunder();
      }
      venue_.advance(seconds(1));
      const std::size_t orders = venue_.all<NewOrder>().size();
      client.order_at_logon(&client == &client_ ? '1' : '2');
      client.connect(venue_.gates[round % 2]->port);
      venue_.advance(seconds(1));
      ASSERT_TRUE(client.logged_on());
      EXPECT_EQ(venue_.all<NewOrder>().size(), orders + 1);
    }
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
