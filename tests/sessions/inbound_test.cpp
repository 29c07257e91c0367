// The inbound half: who owns a session, which client messages count, when orders are cancelled and numbers begin anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refdata/signed_venue.h"
#include "tests/refdata/two_signers.h"
#include "tests/sessions/session_log.h"

namespace cantus::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class InboundTest : public ::testing::Test {
 protected:
  InboundTest() { set_up(5 * one_second_ns, 10 * one_second_ns); }

  void set_up(std::int64_t takeover_interval_ns, std::int64_t cancel_grace_ns) {
    log_.listen([this](const Event& event) {
      replica_.apply(event);
      for (const SessionId session : replica_.machine.cancels_due()) {
        cancelled_.push_back(session);
      }
    });
    log_.put(publisher_defined(matching_publisher, ServiceClass::outcome), sequencer_publisher);
    log_.put(publisher_defined(gateway_1, ServiceClass::input), sequencer_publisher);
    put_reference_data(log_, takeover_interval_ns, cancel_grace_ns);
    first_ = attach(log_, gateway_1);
    second_ = attach(log_, gateway_2);
  }

  template <class M>
  Effect put(const M& message, PublisherId publisher = gateway_1) {
    log_.put(message, publisher);
    return replica_.machine.effect();
  }
  // A takeover by the state that the log holds; the owner it makes.
  Owner take(SessionId session, PublisherId publisher = gateway_1) {
    const InboundState& state = inbound(session);
    const Incarnation incarnation = publisher == gateway_1 ? first_ : second_;
    EXPECT_EQ(put(takeover(session, state.generation, state.epoch, incarnation), publisher), Effect::took);
    return Owner{session, inbound(session).generation, inbound(session).epoch};
  }
  const InboundState& inbound(SessionId session) { return replica_.machine.inbound(session); }
  std::uint32_t next_inbound(SessionId session) { return inbound(session).next_inbound.get(); }
  // Puts a message that must change nothing at all.
  template <class M>
  void expect_ignored(const M& message, PublisherId publisher = gateway_1) {
    const Digest before = replica_.machine.digest();
    EXPECT_EQ(put(message, publisher), Effect::ignored);
    EXPECT_EQ(replica_.machine.digest(), before);
    EXPECT_THAT(replica_.index.given(), IsEmpty());
  }

  TestLog log_;
  SessionReplica replica_;
  std::vector<SessionId> cancelled_;
  Incarnation first_;
  Incarnation second_;
};

TEST_F(InboundTest, TakeoverMakesItsPositionTheEpoch) {
  const Seq seq = log_.put(takeover(client_session, Generation(1), Epoch{}, first_, 42), gateway_1);
  EXPECT_EQ(replica_.machine.effect(), Effect::took);
  EXPECT_EQ(inbound(client_session).epoch, TestLog::position(seq));
  EXPECT_EQ(inbound(client_session).owner, first_);
  EXPECT_EQ(inbound(client_session).publisher, gateway_1);
  EXPECT_EQ(inbound(client_session).connection, ConnectionId(42));
}

TEST_F(InboundTest, OfTwoLogonsAtOnceTheFirstOnTheLogWins) {
  const Takeover mine = takeover(client_session, Generation(1), Epoch{}, first_);
  const Takeover theirs = takeover(client_session, Generation(1), Epoch{}, second_);
  EXPECT_EQ(put(theirs, gateway_2), Effect::took);
  expect_ignored(mine, gateway_1);
  EXPECT_EQ(inbound(client_session).owner, second_);
}

TEST_F(InboundTest, TakeoverWaitsForTheIntervalWhileTheOwnerIsNotDown) {
  const Owner owner = take(client_session);
  log_.pass(5 * one_second_ns - 1);
  expect_ignored(takeover(client_session, owner.generation, owner.epoch, second_), gateway_2);
  log_.pass(1);
  EXPECT_EQ(put(takeover(client_session, owner.generation, owner.epoch, second_), gateway_2), Effect::took);
  EXPECT_EQ(inbound(client_session).owner, second_);
}

TEST_F(InboundTest, TakeoverNeedsNoIntervalOnceTheOwnerIsDownOrLost) {
  EXPECT_EQ(put(take(client_session).down()), Effect::took);
  take(client_session);
  lose(log_, gateway_1, first_);
  EXPECT_TRUE(inbound(client_session).owner.is_zero());
  take(client_session, gateway_2);
}

TEST_F(InboundTest, TakeoverCountsOnlyForALivingIncarnationOfItsPublisher) {
  expect_ignored(takeover(client_session, Generation(1), Epoch{}, second_), gateway_1);
  expect_ignored(takeover(client_session, Generation(1), Epoch{}, Incarnation{}), gateway_1);
  expect_ignored(takeover(client_session, Generation(1), Epoch{}, first_), PublisherId(99));
  lose(log_, gateway_1, first_);
  expect_ignored(takeover(client_session, Generation(1), Epoch{}, first_), gateway_1);
  const Incarnation again = attach(log_, gateway_1);
  expect_ignored(takeover(client_session, Generation(1), Epoch{}, first_), gateway_1);
  EXPECT_EQ(put(takeover(client_session, Generation(1), Epoch{}, again), gateway_1), Effect::took);
}

TEST_F(InboundTest, TakeoverExpectsTheGenerationThatIs) {
  EXPECT_EQ(put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher), Effect::took);
  expect_ignored(takeover(client_session, Generation(1), Epoch{}, first_));
  EXPECT_EQ(put(takeover(client_session, Generation(2), Epoch{}, first_)), Effect::took);
}

TEST_F(InboundTest, UnknownSessionsAreIgnored) {
  for (const SessionId unknown : {SessionId(0), SessionId(sessions_defined + 1), SessionId(4294967295)}) {
    expect_ignored(takeover(unknown, Generation(1), Epoch{}, first_));
    const Owner nobody{unknown, Generation(1), Epoch{}};
    expect_ignored(nobody.order(1));
    expect_ignored(nobody.down());
    expect_ignored(nobody.held());
    expect_ignored(nobody.reset());
    expect_ignored(nobody.invented(1, "A"));
    expect_ignored(nobody.delivered(0, 0));
  }
}

TEST_F(InboundTest, AcceptedMessageMovesTheNextNumberBehindItself) {
  const Owner owner = take(client_session);
  EXPECT_EQ(put(owner.order(1)), Effect::took);
  EXPECT_EQ(next_inbound(client_session), 2U);
  EXPECT_EQ(put(owner.order(7)), Effect::took);  // 2 to 6 were administrative
  EXPECT_EQ(next_inbound(client_session), 8U);
  expect_ignored(owner.order(7));
  expect_ignored(owner.order(3));
  EXPECT_EQ(put(owner.order(8)), Effect::took);
}

TEST_F(InboundTest, EveryKindOfClientMessageIsJudgedAlike) {
  const Owner owner = take(client_session);
  CancelRequest cancel;
  cancel.client = owner.client(1);
  ReplaceRequest replace;
  replace.client = owner.client(2);
  StatusRequest status;
  status.client = owner.client(3);
  ReportAnswered answered;
  answered.client = owner.client(4);
  const auto put_all = [&](Effect expected) {
    EXPECT_EQ(put(cancel), expected);
    EXPECT_EQ(put(replace), expected);
    EXPECT_EQ(put(status), expected);
    EXPECT_EQ(put(answered), expected);
    EXPECT_EQ(put(owner.refused(5)), expected);
    EXPECT_EQ(put(owner.order(6)), expected);
  };
  put_all(Effect::took);
  put_all(Effect::ignored);
  EXPECT_EQ(next_inbound(client_session), 7U);
}

TEST_F(InboundTest, NumbersBeyondTheFixBoundAreIgnored) {
  const Owner owner = take(client_session);
  expect_ignored(owner.order(0));
  expect_ignored(owner.order(msg_seq_num_max + 1));
  expect_ignored(owner.order(4294967295));
  EXPECT_EQ(put(owner.order(msg_seq_num_max)), Effect::took);
  expect_ignored(owner.order(msg_seq_num_max));
}

TEST_F(InboundTest, NothingOfAnOldEpochCounts) {
  const Owner old = take(client_session);
  log_.pass(5 * one_second_ns);
  const Owner owner = take(client_session, gateway_2);
  expect_ignored(old.order(1));
  expect_ignored(old.refused(1));
  expect_ignored(old.invented(1, "A"));
  expect_ignored(old.delivered(0, 0));
  expect_ignored(old.down());
  expect_ignored(old.held());
  expect_ignored(old.reset());
  EXPECT_EQ(put(owner.order(1), gateway_2), Effect::took);
}

// Everybody can read generation, epoch and numbers on the log.
TEST_F(InboundTest, NobodyElseSpeaksInAnOwnersSession) {
  const auto expect_nothing_of = [&](const Owner& owner, PublisherId forger) {
    const std::uint32_t next = next_inbound(owner.session);
    expect_ignored(owner.order(next), forger);
    expect_ignored(owner.refused(next), forger);
    expect_ignored(owner.invented(1, "A"), forger);
    expect_ignored(owner.delivered(0, 0), forger);
    expect_ignored(owner.down(), forger);
    expect_ignored(owner.held(), forger);
    expect_ignored(owner.reset(), forger);
  };
  const Owner first = take(client_session);
  expect_nothing_of(first, gateway_2);
  expect_nothing_of(first, scheduler_publisher);
  EXPECT_EQ(put(first.order(1)), Effect::took);

  log_.pass(5 * one_second_ns);
  const Owner second = take(client_session, gateway_2);
  expect_nothing_of(second, gateway_1);  // whose session it was a moment ago
  EXPECT_EQ(put(second.order(2), gateway_2), Effect::took);

  // Taken for lost, and back: it is the owner's again, and nobody else's meanwhile.
  lose(log_, gateway_2, second_);
  expect_nothing_of(second, gateway_1);
  second_ = attach(log_, gateway_2);
  EXPECT_EQ(put(second.held(), gateway_2), Effect::took);
  expect_nothing_of(second, gateway_1);
  EXPECT_EQ(put(second.reset(), gateway_2), Effect::took);
  const Owner anew{client_session, Generation(2), second.epoch};
  expect_nothing_of(anew, gateway_1);
  EXPECT_EQ(put(anew.down(), gateway_2), Effect::took);
  expect_nothing_of(anew, gateway_1);
}

TEST_F(InboundTest, NothingCountsBehindTheEndOfItsEpoch) {
  const Owner owner = take(client_session);
  EXPECT_EQ(put(owner.down()), Effect::took);
  expect_ignored(owner.order(1));
  expect_ignored(owner.invented(1, "5"));
  expect_ignored(owner.delivered(0, 0));
  expect_ignored(owner.down());
  expect_ignored(owner.held());
  expect_ignored(owner.reset());
}

TEST_F(InboundTest, CancelsAreDueOnceWhenTheGraceEnds) {
  const Owner owner = take(client_session);
  put(owner.down());
  log_.pass(10 * one_second_ns - 1);
  EXPECT_THAT(cancelled_, IsEmpty());
  log_.pass(1);
  EXPECT_THAT(cancelled_, ElementsAre(client_session));
  log_.pass(60 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(client_session));
}

TEST_F(InboundTest, LostGatewayStartsTheGraceOfAllItsSessionsThatAskForIt) {
  take(client_session);
  take(careless_session);
  take(copy_session);
  log_.pass(one_second_ns);
  take(desk_session);
  lose(log_, gateway_1, first_);
  for (const SessionId session : {client_session, careless_session, copy_session, desk_session}) {
    EXPECT_TRUE(inbound(session).owner.is_zero());
  }
  log_.pass(10 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(client_session, desk_session));
}

TEST_F(InboundTest, LossOfAnotherIncarnationChangesNothing) {
  const Owner owner = take(client_session);
  lose(log_, gateway_2, second_);
  EXPECT_EQ(replica_.machine.effect(), Effect::none);
  EXPECT_EQ(put(owner.order(1)), Effect::took);
}

TEST_F(InboundTest, NewerEpochEndsTheGrace) {
  put(take(client_session).down());
  log_.pass(9 * one_second_ns);
  const Owner owner = take(client_session, gateway_2);
  log_.pass(60 * one_second_ns);
  EXPECT_THAT(cancelled_, IsEmpty());
  put(owner.down(), gateway_2);
  log_.pass(10 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(client_session));
}

TEST_F(InboundTest, GracesOfSeveralSessionsEndEachAtItsTime) {
  put(take(desk_session).down());
  log_.pass(4 * one_second_ns);
  put(take(client_session).down());
  log_.pass(6 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(desk_session));
  log_.pass(4 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(desk_session, client_session));
}

// How long a grace is operators may change while it runs.
TEST(InboundGraces, AShorterOneHoldsForWhoIsDownAlready) {
  TestLog log;
  SessionReplica replica;
  std::vector<SessionId> cancelled;
  log.listen([&](const Event& event) {
    replica.apply(event);
    const auto& due = replica.machine.cancels_due();
    cancelled.insert(cancelled.end(), due.begin(), due.end());
  });
  TwoSigners operators(VenueId(7), log.log);
  put_reference_data(log, 0, 60 * one_second_ns, operators.defined());
  log.put(publisher_defined(gateway_1, ServiceClass::input), sequencer_publisher);
  const Incarnation gateway = attach(log, gateway_1);
  const Seq taken = log.put(takeover(client_session, Generation(1), Epoch{}, gateway), gateway_1);
  log.put(Owner{client_session, Generation(1), TestLog::position(taken)}.down(), gateway_1);
  log.pass(2 * one_second_ns);
  VenueDefined venue = replica.refdata.venue();
  venue.cancel_grace_ns = 3 * one_second_ns;
  const CommandResult changed = operators.run(replica.refdata, OperatorRole::operations, {part_of(venue, 0)},
                                              [&log](const auto& message) { log.put(message, operators_publisher); });
  ASSERT_EQ(changed.outcome, CommandResult::Outcome::took);
  EXPECT_THAT(cancelled, IsEmpty());
  log.pass(one_second_ns);
  EXPECT_THAT(cancelled, ElementsAre(client_session));
}

TEST_F(InboundTest, LivingOwnerThatWasTakenForLostHoldsItsSession) {
  const Owner owner = take(client_session);
  lose(log_, gateway_1, first_);
  expect_ignored(owner.order(1));
  expect_ignored(owner.held());  // not attached again yet
  first_ = attach(log_, gateway_1);
  expect_ignored(owner.held(), gateway_2);
  EXPECT_EQ(put(owner.held()), Effect::took);
  EXPECT_EQ(inbound(client_session).owner, first_);
  log_.pass(60 * one_second_ns);
  EXPECT_THAT(cancelled_, IsEmpty());
  EXPECT_EQ(put(owner.order(1)), Effect::took);
  lose(log_, gateway_1, first_);
  log_.pass(10 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(client_session));
}

// Who is refused at each try is not back: its orders end when the grace is over that began when it went.
TEST_F(InboundTest, ALogonThatIsRefusedEndsNoGrace) {
  log_.put(activation_of(*rule_named("cancel_grace_end"), 2), sequencer_publisher);
  Owner owner = take(client_session);
  put(owner.invented(1, "A"));
  put(owner.down());
  for (std::uint32_t tries = 0; tries < 3; ++tries) {
    log_.pass(3 * one_second_ns);
    owner = take(client_session);
    put(owner.invented(2 + tries, "5"));
    EXPECT_THAT(cancelled_, IsEmpty());
    if (tries == 2) {
      log_.pass(one_second_ns);
      EXPECT_THAT(cancelled_, IsEmpty()) << "whose Logon may yet be answered has an owner";
    }
    put(owner.down());
  }
  EXPECT_THAT(cancelled_, ElementsAre(client_session));
  log_.pass(9 * one_second_ns);
  EXPECT_EQ(cancelled_.size(), 1U);
}

TEST_F(InboundTest, ALogonThatIsAnsweredEndsTheGrace) {
  log_.put(activation_of(*rule_named("cancel_grace_end"), 2), sequencer_publisher);
  Owner owner = take(client_session);
  put(owner.invented(1, "A"));
  put(owner.down());
  log_.pass(9 * one_second_ns);
  owner = take(client_session);
  put(owner.invented(2, "A"), gateway_2);  // not the owner's word
  EXPECT_TRUE(inbound(client_session).cancel_pending);
  put(owner.invented(2, "A"));
  EXPECT_FALSE(inbound(client_session).cancel_pending);
  log_.pass(60 * one_second_ns);
  put(owner.down());
  log_.pass(10 * one_second_ns - 1);
  EXPECT_THAT(cancelled_, IsEmpty()) << "the next grace is a whole one";
  log_.pass(1);
  EXPECT_THAT(cancelled_, ElementsAre(client_session));
}

// A log that says nothing else goes on as it was.
TEST_F(InboundTest, BySetOneOfItsRuleATakeoverEndsTheGrace) {
  put(take(client_session).down());
  for (int tries = 0; tries < 3; ++tries) {
    log_.pass(9 * one_second_ns);
    put(take(client_session).down());
  }
  EXPECT_THAT(cancelled_, IsEmpty());
}

TEST_F(InboundTest, HeldByTheOwnerChangesNothing) {
  const Owner owner = take(client_session);
  const Digest before = replica_.machine.digest();
  EXPECT_EQ(put(owner.held()), Effect::took);
  EXPECT_EQ(replica_.machine.digest(), before);
}

TEST_F(InboundTest, GraceDoesNotRunWhileTheVenueIsSuspended) {
  put(take(client_session).down());
  PublisherSuspended suspended;
  suspended.publisher = gateway_1;
  log_.put(suspended, sequencer_publisher);  // a gateway's suspension is not the venue's
  log_.pass(9 * one_second_ns);
  suspended.publisher = matching_publisher;
  log_.put(suspended, sequencer_publisher);
  log_.pass(60 * one_second_ns);
  EXPECT_THAT(cancelled_, IsEmpty());
}

TEST_F(InboundTest, ResetWithoutOwnerBeginsAGenerationAtOnce) {
  const Owner owner = take(client_session);
  put(owner.order(5));
  put(owner.down());
  EXPECT_EQ(put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher), Effect::took);
  EXPECT_EQ(inbound(client_session).generation, Generation(2));
  EXPECT_EQ(next_inbound(client_session), 1U);
  expect_ignored(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  log_.pass(10 * one_second_ns);
  EXPECT_THAT(cancelled_, ElementsAre(client_session)) << "a reset does not end the grace";
}

TEST_F(InboundTest, ResetInTheOwnersLogonKeepsTheOwner) {
  const Owner owner = take(client_session);
  EXPECT_EQ(put(owner.order(3)), Effect::took);
  EXPECT_EQ(put(owner.reset()), Effect::took);
  EXPECT_EQ(inbound(client_session).owner, first_);
  expect_ignored(owner.order(4));  // in flight when the numbers began anew
  const Owner anew{client_session, Generation(2), owner.epoch};
  EXPECT_EQ(put(anew.order(2)), Effect::took);
}

TEST_F(InboundTest, ResetFromOutsideWaitsUntilTheOwnerIsGone) {
  const Owner owner = take(client_session);
  EXPECT_EQ(put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher), Effect::pending);
  expect_ignored(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  EXPECT_EQ(inbound(client_session).generation, Generation(1));
  EXPECT_EQ(put(owner.order(1)), Effect::took) << "until it is logged out";
  EXPECT_EQ(put(owner.down()), Effect::took);
  EXPECT_EQ(inbound(client_session).generation, Generation(2));
  EXPECT_FALSE(inbound(client_session).reset_pending);
}

TEST_F(InboundTest, AnOperatorsResetIsNothingUnlessItIsSigned) {
  SessionReset bare = Owner::reset_of(client_session, Generation(1));
  bare.reason = ResetReason::by_operator;
  expect_ignored(bare, scheduler_publisher);
  bare.reason = ResetReason::log_rolled;
  expect_ignored(bare, scheduler_publisher);  // its numbers go on with the next log
  EXPECT_EQ(inbound(client_session).generation, Generation(1));
  expect_ignored(Owner::reset_of(careless_session, Generation(1)), scheduler_publisher);  // it has no session day

  SignedVenue venue;
  bare.session = SessionId(1);
  bare.reason = ResetReason::by_operator;
  ASSERT_EQ(venue.run("olga", OperatorRole::operations, venue.parts(bare)).outcome, CommandResult::Outcome::took);
  ReferenceData refdata;
  InboundSessions sessions(refdata);
  Effect effect = Effect::none;
  for (const auto& record : venue.records) {
    refdata.apply(SignedVenue::event_of(record));
    effect = sessions.apply(SignedVenue::event_of(record));
  }
  EXPECT_EQ(effect, Effect::took);
  EXPECT_EQ(sessions.at(SessionId(1)).generation, Generation(2));
  ASSERT_EQ(sessions.opened().size(), 1U);
  EXPECT_EQ(sessions.opened()[0].session, SessionId(1));
}

TEST_F(InboundTest, PendingResetIsDoneWhenTheGatewayIsLost) {
  take(client_session);
  take(desk_session);
  put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  lose(log_, gateway_1, first_);
  EXPECT_EQ(inbound(client_session).generation, Generation(2));
  EXPECT_EQ(inbound(desk_session).generation, Generation(1));
  const Owner returned{client_session, Generation(1), inbound(client_session).epoch};
  first_ = attach(log_, gateway_1);
  expect_ignored(returned.held());
}

TEST_F(InboundTest, PendingResetOutlivesATakeover) {
  const Owner owner = take(client_session);
  put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  log_.pass(5 * one_second_ns);
  const Owner next = take(client_session, gateway_2);
  EXPECT_TRUE(inbound(client_session).reset_pending);
  expect_ignored(owner.down());
  EXPECT_EQ(put(next.reset(), gateway_2), Effect::took) << "the new owner's logon may reset itself";
  EXPECT_EQ(inbound(client_session).generation, Generation(2));
  EXPECT_FALSE(inbound(client_session).reset_pending);
}

TEST_F(InboundTest, RecordsOnAnotherTopicAreNoMessages) {
  const Owner owner = take(client_session);
  const NewOrder order = owner.order(1);
  RecordHeader header = *log_.at(log_.last()).header;
  header.length = sizeof(header) + sizeof(order);
  header.type = NewOrder::type;
  header.topic = topic::bench;
  const Digest before = replica_.machine.digest();
  replica_.apply(Event{&header, payload_of(order).data()});
  EXPECT_EQ(replica_.machine.effect(), Effect::none);
  EXPECT_EQ(replica_.machine.digest(), before);
}

TEST_F(InboundTest, OtherMessagesDoNotConcernSessions) {
  const Digest before = replica_.machine.digest();
  log_.pass(one_second_ns);
  EXPECT_EQ(put(BenchPayload{}), Effect::none);
  EXPECT_EQ(put(BestQuote{}), Effect::none);
  EXPECT_EQ(put(OrderAccepted{}, matching_publisher), Effect::none) << "of no session that is defined";
  EXPECT_EQ(replica_.machine.digest(), before);
}

}  // namespace
}  // namespace cantus::test
