#include "credit/order_check.h"

namespace cantus {
namespace {

template <class Message>
RejectReason check_who_and_what(const ReferenceData& refdata, const Message& message, OrderTerms& terms) {
  terms.party = trading_party(refdata, message.client.session);
  if (terms.party == nullptr) {
    return RejectReason::session_may_not_trade;
  }
  terms.instrument = refdata.instrument(message.instrument);
  return terms.instrument == nullptr ? RejectReason::unknown_instrument : RejectReason::none;
}

RejectReason check_side_and_quantity(std::uint8_t side, Qty order_qty, OrderTerms& terms) {
  const auto known = enum_from<Side>(side);
  if (!known) {
    return RejectReason::invalid_side;
  }
  terms.side = *known;
  terms.order_qty = order_qty;
  if (order_qty <= Qty{}) {
    return RejectReason::invalid_quantity;
  }
  return order_qty.get() % terms.instrument->lot.get() == 0 ? RejectReason::none
                                                            : RejectReason::quantity_not_multiple_of_lot;
}

RejectReason check_limit_price(const MarketData& market, Price price, OrderTerms& terms) {
  if (price <= Price{}) {
    return RejectReason::invalid_price;
  }
  if (price.get() % terms.instrument->tick.get() != 0) {
    return RejectReason::price_not_multiple_of_tick;
  }
  if (terms.instrument->collar_bps != 0) {
    const auto collar = market.collar(*terms.instrument);
    if (!collar) {
      return RejectReason::no_reference_price;
    }
    if (!collar->contains(price)) {
      return RejectReason::price_outside_collar;
    }
  }
  return RejectReason::none;
}

// A market order carries no price: one that does was meant as something else.
RejectReason check_price(const MarketData& market, Price price, OrderTerms& terms) {
  if (terms.ord_type == OrdType::market) {
    if (!price.is_zero()) {
      return RejectReason::invalid_price;
    }
  } else if (const RejectReason reason = check_limit_price(market, price, terms); reason != RejectReason::none) {
    return reason;
  }
  terms.limit = price;
  terms.worst_price = market.worst_price(*terms.instrument, terms.side, terms.ord_type, price);
  terms.matching_limit = market.matching_limit(*terms.instrument, terms.side, terms.ord_type, price);
  return terms.worst_price.is_zero() ? RejectReason::no_reference_price : RejectReason::none;
}

RejectReason check_new(const ReferenceData& refdata, const MarketData& market, const NewOrder& order,
                       OrderTerms& terms) {
  if (const RejectReason reason = check_who_and_what(refdata, order, terms); reason != RejectReason::none) {
    return reason;
  }
  const auto ord_type = enum_from<OrdType>(order.ord_type);
  if (!ord_type) {
    return RejectReason::unsupported_ord_type;
  }
  const auto time_in_force = enum_from<TimeInForce>(order.time_in_force);
  if (!time_in_force) {
    return RejectReason::unsupported_time_in_force;
  }
  terms.ord_type = *ord_type;
  terms.time_in_force = *time_in_force;
  if (const RejectReason reason = check_side_and_quantity(order.side, order.order_qty, terms);
      reason != RejectReason::none) {
    return reason;
  }
  return check_price(market, order.price, terms);
}

RejectReason check_changed(const ReferenceData& refdata, const MarketData& market, const ReplaceRequest& request,
                           OrderTerms& terms) {
  if (const RejectReason reason = check_who_and_what(refdata, request, terms); reason != RejectReason::none) {
    return reason;
  }
  if (request.ord_type != static_cast<std::uint8_t>(OrdType::limit)) {
    return RejectReason::unsupported_ord_type;
  }
  if (request.time_in_force != 0 && request.time_in_force != static_cast<std::uint8_t>(TimeInForce::day)) {
    return RejectReason::unsupported_time_in_force;
  }
  if (const RejectReason reason = check_side_and_quantity(request.side, request.order_qty, terms);
      reason != RejectReason::none) {
    return reason;
  }
  return check_price(market, request.price, terms);
}

}  // namespace

const PartyDefined* trading_party(const ReferenceData& refdata, SessionId session) {
  const SessionDefined* known = refdata.complete() ? refdata.session(session) : nullptr;
  if (known == nullptr || (known->role != SessionRole::client && known->role != SessionRole::desk)) {
    return nullptr;
  }
  return refdata.party(known->party);
}

Judgement check_order(const ReferenceData& refdata, const MarketData& market, const NewOrder& order) {
  Judgement judgement;
  judgement.reason = check_new(refdata, market, order, judgement.terms);
  return judgement;
}

Judgement check_replace(const ReferenceData& refdata, const MarketData& market, const ReplaceRequest& request) {
  Judgement judgement;
  judgement.reason = check_changed(refdata, market, request, judgement.terms);
  return judgement;
}

}  // namespace cantus
