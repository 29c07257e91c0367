// The outbound half: which number each message to a client carries, and what is issued again after a reset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refdata/two_signers.h"
#include "tests/sessions/session_log.h"

namespace cantus::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OutboundTest : public ::testing::Test {
 protected:
  OutboundTest() {
    log_.listen([this](const Event& event) { replica_.apply(event); });
    put_reference_data(log_, 0, 10 * one_second_ns, operators_.defined());
    gateway_ = attach(log_, gateway_1);
  }

  template <class M>
  Seq put(const M& message, PublisherId publisher = gateway_1) {
    return log_.put(message, publisher);
  }
  Owner take(SessionId session) {
    const InboundState& state = replica_.machine.inbound(session);
    put(takeover(session, state.generation, state.epoch, gateway_));
    EXPECT_EQ(replica_.machine.effect(), Effect::took);
    return owner_of(session);
  }
  Owner owner_of(SessionId session) const {
    return {session, replica_.machine.inbound(session).generation, replica_.machine.inbound(session).epoch};
  }
  // Takes the session and sends the Logon at the number where it belongs.
  Owner log_on(SessionId session) {
    const Owner owner = take(session);
    expect_took(owner.invented(replica_.machine.logon_number(session).get(), "A"));
    return owner;
  }
  CommandResult set_numbers(SessionId session, std::uint32_t in, std::uint32_t out, std::uint32_t generation = 0) {
    const Generation now = replica_.machine.inbound(session).generation;
    const SessionNumbersSet set{session, generation == 0 ? now : Generation(generation), MsgSeqNum(in), MsgSeqNum(out)};
    return operators_.run(replica_.refdata, OperatorRole::operations, {part_of(set, 0)},
                          [this](const auto& message) { log_.put(message, operators_publisher); });
  }
  Seq report(SessionId session) { return put(accepted(session), matching_publisher); }
  template <class M>
  void expect_took(const M& message) {
    put(message);
    EXPECT_EQ(replica_.machine.effect(), Effect::took);
  }
  template <class M>
  void expect_ignored(const M& message) {
    const Digest before = replica_.machine.digest();
    put(message);
    EXPECT_EQ(replica_.machine.effect(), Effect::ignored);
    EXPECT_EQ(replica_.machine.digest(), before);
    EXPECT_THAT(replica_.index.given(), IsEmpty());
  }
  // All numbers of a session's generation in words: "A@12" invented at 12, "10" an application message caused at 10,
  // "10r@20" issued again at 20.
  std::vector<std::string> numbers(SessionId session) const {
    std::vector<std::string> words;
    const std::uint32_t end = replica_.index.next(session).get();
    EXPECT_EQ(end, replica_.machine.outbound(session).next_outbound.get());
    for (std::uint32_t number = replica_.index.first(session).get(); number < end; ++number) {
      const OutboundEntry entry = *replica_.index.at(session, MsgSeqNum(number));
      std::string cause = std::to_string(entry.cause.get());
      if (!entry.application) {
        const auto& sent = log_.at(entry.cause).as<SessionAdminSent>();
        cause = sent.msg_type.str() + "@" + cause;
      } else if (entry.reissued) {
        cause += "r@" + std::to_string(entry.position.get());
      }
      words.push_back(cause);
    }
    EXPECT_EQ(replica_.index.at(session, MsgSeqNum(0)), std::nullopt);
    EXPECT_EQ(replica_.index.at(session, MsgSeqNum(end)), std::nullopt);
    return words;
  }
  static std::string app(Seq cause) { return std::to_string(cause.get()); }
  static std::string again(Seq cause, Seq reset) { return app(cause) + "r@" + app(reset); }
  std::string last_invented(const char* msg_type) const { return std::string(msg_type) + "@" + app(log_.last()); }

  TwoSigners operators_{VenueId(7), LogNumber(1)};
  TestLog log_;
  SessionReplica replica_;
  Incarnation gateway_;
};

TEST_F(OutboundTest, TradeGoesToBothSidesAndTheDesksDropCopy) {
  const Seq seq = put(trade(client_session, PartyId(1), desk_session, PartyId(2)), matching_publisher);
  const auto given = [&](SessionId session, ReportKind kind, std::uint8_t side) {
    return OutboundIndex::Given{session, MsgSeqNum(1), {seq, seq, kind, side, side, true, false}};
  };
  EXPECT_THAT(replica_.index.given(), ElementsAre(given(client_session, ReportKind::execution, 0),
                                                  given(desk_session, ReportKind::execution, 1),
                                                  given(copy_session, ReportKind::drop_copy, 1)));
}

TEST_F(OutboundTest, TradeOfASessionWithItselfYieldsTwoMessagesInOrderOfSides) {
  const Seq seq = put(trade(client_session, PartyId(1), client_session, PartyId(1)), matching_publisher);
  EXPECT_THAT(numbers(client_session), ElementsAre(app(seq), app(seq)));
  EXPECT_EQ(replica_.index.at(client_session, MsgSeqNum(1))->side, 0);
  EXPECT_EQ(replica_.index.at(client_session, MsgSeqNum(2))->side, 1);
}

TEST_F(OutboundTest, EachOutcomeYieldsItsKindOfReport) {
  const auto kind_of = [&](const auto& message, SessionId session, PublisherId publisher) {
    put(message, publisher);
    EXPECT_EQ(replica_.index.given().size(), 1U);
    EXPECT_EQ(replica_.index.given().front().session, session);
    return replica_.index.given().front().entry.kind;
  };
  OrderRejected rejected;
  rejected.session = client_session;
  OrderCancelled cancelled;
  cancelled.order.session = client_session;
  OrderReplaced replaced;
  replaced.order.session = client_session;
  OrderStatus status;
  status.order.session = client_session;
  CancelRejected not_cancelled;
  not_cancelled.session = client_session;
  EXPECT_EQ(kind_of(accepted(client_session), client_session, matching_publisher), ReportKind::execution);
  EXPECT_EQ(kind_of(rejected, client_session, matching_publisher), ReportKind::execution);
  EXPECT_EQ(kind_of(cancelled, client_session, matching_publisher), ReportKind::execution);
  EXPECT_EQ(kind_of(replaced, client_session, matching_publisher), ReportKind::execution);
  EXPECT_EQ(kind_of(status, client_session, matching_publisher), ReportKind::execution);
  EXPECT_EQ(kind_of(not_cancelled, client_session, matching_publisher), ReportKind::cancel_reject);
  EXPECT_EQ(kind_of(report_submit(), regulator_session, PublisherId(4)), ReportKind::trade_capture);

  const Owner owner = log_on(client_session);
  ClientRefused refused = owner.refused(1);
  EXPECT_EQ(kind_of(refused, client_session, gateway_1), ReportKind::business_reject);
  refused = owner.refused(2);
  refused.kind = RefusalKind::cancel_reject;
  EXPECT_EQ(kind_of(refused, client_session, gateway_1), ReportKind::cancel_reject);
  refused = owner.refused(3);
  refused.kind = RefusalKind::execution_report;
  EXPECT_EQ(kind_of(refused, client_session, gateway_1), ReportKind::execution);
}

TEST_F(OutboundTest, TheOldestCauseIsThatOfTheSessionWhoseNumbersGoBackFurthest) {
  EXPECT_FALSE(replica_.index.oldest_cause().has_value());
  const Seq first = report(desk_session);
  const Seq second = report(client_session);
  ASSERT_TRUE(replica_.index.oldest_cause().has_value());
  EXPECT_EQ(replica_.index.oldest_cause()->session, desk_session);
  EXPECT_EQ(replica_.index.oldest_cause()->position, first);
  EXPECT_LT(first, second);
}

TEST_F(OutboundTest, RefusalThatWasNotAcceptedYieldsNothing) {
  const Owner owner = log_on(client_session);
  expect_took(owner.refused(1));
  const Seq answered = log_.last();
  expect_ignored(owner.refused(1));
  EXPECT_EQ(numbers(client_session).back(), app(answered));
}

TEST_F(OutboundTest, OutcomeOnTheOrdersTopicYieldsNothing) {
  const OrderAccepted forged = accepted(client_session);
  RecordHeader header = *log_.at(log_.last()).header;
  header.length = sizeof(header) + sizeof(forged);
  header.type = OrderAccepted::type;
  header.topic = topic::orders;  // where gateways may speak
  replica_.apply(Event{&header, payload_of(forged).data()});
  EXPECT_THAT(replica_.index.given(), IsEmpty());
  EXPECT_THAT(numbers(client_session), IsEmpty());
}

TEST_F(OutboundTest, FirstLogonTakesNumberOneThoughReportsWait) {
  const Seq first = report(client_session);
  const Seq second = report(client_session);
  const Owner owner = take(client_session);
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(1));
  expect_ignored(owner.invented(2, "A"));
  expect_ignored(owner.invented(3, "A"));
  expect_took(owner.invented(1, "A"));
  EXPECT_THAT(numbers(client_session), ElementsAre(last_invented("A"), app(first), app(second)));
}

TEST_F(OutboundTest, LaterLogonTakesTheNextNumber) {
  put(log_on(client_session).down());
  const std::string logon = numbers(client_session).front();
  const Seq cause = report(client_session);
  log_on(client_session);
  EXPECT_THAT(numbers(client_session), ElementsAre(logon, app(cause), last_invented("A")));
}

TEST_F(OutboundTest, HeartbeatIsInsertedBelowTwoLaterCauses) {
  const Owner owner = log_on(client_session);
  const std::string logon = numbers(client_session).front();
  const SessionAdminSent heartbeat = owner.invented(2, "0");  // proposed before it saw either cause
  const Seq first = report(client_session);
  const Seq second = report(client_session);
  EXPECT_THAT(numbers(client_session), ElementsAre(logon, app(first), app(second)));
  expect_took(heartbeat);
  const std::string inserted = last_invented("0");
  EXPECT_THAT(numbers(client_session), ElementsAre(logon, inserted, app(first), app(second)));
  ASSERT_EQ(replica_.index.given().size(), 1U);
  EXPECT_EQ(replica_.index.given().front().number, MsgSeqNum(2));

  // Two more in call order, the second numbered behind what the owner had queued by then.
  const Seq third = report(client_session);
  expect_took(owner.invented(5, "1"));
  const std::string test_request = last_invented("1");
  expect_took(owner.invented(6, "0"));
  EXPECT_THAT(numbers(client_session),
              ElementsAre(logon, inserted, app(first), app(second), test_request, last_invented("0"), app(third)));
}

TEST_F(OutboundTest, NoRecordMovesWhatMayHaveLeft) {
  const Owner owner = log_on(client_session);
  report(client_session);
  report(client_session);
  report(client_session);
  expect_took(owner.invented(3, "0"));
  expect_ignored(owner.invented(3, "0"));  // its own number again
  expect_ignored(owner.invented(2, "0"));  // below one that it sent
  expect_ignored(owner.invented(1, "A"));
  expect_ignored(owner.invented(0, "0"));
  expect_ignored(owner.invented(7, "0"));  // beyond the next
  expect_took(owner.delivered(4, 2));
  expect_ignored(owner.invented(4, "0"));  // below what the peer has proven to have
  expect_took(owner.invented(5, "0"));
}

TEST_F(OutboundTest, NewOwnerDoesNotMoveWhatWasNumberedBeforeIt) {
  log_on(client_session);
  report(client_session);
  report(client_session);
  const Owner next = take(client_session);
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(4));
  expect_ignored(next.invented(3, "A"));
  report(client_session);
  expect_took(next.invented(4, "A"));
  EXPECT_EQ(replica_.machine.outbound(client_session).next_outbound, MsgSeqNum(6));
}

TEST_F(OutboundTest, RecordOfAnOldEpochTakesNoNumber) {
  const Owner old = log_on(client_session);
  const SessionAdminSent late = old.invented(2, "0");
  const Owner next = take(client_session);
  expect_ignored(late);
  expect_took(next.invented(2, "A"));
}

TEST_F(OutboundTest, DeliveredOnlyGrowsAndNeverBeyondWhatIsNumbered) {
  const Owner owner = log_on(client_session);
  report(client_session);
  report(client_session);
  expect_ignored(owner.delivered(4, 2));  // not numbered
  expect_ignored(owner.delivered(3, 3));  // more application messages than there are
  expect_ignored(owner.delivered(3, 1));  // two invented of one
  expect_took(owner.delivered(2, 1));
  expect_ignored(owner.delivered(1, 0));
  expect_ignored(owner.delivered(1, 1));  // fewer numbers than before
  expect_ignored(owner.delivered(3, 0));
  expect_took(owner.delivered(3, 2));
  expect_took(owner.delivered(3, 2));
  EXPECT_EQ(replica_.machine.outbound(client_session).delivered, MsgSeqNum(3));
}

TEST_F(OutboundTest, DeliveredGrowsByNoMoreApplicationMessagesThanNumbers) {
  const Owner owner = log_on(client_session);
  report(client_session);
  report(client_session);
  expect_took(owner.invented(4, "0"));
  report(client_session);
  expect_took(owner.delivered(3, 1));  // miscounted, but it can be
  expect_ignored(owner.delivered(4, 3));
  expect_took(owner.delivered(5, 3));
}

TEST_F(OutboundTest, NothingIsDeliveredBeforeTheLogonLeft) {
  report(client_session);
  const Owner owner = take(client_session);
  expect_ignored(owner.delivered(1, 1));
  expect_took(owner.delivered(0, 0));
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(1));
}

TEST_F(OutboundTest, ResetIssuesAgainWhatIsNotDelivered) {
  const Owner owner = log_on(client_session);
  report(client_session);
  const Seq second = report(client_session);
  expect_took(owner.invented(4, "1"));
  const Seq third = report(client_session);
  EXPECT_EQ(replica_.index.applications_through(client_session, MsgSeqNum(4)), 2U);
  expect_took(owner.delivered(2, 1));
  put(owner.down());
  const Seq reset = put(Owner::reset_of(client_session, owner.generation), scheduler_publisher);

  ASSERT_EQ(replica_.machine.opened().size(), 1U);
  EXPECT_EQ(replica_.machine.opened().front().reissued, 2U);
  EXPECT_EQ(replica_.index.given().size(), 2U);
  EXPECT_THAT(numbers(client_session), ElementsAre(again(second, reset), again(third, reset)));
  const Seq newer = report(client_session);
  log_on(client_session);
  EXPECT_THAT(numbers(client_session),
              ElementsAre(last_invented("A"), again(second, reset), again(third, reset), app(newer)));
}

TEST_F(OutboundTest, ResetInTheOwnersLogonIsFollowedByItsLogonAtOne) {
  const Seq waiting = report(client_session);
  const Owner owner = take(client_session);
  const Seq reset = put(owner.reset());
  const Seq between = report(client_session);
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(1));
  expect_ignored(owner.invented(1, "A"));  // of the generation before
  expect_took(owner_of(client_session).invented(1, "A"));
  EXPECT_THAT(numbers(client_session), ElementsAre(last_invented("A"), again(waiting, reset), app(between)));
}

TEST_F(OutboundTest, PendingResetIssuesAgainWhenTheOwnerIsDown) {
  const Owner owner = log_on(client_session);
  const Seq cause = report(client_session);
  put(Owner::reset_of(client_session, owner.generation), scheduler_publisher);
  EXPECT_EQ(replica_.machine.effect(), Effect::pending);
  EXPECT_THAT(replica_.machine.opened(), IsEmpty());
  expect_took(owner.invented(3, "5"));
  const Seq down = put(owner.down());
  EXPECT_THAT(numbers(client_session), ElementsAre(again(cause, down)));
}

TEST_F(OutboundTest, LossOfAGatewayCanOpenSeveralGenerations) {
  log_on(client_session);
  log_on(desk_session);
  const Seq seq = put(trade(client_session, PartyId(1), desk_session, PartyId(2)), matching_publisher);
  put(Owner::reset_of(desk_session, Generation(1)), scheduler_publisher);
  put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  lose(log_, gateway_1, gateway_);
  const Seq lost = log_.last();
  EXPECT_EQ(replica_.machine.opened().size(), 2U);
  EXPECT_THAT(numbers(client_session), ElementsAre(again(seq, lost)));
  EXPECT_THAT(numbers(desk_session), ElementsAre(again(seq, lost)));
}

TEST_F(OutboundTest, ReissuesKeepTheirFirstCauseOverSeveralResets) {
  Owner owner = log_on(client_session);
  const Seq first = report(client_session);
  const Seq second = report(client_session);
  put(owner.down());
  put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  owner = log_on(client_session);
  expect_took(owner.delivered(2, 1));  // Logon and the first, issued again
  const Seq third = report(client_session);
  put(owner.down());
  const Seq reset = put(Owner::reset_of(client_session, Generation(2)), scheduler_publisher);
  EXPECT_THAT(numbers(client_session), ElementsAre(again(second, reset), again(third, reset)));
  EXPECT_NE(first, second);
}

TEST_F(OutboundTest, ReissuedFillKeepsItsSideKindAndIndex) {
  put(trade(client_session, PartyId(1), desk_session, PartyId(2)), matching_publisher);
  const OutboundEntry before = *replica_.index.at(copy_session, MsgSeqNum(1));
  const Seq reset = put(Owner::reset_of(copy_session, Generation(1)), scheduler_publisher);
  OutboundEntry expected = before;
  expected.position = reset;
  expected.reissued = true;
  EXPECT_EQ(replica_.index.at(copy_session, MsgSeqNum(1)), expected);
  EXPECT_EQ(expected.kind, ReportKind::drop_copy);
}

TEST_F(OutboundTest, NumbersThatAnOperatorSetBeginAGeneration) {
  const Owner owner = log_on(client_session);
  const Seq proven = report(client_session);
  const Seq unproven = report(client_session);
  expect_took(owner.delivered(2, 1));
  EXPECT_EQ(set_numbers(client_session, 300, 500).outcome, CommandResult::Outcome::took);
  EXPECT_EQ(replica_.machine.effect(), Effect::pending) << "somebody is logged on";
  expect_took(owner.order(5));
  put(owner.down());
  const Seq opened = log_.last();
  EXPECT_EQ(replica_.machine.inbound(client_session).next_inbound, MsgSeqNum(300));
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(500));
  EXPECT_THAT(numbers(client_session), ElementsAre(again(unproven, opened)));
  EXPECT_EQ(replica_.index.at(client_session, MsgSeqNum(499)), std::nullopt) << "numbers of before stand for nothing";
  const Owner next = log_on(client_session);
  const std::string logon = last_invented("A");
  expect_ignored(next.order(299));
  expect_took(next.order(300));
  const Seq new_one = report(client_session);
  EXPECT_THAT(numbers(client_session), ElementsAre(logon, again(unproven, opened), app(new_one)));
  EXPECT_EQ(replica_.index.at(client_session, MsgSeqNum(501))->cause, unproven);
  EXPECT_EQ(replica_.index.applications_through(client_session, MsgSeqNum(499)), 0U);
  EXPECT_EQ(replica_.index.applications_through(client_session, MsgSeqNum(501)), 1U);
  expect_ignored(next.delivered(498, 0));
  expect_ignored(next.delivered(501, 3));
  expect_took(next.delivered(501, 1));
  EXPECT_NE(proven, unproven);
}

TEST_F(OutboundTest, TheLastNumbersThatWereSetHoldAndAPeersOwnResetBeginsWithOne) {
  const Owner owner = log_on(client_session);
  set_numbers(client_session, 10, 20);
  set_numbers(client_session, 30, 40);
  put(owner.down());
  EXPECT_EQ(replica_.machine.inbound(client_session).next_inbound, MsgSeqNum(30));
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(40));
  const Owner next = take(client_session);
  set_numbers(client_session, 50, 60);
  expect_took(next.reset());  // 141=Y
  EXPECT_EQ(replica_.machine.inbound(client_session).next_inbound, MsgSeqNum(1));
  EXPECT_EQ(replica_.machine.logon_number(client_session), MsgSeqNum(1));
  put(owner_of(client_session).down());
  set_numbers(client_session, 7, 8, 1);
  EXPECT_EQ(replica_.machine.effect(), Effect::ignored) << "of a generation that is over";
}

TEST_F(OutboundTest, RegulatorsResetIssuesNothingAgain) {
  put(report_submit(), PublisherId(4));
  EXPECT_EQ(replica_.machine.outbound(regulator_session).next_outbound, MsgSeqNum(2));
  put(Owner::reset_of(regulator_session, Generation(1)), PublisherId(6));
  EXPECT_EQ(replica_.machine.opened().front().reissued, 0U);
  EXPECT_THAT(numbers(regulator_session), IsEmpty());
  const Seq attempt = put(report_submit(), PublisherId(4));
  EXPECT_THAT(numbers(regulator_session), ElementsAre(app(attempt)));
}

TEST_F(OutboundTest, WrongCountOfDeliveredStillLeavesMachineAndIndexInStep) {
  const Owner owner = log_on(client_session);
  report(client_session);
  expect_took(owner.invented(3, "0"));
  report(client_session);
  // Numbers 1 to 3 hold one application message and two invented ones; the owner claims two and one.
  expect_took(owner.delivered(3, 2));
  put(owner.down());
  put(Owner::reset_of(client_session, Generation(1)), scheduler_publisher);
  EXPECT_THAT(numbers(client_session), IsEmpty());
  EXPECT_EQ(replica_.index.next(client_session), replica_.machine.outbound(client_session).next_outbound);
}

TEST_F(OutboundTest, HundredsOfThousandsOfNumbersAreInsertedNearTheEnd) {
  const Owner owner = log_on(client_session);
  constexpr std::uint32_t rounds = 100'000;
  std::uint32_t next = 2;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (int i = 0; i < 3; ++i) {
      report(client_session);
    }
    expect_took(owner.invented(next + 1, "0"));
    next += 4;
  }
  EXPECT_EQ(replica_.index.next(client_session), MsgSeqNum(next));
  EXPECT_EQ(replica_.index.applications_through(client_session, MsgSeqNum(next)), 3U * rounds);
  EXPECT_EQ(replica_.index.applications_through(client_session, MsgSeqNum(3)), 1U);
}

}  // namespace
}  // namespace cantus::test
