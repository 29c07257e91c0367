// What matching does with each request, and how orders meet.

#include <algorithm>

#include "base/mutant.h"
#include "matching/matching_application.h"
#include "matching/refusals.h"

namespace cantus {
namespace {

// The one that precedes: reasons are numbered in order of precedence.
RejectReason first_of(RejectReason a, RejectReason b) {
  if (a == RejectReason::none || b == RejectReason::none) {
    return a == RejectReason::none ? b : a;
  }
  return std::min(a, b);
}

RejectReason when(bool applies, RejectReason reason) { return applies ? reason : RejectReason::none; }

OrderView view_of(const Event& event, const NewOrder& order, const OrderTerms& terms) {
  OrderView view;
  view.order_id = event.position();
  view.price = terms.limit;
  view.worst_price = terms.worst_price;
  view.order_qty = terms.order_qty;
  view.leaves_qty = terms.order_qty;
  view.session = order.client.session;
  view.party = terms.party->party;
  view.instrument = terms.instrument->instrument;
  view.side = terms.side;
  view.ord_type = terms.ord_type;
  view.time_in_force = terms.time_in_force;
  view.ord_status = OrdStatus::new_;
  view.cl_ord_id = order.cl_ord_id;
  view.account = order.account;
  return view;
}

void fill(OrderView& view, Price price, Qty qty) {
  CANTUS_ASSERT(price <= view.worst_price, "an order is never filled at a higher notional than reserved");
  view.cum_qty = Qty(view.cum_qty.get() + qty.get());
  view.leaves_qty = Qty(view.leaves_qty.get() - qty.get());
  view.cum_notional = view.cum_notional + notional_of(price, qty);
  view.ord_status = view.leaves_qty.is_zero() ? OrdStatus::filled : OrdStatus::partially_filled;
}

bool rests(const OrderTerms& terms) {
  return terms.ord_type == OrdType::limit && terms.time_in_force == TimeInForce::day;
}

CancelReason end_of_unrested(const OrderView& view) {
  return view.time_in_force == TimeInForce::immediate_or_cancel ? CancelReason::immediate_or_cancel
                                                                : CancelReason::market_rest;
}

}  // namespace

// ---- requests -----------------------------------------------------------------------------------------------------

// An order leads to its acceptance, trades and its end. Each trade but the last closes a resting order and so frees the
// slot that was kept for it: two slots are enough, whatever it meets.
bool MatchingApplication::may_grow() const { return spare_slots() >= venue_->room.refusals_kept + 2; }

bool MatchingApplication::may_answer() {
  if (spare_slots() > 0) {
    return true;
  }
  ++unanswered_;
  return false;
}

bool MatchingApplication::may_take_id(PartyId party) {
  ClOrdIds& ids = venue_->ids;
  if (refdata_.rules().set_of(Rule::cl_ord_id_share) < 2) {
    return !ids.full();
  }
  ids.share_among(refdata_.parties().size());
  return ids.has_share(party);
}

PartyId MatchingApplication::party_of(SessionId session) const {
  const PartyDefined* party = trading_party(refdata_, session);
  return party == nullptr ? PartyId{} : party->party;
}

void MatchingApplication::on(const Event& event, const NewOrder& order) {
  if (!may_answer()) {
    return;
  }
  const OrderTerms& terms = credit_.judgement().terms;
  const PartyId party = party_of(order.client.session);
  ClOrdIds& ids = venue_->ids;
  RejectReason reason = credit_.judgement().reason;
  if (!CANTUS_MUTANT(duplicate_order_taken)) {
    reason = first_of(reason, when(ids.contains(party, order.cl_ord_id), RejectReason::duplicate_cl_ord_id));
  }
  const bool no_room = !may_grow() || !may_take_id(party) || (rests(terms) && venue_->book.full());
  reason = first_of(reason, when(no_room, RejectReason::venue_capacity));
  if (reason != RejectReason::none) {
    refuse(event, order, party, reason);
    return;
  }
  Order incoming;
  incoming.view = view_of(event, order, terms);
  incoming.kind = terms.party->kind;
  incoming.priority = event.header->seq;
  incoming.id_root = ids.add_order(party, order.cl_ord_id, event.position());
  const Seq cause = event.header->seq;
  if (!CANTUS_MUTANT(accepted_after_trades)) {
    wishes_.push(OrderAccepted{cause, incoming.view});
  }
  if (terms.time_in_force == TimeInForce::fill_or_kill && !fillable(incoming, terms.matching_limit)) {
    end(incoming.view, incoming.id_root, CancelReason::fill_or_kill, cause);
    return;
  }
  match(incoming, terms.matching_limit, cause);
  if (CANTUS_MUTANT(accepted_after_trades)) {
    wishes_.push(OrderAccepted{cause, view_of(event, order, terms)});
  }
  if (incoming.view.leaves_qty.is_zero()) {
    ids.close(incoming.id_root, incoming.view);
  } else if (rests(terms)) {
    venue_->book.add(incoming);
  } else {
    end(incoming.view, incoming.id_root, end_of_unrested(incoming.view), cause);
  }
}

void MatchingApplication::refuse(const Event& event, const NewOrder& order, PartyId party, RejectReason reason) {
  ClOrdIds& ids = venue_->ids;
  if (!party.is_zero() && may_take_id(party) && !ids.contains(party, order.cl_ord_id)) {
    ids.add_refused(party, order.cl_ord_id);
  }
  wishes_.push(rejection_of(event, order, party, reason));
}

template <class Request>
void MatchingApplication::refuse(const Event& event, const Request& request, PartyId party, RequestKind kind,
                                 RejectReason reason, const Named& named) {
  if (!may_answer()) {
    return;
  }
  ClOrdIds& ids = venue_->ids;
  if (!party.is_zero() && may_take_id(party) && !ids.contains(party, request.cl_ord_id)) {
    ids.add_refused(party, request.cl_ord_id);
  }
  CancelRejected rejected = rejection_of(event, request, party, kind, reason);
  if (named.view != nullptr) {
    rejected.order_id = named.view->order_id;
    rejected.ord_status = named.view->ord_status;
  }
  wishes_.push(rejected);
}

// An OrderID counts before a ClOrdID; where both are given they must mean the same. A ClOrdID means an open order only
// while it is the one in force. Orders are a party's own.
MatchingApplication::Named MatchingApplication::find_order(const NameOfOrder& name) const {
  Named named;
  const bool by_id = !name.order_id.is_zero();
  const OrderId order_id = by_id ? name.order_id : venue_->ids.order_of(name.party, name.cl_ord_id);
  named.open = order_id.is_zero() ? no_index : venue_->book.find(order_id);
  if (named.open != no_index) {
    named.view = &venue_->book[named.open].view;
    if (named.view->party != name.party) {
      return {RejectReason::unknown_order, nullptr, no_index};
    }
    if (named.view->cl_ord_id != name.cl_ord_id && !(by_id && name.cl_ord_id.empty())) {
      named.reason = by_id ? RejectReason::not_the_same_order : RejectReason::unknown_order;
    }
    return named;
  }
  if (by_id && refdata_.rules().set_of(Rule::closed_by_order_id) >= 2) {
    named.view = venue_->ids.closed(name.party, order_id);
    const bool same = name.cl_ord_id.empty() || venue_->ids.order_of(name.party, name.cl_ord_id) == order_id;
    named.reason = named.view == nullptr ? RejectReason::unknown_order
                   : same                ? RejectReason::order_already_closed
                                         : RejectReason::not_the_same_order;
    return named;
  }
  named.view = venue_->ids.closed(name.party, name.cl_ord_id);
  const bool is_it = named.view != nullptr && (!by_id || named.view->order_id == name.order_id);
  named.reason = is_it ? RejectReason::order_already_closed : RejectReason::unknown_order;
  named.view = is_it ? named.view : nullptr;
  return named;
}

// The further rules for a cancel or replace of the order that was named.
template <class Request>
RejectReason fits_order(const Request& request, const OrderView& view) {
  if (view.session != request.client.session) {
    return RejectReason::unknown_order;
  }
  const bool same = (request.side == 0 || request.side == static_cast<std::uint8_t>(view.side)) &&
                    (request.instrument.is_zero() || request.instrument == view.instrument);
  return when(!same, RejectReason::not_the_same_order);
}

void MatchingApplication::on(const Event& event, const CancelRequest& request) {
  const PartyId party = party_of(request.client.session);
  ClOrdIds& ids = venue_->ids;
  const Named named = find_order({party, request.order_id, request.orig_cl_ord_id});
  RejectReason reason = named.reason;
  if (named.view != nullptr) {
    reason = first_of(reason, fits_order(request, *named.view));
  }
  const bool bad_symbol =
      request.instrument.is_zero() ? !request.symbol.empty() : refdata_.instrument(request.instrument) == nullptr;
  reason = first_of(reason, when(party.is_zero(), RejectReason::session_may_not_trade));
  reason = first_of(reason, when(bad_symbol, RejectReason::unknown_instrument));
  reason = first_of(reason, when(ids.contains(party, request.cl_ord_id), RejectReason::duplicate_cl_ord_id));
  if (reason != RejectReason::none) {
    refuse(event, request, party, RequestKind::cancel, reason, named);
    return;
  }
  // A cancel is never refused for want of room.
  const Order order = venue_->book[named.open];
  if (may_take_id(party)) {
    ids.add_request(party, request.cl_ord_id, order.id_root);
  }
  venue_->book.remove(named.open);
  OrderCancelled cancelled{event.header->seq, order.view.leaves_qty, CancelReason::requested, {}, order.view};
  cancelled.order.leaves_qty = Qty{};
  cancelled.order.ord_status = OrdStatus::canceled;
  ids.close(order.id_root, cancelled.order);
  cancelled.order.orig_cl_ord_id = order.view.cl_ord_id;
  cancelled.order.cl_ord_id = request.cl_ord_id;
  wishes_.push(cancelled);
}

void MatchingApplication::on(const Event& event, const ReplaceRequest& request) {
  const PartyId party = party_of(request.client.session);
  ClOrdIds& ids = venue_->ids;
  const Named named = find_order({party, request.order_id, request.orig_cl_ord_id});
  RejectReason reason = first_of(credit_.judgement().reason, named.reason);
  if (named.view != nullptr) {
    reason = first_of(reason, fits_order(request, *named.view));
    reason = first_of(reason, when(request.order_qty <= named.view->cum_qty, RejectReason::invalid_quantity));
  }
  reason = first_of(reason, when(ids.contains(party, request.cl_ord_id), RejectReason::duplicate_cl_ord_id));
  reason = first_of(reason, when(!may_grow() || !may_take_id(party), RejectReason::venue_capacity));
  if (reason != RejectReason::none) {
    refuse(event, request, party, RequestKind::replace, reason, named);
    return;
  }
  ids.add_request(party, request.cl_ord_id, venue_->book[named.open].id_root);
  replace(event, request, named.open);
}

// A smaller quantity at the same price keeps the order's place; anything else is as if it came in anew.
void MatchingApplication::replace(const Event& event, const ReplaceRequest& request, PoolIndex index) {
  const OrderTerms& terms = credit_.judgement().terms;
  OrderBook& book = venue_->book;
  Order& order = book[index];
  const bool keeps_place = terms.limit == order.view.price &&
                           (terms.order_qty <= order.view.order_qty || CANTUS_MUTANT(replace_keeps_place));
  const FixedString<32> previous_id = order.view.cl_ord_id;
  if (!keeps_place) {
    book.leave_queue(index);
    order.priority = event.header->seq;
  }
  order.view.price = terms.limit;
  order.view.worst_price = terms.worst_price;
  order.view.order_qty = terms.order_qty;
  order.view.leaves_qty = Qty(terms.order_qty.get() - order.view.cum_qty.get());
  order.view.cl_ord_id = request.cl_ord_id;
  if (!request.account.empty()) {
    order.view.account = request.account;
  }
  OrderReplaced replaced{event.header->seq, order.view};
  replaced.order.orig_cl_ord_id = previous_id;
  wishes_.push(replaced);
  if (keeps_place) {
    return;
  }
  match(order, terms.matching_limit, event.header->seq);
  if (order.view.leaves_qty.is_zero()) {
    venue_->ids.close(order.id_root, order.view);
    book.remove(index);
  } else {
    book.join_queue(index);
  }
}

void MatchingApplication::on(const Event& event, const StatusRequest& request) {
  if (!may_answer()) {
    return;
  }
  const PartyId party = party_of(request.client.session);
  const Named named = find_order({party, request.order_id, request.cl_ord_id});
  OrderStatus status = unknown_status(event, request, party);
  if (named.view != nullptr) {
    status.found = 1;
    status.order = *named.view;
    status.order.session = request.client.session;
  }
  wishes_.push(status);
}

// ---- matching -----------------------------------------------------------------------------------------------------

bool MatchingApplication::fillable(const Order& incoming, Price limit) const {
  const bool clients_may_meet = refdata_.instrument(incoming.view.instrument)->clients_may_meet != 0;
  OrderBook::Walk walk = venue_->book.walk(incoming, clients_may_meet, limit);
  std::int64_t missing = incoming.view.leaves_qty.get();
  for (PoolIndex at = walk.next(); at != no_index && missing > 0; at = walk.next()) {
    missing -= std::min(missing, venue_->book[at].view.leaves_qty.get());
  }
  return missing == 0;
}

void MatchingApplication::match(Order& incoming, Price limit, Seq cause) {
  const bool clients_may_meet = refdata_.instrument(incoming.view.instrument)->clients_may_meet != 0;
  OrderBook::Walk walk = venue_->book.walk(incoming, clients_may_meet, limit);
  while (!incoming.view.leaves_qty.is_zero()) {
    const PoolIndex resting = walk.next();
    if (resting == no_index) {
      return;
    }
    trade(incoming, resting, cause);
  }
}

// At the resting order's price; but a sell is not executed above its worst price, which a bid from before the market
// moved may be.
void MatchingApplication::trade(Order& incoming, PoolIndex index, Seq cause) {
  Order& resting = venue_->book[index];
  const bool newcomers = CANTUS_MUTANT(trade_at_newcomers_price) && !incoming.view.price.is_zero();
  const Price price = std::min(newcomers ? incoming.view.price : resting.view.price, incoming.view.worst_price);
  const Qty qty = std::min(incoming.view.leaves_qty, resting.view.leaves_qty);
  fill(incoming.view, price, qty);
  fill(resting.view, price, qty);
  const bool incoming_first =
      incoming.kind == resting.kind ? incoming.view.side == Side::buy : incoming.kind == PartyKind::client;
  Trade trade;
  trade.cause = cause;
  trade.price = price;
  trade.qty = qty;
  trade.instrument = incoming.view.instrument;
  trade.aggressor_is_first = incoming_first ? 1 : 0;
  trade.first = incoming_first ? incoming.view : resting.view;
  trade.second = incoming_first ? resting.view : incoming.view;
  if (resting.view.leaves_qty.is_zero()) {
    venue_->ids.close(resting.id_root, resting.view);
    venue_->book.remove(index);
  }
  wishes_.push(trade);
}

// An order that is not (or no more) in the book is over.
void MatchingApplication::end(OrderView ended, PoolIndex id_root, CancelReason reason, Seq cause) {
  const Qty open = ended.leaves_qty;
  ended.leaves_qty = Qty{};
  ended.ord_status = OrdStatus::canceled;
  venue_->ids.close(id_root, ended);
  wishes_.push(OrderCancelled{cause, open, reason, {}, ended});
}

void MatchingApplication::end_resting(PoolIndex index, CancelReason reason, Seq cause) {
  const Order order = venue_->book[index];
  venue_->book.remove(index);
  end(order.view, order.id_root, reason, cause);
}

void MatchingApplication::end_all_of(SessionId session, CancelReason reason, Seq cause) {
  for (PoolIndex at = venue_->book.first_of(session); at != no_index; at = venue_->book.first_of(session)) {
    end_resting(CANTUS_MUTANT(iterated_by_place) ? std::min(at, venue_->book.next_of_session(at)) : at, reason, cause);
  }
}

// An order is of the party of its session.
void MatchingApplication::end_all_of(const TradingBlocked& blocked, Seq cause) {
  for (const SessionDefined& session : refdata_.sessions()) {
    if (session.session == blocked.session || (!blocked.party.is_zero() && session.party == blocked.party)) {
      end_all_of(session.session, CancelReason::trading_blocked, cause);
    }
  }
}

}  // namespace cantus
