// What matching says when outcomes of its own are void that may have left the venue (docs/architecture.md, section 8).
// The machine never applies them: it says the right ones when the suspension is resolved. Before those it takes back
// the trades that were told, the last one first, so that each answer leaves the order as its owner knew it before that
// trade. Behind them it says how orders stand of which a wrong end or change was told.

#include <algorithm>

#include "matching/matching_application.h"
#include "messages/validate.h"

namespace cantus {
namespace {

// The order as it was told before this fill. What was told is wrong in nobody knows which way: nothing is taken below
// 0.
OrderView unfilled(OrderView view, Price price, Qty qty) {
  const Notional told = notional_of(price, qty);
  view.cum_qty = Qty(std::max<std::int64_t>(view.cum_qty.get() - qty.get(), 0));
  view.leaves_qty = Qty(std::max<std::int64_t>(view.order_qty.get() - view.cum_qty.get(), 0));
  view.cum_notional = view.cum_notional < told ? Notional{} : view.cum_notional - told;
  view.ord_status = view.cum_qty.is_zero() ? OrdStatus::new_ : OrdStatus::partially_filled;
  return view;
}

}  // namespace

void MatchingApplication::apply_void(const Event& record, bool may_have_left) {
  Application::apply_void(record, may_have_left);
  if (!may_have_left || !venue_ || !is_well_formed(record.header->type, record.header->version, record.bytes())) {
    return;
  }
  const bool room = venue_->told_trades.size() + venue_->told_of_orders.size() < venue_->room.refusals_kept;
  const auto told = [&](OrderId order) {
    if (room) {
      venue_->told_of_orders.push_back({record.header->seq, order});
    }
    unanswered_ += room ? 0 : 1;
  };
  if (record.is<Trade>()) {
    const auto& trade = record.as<Trade>();
    if (room) {
      venue_->told_trades.push_back({record.position(),
                                     trade.price,
                                     trade.qty,
                                     trade.instrument,
                                     {},
                                     unfilled(trade.first, trade.price, trade.qty),
                                     unfilled(trade.second, trade.price, trade.qty)});
    }
    unanswered_ += room ? 0 : 1;
  } else if (record.is<OrderCancelled>()) {
    told(record.as<OrderCancelled>().order.order_id);
  } else if (record.is<OrderReplaced>()) {
    told(record.as<OrderReplaced>().order.order_id);
  }
}

// At the Resolved. Void are outcomes of the publisher that it names, and these are outcomes: of nobody else.
void MatchingApplication::answer_void() {
  for (const TradeVoided& trade : venue_->told_trades) {
    if (may_answer()) {
      wishes_.push_first(trade);
    }
  }
  for (const ToldOfOrder& told : venue_->told_of_orders) {
    const OrderView* const open = open_order(told.order);
    if (open != nullptr && may_answer()) {
      wishes_.push(OrderRestated{told.voided, *open});
    }
  }
  venue_->told_trades.clear();
  venue_->told_of_orders.clear();
}

}  // namespace cantus
