#include "fix/reasons.h"

#include <array>

namespace cantus::fix {

namespace {

// OrdRejReason (103): 0 broker's option, 1 unknown symbol, 2 exchange closed, 3 exceeds limit, 5 unknown order, 6
// duplicate order, 11 unsupported order characteristic, 13 incorrect quantity, 99 other. CxlRejReason (102): 0 too
// late, 1 unknown order, 2 broker's option, 6 duplicate ClOrdID, 99 other. Stock engines check these against FIX 4.4's
// own lists.
constexpr std::array reasons{
    ReasonText{RejectReason::none, 99, 99, "refused"},
    ReasonText{RejectReason::session_may_not_trade, 0, 2, "this session may not trade"},
    ReasonText{RejectReason::unknown_instrument, 1, 99, "unknown symbol"},
    ReasonText{RejectReason::duplicate_cl_ord_id, 6, 6, "duplicate ClOrdID"},
    ReasonText{RejectReason::unsupported_ord_type, 11, 99, "unsupported OrdType"},
    ReasonText{RejectReason::unsupported_time_in_force, 11, 99, "unsupported TimeInForce"},
    ReasonText{RejectReason::invalid_side, 11, 99, "unsupported Side"},
    ReasonText{RejectReason::invalid_quantity, 13, 99, "OrderQty must be above zero"},
    ReasonText{RejectReason::quantity_not_multiple_of_lot, 13, 99, "OrderQty is no multiple of the lot"},
    ReasonText{RejectReason::invalid_price, 99, 99, "Price must be above zero for a limit order and absent for others"},
    ReasonText{RejectReason::price_not_multiple_of_tick, 99, 99, "Price is no multiple of the tick"},
    ReasonText{RejectReason::price_outside_collar, 99, 99, "Price is outside the collar"},
    ReasonText{RejectReason::no_reference_price, 99, 99, "no price to judge a market order by"},
    ReasonText{RejectReason::order_quantity_limit, 3, 99, "OrderQty is above the limit for an order"},
    ReasonText{RejectReason::order_notional_limit, 3, 99, "notional is above the limit for an order"},
    ReasonText{RejectReason::gross_notional_limit, 3, 99, "credit limit exceeded"},
    ReasonText{RejectReason::venue_capacity, 0, 2, "the venue has no room for more orders"},
    ReasonText{RejectReason::unknown_order, 5, 1, "unknown order"},
    ReasonText{RejectReason::order_already_closed, 5, 0, "the order is closed"},
    ReasonText{RejectReason::not_the_same_order, 5, 99, "the request contradicts the order it names"},
    ReasonText{RejectReason::quarantined, 0, 2, "refused by the venue's operators"},
    ReasonText{RejectReason::trading_blocked, 0, 2, "the venue has blocked your trading"},
    ReasonText{RejectReason::instrument_halted, 2, 2, "trading in this symbol is halted"},
};

constexpr bool in_order_of_the_enumeration() {
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (static_cast<std::size_t>(reasons[i].reason) != i) {
      return false;
    }
  }
  return true;
}
static_assert(in_order_of_the_enumeration(), "a reason is found by its number");

}  // namespace

const ReasonText& text_of(RejectReason reason) {
  const auto at = static_cast<std::size_t>(reason);
  return at < reasons.size() ? reasons[at] : reasons[0];
}

std::string_view text_of(CancelReason reason) {
  switch (reason) {
    case CancelReason::requested:
      return "";
    case CancelReason::immediate_or_cancel:
      return "rest of an immediate-or-cancel order";
    case CancelReason::fill_or_kill:
      return "the order could not be filled at once";
    case CancelReason::market_rest:
      return "rest of a market order";
    case CancelReason::disconnected:
      return "cancelled because the session was disconnected";
    case CancelReason::by_operator:
      return "cancelled by the venue";
    case CancelReason::trading_day_over:
      return "the trading day is over";
    case CancelReason::trading_blocked:
      return "cancelled because the venue has blocked your trading";
  }
  return "";
}

}  // namespace cantus::fix
