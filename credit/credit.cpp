#include "credit/credit.h"

#include <algorithm>
#include <array>

#include "base/mutant.h"

namespace cantus {

Credit::Store::Store(const VenueDefined& defined, VenueId venue)
    : made_of(defined),
      seed(venue),
      reservations(VenueCapacity(defined).reservations_max()),
      requests(VenueCapacity(defined).requests_max()),
      by_order(reservations.capacity()),
      by_cause(requests.capacity()),
      claims(reservations.capacity() + requests.capacity()) {}

Credit::Credit(const ReferenceData& refdata, const MarketData& market)
    : refdata_(refdata), market_(market), accounts_(ReferenceDataBounds::parties_max + 1) {}

void Credit::apply(const Event& event, Effect effect) {
  if (event.is<VenueDefined>() && !store_) {
    store_.emplace(event.as<VenueDefined>(), event.header->venue);
  }
  if (trading_date_ != refdata_.trading_date()) {
    trading_date_ = refdata_.trading_date();
    for (CreditAccount& account : accounts_) {
      account.executed = Notional{};
    }
  }
  if (!store_) {
    return;
  }
  if (!event.handled_by(MachineName::credit)) {
    apply_quarantined(event);
  } else if (event.header->topic == topic::outcomes) {
    on_outcome(event);
  } else if (effect == Effect::took && event.is<NewOrder>()) {
    judge(event, event.as<NewOrder>());
  } else if (effect == Effect::took && event.is<ReplaceRequest>()) {
    judge(event, event.as<ReplaceRequest>());
  }
}

// What stands in the place of all that is below: nothing is reserved and nothing released. What was executed counts, so
// that a party is never held to less than it owes; what was reserved for it stays reserved.
void Credit::apply_quarantined(const Event& event) {
  judgement_ = Judgement{};
  judgement_.reason = RejectReason::quarantined;
  if (event.is<Trade>()) {
    const auto& trade = event.as<Trade>();
    for (const PartyId party : {trade.first.party, trade.second.party}) {
      if (refdata_.party(party) != nullptr) {
        CreditAccount& account = accounts_[party.get()];
        account.executed = account.executed + notional_of(trade.price, trade.qty);
      }
    }
  }
}

// ---- at the order: judge, then reserve ----------------------------------------------------------------------------

void Credit::judge(const Event& event, const NewOrder& order) {
  judgement_ = check_order(refdata_, market_, order);
  const OrderTerms& terms = judgement_.terms;
  if (judgement_.reason == RejectReason::none) {
    judgement_.reason = check_limits(terms);
  }
  if (judgement_.reason != RejectReason::none) {
    return;
  }
  const Notional reserved = notional_of(terms.worst_price, terms.order_qty);
  if (!fits_gross(terms.party->party, reserved)) {
    judgement_.reason = RejectReason::gross_notional_limit;
    return;
  }
  if (store_->reservations.full()) {
    judgement_.reason = RejectReason::venue_capacity;
    return;
  }
  judgement_.reason = check_restrictions(order.client.session, terms);
  if (judgement_.reason != RejectReason::none) {
    return;
  }
  const PoolIndex index = store_->reservations.take();
  Reservation& added = store_->reservations[index] = Reservation{};
  added.order = event.position();
  added.party = terms.party->party;
  added.order_qty = terms.order_qty;
  added.worst_price = terms.worst_price;
  added.reserved = CANTUS_MUTANT(credit_reserved_at_outcome) ? Notional{} : reserved;
  added.key = ClOrdIdKey(store_->seed, added.party, order.cl_ord_id);
  store_->reserved.push_back(store_->reservations, index);
  store_->by_order.insert(added.order, index);
  claim(added.key, added.order);
  hold(added.party, CANTUS_MUTANT(credit_reserved_at_outcome) ? Notional{} : reserved);
}

void Credit::judge(const Event& event, const ReplaceRequest& request) {
  judgement_ = check_replace(refdata_, market_, request);
  const OrderTerms& terms = judgement_.terms;
  if (judgement_.reason == RejectReason::none) {
    judgement_.reason = check_limits(terms);
  }
  if (judgement_.reason != RejectReason::none) {
    return;
  }
  if (store_->requests.full()) {
    judgement_.reason = RejectReason::venue_capacity;
    return;
  }
  add_request(event, request, named_by(request, terms.party->party));
}

RejectReason Credit::check_limits(const OrderTerms& terms) const {
  const PartyLimits limits = refdata_.limits(terms.party->party);
  if (!limits.order_qty_max.is_zero() && terms.order_qty > limits.order_qty_max) {
    return RejectReason::order_quantity_limit;
  }
  const Notional notional = notional_of(terms.worst_price, terms.order_qty);
  const bool above_limit = !limits.order_notional_max.is_zero() && notional > limits.order_notional_max;
  return above_limit || notional > notional_bound ? RejectReason::order_notional_limit : RejectReason::none;
}

RejectReason Credit::check_restrictions(SessionId session, const OrderTerms& terms) const {
  if (!refdata_.may_enter_orders(*refdata_.session(session))) {
    return RejectReason::trading_blocked;
  }
  return refdata_.is_halted(terms.instrument->instrument) ? RejectReason::instrument_halted : RejectReason::none;
}

bool Credit::fits_gross(PartyId party, Notional more) const {
  const Notional limit = refdata_.limits(party).gross_notional_max;
  return more.is_zero() || CANTUS_MUTANT(credit_not_counted) ||
         accounts_[party.get()].gross() + more <= (limit.is_zero() ? notional_bound : limit);
}

// `of`: the order that it names, or no_index; then it is reserved for itself.
void Credit::add_request(const Event& event, const ReplaceRequest& request, PoolIndex of) {
  const OrderTerms& terms = judgement_.terms;
  Request added;
  added.cause = event.header->seq;
  added.party = terms.party->party;
  added.order_qty = terms.order_qty;
  added.worst_price = terms.worst_price;
  added.key = ClOrdIdKey(store_->seed, added.party, request.cl_ord_id);
  Reservation* order = of == no_index ? nullptr : &store_->reservations[of];
  const Notional whole = order == nullptr ? notional_of(terms.worst_price, terms.order_qty) : wanted(*order, &added);
  const Notional more = order == nullptr ? whole : whole - order->reserved;
  if (whole > notional_bound || !fits_gross(added.party, more)) {
    judgement_.reason = RejectReason::gross_notional_limit;
    return;
  }
  judgement_.reason = check_restrictions(request.client.session, terms);
  if (judgement_.reason != RejectReason::none) {
    return;
  }
  const PoolIndex index = store_->requests.take();
  if (order == nullptr) {
    added.reserved = whole;
  } else {
    added.order = order->order;
    order->reserved = whole;
  }
  store_->requests[index] = added;
  if (order != nullptr) {
    order->pending.push_back(store_->requests, index);
    ++order->pending_count;
    order->pending_qty_max = std::max(order->pending_qty_max, added.order_qty);
    order->pending_worst_max = std::max(order->pending_worst_max, added.worst_price);
  }
  store_->requested.push_back(store_->requests, index);
  store_->by_cause.insert(added.cause, index);
  claim(added.key, added.order);
  hold(added.party, more);
}

void Credit::hold(PartyId party, Notional more) {
  CreditAccount& account = accounts_[party.get()];
  account.reserved = account.reserved + more;
  const Notional limit = refdata_.limits(party).gross_notional_max;
  CANTUS_ASSERT(more >= Notional{}, "an order only adds to what is reserved");
  CANTUS_ASSERT(more.is_zero() || account.gross() <= (limit.is_zero() ? notional_bound : limit),
                "no order takes a gross notional above its limit");
}

PoolIndex Credit::reservation_of(OrderId order) const {
  const PoolIndex* found = store_->by_order.find(order);
  return found == nullptr ? no_index : *found;
}

PoolIndex Credit::named_by(const ReplaceRequest& request, PartyId party) const {
  OrderId order = request.order_id;
  if (order.is_zero()) {
    const Claim* claim = store_->claims.find(ClOrdIdKey(store_->seed, party, request.orig_cl_ord_id));
    if (claim == nullptr || claim->ambiguous) {
      return no_index;
    }
    order = claim->order;
  }
  const PoolIndex found = reservation_of(order);
  return found != no_index && store_->reservations[found].party == party ? found : no_index;
}

// What an order needs with its pending replaces and, if given, one more: each unit not yet executed at the greatest
// worst price of the versions that contain it.
Notional Credit::wanted(const Reservation& of, const Request* more) const {
  struct Version {
    Qty order_qty;
    Price worst_price;
  };
  std::array<Version, exact_requests_max + 1> versions;
  std::size_t count = 0;
  versions[count++] = {of.order_qty, of.worst_price};
  if (of.pending_count + (more != nullptr ? 1 : 0) > exact_requests_max) {
    Version& all = versions[0];
    all = {std::max(all.order_qty, of.pending_qty_max), std::max(all.worst_price, of.pending_worst_max)};
    if (more != nullptr) {
      all = {std::max(all.order_qty, more->order_qty), std::max(all.worst_price, more->worst_price)};
    }
  } else {
    for (PoolIndex at = of.pending.first(); at != no_index; at = Requests::next(store_->requests, at)) {
      versions[count++] = {store_->requests[at].order_qty, store_->requests[at].worst_price};
    }
    if (more != nullptr) {
      versions[count++] = {more->order_qty, more->worst_price};
    }
  }
  // Dearest first: a version counts for the units that no dearer one contains.
  std::sort(versions.begin(), versions.begin() + static_cast<std::ptrdiff_t>(count),
            [](const Version& a, const Version& b) { return a.worst_price > b.worst_price; });
  Notional sum;
  Qty covered = of.cum_qty;
  for (std::size_t i = 0; i < count; ++i) {
    if (versions[i].order_qty > covered) {
      sum = sum + notional_of(versions[i].worst_price, Qty(versions[i].order_qty.get() - covered.get()));
      covered = versions[i].order_qty;
    }
  }
  return sum;
}

// ---- at the outcome: convert or release ---------------------------------------------------------------------------

void Credit::on_outcome(const Event& event) {
  if (CANTUS_MUTANT(credit_reserved_at_outcome) && event.is<OrderAccepted>()) {
    if (const PoolIndex index = reservation_of(event.as<OrderAccepted>().order.order_id); index != no_index) {
      Reservation& late = store_->reservations[index];
      late.reserved = wanted(late, nullptr);
      hold(late.party, late.reserved);
    }
  }
  if (event.is<OrderRejected>()) {
    close(event.as<OrderRejected>().order_id);
  } else if (event.is<Trade>()) {
    const auto& trade = event.as<Trade>();
    fill(trade.first, trade.price, trade.qty);
    fill(trade.second, trade.price, trade.qty);
  } else if (event.is<OrderCancelled>()) {
    close(event.as<OrderCancelled>().order.order_id);
  } else if (event.is<OrderReplaced>()) {
    on_replaced(event.as<OrderReplaced>());
  } else if (event.is<CancelRejected>()) {
    drop_request(event.as<CancelRejected>().cause);
  }
}

void Credit::fill(const OrderView& order, Price price, Qty qty) {
  const PoolIndex index = reservation_of(order.order_id);
  if (index == no_index) {
    return;
  }
  Reservation& filled = store_->reservations[index];
  filled.cum_qty = order.cum_qty;
  if (order.leaves_qty.is_zero()) {
    end(index, notional_of(price, qty));
  } else {
    reserve_anew(filled, notional_of(price, qty));
  }
}

void Credit::close(OrderId order) {
  const PoolIndex index = reservation_of(order);
  if (index != no_index) {
    end(index, Notional{});
  }
}

// Nothing of the order is open any more. Its pending replaces came too late and will be refused.
void Credit::end(PoolIndex index, Notional executed) {
  Reservation& ended = store_->reservations[index];
  convert(ended.party, ended.reserved, executed);
  for (PoolIndex at = ended.pending.first(); at != no_index; at = Requests::next(store_->requests, at)) {
    store_->requests[at].order = OrderId{};
  }
  unclaim(ended.key);
  store_->by_order.erase(ended.order);
  store_->reserved.erase(store_->reservations, index);
  store_->reservations.give_back(index);
}

void Credit::on_replaced(const OrderReplaced& replaced) {
  const PoolIndex* requested = store_->by_cause.find(replaced.cause);
  const PoolIndex index = reservation_of(replaced.order.order_id);
  if (requested == nullptr || index == no_index) {
    return;
  }
  const Request request = store_->requests[*requested];
  Reservation& changed = store_->reservations[index];
  unclaim(changed.key);
  changed.key = request.key;
  claim(changed.key, changed.order);
  changed.order_qty = replaced.order.order_qty;
  changed.worst_price = replaced.order.worst_price;
  // What an unknown id made it hold for itself goes over to the order.
  changed.reserved = changed.reserved + request.reserved;
  store_->requests[*requested].reserved = Notional{};
  drop_request(replaced.cause);
  reserve_anew(changed, Notional{});
}

void Credit::drop_request(Seq cause) {
  const PoolIndex* found = store_->by_cause.find(cause);
  if (found == nullptr) {
    return;
  }
  const PoolIndex index = *found;
  const Request& dropped = store_->requests[index];
  convert(dropped.party, dropped.reserved, Notional{});
  if (const PoolIndex of = reservation_of(dropped.order); of != no_index) {
    Reservation& order = store_->reservations[of];
    order.pending.erase(store_->requests, index);
    if (--order.pending_count == 0) {
      order.pending_qty_max = Qty{};
      order.pending_worst_max = Price{};
    }
    reserve_anew(order, Notional{});
  }
  unclaim(dropped.key);
  store_->by_cause.erase(cause);
  store_->requested.erase(store_->requests, index);
  store_->requests.give_back(index);
}

void Credit::reserve_anew(Reservation& of, Notional executed) {
  const Notional whole = wanted(of, nullptr);
  convert(of.party, of.reserved - whole, executed);
  of.reserved = whole;
}

void Credit::convert(PartyId party, Notional released, Notional executed) {
  CANTUS_ASSERT(executed <= released, "an outcome only converts or releases what was reserved");
  CreditAccount& account = accounts_[party.get()];
  account.reserved = account.reserved - released;
  if (CANTUS_MUTANT(credit_released_twice) && account.reserved >= released) {
    account.reserved = account.reserved - released;
  }
  account.executed = account.executed + executed;
}

// ---- who uses which ClOrdID ---------------------------------------------------------------------------------------

void Credit::claim(const ClOrdIdKey& key, OrderId order) {
  Claim* found = store_->claims.find(key);
  if (found == nullptr) {
    store_->claims.insert(key, Claim{order, 1, false});
    return;
  }
  ++found->claims;
  found->ambiguous = found->ambiguous || found->order != order;
}

void Credit::unclaim(const ClOrdIdKey& key) {
  Claim* found = store_->claims.find(key);
  CANTUS_ASSERT(found != nullptr, "what is given up was claimed");
  if (--found->claims == 0) {
    store_->claims.erase(key);
  }
}

// ---- what is asked ------------------------------------------------------------------------------------------------

CreditAccount Credit::account(PartyId party) const {
  return party.get() < accounts_.size() ? accounts_[party.get()] : CreditAccount{};
}

std::size_t Credit::reservations() const { return store_ ? store_->reservations.size() : 0; }

void Credit::digest_into(DigestBuilder& digest) const {
  digest.add(trading_date_);
  for (const PartyDefined& party : refdata_.parties()) {
    const CreditAccount& account = accounts_[party.party.get()];
    digest.add(account.executed).add(account.reserved);
  }
  if (!store_) {
    return;
  }
  const auto add_claim = [&](const ClOrdIdKey& key) {
    const Claim* claim = store_->claims.find(key);
    digest.add(key.party).add(key.cl_ord_id).add(claim->order).add(claim->claims).add(claim->ambiguous);
  };
  digest.add(static_cast<std::uint64_t>(store_->reservations.size()));
  for (PoolIndex at = store_->reserved.first(); at != no_index; at = store_->reserved.next(store_->reservations, at)) {
    const Reservation& of = store_->reservations[at];
    digest.add(of.order).add(of.order_qty).add(of.cum_qty).add(of.worst_price).add(of.reserved);
    digest.add(of.pending_count).add(of.pending_qty_max).add(of.pending_worst_max);
    add_claim(of.key);
  }
  digest.add(static_cast<std::uint64_t>(store_->requests.size()));
  for (PoolIndex at = store_->requested.first(); at != no_index; at = store_->requested.next(store_->requests, at)) {
    const Request& of = store_->requests[at];
    digest.add(of.cause).add(of.order).add(of.order_qty).add(of.worst_price).add(of.reserved);
    add_claim(of.key);
  }
}

}  // namespace cantus
