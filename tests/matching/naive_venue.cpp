#include "tests/matching/naive_venue.h"

#include <algorithm>

namespace cantus::test {
namespace {

constexpr std::size_t wish_room(const VenueCapacity& capacity) {
  return capacity.open_orders_max + 2 * capacity.unanswered_max;
}

// Reasons that apply; the least number precedes.
class Reasons {
 public:
  Reasons() = default;
  explicit Reasons(RejectReason only) : reasons_{only} {}
  void add(bool applies, RejectReason reason) {
    if (applies && reason != RejectReason::none) {
      reasons_.insert(reason);
    }
  }
  [[nodiscard]] bool any() const { return !reasons_.empty(); }
  [[nodiscard]] RejectReason first() const { return any() ? *reasons_.begin() : RejectReason::none; }

 private:
  std::set<RejectReason> reasons_;
};

bool may_meet(const ReferenceData& refdata, const OrderView& a, const OrderView& b) {
  const bool a_desk = refdata.party(a.party)->kind == PartyKind::desk;
  const bool b_desk = refdata.party(b.party)->kind == PartyKind::desk;
  return a.party != b.party && !(a_desk && b_desk) &&
         (a_desk || b_desk || refdata.instrument(a.instrument)->clients_may_meet != 0);
}

}  // namespace

template <class M>
void NaiveVenue::say(const M& message) {
  const auto bytes = payload_of(message);
  said_.push_back({M::type, {bytes.begin(), bytes.end()}});
  ++outstanding_;
}

// ---- prices -------------------------------------------------------------------------------------------------------

Price NaiveVenue::reference(const InstrumentDefined& of) const {
  const auto found = quotes_.find(of.instrument.get());
  const auto [bid, ask] = found == quotes_.end() ? std::pair<Price, Price>{} : found->second;
  if (bid.get() > 0 && ask.get() > 0) {
    return Price((bid.get() + ask.get()) / 2);
  }
  return bid.get() > 0 ? bid : ask.get() > 0 ? ask : of.reference_price;
}

Price NaiveVenue::opposite(const InstrumentDefined& of, Side side) const {
  const auto found = quotes_.find(of.instrument.get());
  const auto [bid, ask] = found == quotes_.end() ? std::pair<Price, Price>{} : found->second;
  if (bid.get() <= 0 && ask.get() <= 0) {
    return of.reference_price;
  }
  return side == Side::buy ? ask : bid;
}

Price NaiveVenue::highest(const InstrumentDefined& of, Price base) {
  std::int64_t price = base.get() / of.tick.get() * of.tick.get();
  while (Int128{price + of.tick.get()} * 10000 <= Int128{base.get()} * (10000 + of.collar_bps)) {
    price += of.tick.get();
  }
  return Price(price);
}

Price NaiveVenue::lowest(const InstrumentDefined& of, Price base) {
  std::int64_t price = (base.get() / of.tick.get() + 1) * of.tick.get();
  while (Int128{price - of.tick.get()} * 10000 >= Int128{base.get()} * (10000 - std::int64_t{of.collar_bps})) {
    price -= of.tick.get();
  }
  return Price(price);
}

std::pair<RejectReason, Price> NaiveVenue::judge_price(const InstrumentDefined& of, Side side, bool market,
                                                       Price price) const {
  if (market) {
    const Price worst = highest(of, opposite(of, side));
    return price.get() != 0   ? std::pair{RejectReason::invalid_price, worst}
           : worst.get() == 0 ? std::pair{RejectReason::no_reference_price, worst}
                              : std::pair{RejectReason::none, worst};
  }
  const Price base = reference(of);
  const Price worst = side == Side::buy ? price : std::max(price, highest(of, base));
  if (price.get() <= 0) {
    return {RejectReason::invalid_price, worst};
  }
  if (price.get() % of.tick.get() != 0) {
    return {RejectReason::price_not_multiple_of_tick, worst};
  }
  if (of.collar_bps != 0 && base.get() == 0) {
    return {RejectReason::no_reference_price, worst};
  }
  if (of.collar_bps != 0 && (Int128{price.get()} * 10000 < Int128{base.get()} * (10000 - of.collar_bps) ||
                             Int128{price.get()} * 10000 > Int128{base.get()} * (10000 + of.collar_bps))) {
    return {RejectReason::price_outside_collar, worst};
  }
  return {RejectReason::none, worst};
}

Price NaiveVenue::limit_of(const InstrumentDefined& of, Side side, bool market, Price price, Price worst) const {
  if (!market) {
    return price;
  }
  if (side == Side::buy) {
    return worst;
  }
  return of.collar_bps == 0 ? Price{} : std::min(worst, lowest(of, opposite(of, side)));
}

// ---- events -------------------------------------------------------------------------------------------------------

std::vector<Outcome> NaiveVenue::apply(const Event& event) {
  said_.clear();
  left_alone_ = event.quarantined.contains(MachineName::matching);
  refdata_.apply(event);
  const Effect effect = sessions_.apply(event);
  const Seq seq = event.header->seq;
  time_ = event.header->time;
  if (event.is<VenueDefined>() && !capacity_) {
    capacity_.emplace(event.as<VenueDefined>());
  }
  if (event.is<BestQuote>()) {
    const auto& quote = event.as<BestQuote>();
    if (quote.feed_seq > feeds_[quote.feed]) {
      feeds_[quote.feed] = quote.feed_seq;
      quotes_[quote.instrument.get()] = {quote.bid, quote.ask};
    }
  }
  if (event.header->topic == topic::outcomes) {
    event.quarantined.contains(MachineName::credit) ? credit_.count_executed(event) : credit_.on_outcome(event);
    --outstanding_;
  }
  const bool new_day = date_ != refdata_.trading_date();
  if (new_day) {
    credit_.new_day();
  }
  for (const SessionId session : sessions_.cancels_due()) {
    cancel_all_of(session, CancelReason::disconnected, seq);
  }
  if (new_day) {
    date_ = refdata_.trading_date();
    for (const SessionDefined& session : refdata_.sessions()) {
      cancel_all_of(session.session, CancelReason::trading_day_over, seq);
    }
    if (!left_alone_) {
      ids_.clear();
      closed_.clear();
    }
  }
  for (const CommandPart& part : refdata_.changes()) {
    on_signed(part, seq);
  }
  if (effect != Effect::took) {
    return said_;
  }
  if (event.is<NewOrder>()) {
    on(event, event.as<NewOrder>());
  } else if (event.is<CancelRequest>()) {
    on(event, event.as<CancelRequest>());
  } else if (event.is<ReplaceRequest>()) {
    on(event, event.as<ReplaceRequest>());
  } else if (event.is<StatusRequest>()) {
    on(event, event.as<StatusRequest>());
  }
  return said_;
}

void NaiveVenue::on_signed(const CommandPart& part, Seq cause) {
  if (is_change<TradingBlocked>(part)) {
    const auto block = change_of<TradingBlocked>(part);
    (block.party.is_zero() ? blocked_sessions_ : blocked_parties_).insert(block.party.get() + block.session.get());
    for (const SessionDefined& session : refdata_.sessions()) {
      if (block.party.is_zero() ? session.session == block.session : session.party == block.party) {
        cancel_all_of(session.session, CancelReason::trading_blocked, cause);
      }
    }
  } else if (is_change<TradingUnblocked>(part)) {
    const auto end = change_of<TradingUnblocked>(part);
    (end.party.is_zero() ? blocked_sessions_ : blocked_parties_).erase(end.party.get() + end.session.get());
  } else if (is_change<SessionDisabled>(part)) {
    disabled_.insert(change_of<SessionDisabled>(part).session.get());
  } else if (is_change<SessionEnabled>(part)) {
    disabled_.erase(change_of<SessionEnabled>(part).session.get());
  } else if (is_change<InstrumentHalted>(part)) {
    halted_.insert(change_of<InstrumentHalted>(part).instrument.get());
  } else if (is_change<InstrumentResumed>(part)) {
    halted_.erase(change_of<InstrumentResumed>(part).instrument.get());
  } else if (is_change<PartyLimitsUntil>(part)) {
    const auto limits = change_of<PartyLimitsUntil>(part);
    for_a_while_[limits.party.get()] = limits;
  } else if (is_change<PartyDefined>(part)) {
    for_a_while_.erase(change_of<PartyDefined>(part).party.get());
  }
}

RejectReason NaiveVenue::forbidden(SessionId session, InstrumentId instrument) const {
  if (blocked_sessions_.contains(session.get()) || disabled_.contains(session.get()) ||
      blocked_parties_.contains(refdata_.session(session)->party.get())) {
    return RejectReason::trading_blocked;
  }
  return halted_.contains(instrument.get()) ? RejectReason::instrument_halted : RejectReason::none;
}

PartyDefined NaiveVenue::limited(const PartyDefined& party) const {
  PartyDefined limited = party;
  const auto found = for_a_while_.find(party.party.get());
  if (found != for_a_while_.end() && time_ < found->second.until) {
    limited.order_qty_max = found->second.order_qty_max;
    limited.order_notional_max = found->second.order_notional_max;
    limited.gross_notional_max = found->second.gross_notional_max;
  }
  return limited;
}

// Of a session that may not trade: nobody.
PartyDefined NaiveVenue::trader(SessionId session) const {
  const SessionDefined& known = *refdata_.session(session);
  const bool trades = known.role == SessionRole::client || known.role == SessionRole::desk;
  return trades && refdata_.complete() ? *refdata_.party(known.party) : PartyDefined{};
}

void NaiveVenue::on(const Event& event, const NewOrder& order) {
  const std::size_t spare = wish_room(*capacity_) - outstanding_ - orders_.size();
  const PartyDefined party = limited(trader(order.client.session));
  const InstrumentDefined* instrument = refdata_.instrument(order.instrument);
  const Side side{order.side};
  const bool market = order.ord_type == '1';
  Reasons reasons;
  Reasons of_credit;  // what credit judges by, so that it reserves exactly when the real one does
  Price worst;
  of_credit.add(party.party.is_zero(), RejectReason::session_may_not_trade);
  of_credit.add(instrument == nullptr, RejectReason::unknown_instrument);
  of_credit.add(!market && order.ord_type != '2', RejectReason::unsupported_ord_type);
  of_credit.add(order.time_in_force != '0' && order.time_in_force != '3' && order.time_in_force != '4',
                RejectReason::unsupported_time_in_force);
  of_credit.add(order.side != '1' && order.side != '2', RejectReason::invalid_side);
  of_credit.add(order.order_qty.get() <= 0, RejectReason::invalid_quantity);
  if (!of_credit.any()) {
    of_credit.add(order.order_qty.get() % instrument->lot.get() != 0, RejectReason::quantity_not_multiple_of_lot);
    const auto [reason, at] = judge_price(*instrument, side, market, order.price);
    worst = at;
    of_credit.add(true, reason);
    of_credit.add(party.order_qty_max.get() != 0 && order.order_qty > party.order_qty_max,
                  RejectReason::order_quantity_limit);
    of_credit.add(!party.order_notional_max.is_zero() && notional_of(worst, order.order_qty) > party.order_notional_max,
                  RejectReason::order_notional_limit);
  }
  if (event.quarantined.contains(MachineName::credit)) {
    of_credit = Reasons(RejectReason::quarantined);
  } else if (!of_credit.any()) {
    of_credit.add(true,
                  credit_.enter(party, event.position(), order.cl_ord_id.view(), order.order_qty, worst,
                                capacity_->reservations_max(), forbidden(order.client.session, order.instrument)));
  }
  if (spare == 0) {
    ++unanswered_;
    return;
  }
  if (left_alone_) {
    refuse(event, order, party.party, RejectReason::quarantined);
    return;
  }
  const std::pair key{party.party.get(), order.cl_ord_id.str()};
  const bool ids_full = ids_.size() >= capacity_->cl_ord_ids_max;
  reasons.add(true, of_credit.first());
  reasons.add(ids_.contains(key), RejectReason::duplicate_cl_ord_id);
  const bool rests = !market && order.time_in_force == '0';
  reasons.add(
      spare < capacity_->unanswered_max + 2 || ids_full || (rests && orders_.size() >= capacity_->open_orders_max),
      RejectReason::venue_capacity);
  remember(party.party, order.cl_ord_id.str(), reasons.any() ? OrderId{} : event.position());
  if (reasons.any()) {
    refuse(event, order, party.party, reasons.first());
    return;
  }
  OrderView view;
  view.order_id = event.position();
  view.price = order.price;
  view.worst_price = worst;
  view.order_qty = view.leaves_qty = order.order_qty;
  view.session = order.client.session;
  view.party = party.party;
  view.instrument = order.instrument;
  view.side = side;
  view.ord_type = OrdType{order.ord_type};
  view.time_in_force = TimeInForce{order.time_in_force};
  view.ord_status = OrdStatus::new_;
  view.cl_ord_id = order.cl_ord_id;
  view.account = order.account;
  const Seq cause = event.header->seq;
  say(OrderAccepted{cause, view});
  const Price limit = limit_of(*instrument, side, market, order.price, worst);
  if (order.time_in_force == '4' && available(view, limit) < view.order_qty) {
    cancel(view, CancelReason::fill_or_kill, cause);
    return;
  }
  match(view, limit, cause);
  if (view.leaves_qty.get() == 0) {
    closed_[view.order_id] = view;
  } else if (rests) {
    orders_.push_back({view, cause});
  } else {
    cancel(view, order.time_in_force == '3' ? CancelReason::immediate_or_cancel : CancelReason::market_rest, cause);
  }
}

// ---- refusals -----------------------------------------------------------------------------------------------------

void NaiveVenue::refuse(const Event& event, const NewOrder& order, PartyId party, RejectReason reason) {
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
  say(rejected);
}

// `view`: of the order that it means, or null.
template <class Request>
void NaiveVenue::refuse(const Event& event, const Request& request, PartyId party, RejectReason reason,
                        const OrderView* view) {
  CancelRejected rejected;
  rejected.cause = event.header->seq;
  rejected.order_id = view != nullptr ? view->order_id : OrderId{};
  rejected.session = request.client.session;
  rejected.party = party;
  rejected.cl_ord_id = request.cl_ord_id;
  rejected.orig_cl_ord_id = request.orig_cl_ord_id;
  rejected.response_to = event.is<CancelRequest>() ? RequestKind::cancel : RequestKind::replace;
  rejected.ord_status = view != nullptr ? view->ord_status : OrdStatus::rejected;
  rejected.reason = reason;
  say(rejected);
}

// ---- requests about orders ----------------------------------------------------------------------------------------

NaiveVenue::Found NaiveVenue::find(PartyId party, OrderId id, const std::string& cl_ord_id) {
  const auto known = ids_.find({party.get(), cl_ord_id});
  const OrderId by_name = known == ids_.end() ? OrderId{} : known->second.order;
  const OrderId wanted = id.is_zero() ? by_name : id;
  Found found;
  found.open = std::find_if(orders_.begin(), orders_.end(),
                            [&](const Resting& resting) { return resting.view.order_id == wanted; });
  if (found.open != orders_.end() && found.open->view.party == party) {
    found.is_open = true;
    found.view = &found.open->view;
    const bool in_force = found.view->cl_ord_id.view() == cl_ord_id;
    found.reason = id.is_zero()
                       ? (in_force ? RejectReason::none : RejectReason::unknown_order)
                       : (in_force || cl_ord_id.empty() ? RejectReason::none : RejectReason::not_the_same_order);
    return found;
  }
  if (!id.is_zero() && refdata_.rules().set_of(Rule::closed_by_order_id) == 2) {
    const auto ended = closed_.find(id);
    const bool own = ended != closed_.end() && ended->second.party == party;
    found.view = own ? &ended->second : nullptr;
    found.reason = !own                                 ? RejectReason::unknown_order
                   : cl_ord_id.empty() || by_name == id ? RejectReason::order_already_closed
                                                        : RejectReason::not_the_same_order;
    return found;
  }
  const auto closed = closed_.find(by_name);
  const bool is_it = found.open == orders_.end() && closed != closed_.end() && (id.is_zero() || id == by_name);
  found.view = is_it ? &closed->second : nullptr;
  found.reason = is_it ? RejectReason::order_already_closed : RejectReason::unknown_order;
  return found;
}

void NaiveVenue::on(const Event& event, const CancelRequest& request) {
  const std::size_t spare = wish_room(*capacity_) - outstanding_ - orders_.size();
  const PartyId party = trader(request.client.session).party;
  const Found found = find(party, request.order_id, request.orig_cl_ord_id.str());
  Reasons reasons;
  reasons.add(party.is_zero(), RejectReason::session_may_not_trade);
  reasons.add(
      request.instrument.get() == 0 ? !request.symbol.empty() : refdata_.instrument(request.instrument) == nullptr,
      RejectReason::unknown_instrument);
  reasons.add(ids_.contains({party.get(), request.cl_ord_id.str()}), RejectReason::duplicate_cl_ord_id);
  reasons.add(true, found.reason);
  if (found.view != nullptr) {
    reasons.add(found.view->session != request.client.session, RejectReason::unknown_order);
    reasons.add((request.side != 0 && Side{request.side} != found.view->side) ||
                    (request.instrument.get() != 0 && request.instrument != found.view->instrument),
                RejectReason::not_the_same_order);
  }
  if (reasons.any() || left_alone_) {
    if (spare == 0) {
      ++unanswered_;
      return;
    }
    if (left_alone_) {
      refuse(event, request, party, RejectReason::quarantined, nullptr);
      return;
    }
    refuse(event, request, party, reasons.first(), found.view);
    remember(party, request.cl_ord_id.str(), OrderId{});
    return;
  }
  OrderCancelled cancelled;
  cancelled.cause = event.header->seq;
  cancelled.cancelled_qty = found.view->leaves_qty;
  cancelled.reason = CancelReason::requested;
  cancelled.order = *found.view;
  cancelled.order.leaves_qty = Qty{};
  cancelled.order.ord_status = OrdStatus::canceled;
  closed_[cancelled.order.order_id] = cancelled.order;
  cancelled.order.orig_cl_ord_id = cancelled.order.cl_ord_id;
  cancelled.order.cl_ord_id = request.cl_ord_id;
  remember(party, request.cl_ord_id.str(), cancelled.order.order_id);
  orders_.erase(found.open);
  say(cancelled);
}

void NaiveVenue::on(const Event& event, const ReplaceRequest& request) {
  const std::size_t spare = wish_room(*capacity_) - outstanding_ - orders_.size();
  const PartyDefined party = limited(trader(request.client.session));
  const InstrumentDefined* instrument = refdata_.instrument(request.instrument);
  const Side side{request.side};
  Reasons of_credit;
  Price worst;
  of_credit.add(party.party.is_zero(), RejectReason::session_may_not_trade);
  of_credit.add(instrument == nullptr, RejectReason::unknown_instrument);
  of_credit.add(request.ord_type != '2', RejectReason::unsupported_ord_type);
  of_credit.add(request.time_in_force != '0' && request.time_in_force != 0, RejectReason::unsupported_time_in_force);
  of_credit.add(request.side != '1' && request.side != '2', RejectReason::invalid_side);
  of_credit.add(request.order_qty.get() <= 0, RejectReason::invalid_quantity);
  if (!of_credit.any()) {
    of_credit.add(request.order_qty.get() % instrument->lot.get() != 0, RejectReason::quantity_not_multiple_of_lot);
    const auto [reason, at] = judge_price(*instrument, side, false, request.price);
    worst = at;
    of_credit.add(true, reason);
    of_credit.add(party.order_qty_max.get() != 0 && request.order_qty > party.order_qty_max,
                  RejectReason::order_quantity_limit);
    of_credit.add(
        !party.order_notional_max.is_zero() && notional_of(worst, request.order_qty) > party.order_notional_max,
        RejectReason::order_notional_limit);
  }
  if (event.quarantined.contains(MachineName::credit)) {
    of_credit = Reasons(RejectReason::quarantined);
  } else if (!of_credit.any()) {
    of_credit.add(true,
                  credit_.change(party, event.header->seq, request, request.order_qty, worst, capacity_->requests_max(),
                                 forbidden(request.client.session, request.instrument)));
  }
  Found found = find(party.party, request.order_id, request.orig_cl_ord_id.str());
  Reasons reasons;
  reasons.add(true, of_credit.first());
  reasons.add(ids_.contains({party.party.get(), request.cl_ord_id.str()}), RejectReason::duplicate_cl_ord_id);
  reasons.add(spare < capacity_->unanswered_max + 2 || ids_.size() >= capacity_->cl_ord_ids_max,
              RejectReason::venue_capacity);
  reasons.add(true, found.reason);
  if (found.view != nullptr) {
    reasons.add(found.view->session != request.client.session, RejectReason::unknown_order);
    reasons.add(request.order_qty <= found.view->cum_qty, RejectReason::invalid_quantity);
    reasons.add((request.side != 0 && Side{request.side} != found.view->side) ||
                    (request.instrument.get() != 0 && request.instrument != found.view->instrument),
                RejectReason::not_the_same_order);
  }
  if (reasons.any() || left_alone_) {
    if (spare == 0) {
      ++unanswered_;
      return;
    }
    if (left_alone_) {
      refuse(event, request, party.party, RejectReason::quarantined, nullptr);
      return;
    }
    refuse(event, request, party.party, reasons.first(), found.view);
    remember(party.party, request.cl_ord_id.str(), OrderId{});
    return;
  }
  OrderView& view = found.open->view;
  const bool keeps = request.price == view.price && request.order_qty <= view.order_qty;
  OrderReplaced replaced;
  replaced.cause = event.header->seq;
  replaced.order.orig_cl_ord_id = view.cl_ord_id;
  view.price = request.price;
  view.worst_price = worst;
  view.order_qty = request.order_qty;
  view.leaves_qty = Qty(request.order_qty.get() - view.cum_qty.get());
  view.cl_ord_id = request.cl_ord_id;
  view.account = request.account.empty() ? view.account : request.account;
  const FixedString<32> orig = replaced.order.orig_cl_ord_id;
  replaced.order = view;
  replaced.order.orig_cl_ord_id = orig;
  say(replaced);
  remember(party.party, request.cl_ord_id.str(), view.order_id);
  if (keeps) {
    return;
  }
  found.open->priority = event.header->seq;
  match(view, request.price, event.header->seq);
  if (view.leaves_qty.get() == 0) {
    closed_[view.order_id] = view;
    orders_.erase(found.open);
  }
}

void NaiveVenue::on(const Event& event, const StatusRequest& request) {
  if (wish_room(*capacity_) == outstanding_ + orders_.size()) {
    ++unanswered_;
    return;
  }
  const PartyId party = trader(request.client.session).party;
  const Found found = left_alone_ ? Found{} : find(party, request.order_id, request.cl_ord_id.str());
  OrderStatus status;
  status.cause = event.header->seq;
  status.ord_status_req_id = request.ord_status_req_id;
  status.symbol = request.symbol;
  status.found = found.view != nullptr ? 1 : 0;
  if (found.view != nullptr) {
    status.order = *found.view;
  } else {
    status.order.party = party;
    status.order.cl_ord_id = request.cl_ord_id;
    status.order.side = request.side == '2' ? Side::sell : Side::buy;
    status.order.ord_type = OrdType::limit;
    status.order.time_in_force = TimeInForce::day;
    status.order.ord_status = OrdStatus::rejected;
  }
  status.order.session = request.client.session;
  say(status);
}

// ---- matching -----------------------------------------------------------------------------------------------------

std::optional<Price> NaiveVenue::best_for(const OrderView& incoming, Price limit, std::list<Resting>::iterator& best) {
  best = orders_.end();
  const bool buys = incoming.side == Side::buy;
  for (auto at = orders_.begin(); at != orders_.end(); ++at) {
    const OrderView& view = at->view;
    if (view.order_id == incoming.order_id || view.instrument != incoming.instrument || view.side == incoming.side ||
        !may_meet(refdata_, incoming, view) || (buys ? view.price > limit : view.price < limit)) {
      continue;
    }
    const bool better = best == orders_.end() ||
                        (buys ? view.price < best->view.price : view.price > best->view.price) ||
                        (view.price == best->view.price && at->priority < best->priority);
    best = better ? at : best;
  }
  return best == orders_.end() ? std::nullopt : std::optional(std::min(best->view.price, incoming.worst_price));
}

Qty NaiveVenue::available(const OrderView& incoming, Price limit) {
  std::int64_t sum = 0;
  for (const Resting& resting : orders_) {
    const OrderView& view = resting.view;
    const bool in_reach = incoming.side == Side::buy ? view.price <= limit : view.price >= limit;
    if (view.instrument == incoming.instrument && view.side != incoming.side && in_reach &&
        may_meet(refdata_, incoming, view)) {
      sum += view.leaves_qty.get();
    }
  }
  return Qty(sum);
}

void NaiveVenue::match(OrderView& incoming, Price limit, Seq cause) {
  std::list<Resting>::iterator best;
  while (incoming.leaves_qty.get() > 0) {
    const std::optional<Price> price = best_for(incoming, limit, best);
    if (!price) {
      return;
    }
    const Qty qty = std::min(incoming.leaves_qty, best->view.leaves_qty);
    for (OrderView* view : {&incoming, &best->view}) {
      view->cum_qty = Qty(view->cum_qty.get() + qty.get());
      view->leaves_qty = Qty(view->leaves_qty.get() - qty.get());
      view->cum_notional = view->cum_notional + notional_of(*price, qty);
      view->ord_status = view->leaves_qty.get() == 0 ? OrdStatus::filled : OrdStatus::partially_filled;
    }
    const bool incoming_desk = refdata_.party(incoming.party)->kind == PartyKind::desk;
    const bool resting_desk = refdata_.party(best->view.party)->kind == PartyKind::desk;
    const bool first = incoming_desk == resting_desk ? incoming.side == Side::buy : !incoming_desk;
    Trade trade;
    trade.cause = cause;
    trade.price = *price;
    trade.qty = qty;
    trade.instrument = incoming.instrument;
    trade.aggressor_is_first = first ? 1 : 0;
    trade.first = first ? incoming : best->view;
    trade.second = first ? best->view : incoming;
    say(trade);
    if (best->view.leaves_qty.get() == 0) {
      closed_[best->view.order_id] = best->view;
      orders_.erase(best);
    }
  }
}

void NaiveVenue::cancel(OrderView view, CancelReason reason, Seq cause) {
  OrderCancelled cancelled;
  cancelled.cause = cause;
  cancelled.cancelled_qty = view.leaves_qty;
  cancelled.reason = reason;
  view.leaves_qty = Qty{};
  view.ord_status = OrdStatus::canceled;
  cancelled.order = view;
  closed_[view.order_id] = view;
  say(cancelled);
}

void NaiveVenue::cancel_all_of(SessionId session, CancelReason reason, Seq cause) {
  if (left_alone_) {
    return;
  }
  for (auto at = orders_.begin(); at != orders_.end();) {
    if (at->view.session == session) {
      const OrderView view = at->view;
      at = orders_.erase(at);
      cancel(view, reason, cause);
    } else {
      ++at;
    }
  }
}

void NaiveVenue::remember(PartyId party, const std::string& id, OrderId order) {
  if (!party.is_zero() && ids_.size() < capacity_->cl_ord_ids_max) {
    ids_.insert({{party.get(), id}, Known{order}});
  }
}

std::vector<OrderView> NaiveVenue::book(InstrumentId instrument, Side side) const {
  std::vector<Resting> resting;
  for (const Resting& order : orders_) {
    if (order.view.instrument == instrument && order.view.side == side) {
      resting.push_back(order);
    }
  }
  std::sort(resting.begin(), resting.end(), [&](const Resting& a, const Resting& b) {
    if (a.view.price != b.view.price) {
      return side == Side::buy ? a.view.price > b.view.price : a.view.price < b.view.price;
    }
    return a.priority < b.priority;
  });
  std::vector<OrderView> views;
  for (const Resting& order : resting) {
    views.push_back(order.view);
  }
  return views;
}

}  // namespace cantus::test
