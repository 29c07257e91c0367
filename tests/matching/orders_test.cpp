// What matching answers to each kind of request, as whole lists of outcomes.

#include <gtest/gtest.h>

#include "matching/matching_application.h"
#include "messages/validate.h"
#include "tests/matching/script.h"

namespace cantus::test {
namespace {

using Lines = std::vector<std::string>;

class Orders : public ::testing::Test {
 protected:
  explicit Orders(const ScriptSettings& settings = ScriptSettings::plain()) : venue(settings) {
    venue.add(matching, matching_id);
    venue.listen([](const Event& event) {
      const auto fault = validate(event.header->type, event.header->version, event.bytes());
      EXPECT_TRUE(event.header->publisher != matching_id || !fault) << *fault;
    });
    venue.open();
  }
  Lines buy(std::uint32_t session, std::string_view id, std::int64_t qty, Price price, std::uint32_t instrument = 1) {
    return venue.ask(venue.order(session, id, Side::buy, qty, price, instrument));
  }
  Lines sell(std::uint32_t session, std::string_view id, std::int64_t qty, Price price, std::uint32_t instrument = 1) {
    return venue.ask(venue.order(session, id, Side::sell, qty, price, instrument));
  }
  Lines with(NewOrder order, TimeInForce time_in_force) {
    order.time_in_force = static_cast<std::uint8_t>(time_in_force);
    return venue.ask(order);
  }
  Lines book(Side side, std::uint32_t instrument = 1) const {
    Lines lines;
    matching.for_each_order(InstrumentId(instrument), side, [&](const OrderView& view) {
      lines.push_back(view.cl_ord_id.str() + " " + to_text(view.leaves_qty) + " @ " + to_text(view.price));
    });
    return lines;
  }

  MatchingApplication matching;
  Script venue;
};

constexpr std::uint32_t alpha = 1;
constexpr std::uint32_t beta = 2;
constexpr std::uint32_t desk_1 = 3;
constexpr std::uint32_t desk_2 = 4;
constexpr std::uint32_t alpha_too = 5;

TEST_F(Orders, BestPriceMeetsFirstThenTheEarliest) {
  EXPECT_EQ(sell(desk_1, "D1", 10, cents(1001)), Lines{"accepted D1/10"});
  EXPECT_EQ(sell(desk_2, "D2", 10, cents(1000)), Lines{"accepted D2/10"});
  EXPECT_EQ(sell(desk_1, "D3", 10, cents(1000)), Lines{"accepted D3/10"});
  EXPECT_EQ(buy(alpha, "A1", 25, cents(1001)), (Lines{"accepted A1/25", "trade 10 @ 10 A1/15 D2/0",
                                                      "trade 10 @ 10 A1/5 D3/0", "trade 5 @ 10.01 A1/0 D1/5"}));
  EXPECT_EQ(book(Side::sell), Lines{"D1 5 @ 10.01"});
  EXPECT_EQ(book(Side::buy), Lines{});
}

TEST_F(Orders, PartialFillKeepsPriority) {
  buy(desk_1, "D1", 10, cents(1000));
  buy(desk_2, "D2", 10, cents(1000));
  EXPECT_EQ(sell(alpha, "A1", 4, cents(1000)), (Lines{"accepted A1/4", "trade 4 @ 10 A1/0 D1/6"}));
  EXPECT_EQ(sell(alpha, "A2", 8, cents(1000)),
            (Lines{"accepted A2/8", "trade 6 @ 10 A2/2 D1/0", "trade 2 @ 10 A2/0 D2/8"}));
}

TEST_F(Orders, TheClientStandsFirstInATradeAndOfTwoClientsTheBuyer) {
  sell(alpha, "A1", 10, cents(1000));
  EXPECT_EQ(buy(desk_1, "D1", 10, cents(1000)), (Lines{"accepted D1/10", "trade 10 @ 10 A1/0 D1/0"}));
  sell(alpha, "A2", 10, cents(1000), 2);
  EXPECT_EQ(buy(beta, "B1", 10, cents(1000), 2), (Lines{"accepted B1/10", "trade 10 @ 10 B1/0 A2/0"}));
}

TEST_F(Orders, ClientsMeetOnlyWhereTheInstrumentAllowsItAndACrossedBookBlocksNobody) {
  sell(alpha, "A1", 10, cents(990));
  EXPECT_EQ(buy(beta, "B1", 10, cents(1010)), Lines{"accepted B1/10"});
  EXPECT_EQ(sell(desk_1, "D1", 4, cents(1010)), (Lines{"accepted D1/4", "trade 4 @ 10.1 B1/6 D1/0"}));
  EXPECT_EQ(buy(desk_1, "D2", 4, cents(1000)), (Lines{"accepted D2/4", "trade 4 @ 9.9 A1/6 D2/0"}));
  EXPECT_EQ(book(Side::buy), Lines{"B1 6 @ 10.1"});
  EXPECT_EQ(book(Side::sell), Lines{"A1 6 @ 9.9"});
}

TEST_F(Orders, DesksNeverMeetDesksAndAPartyNeverMeetsItself) {
  sell(desk_1, "D1", 10, cents(1000), 2);
  EXPECT_EQ(buy(desk_2, "E1", 10, cents(1000), 2), Lines{"accepted E1/10"});
  sell(alpha, "A1", 10, cents(900), 2);  // meets E1
  sell(alpha, "A2", 10, cents(900), 2);
  EXPECT_EQ(buy(alpha_too, "A3", 5, cents(950), 2), Lines{"accepted A3/5"});
  EXPECT_EQ(buy(beta, "B1", 5, cents(950), 2), (Lines{"accepted B1/5", "trade 5 @ 9 B1/0 A2/5"}));
}

TEST_F(Orders, AClientMeetsDesksAndClientsByPriceAndTimeTogether) {
  sell(desk_1, "D1", 1, cents(1001), 2);
  sell(beta, "B1", 1, cents(1000), 2);
  sell(desk_1, "D2", 1, cents(1000), 2);
  sell(beta, "B2", 1, cents(1001), 2);
  EXPECT_EQ(buy(alpha, "A1", 4, cents(1001), 2),
            (Lines{"accepted A1/4", "trade 1 @ 10 A1/3 B1/0", "trade 1 @ 10 A1/2 D2/0", "trade 1 @ 10.01 A1/1 D1/0",
                   "trade 1 @ 10.01 A1/0 B2/0"}));
}

TEST_F(Orders, ImmediateOrCancelEndsItsRest) {
  sell(desk_1, "D1", 4, cents(1000));
  EXPECT_EQ(with(venue.order(alpha, "A1", Side::buy, 10, cents(1000)), TimeInForce::immediate_or_cancel),
            (Lines{"accepted A1/10", "trade 4 @ 10 A1/6 D1/0", "cancelled A1 6 immediate_or_cancel"}));
  EXPECT_EQ(book(Side::buy), Lines{});
}

TEST_F(Orders, FillOrKillFillsWhollyOrNotAtAll) {
  sell(desk_1, "D1", 4, cents(1000));
  sell(desk_1, "D2", 6, cents(1001));
  EXPECT_EQ(with(venue.order(alpha, "A1", Side::buy, 10, cents(1000)), TimeInForce::fill_or_kill),
            (Lines{"accepted A1/10", "cancelled A1 10 fill_or_kill"}));
  EXPECT_EQ(with(venue.order(alpha, "A2", Side::buy, 10, cents(1001)), TimeInForce::fill_or_kill),
            (Lines{"accepted A2/10", "trade 4 @ 10 A2/6 D1/0", "trade 6 @ 10.01 A2/0 D2/0"}));
}

TEST_F(Orders, AMarketOrderTradesUpToItsWorstPriceAndItsRestEnds) {
  venue.quote(1, cents(999), cents(1000));  // no collar: a market buy reaches the offer
  sell(desk_1, "D1", 4, cents(1000));
  sell(desk_1, "D2", 4, cents(1001));
  EXPECT_EQ(buy(alpha, "A1", 10, Price{}),
            (Lines{"accepted A1/10", "trade 4 @ 10 A1/6 D1/0", "cancelled A1 6 market_rest"}));
  EXPECT_EQ(with(venue.order(alpha, "A2", Side::buy, 1, Price{}), TimeInForce::immediate_or_cancel),
            (Lines{"accepted A2/1", "cancelled A2 1 immediate_or_cancel"}));
}

TEST_F(Orders, ASellNeverTradesAboveTheWorstPriceItWasReservedAt) {
  buy(desk_1, "D1", 4, cents(1100));
  venue.quote(1, cents(999), cents(1001));  // reference 10.00
  EXPECT_EQ(sell(alpha, "A1", 4, cents(980)), (Lines{"accepted A1/4", "trade 4 @ 10 A1/0 D1/0"}));
}

TEST_F(Orders, CancelEndsTheRestUnderTheRequestsId) {
  buy(alpha, "A1", 10, cents(1000));
  sell(desk_1, "D1", 4, cents(1000));
  EXPECT_EQ(venue.ask(venue.cancel(alpha, "A2", "A1")), Lines{"cancelled A2 6 requested"});
  EXPECT_EQ(venue.ask(venue.cancel(alpha, "A3", "A1")), Lines{"refused A3 order_already_closed canceled"});
  EXPECT_EQ(venue.ask(venue.cancel(alpha, "A4", "A2")), Lines{"refused A4 order_already_closed canceled"});
  EXPECT_EQ(book(Side::buy), Lines{});
}

TEST_F(Orders, ReducedQuantityAtTheSamePriceKeepsPriorityAndTheRestLosesIt) {
  buy(desk_1, "D1", 10, cents(1000));
  buy(desk_2, "E1", 10, cents(1000));
  EXPECT_EQ(venue.ask(venue.replace(desk_1, "D2", "D1", Side::buy, 5, cents(1000))), Lines{"replaced D1 by D2/5 @ 10"});
  EXPECT_EQ(book(Side::buy), (Lines{"D2 5 @ 10", "E1 10 @ 10"}));
  EXPECT_EQ(venue.ask(venue.replace(desk_1, "D3", "D2", Side::buy, 6, cents(1000))), Lines{"replaced D2 by D3/6 @ 10"});
  EXPECT_EQ(book(Side::buy), (Lines{"E1 10 @ 10", "D3 6 @ 10"}));
  EXPECT_EQ(venue.ask(venue.replace(desk_2, "E2", "E1", Side::buy, 5, cents(999))),
            Lines{"replaced E1 by E2/5 @ 9.99"});
  EXPECT_EQ(book(Side::buy), (Lines{"D3 6 @ 10", "E2 5 @ 9.99"}));
}

TEST_F(Orders, AReplaceOfNeitherPriceNorQuantityKeepsPriority) {
  buy(desk_1, "D1", 10, cents(1000));
  buy(desk_2, "E1", 10, cents(1000));
  EXPECT_EQ(venue.ask(venue.replace(desk_1, "D2", "D1", Side::buy, 10, cents(1000))),
            Lines{"replaced D1 by D2/10 @ 10"});
  EXPECT_EQ(book(Side::buy), (Lines{"D2 10 @ 10", "E1 10 @ 10"}));
}

TEST_F(Orders, AReplaceThatCrossesTradesAndCountsWhatIsExecuted) {
  buy(alpha, "A1", 10, cents(1000));
  sell(desk_1, "D1", 4, cents(1000));
  sell(desk_1, "D2", 5, cents(1002));
  EXPECT_EQ(venue.ask(venue.replace(alpha, "A2", "A1", Side::buy, 8, cents(1002))),
            (Lines{"replaced A1 by A2/4 @ 10.02", "trade 4 @ 10.02 A2/0 D2/1"}));
  EXPECT_EQ(venue.ask(venue.replace(alpha, "A3", "A2", Side::buy, 9, cents(1002))),
            Lines{"refused A3 order_already_closed filled"});
}

TEST_F(Orders, AnOrderIsNamedByOrderIdOrByTheIdInForce) {
  const OrderId order = Script::position(venue.put(venue.order(alpha, "A1", Side::buy, 10, cents(1000)), gateway_id));
  venue.admit();
  ReplaceRequest by_id = venue.replace(alpha, "A2", "", Side::buy, 9, cents(1000));
  by_id.order_id = order;
  EXPECT_EQ(venue.ask(by_id), Lines{"replaced A1 by A2/9 @ 10"});
  EXPECT_EQ(venue.ask(venue.cancel(alpha, "A3", "A1")), Lines{"refused A3 unknown_order new"});
  CancelRequest mismatched = venue.cancel(alpha, "A4", "A1");
  mismatched.order_id = order;
  EXPECT_EQ(venue.ask(mismatched), Lines{"refused A4 not_the_same_order new"});
  CancelRequest of_another = venue.cancel(beta, "B1", "");
  of_another.order_id = order;
  EXPECT_EQ(venue.ask(of_another), Lines{"refused B1 unknown_order rejected"});
  EXPECT_EQ(venue.ask(venue.cancel(alpha_too, "A5", "A2")), Lines{"refused A5 unknown_order new"});
  CancelRequest good = venue.cancel(alpha, "A6", "A2");
  good.order_id = order;
  EXPECT_EQ(venue.ask(good), Lines{"cancelled A6 9 requested"});
}

// By set 1 of the rule closed_by_order_id it is unknown: whoever believed that would send it again.
TEST_F(Orders, AnEndedOrderIsNamedByItsOrderIdAlone) {
  const OrderId order = Script::position(venue.put(venue.order(alpha, "A1", Side::buy, 10, cents(1000)), gateway_id));
  venue.admit();
  sell(desk_1, "D1", 10, cents(1000));
  const auto cancel = [&](std::uint32_t session, std::string_view id, std::string_view orig) {
    CancelRequest request = venue.cancel(session, id, orig);
    request.order_id = order;
    return venue.ask(request);
  };
  const auto status = [&](std::uint32_t session) {
    StatusRequest request = venue.status(session, "?");
    request.order_id = order;
    return venue.ask(request);
  };
  EXPECT_EQ(cancel(alpha, "A2", ""), Lines{"refused A2 unknown_order rejected"});
  EXPECT_EQ(status(alpha), Lines{"status ?/0 rejected not found"});
  venue.put(activation_of(*rule_named("closed_by_order_id"), 2), sequencer_id);
  EXPECT_EQ(cancel(alpha, "A3", ""), Lines{"refused A3 order_already_closed filled"});
  EXPECT_EQ(cancel(alpha, "A4", "A1"), Lines{"refused A4 order_already_closed filled"});
  EXPECT_EQ(cancel(alpha, "A5", "A2"), Lines{"refused A5 not_the_same_order filled"});
  EXPECT_EQ(cancel(beta, "B1", ""), Lines{"refused B1 unknown_order rejected"}) << "another party's";
  ReplaceRequest replace = venue.replace(alpha, "A6", "", Side::buy, 20, cents(1000));
  replace.order_id = order;
  EXPECT_EQ(venue.ask(replace), Lines{"refused A6 order_already_closed filled"});
  EXPECT_EQ(status(alpha), Lines{"status A1/0 filled"});
  EXPECT_EQ(status(beta), Lines{"status ?/0 rejected not found"});
  venue.start_day(20260106);
  venue.admit();
  EXPECT_EQ(cancel(alpha, "A7", ""), Lines{"refused A7 unknown_order rejected"}) << "of another day";
}

TEST_F(Orders, StatusTellsOfOpenAndClosedOrders) {
  buy(alpha, "A1", 10, cents(1000));
  EXPECT_EQ(venue.ask(venue.status(alpha, "A1")), Lines{"status A1/10 new"});
  sell(desk_1, "D1", 4, cents(1000));
  EXPECT_EQ(venue.ask(venue.status(alpha_too, "A1")), Lines{"status A1/6 partially_filled"});
  sell(desk_1, "D2", 6, cents(1000));
  EXPECT_EQ(venue.ask(venue.status(alpha, "A1")), Lines{"status A1/0 filled"});
  EXPECT_EQ(venue.ask(venue.status(beta, "A1")), Lines{"status A1/0 rejected not found"});
}

TEST_F(Orders, AClOrdIdIsUsedOnceInADayWhateverCarriedIt) {
  buy(alpha, "A1", 10, cents(1000));
  EXPECT_EQ(buy(alpha_too, "A1", 10, cents(1000)), Lines{"rejected A1 duplicate_cl_ord_id"});
  EXPECT_EQ(buy(beta, "A1", 10, cents(900)), Lines{"accepted A1/10"});
  EXPECT_EQ(venue.ask(venue.cancel(alpha, "A1", "A1")), Lines{"refused A1 duplicate_cl_ord_id new"});
  EXPECT_EQ(buy(alpha, "A2", 0, cents(1000)), Lines{"rejected A2 invalid_quantity"});
  EXPECT_EQ(buy(alpha, "A2", 10, cents(1000)), Lines{"rejected A2 duplicate_cl_ord_id"});
  EXPECT_EQ(venue.ask(venue.cancel(alpha, "A3", "A1")), Lines{"cancelled A3 10 requested"});
  EXPECT_EQ(buy(alpha, "A3", 10, cents(1000)), Lines{"rejected A3 duplicate_cl_ord_id"});
  venue.start_day(20260106);
  venue.admit();
  EXPECT_EQ(buy(alpha, "A1", 10, cents(1000)), Lines{"accepted A1/10"});
}

TEST_F(Orders, ADayEndsItsOrders) {
  buy(alpha, "A1", 10, cents(1000));
  sell(desk_1, "D1", 10, cents(1001));
  venue.start_day(20260106);
  EXPECT_EQ(venue.admit(), (Lines{"cancelled A1 10 trading_day_over", "cancelled D1 10 trading_day_over"}));
  venue.start_day(20260106);
  EXPECT_EQ(venue.admit(), Lines{});
}

TEST_F(Orders, ADisconnectedSessionsOrdersEndAfterTheGrace) {
  buy(alpha, "A1", 10, cents(1000));
  buy(alpha_too, "A2", 10, cents(1000));
  buy(alpha, "A3", 10, cents(999));
  venue.down(alpha);
  venue.down(alpha_too);
  EXPECT_EQ(venue.admit(), Lines{});
  venue.pass(1'000'000'000);
  EXPECT_EQ(venue.admit(), (Lines{"cancelled A1 10 disconnected", "cancelled A3 10 disconnected"}));
  EXPECT_EQ(book(Side::buy), Lines{"A2 10 @ 10"});
}

TEST_F(Orders, ASessionThatComesBackInTimeKeepsItsOrders) {
  buy(alpha, "A1", 10, cents(1000));
  venue.down(alpha);
  venue.pass(900'000'000);
  venue.take(alpha);
  venue.pass(5'000'000'000);
  EXPECT_EQ(venue.admit(), Lines{});
  EXPECT_EQ(book(Side::buy), Lines{"A1 10 @ 10"});
}

TEST_F(Orders, WhatASessionDidNotAcceptChangesNothing) {
  NewOrder stale = venue.order(alpha, "A1", Side::buy, 10, cents(1000));
  stale.client.epoch = Epoch::from_raw(1);
  EXPECT_EQ(venue.ask(stale), Lines{});
  EXPECT_EQ(buy(alpha, "A1", 10, cents(1000)), Lines{"accepted A1/10"});
}

// ---- rejects, in precedence order ---------------------------------------------------------------------------------

struct RejectRow {
  RejectReason reason;
  void (*spoil)(NewOrder&);
};

class Rejects : public Orders {
 protected:
  static ScriptSettings limits() {
    ScriptSettings settings;
    settings.instrument("XYZ", false, 500, cents(1000), cents(5), Qty(10));
    settings.instrument("NOREF", false, 500, Price{}, cents(5), Qty(10));
    settings.party("ALPHA", PartyKind::client, Qty(1000), money(9'000), money(20'000));
    settings.party("DESK", PartyKind::desk);
    settings.session(1, SessionRole::client);
    settings.session(2, SessionRole::desk);
    settings.session(2, SessionRole::drop_copy);
    return settings;
  }
  Rejects() : Orders(limits()) {
    buy(1, "USED", 900, cents(1000));
    buy(1, "MORE", 900, cents(1000));
  }
};

// Each row spoils the order once more than the rows below it, so that it has every later fault, too.
TEST_F(Rejects, TheFirstReasonInPrecedenceOrderIsGiven) {
  const std::vector<RejectRow> rows = {
      {RejectReason::gross_notional_limit, [](NewOrder& order) { order.order_qty = Qty(300); }},
      {RejectReason::order_notional_limit, [](NewOrder& order) { order.order_qty = Qty(1000); }},
      {RejectReason::order_quantity_limit, [](NewOrder& order) { order.order_qty = Qty(1010); }},
      {RejectReason::no_reference_price, [](NewOrder& order) { order.instrument = InstrumentId(2); }},
      {RejectReason::price_outside_collar,
       [](NewOrder& order) {
         order.instrument = InstrumentId(1);
         order.price = cents(1055);
       }},
      {RejectReason::price_not_multiple_of_tick, [](NewOrder& order) { order.price = cents(1056); }},
      {RejectReason::invalid_price, [](NewOrder& order) { order.price = Price(-1); }},
      {RejectReason::quantity_not_multiple_of_lot, [](NewOrder& order) { order.order_qty = Qty(1011); }},
      {RejectReason::invalid_quantity, [](NewOrder& order) { order.order_qty = Qty(0); }},
      {RejectReason::invalid_side, [](NewOrder& order) { order.side = '5'; }},
      {RejectReason::unsupported_time_in_force, [](NewOrder& order) { order.time_in_force = '1'; }},
      {RejectReason::unsupported_ord_type, [](NewOrder& order) { order.ord_type = '3'; }},
      {RejectReason::duplicate_cl_ord_id, [](NewOrder& order) { order.cl_ord_id = FixedString<32>("USED"); }},
      {RejectReason::unknown_instrument, [](NewOrder& order) { order.instrument = InstrumentId(0); }},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    NewOrder order = venue.order(1, "N" + std::to_string(i), Side::buy, 100, cents(1000));
    for (std::size_t k = 0; k <= i; ++k) {
      rows[k].spoil(order);
    }
    EXPECT_EQ(venue.ask(order),
              Lines{"rejected " + order.cl_ord_id.str() + " " + std::string(name_of(rows[i].reason))});
  }
  NewOrder by_copy = venue.order(3, "USED", Side::buy, 0, Price(-1), 0);
  EXPECT_EQ(venue.ask(by_copy), Lines{"rejected USED session_may_not_trade"});
  EXPECT_EQ(buy(1, "GOOD", 100, cents(1000)), Lines{"accepted GOOD/100"});
}

TEST_F(Rejects, AMarketOrderHasNoPriceAndNeedsAnOppositeOne) {
  NewOrder priced = venue.order(1, "M1", Side::buy, 10, cents(1000));
  priced.ord_type = static_cast<std::uint8_t>(OrdType::market);
  EXPECT_EQ(venue.ask(priced), Lines{"rejected M1 invalid_price"});
  venue.quote(1, cents(1000), Price{});
  EXPECT_EQ(buy(1, "M2", 10, Price{}), Lines{"rejected M2 no_reference_price"});
  EXPECT_EQ(sell(1, "M3", 10, Price{}), (Lines{"accepted M3/10", "cancelled M3 10 market_rest"}));
}

TEST_F(Rejects, RequestsAboutOrdersAreJudgedInTheSameOrder) {
  const auto asked = [&](ReplaceRequest request) { return venue.ask(request); };
  EXPECT_EQ(asked(venue.replace(1, "R1", "USED", Side::sell, 100, cents(1000))),
            Lines{"refused R1 not_the_same_order new"});
  EXPECT_EQ(asked(venue.replace(1, "R2", "NEVER", Side::buy, 100, cents(1000))),
            Lines{"refused R2 unknown_order rejected"});
  EXPECT_EQ(asked(venue.replace(1, "R3", "USED", Side::buy, 1010, cents(1000))),
            Lines{"refused R3 order_quantity_limit new"});
  EXPECT_EQ(asked(venue.replace(1, "R4", "USED", Side::buy, 900, cents(1001))),
            Lines{"refused R4 price_not_multiple_of_tick new"});
  ReplaceRequest market = venue.replace(1, "R5", "USED", Side::buy, 900, Price{});
  market.ord_type = static_cast<std::uint8_t>(OrdType::market);
  EXPECT_EQ(asked(market), Lines{"refused R5 unsupported_ord_type new"});
  CancelRequest unknown_symbol = venue.cancel(1, "C1", "USED");
  unknown_symbol.symbol = FixedString<16>("NONE");
  EXPECT_EQ(venue.ask(unknown_symbol), Lines{"refused C1 unknown_instrument new"});
  CancelRequest other_symbol = venue.cancel(1, "C2", "USED");
  other_symbol.instrument = InstrumentId(2);
  EXPECT_EQ(venue.ask(other_symbol), Lines{"refused C2 not_the_same_order new"});
  EXPECT_EQ(venue.ask(venue.cancel(3, "C3", "USED")), Lines{"refused C3 session_may_not_trade rejected"});
}

}  // namespace
}  // namespace cantus::test
