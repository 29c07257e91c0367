# What the next build changes: each file that is named here is made anew from the tree's.

# Both versions of the outcome, where the first was read.
macro(read_both file)
  insert(${file} [=[#include "tests/next/order_rejected.inc"
]=])
  replace(${file} [=[event.is<OrderRejected>()]=] [=[is_rejected(event)]=])
  replace(${file} [=[event.as<OrderRejected>()]=] [=[as_rejected(event)]=])
endmacro()

append(messages/table.def [=[
MESSAGE(51, 2, OrderRejected2, outcomes, "an order is refused (150=8), and how much would have been enough")
FIELD(OrderId, order_id, log_seq, 0, 0, "position of the NewOrder; OrderID (37)")
FIELD(std::uint8_t, side, fix_char, 0, 0, "Side (54) as sent")
FIELD(std::uint8_t, ord_type, fix_char, 0, 0, "OrdType (40) as sent")
FIELD(std::uint8_t, time_in_force, fix_char, 0, 0, "TimeInForce (59) as sent")
FIELD(RejectReason, reason, enumeration, 0, 0, "")
FIELD(SessionId, session, id, 1, 4294967295, "")
FIELD(PartyId, party, id, 0, 4294967295, "")
FIELD(InstrumentId, instrument, id, 0, 4294967295, "")
FIELD(Price, price, price, -9223372036854775807, 9223372036854775807, "")
FIELD(Qty, order_qty, units, 0, 9223372036854775807, "")
FIELD(FixedString<32>, cl_ord_id, text, 1, 32, "")
FIELD(FixedString<16>, account, text, 0, 16, "")
FIELD(FixedString<16>, symbol, text, 1, 16, "")
FIELD(Qty, least_qty, units, 0, 9223372036854775807, "OrderQty (38) that the rule wants at least; 0: it is not about that")
END_MESSAGE(OrderRejected2, 112)
]=])

append(messages/rules.def [=[
RULE(63, least_two_lots, credit, 2, "least quantity of an order: 1: a lot; 2: two lots")
]=])

replace(credit/order_check.cpp [=[  return check_price(market, order.price, terms);]=]
[=[  if (refdata.rules().set_of(Rule::least_two_lots) == 2 && order.order_qty.get() < 2 * terms.instrument->lot.get()) {
    return RejectReason::invalid_quantity;
  }
  return check_price(market, order.price, terms);]=])

insert(matching/matching.cpp [=[#include "tests/next/order_rejected.inc"
]=])
replace(matching/matching.cpp [=[  wishes_.push(rejection_of(event, order, party, reason));]=]
[=[  const OrderRejected rejected = rejection_of(event, order, party, reason);
  if (!refdata_.formats().announced<OrderRejected2>()) {
    wishes_.push(rejected);
    return;
  }
  OrderRejected2 second;
  std::memcpy(static_cast<void*>(&second), &rejected, sizeof(rejected));
  const InstrumentDefined* const instrument = refdata_.instrument(order.instrument);
  if (reason == RejectReason::invalid_quantity && instrument != nullptr &&
      refdata_.rules().set_of(Rule::least_two_lots) == 2) {
    second.least_qty = Qty(2 * instrument->lot.get());
  }
  wishes_.push(second);]=])

read_both(credit/credit.cpp)
read_both(sessions/entitlement.cpp)
read_both(gateway/order_entry.cpp)
read_both(regreport/app/audit_projection.cpp)
read_both(cli/venue_view.cpp)
read_both(fix/render.cpp)
# What a client is told depends on what stands on the log, so that every re-creation gives the same bytes.
replace(fix/render.cpp [=[    e = execution_of(as_rejected(event));]=]
[=[    e = execution_of(as_rejected(event));
    if (event.is<OrderRejected2>() && !event.as<OrderRejected2>().least_qty.is_zero()) {
      e.text = "less than two lots";
    }]=])
