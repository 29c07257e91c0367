// What can be said of an order or replace from reference data and market data alone, without book or credit: is it a
// thing that may trade, and at which worst price. Every rule stands here once, in the order of RejectReason.
#pragma once

#include "marketdata/market_data.h"
#include "refdata/reference_data.h"

namespace cantus {

// An order in the terms of the machines; valid as far as the judgement's reason says.
struct OrderTerms {
  const PartyDefined* party = nullptr;            // null only for session_may_not_trade
  const InstrumentDefined* instrument = nullptr;  // null only up to unknown_instrument
  Side side = Side::buy;
  OrdType ord_type = OrdType::limit;
  TimeInForce time_in_force = TimeInForce::day;
  Price limit;           // zero for a market order
  Price worst_price;     // credit is reserved at it
  Price matching_limit;  // beyond it the order does not trade
  Qty order_qty;
};

struct Judgement {
  RejectReason reason = RejectReason::none;
  OrderTerms terms;
};

// The party that trades on a session, or null: venue not open, unknown session, or one that is not for trading.
[[nodiscard]] const PartyDefined* trading_party(const ReferenceData& refdata, SessionId session);

// The first reason up to no_reference_price that applies, in precedence order, or none. duplicate_cl_ord_id is not
// known here.
[[nodiscard]] Judgement check_order(const ReferenceData& refdata, const MarketData& market, const NewOrder& order);
// The same for what an order would become; only a day limit order can be replaced, as nothing else rests.
[[nodiscard]] Judgement check_replace(const ReferenceData& refdata, const MarketData& market,
                                      const ReplaceRequest& request);

}  // namespace cantus
