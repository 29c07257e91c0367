// What operators forbid, and for how long: sessions, trading, instruments, and limits that hold until a time.
#include <gtest/gtest.h>

#include "tests/refdata/signed_venue.h"

namespace cantus {
namespace {

using enum OperatorRole;
using Outcome = CommandResult::Outcome;

constexpr SessionId alpha{1};
constexpr PartyId party{1};
constexpr InstrumentId aapl{1};

class RestrictionsTest : public ::testing::Test {
 protected:
  template <class... Changes>
  CommandResult run(const std::string& name, OperatorRole role, const Changes&... changes) {
    return venue_.run(name, role, venue_.parts(changes...));
  }
  static TradingBlocked block_of(PartyId of) { return {of, {}}; }
  static TradingBlocked block_of(SessionId of) { return {{}, of}; }
  PartyLimitsUntil limits(std::int64_t qty, std::int64_t until) {
    PartyLimitsUntil change;
    change.until = TimeNs(until);
    change.order_qty_max = Qty(qty);
    change.party = party;
    return change;
  }
  std::int64_t qty_max() { return refdata_.limits(party).order_qty_max.get(); }
  void pass(std::int64_t time) {
    venue_.time = TimeNs(time);
    venue_.apply(TimeTick{}, PublisherId(1));
  }

  SignedVenue venue_;
  ReferenceData& refdata_ = venue_.refdata;
};

TEST_F(RestrictionsTest, ATraderBlocksAloneAndRiskUnblocksWithASecondPerson) {
  EXPECT_EQ(run("olga", operations, block_of(party)).refusal, CommandRefusal::role_may_not);
  const CommandResult blocked = run("tom", trader, block_of(party));
  EXPECT_EQ(blocked.outcome, Outcome::took);
  EXPECT_EQ(refdata_.restrictions().blocked_parties().find(party), blocked.command);
  EXPECT_FALSE(refdata_.may_enter_orders(venue_.session(1)));
  EXPECT_TRUE(refdata_.may_enter_orders(venue_.session(2)));
  const TradingUnblocked end{blocked.command, party, {}};
  EXPECT_EQ(run("tom", trader, end).refusal, CommandRefusal::role_may_not);
  const CommandResult waits = run("rita", risk, end);
  EXPECT_EQ(waits.outcome, Outcome::waits);
  EXPECT_FALSE(refdata_.may_enter_orders(venue_.session(1)));
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).outcome, Outcome::took);
  EXPECT_TRUE(refdata_.may_enter_orders(venue_.session(1)));
  EXPECT_EQ(run("rita", risk, end).refusal, CommandRefusal::nothing_changed);
}

TEST_F(RestrictionsTest, ASessionIsBlockedByItselfOrWithItsParty) {
  const CommandResult session = run("rita", risk, block_of(alpha));
  const CommandResult both = run("rita", risk, block_of(party));
  EXPECT_EQ(both.outcome, Outcome::took);
  const CommandResult waits = run("rita", risk, TradingUnblocked{session.command, {}, alpha});
  venue_.decide("ron", risk, waits.command);
  EXPECT_TRUE(refdata_.restrictions().blocked_sessions().find(alpha).is_zero());
  EXPECT_FALSE(refdata_.may_enter_orders(venue_.session(1))) << "its party is blocked still";
}

// Somebody decides for a second time; who looked before must not end that.
TEST_F(RestrictionsTest, WhatIsForbiddenAnewIsNotEndedByWhoLookedBefore) {
  const CommandResult first = run("tom", trader, block_of(party));
  const CommandResult waits = run("rita", risk, TradingUnblocked{first.command, party, {}});
  ASSERT_EQ(refdata_.commands().waiting().size(), 1U);
  const CommandResult again = run("tom", trader, block_of(party));
  EXPECT_EQ(again.outcome, Outcome::took) << "a block is never refused for what stands already";
  EXPECT_TRUE(refdata_.commands().waiting().empty()) << "it can take effect no more";
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).refusal, CommandRefusal::unknown_command);
  EXPECT_EQ(run("rita", risk, TradingUnblocked{first.command, party, {}}).refusal, CommandRefusal::settings_changed);
  EXPECT_EQ(refdata_.restrictions().blocked_parties().find(party), again.command);
}

// The kill switch is not to be refused because somebody changed a limit in the meantime, and takes nothing else along.
TEST_F(RestrictionsTest, ABlockHoldsWhateverElseWasChanged) {
  const auto parts = venue_.parts(block_of(party));
  const OperatorCommand block = venue_.command("tom", trader, parts);
  PartyDefined lower = venue_.party(1);
  lower.order_qty_max = Qty(50);
  run("rita", risk, lower);
  PartyDefined higher = lower;
  higher.order_qty_max = Qty(500);
  ASSERT_EQ(run("rita", risk, higher).outcome, Outcome::waits);
  const ChangeId settings = refdata_.settings();
  venue_.propose(parts);
  venue_.apply(block);
  EXPECT_EQ(refdata_.command_result().outcome, Outcome::took);
  EXPECT_EQ(refdata_.settings(), settings);
  EXPECT_EQ(refdata_.commands().waiting().size(), 1U) << "what waits still fits the settings";
}

TEST_F(RestrictionsTest, WhatIsNoThingToForbidIsRefused) {
  EXPECT_EQ(run("rita", risk, TradingBlocked{}).refusal, CommandRefusal::malformed);
  EXPECT_EQ(run("rita", risk, TradingBlocked{party, alpha}).refusal, CommandRefusal::malformed);
  EXPECT_EQ(run("rita", risk, block_of(PartyId(99))).refusal, CommandRefusal::unknown_thing);
  EXPECT_EQ(run("rita", risk, block_of(SessionId(99))).refusal, CommandRefusal::unknown_thing);
  EXPECT_EQ(run("rita", risk, block_of(party), block_of(party)).refusal, CommandRefusal::malformed);
  EXPECT_EQ(run("rita", risk, block_of(party), TradingUnblocked{{}, party, {}}).refusal, CommandRefusal::malformed);
  EXPECT_EQ(run("olga", operations, SessionDisabled{SessionId(99), {}}).refusal, CommandRefusal::unknown_thing);
  EXPECT_EQ(run("olga", operations, SessionEnabled{{}, alpha, {}}).refusal, CommandRefusal::nothing_changed);
  EXPECT_EQ(run("olga", operations, InstrumentHalted{InstrumentId(99), {}}).refusal, CommandRefusal::unknown_thing);
  EXPECT_EQ(run("olga", operations, InstrumentResumed{{}, aapl, {}}).refusal, CommandRefusal::nothing_changed);
  EXPECT_EQ(
      run("olga", operations, SessionNumbersSet{SessionId(99), Generation(1), MsgSeqNum(1), MsgSeqNum(1)}).refusal,
      CommandRefusal::unknown_thing);
  SessionNumbersSet zero{alpha, Generation(1), MsgSeqNum(1), MsgSeqNum(0)};
  EXPECT_EQ(run("olga", operations, zero).refusal, CommandRefusal::malformed);
}

TEST_F(RestrictionsTest, ASessionIsDisabledAloneAndEnabledByTwo) {
  const CommandResult disabled = run("rita", risk, SessionDisabled{alpha, {}});
  EXPECT_EQ(disabled.outcome, Outcome::took);
  EXPECT_TRUE(refdata_.is_disabled(alpha));
  EXPECT_FALSE(refdata_.may_enter_orders(venue_.session(1))) << "what is on its way is refused";
  const CommandResult waits = run("olga", operations, SessionEnabled{disabled.command, alpha, {}});
  EXPECT_EQ(waits.outcome, Outcome::waits);
  EXPECT_EQ(venue_.decide("ann", operations, waits.command).outcome, Outcome::took);
  EXPECT_FALSE(refdata_.is_disabled(alpha));
}

TEST_F(RestrictionsTest, AnInstrumentIsHaltedAloneAndResumedByTwo) {
  const CommandResult halted = run("tom", trader, InstrumentHalted{aapl, {}});
  EXPECT_EQ(halted.outcome, Outcome::took);
  EXPECT_TRUE(refdata_.is_halted(aapl));
  EXPECT_FALSE(refdata_.is_halted(InstrumentId(2)));
  const CommandResult waits = run("tom", trader, InstrumentResumed{halted.command, aapl, {}});
  EXPECT_EQ(waits.outcome, Outcome::waits);
  EXPECT_EQ(venue_.decide("olga", operations, waits.command).outcome, Outcome::took);
  EXPECT_FALSE(refdata_.is_halted(aapl));
}

// SignedVenue::decide foretells who is overtaken, and sees that just those are.
TEST_F(RestrictionsTest, OfTwoWhoWouldEndTheSameTheFirstOvertakesTheOther) {
  const SessionEnabled enable{run("rita", risk, SessionDisabled{alpha, {}}).command, alpha, {}};
  const TradingUnblocked unblock{run("tom", trader, block_of(party)).command, party, {}};
  const TradingUnblocked unblock_session{run("tom", trader, block_of(alpha)).command, {}, alpha};
  const InstrumentResumed resume{run("tom", trader, InstrumentHalted{aapl, {}}).command, aapl, {}};
  const auto second_is_overtaken = [this](const CommandResult& first, const CommandResult& second, const char* by,
                                          OperatorRole role) {
    ASSERT_EQ(first.outcome, Outcome::waits);
    ASSERT_EQ(second.outcome, Outcome::waits);
    EXPECT_EQ(venue_.decide(by, role, first.command).outcome, Outcome::took);
    EXPECT_EQ(refdata_.commands().waiting_at(second.command), nullptr);
  };
  const CommandResult other = run("rita", risk, unblock_session);
  second_is_overtaken(run("rita", risk, unblock), run("ron", risk, unblock), "ron", risk);
  EXPECT_NE(refdata_.commands().waiting_at(other.command), nullptr) << "it is about a session";
  second_is_overtaken(other, run("ron", risk, unblock_session), "ron", risk);
  second_is_overtaken(run("olga", operations, enable), run("olga", operations, enable), "ann", operations);
  second_is_overtaken(run("tom", trader, resume), run("olga", operations, resume), "olga", operations);
}

TEST_F(RestrictionsTest, WhoeverForbidsAnewOvertakesTheEnd) {
  const CommandResult disabled = run("rita", risk, SessionDisabled{alpha, {}});
  const CommandResult enables = run("olga", operations, SessionEnabled{disabled.command, alpha, {}});
  const SessionNumbersSet numbers{alpha, Generation(1), MsgSeqNum(1), MsgSeqNum(1)};
  const CommandResult anew = run("olga", operations, numbers, SessionDisabled{alpha, {}});
  ASSERT_EQ(anew.outcome, Outcome::waits);
  EXPECT_EQ(venue_.decide("ann", operations, anew.command).outcome, Outcome::took);
  EXPECT_EQ(refdata_.commands().waiting_at(enables.command), nullptr);
  EXPECT_TRUE(refdata_.is_disabled(alpha));
}

// The same of blocks and halts, which wait where they stand beside something that two must want.
TEST_F(RestrictionsTest, WhoeverBlocksOrHaltsAnewOvertakesTheEnd) {
  const SessionNumbersSet numbers{alpha, Generation(1), MsgSeqNum(1), MsgSeqNum(1)};
  const auto anew_overtakes = [&](const CommandResult& ends, const CommandResult& anew, const char* by,
                                  OperatorRole role) {
    ASSERT_EQ(ends.outcome, Outcome::waits);
    ASSERT_EQ(anew.outcome, Outcome::waits);
    EXPECT_EQ(venue_.decide(by, role, anew.command).outcome, Outcome::took);
    EXPECT_EQ(refdata_.commands().waiting_at(ends.command), nullptr);
  };
  const TradingUnblocked end{run("tom", trader, block_of(party)).command, party, {}};
  const TradingUnblocked end_of_session{run("tom", trader, block_of(alpha)).command, {}, alpha};
  const CommandResult other = run("rita", risk, end_of_session);
  anew_overtakes(run("rita", risk, end), run("ron", risk, limits(300, 9000), block_of(party)), "rita", risk);
  EXPECT_NE(refdata_.commands().waiting_at(other.command), nullptr) << "it is about a session";
  anew_overtakes(other, run("ron", risk, limits(400, 9000), block_of(alpha)), "rita", risk);
  const InstrumentResumed resume{run("tom", trader, InstrumentHalted{aapl, {}}).command, aapl, {}};
  anew_overtakes(run("tom", trader, resume), run("olga", operations, numbers, InstrumentHalted{aapl, {}}), "ann",
                 operations);
  EXPECT_TRUE(refdata_.is_halted(aapl));
}

// ---- limits for a while

TEST_F(RestrictionsTest, LimitsForAWhileHoldUntilTheirTimeAndNoLonger) {
  pass(1000);
  const CommandResult waits = run("rita", risk, limits(300, 2000));
  EXPECT_EQ(waits.outcome, Outcome::waits) << "it widens";
  venue_.decide("ron", risk, waits.command);
  EXPECT_EQ(qty_max(), 300);
  EXPECT_EQ(venue_.party(1).order_qty_max, Qty(100)) << "the definition stands";
  pass(1999);
  EXPECT_EQ(qty_max(), 300);
  pass(2000);
  EXPECT_EQ(qty_max(), 100) << "no record says so but the time of the one at hand";
}

// Whoever is shown only some of the records holds the same limits at each of them.
TEST_F(RestrictionsTest, LimitsForAWhileEndAlsoForWhoDoesNotSeeEveryRecord) {
  pass(1000);
  venue_.decide("ron", risk, run("rita", risk, limits(300, 2000)).command);
  pass(2500);
  const CommandResult lower = run("rita", risk, limits(50, 9000));
  EXPECT_EQ(lower.outcome, Outcome::took);
  ReferenceData few;
  for (const auto& record : venue_.records) {
    const Event event = SignedVenue::event_of(record);
    if (!event.is<TimeTick>()) {
      few.apply(event);
      if (few.party(party) == nullptr) {
        continue;
      }
      EXPECT_EQ(few.limits(party), few.restrictions().temporary(party, event.header->time) == nullptr
                                       ? limits_of(*few.party(party))
                                       : limits_of(few.restrictions().temporary()[0].limits));
    }
  }
  EXPECT_EQ(few.digest(), refdata_.digest());
  EXPECT_EQ(few.limits(party).order_qty_max, Qty(50));
}

TEST_F(RestrictionsTest, OnlyWhatIsNarrowerAtEveryMomentNeedsNoSecondPerson) {
  pass(1000);
  EXPECT_EQ(run("rita", risk, limits(50, 5000)).outcome, Outcome::took);
  EXPECT_EQ(run("rita", risk, limits(60, 5000)).outcome, Outcome::waits) << "more than now";
  EXPECT_EQ(run("rita", risk, limits(40, 4000)).outcome, Outcome::waits) << "what is narrow would end earlier";
  EXPECT_EQ(run("rita", risk, limits(0, 9000)).outcome, Outcome::waits) << "none at all is the most";
  EXPECT_EQ(run("rita", risk, limits(40, 9000)).outcome, Outcome::took);
  EXPECT_TRUE(refdata_.commands().waiting().empty()) << "what waited was signed for other limits";
}

TEST_F(RestrictionsTest, WhatIsSignedForGoodEndsWhatHoldsForAWhile) {
  pass(1000);
  run("rita", risk, limits(50, 5000));
  const PartyDefined same = venue_.party(1);
  const CommandResult waits = run("rita", risk, same);
  EXPECT_EQ(waits.outcome, Outcome::waits) << "100 is more than the 50 that hold";
  EXPECT_EQ(venue_.decide("bob", compliance, waits.command).outcome, Outcome::took);
  EXPECT_EQ(qty_max(), 100);
  EXPECT_EQ(run("rita", risk, same).refusal, CommandRefusal::nothing_changed);
}

TEST_F(RestrictionsTest, AnEndThatHasComeIsTooLate) {
  pass(1000);
  EXPECT_EQ(run("rita", risk, limits(50, 1000)).refusal, CommandRefusal::too_late);
  const CommandResult waits = run("rita", risk, limits(200, 2000));
  EXPECT_EQ(waits.outcome, Outcome::waits);
  pass(2000);
  EXPECT_EQ(venue_.decide("ron", risk, waits.command).refusal, CommandRefusal::too_late);
  EXPECT_EQ(run("rita", risk, limits(100, 9000)).refusal, CommandRefusal::nothing_changed);
}

}  // namespace
}  // namespace cantus
