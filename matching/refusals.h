// What a refusal says of the request that it refuses: the request's own words.
#pragma once

#include "messages/record.h"

namespace cantus {

[[nodiscard]] inline OrderRejected rejection_of(const Event& event, const NewOrder& order, PartyId party,
                                                RejectReason reason) {
  OrderRejected rejected;
  rejected.order_id = event.position();
  rejected.side = order.side;
  rejected.ord_type = order.ord_type;
  rejected.time_in_force = order.time_in_force;
  rejected.reason = reason;
  rejected.session = order.client.session;
  rejected.party = party;
  rejected.instrument = order.instrument;
  rejected.price = order.price;
  rejected.order_qty = order.order_qty;
  rejected.cl_ord_id = order.cl_ord_id;
  rejected.account = order.account;
  rejected.symbol = order.symbol;
  return rejected;
}

// Of a CancelRequest or ReplaceRequest whose order is not known, or not looked for.
template <class Request>
[[nodiscard]] CancelRejected rejection_of(const Event& event, const Request& request, PartyId party, RequestKind kind,
                                          RejectReason reason) {
  CancelRejected rejected;
  rejected.cause = event.header->seq;
  rejected.session = request.client.session;
  rejected.party = party;
  rejected.cl_ord_id = request.cl_ord_id;
  rejected.orig_cl_ord_id = request.orig_cl_ord_id;
  rejected.response_to = kind;
  rejected.ord_status = OrdStatus::rejected;
  rejected.reason = reason;
  return rejected;
}

// Likewise.
[[nodiscard]] inline OrderStatus unknown_status(const Event& event, const StatusRequest& request, PartyId party) {
  OrderStatus status;
  status.cause = event.header->seq;
  status.ord_status_req_id = request.ord_status_req_id;
  status.symbol = request.symbol;
  status.order.session = request.client.session;
  status.order.party = party;
  status.order.cl_ord_id = request.cl_ord_id;
  status.order.side = enum_from<Side>(request.side).value_or(Side::buy);
  status.order.ord_type = OrdType::limit;
  status.order.time_in_force = TimeInForce::day;
  status.order.ord_status = OrdStatus::rejected;
  return status;
}

}  // namespace cantus
