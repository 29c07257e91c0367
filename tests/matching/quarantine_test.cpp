// What each machine does with a record that is quarantined for it: the fixed thing, and nothing else; the others handle
// the record as ever.

#include <gtest/gtest.h>

#include "matching/matching_application.h"
#include "tests/matching/script.h"

namespace cantus::test {
namespace {

using Lines = std::vector<std::string>;
constexpr PartyId alpha_party{1};

class Quarantined : public ::testing::Test {
 protected:
  Quarantined() : venue(ScriptSettings::plain()) {
    venue.add(matching, matching_id);
    venue.open();
  }
  NewOrder buy(std::string_view id, std::int64_t qty) { return venue.order(1, id, Side::buy, qty, cents(1000)); }
  template <class M>
  Lines ask_quarantined(const M& message, MachineName machine) {
    venue.quarantine_next(machine);
    return venue.ask(message);
  }
  [[nodiscard]] CreditAccount credit() const { return matching.credit().account(alpha_party); }
  [[nodiscard]] RejectReason reason_of_last() const {
    const Event event = venue.at(venue.last());
    return event.is<OrderRejected>() ? event.as<OrderRejected>().reason : event.as<CancelRejected>().reason;
  }

  MatchingApplication matching;
  Script venue;
};

TEST_F(Quarantined, MatchingRefusesAnOrderAndItsReservationGoesWithTheOutcome) {
  venue.quarantine_next(MachineName::matching);
  venue.put(buy("A1", 10), gateway_id);
  EXPECT_EQ(credit().reserved, money(100)) << "credit judged it as ever";
  venue.admit();
  EXPECT_EQ(venue.at(venue.last()).as<OrderRejected>().reason, RejectReason::quarantined);
  EXPECT_EQ(credit(), CreditAccount{});
  EXPECT_EQ(matching.open_orders(), 0U);
  EXPECT_EQ(venue.ask(buy("A1", 10)), Lines{"accepted A1/10"}) << "its ClOrdID was not even looked at";
}

TEST_F(Quarantined, MatchingRefusesChangesAndTheOrderStaysAsItWas) {
  venue.ask(buy("A1", 10));
  const CreditAccount before = credit();
  ask_quarantined(venue.replace(1, "A2", "A1", Side::buy, 20, cents(1000)), MachineName::matching);
  EXPECT_EQ(reason_of_last(), RejectReason::quarantined);
  EXPECT_EQ(credit(), before) << "what the replace reserved is released";
  ask_quarantined(venue.cancel(1, "A3", "A1"), MachineName::matching);
  EXPECT_EQ(reason_of_last(), RejectReason::quarantined);
  EXPECT_EQ(matching.open_orders(), 1U);
  ask_quarantined(venue.status(1, "A1"), MachineName::matching);
  EXPECT_EQ(venue.at(venue.last()).as<OrderStatus>().found, 0);
  venue.ask(venue.cancel(1, "A4", "A1"));
  EXPECT_EQ(matching.open_orders(), 0U);
  EXPECT_EQ(credit(), CreditAccount{});
}

TEST_F(Quarantined, MatchingEndsNothingByARecordThatIsNoRequest) {
  venue.ask(buy("A1", 10));
  venue.quarantine_next(MachineName::matching);
  venue.start_day(20261123);
  EXPECT_EQ(venue.admit(), Lines{});
  EXPECT_EQ(matching.open_orders(), 1U);
  venue.quote(1, cents(999), cents(1001));
  EXPECT_EQ(venue.admit(), Lines{}) << "nor by those behind it";
  venue.ask(venue.cancel(1, "A2", "A1"));
  EXPECT_EQ(matching.open_orders(), 0U);
}

TEST_F(Quarantined, CreditRefusesAndReservesNothing) {
  ask_quarantined(buy("A1", 10), MachineName::credit);
  EXPECT_EQ(reason_of_last(), RejectReason::quarantined);
  EXPECT_EQ(credit(), CreditAccount{});
  EXPECT_EQ(matching.credit().reservations(), 0U);
  venue.ask(buy("A2", 10));
  ask_quarantined(venue.replace(1, "A3", "A2", Side::buy, 20, cents(1000)), MachineName::credit);
  EXPECT_EQ(reason_of_last(), RejectReason::quarantined);
  EXPECT_EQ(credit().reserved, money(100));
}

// Whatever credit can not take of an outcome, a party is never held to less than it owes.
TEST_F(Quarantined, CreditCountsWhatWasExecutedAndReleasesNothing) {
  venue.ask(venue.order(3, "D1", Side::sell, 4, cents(1000)));
  venue.put(buy("A1", 10), gateway_id);
  venue.admit(matching_id, 1);  // its acceptance
  venue.quarantine_next(MachineName::credit);
  EXPECT_EQ(venue.admit(), Lines{"trade 4 @ 10 A1/6 D1/0"});
  EXPECT_EQ(credit().executed, money(40));
  EXPECT_EQ(credit().reserved, money(100));
  venue.ask(venue.order(3, "D2", Side::sell, 6, cents(1000)));
  EXPECT_EQ(credit().executed, money(100)) << "what comes later is handled as ever";
  EXPECT_EQ(credit().reserved, Notional{});
}

TEST_F(Quarantined, MarketDataPassesAQuoteOver) {
  venue.quote(1, cents(999), cents(1001));
  venue.quarantine_next(MachineName::market_data);
  venue.quote(1, cents(1), cents(2));
  EXPECT_EQ(matching.market_data().quote(InstrumentId(1)).bid, cents(999));
  venue.quote(1, cents(998), cents(1001));
  EXPECT_EQ(matching.market_data().quote(InstrumentId(1)).bid, cents(998));
}

// The cursor names the machine that was at work.
TEST_F(Quarantined, EachMachineSaysThatItIsAtWork) {
  Cursor cursor;
  venue.put(buy("A1", 10), gateway_id);
  Event event = venue.at(venue.last());
  event.cursor = &cursor;
  event.begun_by(MachineName::credit);
  EXPECT_EQ(cursor.machine(), MachineName::credit);
  {
    const AtWork at_work(&cursor, Seq(7), MachineName::gateway);
    EXPECT_EQ(cursor.seq(), Seq(7));
    EXPECT_EQ(cursor.machine(), MachineName::gateway);
  }
  EXPECT_EQ(cursor.machine(), MachineName::credit);
  event.quarantined.add(MachineName::matching);
  EXPECT_TRUE(event.handled_by(MachineName::credit));
  EXPECT_FALSE(event.handled_by(MachineName::matching));
  EXPECT_EQ(cursor.machine(), MachineName::matching);
}

}  // namespace
}  // namespace cantus::test
