// Credit by itself, fed with outcomes that the test makes: what is reserved, converted and released, and what the
// verdict is while outcomes are still on their way.

#include "credit/credit.h"

#include <gtest/gtest.h>

#include "credit/credit_machine.h"
#include "tests/matching/script.h"

namespace cantus::test {
namespace {

class CreditTest : public ::testing::Test {
 protected:
  CreditTest() : venue(settings()) {
    venue.add(machine);
    venue.open();
  }
  static ScriptSettings settings() {
    ScriptSettings settings;
    settings.instrument("XYZ", false, 500, cents(1000));
    settings.instrument("FREE", false);
    settings.party("ALPHA", PartyKind::client, Qty{}, Notional{}, money(1000));
    settings.party("DESK", PartyKind::desk);
    settings.session(1, SessionRole::client);
    settings.session(2, SessionRole::desk);
    return settings;
  }

  RejectReason enter(std::string_view id, std::int64_t qty, Price price, Side side = Side::buy) {
    const Seq seq = venue.put(venue.order(1, id, side, qty, price), gateway_id);
    orders[std::string(id)] = Script::position(seq);
    return machine.credit().judgement().reason;
  }
  RejectReason replace(std::string_view id, std::string_view orig, std::int64_t qty, Price price) {
    causes[std::string(id)] = venue.put(venue.replace(1, id, orig, Side::buy, qty, price), gateway_id);
    return machine.credit().judgement().reason;
  }
  OrderView view(std::string_view id, std::int64_t order_qty, std::int64_t cum_qty, Price worst) {
    OrderView view;
    view.order_id = orders.at(std::string(id));
    view.party = PartyId(1);
    view.order_qty = Qty(order_qty);
    view.cum_qty = Qty(cum_qty);
    view.leaves_qty = Qty(order_qty - cum_qty);
    view.worst_price = worst;
    return view;
  }
  void trade(const OrderView& after, std::int64_t qty, Price price) {
    Trade trade;
    trade.price = price;
    trade.qty = Qty(qty);
    trade.first = after;
    venue.put(trade, matching_id);
  }
  void replaced(std::string_view id, const OrderView& after) {
    venue.put(OrderReplaced{causes.at(std::string(id)), after}, matching_id);
  }
  void refused(std::string_view id) {
    CancelRejected rejected;
    rejected.cause = causes.at(std::string(id));
    venue.put(rejected, matching_id);
  }
  void cancelled(const OrderView& after) {
    OrderCancelled cancelled;
    cancelled.order = after;
    venue.put(cancelled, matching_id);
  }
  std::string used() const {
    const CreditAccount account = machine.credit().account(PartyId(1));
    return to_text(account.executed) + " + " + to_text(account.reserved);
  }

  CreditMachine machine;
  Script venue;
  std::map<std::string, OrderId> orders;
  std::map<std::string, Seq> causes;
};

constexpr RejectReason none = RejectReason::none;

TEST(OrderCheck, NobodyTradesBeforeTheReferenceDataIsComplete) {
  Script venue(ScriptSettings::plain());
  CreditMachine machine;
  venue.add(machine);
  int defined = 0;
  venue.listen([&](const Event& event) {
    const bool complete = machine.refdata().complete();
    defined += machine.refdata().session(SessionId(1)) != nullptr && !complete ? 1 : 0;
    EXPECT_EQ(trading_party(machine.refdata(), SessionId(1)) != nullptr, complete) << event.header->seq.get();
  });
  venue.open();
  EXPECT_GT(defined, 1);
}

TEST_F(CreditTest, FillsConvertAtTheTradedPriceAndCancelsRelease) {
  EXPECT_EQ(enter("A", 50, cents(1000)), none);
  EXPECT_EQ(used(), "0 + 500");
  trade(view("A", 50, 20, cents(1000)), 20, cents(990));
  EXPECT_EQ(used(), "198 + 300");
  cancelled(view("A", 50, 20, cents(1000)));
  EXPECT_EQ(used(), "198 + 0");
  EXPECT_EQ(machine.credit().reservations(), 0U);
}

TEST_F(CreditTest, ASellIsReservedAtTheUpperEndOfTheCollar) {
  EXPECT_EQ(enter("A", 10, cents(1000), Side::sell), none);
  EXPECT_EQ(used(), "0 + 105");
}

TEST_F(CreditTest, TheLimitIsReachedButNeverExceeded) {
  EXPECT_EQ(enter("A", 60, cents(1000)), none);
  EXPECT_EQ(enter("B", 41, cents(1000)), RejectReason::gross_notional_limit);
  EXPECT_EQ(enter("C", 40, cents(1000)), none);
  EXPECT_EQ(used(), "0 + 1000");
  trade(view("A", 60, 60, cents(1000)), 60, cents(1000));
  EXPECT_EQ(enter("D", 1, cents(1000)), RejectReason::gross_notional_limit);
  EXPECT_EQ(used(), "600 + 400");
}

TEST_F(CreditTest, ARefusalByMatchingReleases) {
  EXPECT_EQ(enter("A", 100, cents(1000)), none);
  OrderRejected rejected;
  rejected.order_id = orders.at("A");
  venue.put(rejected, matching_id);
  EXPECT_EQ(used(), "0 + 0");
}

TEST_F(CreditTest, AReplaceReservesTheGreaterOfOldAndNewUntilItsOutcome) {
  enter("A", 50, cents(1000));
  EXPECT_EQ(replace("B", "A", 40, cents(1010)), none);  // 40 at 10.10 and 10 at 10.00
  EXPECT_EQ(used(), "0 + 504");
  replaced("B", view("A", 40, 0, cents(1010)));
  EXPECT_EQ(used(), "0 + 404");
  EXPECT_EQ(replace("C", "B", 99, cents(1010)), none);
  EXPECT_EQ(used(), "0 + 999.9");
  refused("C");
  EXPECT_EQ(used(), "0 + 404");
  EXPECT_EQ(replace("D", "B", 100, cents(1010)), RejectReason::gross_notional_limit);
  EXPECT_EQ(used(), "0 + 404");
}

// Fills of the old order may be on their way when a replace lowers the price and raises the quantity: the greater of
// the two products would not cover both.
TEST_F(CreditTest, AReplaceIsCoveredWhateverFillsAreStillOnTheirWay) {
  enter("A", 50, cents(1000));
  EXPECT_EQ(replace("B", "A", 100, cents(951)), none);
  EXPECT_EQ(used(), "0 + 975.5");
  trade(view("A", 50, 49, cents(1000)), 49, cents(1000));
  EXPECT_EQ(used(), "490 + 485.5");
  replaced("B", view("A", 100, 49, cents(951)));
  EXPECT_EQ(used(), "490 + 485.01");
}

TEST_F(CreditTest, ChainedReplacesAreKnownByIdsThatAreStillPending) {
  enter("A", 10, cents(1000));
  replace("B", "A", 20, cents(1000));
  replace("C", "B", 5, cents(1010));
  EXPECT_EQ(used(), "0 + 200.5");
  replaced("B", view("A", 20, 0, cents(1000)));
  EXPECT_EQ(used(), "0 + 200.5");
  replaced("C", view("A", 5, 0, cents(1010)));
  EXPECT_EQ(used(), "0 + 50.5");
}

TEST_F(CreditTest, ManyPendingReplacesAreCoveredByTheGreatestOfEach) {
  enter("A", 10, cents(1000));
  std::string orig = "A";
  for (int i = 1; i <= 9; ++i) {
    const std::string id = "R" + std::to_string(i);
    EXPECT_EQ(replace(id, orig, i == 3 ? 40 : 10, i == 5 ? cents(1020) : cents(1000)), none);
    EXPECT_EQ(used(), i < 3 ? "0 + 100" : i < 5 ? "0 + 400" : i < 9 ? "0 + 402" : "0 + 408") << i;
    orig = id;
  }
  for (int i = 1; i <= 9; ++i) {
    refused("R" + std::to_string(i));
  }
  EXPECT_EQ(used(), "0 + 100");
}

TEST_F(CreditTest, WhereAnIdIsUnknownOrClaimedTwiceAReplaceIsReservedForItself) {
  enter("A", 10, cents(1000));
  EXPECT_EQ(replace("B", "NEVER", 10, cents(1000)), none);
  EXPECT_EQ(used(), "0 + 200");
  refused("B");
  EXPECT_EQ(used(), "0 + 100");
  const OrderId first = orders.at("A");
  enter("A", 10, cents(1000));  // a duplicate, not yet refused
  EXPECT_EQ(replace("C", "A", 10, cents(1000)), none);
  EXPECT_EQ(used(), "0 + 300");
  orders["A"] = first;
  replaced("C", view("A", 10, 0, cents(1000)));
  EXPECT_EQ(used(), "0 + 200");
}

TEST_F(CreditTest, AReplaceOfAnOrderThatEndsMeanwhileIsReleased) {
  enter("A", 10, cents(1000));
  replace("B", "A", 20, cents(1000));
  trade(view("A", 10, 10, cents(1000)), 10, cents(1000));
  EXPECT_EQ(used(), "100 + 0");
  refused("B");
  EXPECT_EQ(used(), "100 + 0");
  EXPECT_EQ(enter("B", 90, cents(1000)), none);
}

TEST_F(CreditTest, ATradingDayForgetsWhatIsExecutedAndKeepsWhatIsOpen) {
  enter("A", 50, cents(1000));
  trade(view("A", 50, 20, cents(1000)), 20, cents(1000));
  venue.start_day(20260105);
  EXPECT_EQ(used(), "200 + 300");
  venue.start_day(20260106);
  EXPECT_EQ(used(), "0 + 300");
}

TEST_F(CreditTest, NotionalsBeyondAllBoundsAreRefused) {
  NewOrder order = venue.order(2, "D", Side::buy, INT64_MAX, Price(INT64_MAX / 1'000'000 * 1'000'000), 2);
  venue.put(order, gateway_id);
  EXPECT_EQ(machine.credit().judgement().reason, RejectReason::order_notional_limit);
  for (int i = 0; i < 8; ++i) {
    order = venue.order(2, "E" + std::to_string(i), Side::buy, INT64_MAX / 4,
                        Price(INT64_MAX / 4 / 1'000'000 * 1'000'000), 2);
    venue.put(order, gateway_id);
    EXPECT_EQ(machine.credit().judgement().reason, none);
  }
  order = venue.order(2, "F", Side::buy, INT64_MAX / 2, Price(INT64_MAX / 2 / 1'000'000 * 1'000'000), 2);
  venue.put(order, gateway_id);
  EXPECT_EQ(machine.credit().judgement().reason, RejectReason::gross_notional_limit);
}

TEST_F(CreditTest, OutcomesOfUnknownOrdersChangeNothing) {
  orders["X"] = Script::position(Seq(1));
  causes["X"] = Seq(1);
  const Digest before = machine.digest();
  trade(view("X", 10, 5, cents(1000)), 5, cents(1000));
  replaced("X", view("X", 10, 0, cents(1000)));
  refused("X");
  cancelled(view("X", 10, 0, cents(1000)));
  EXPECT_EQ(machine.digest(), before);
}

}  // namespace
}  // namespace cantus::test
