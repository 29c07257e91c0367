#include <algorithm>

#include "tests/matching/naive_venue.h"

namespace cantus::test {

namespace {
constexpr Int128 bound = Int128{1} << 125;
}

Int128 NaiveCredit::wanted(const Order& order) {
  std::vector<Version> versions = order.pending;
  versions.push_back(order.now);
  if (order.pending.size() > 8) {
    Version all = order.now;
    for (const Version& version : order.since_none_pending) {
      all = {Seq{}, std::max(all.qty, version.qty), std::max(all.worst, version.worst)};
    }
    versions = {all};
  }
  Int128 sum = 0;
  for (std::int64_t unit = order.cum.get();; ++unit) {
    std::int64_t dearest = 0;
    for (const Version& version : versions) {
      dearest = version.qty.get() > unit ? std::max(dearest, version.worst.get()) : dearest;
    }
    if (dearest == 0) {
      return sum;
    }
    sum += dearest;
  }
}

Int128 NaiveCredit::reserved(PartyId party) const {
  Int128 sum = 0;
  for (const auto& [id, order] : orders_) {
    sum += order.party == party ? wanted(order) : 0;
  }
  for (const auto& [cause, request] : requests_) {
    sum += request.party == party ? request.reserved : 0;
  }
  return sum;
}

NaiveCredit::Account NaiveCredit::account(PartyId party) const {
  const auto executed = executed_.find(party.get());
  return {executed == executed_.end() ? 0 : executed->second, reserved(party)};
}

bool NaiveCredit::fits(const PartyDefined& party, Int128 more) const {
  const Account now = account(party.party);
  const Int128 limit = party.gross_notional_max.is_zero() ? bound : party.gross_notional_max.get();
  return more == 0 || now.executed + now.reserved + more <= limit;
}

RejectReason NaiveCredit::enter(const PartyDefined& party, OrderId order, std::string_view id, Qty qty, Price worst,
                                std::size_t reservations_max, RejectReason forbidden) {
  if (!fits(party, Int128{qty.get()} * worst.get())) {
    return RejectReason::gross_notional_limit;
  }
  if (orders_.size() >= reservations_max) {
    return RejectReason::venue_capacity;
  }
  if (forbidden != RejectReason::none) {
    return forbidden;
  }
  const Id key{party.party.get(), std::string(id)};
  orders_[order] = Order{party.party, Qty{}, Version{order.seq(), qty, worst}, {}, {}, key};
  claim(key, order);
  return RejectReason::none;
}

RejectReason NaiveCredit::change(const PartyDefined& party, Seq cause, const ReplaceRequest& request, Qty qty,
                                 Price worst, std::size_t requests_max, RejectReason forbidden) {
  if (requests_.size() >= requests_max) {
    return RejectReason::venue_capacity;
  }
  OrderId named = request.order_id;
  if (named.is_zero()) {
    const auto claimed = claims_.find({party.party.get(), request.orig_cl_ord_id.str()});
    named = claimed == claims_.end() || claimed->second.ambiguous ? OrderId{} : claimed->second.order;
  }
  auto found = orders_.find(named);
  if (found != orders_.end() && found->second.party != party.party) {
    found = orders_.end();
  }
  Request added{party.party, OrderId{}, Int128{qty.get()} * worst.get(),
                Id{party.party.get(), request.cl_ord_id.str()}};
  if (found == orders_.end()) {
    if (!fits(party, added.reserved)) {
      return RejectReason::gross_notional_limit;
    }
    if (forbidden != RejectReason::none) {
      return forbidden;
    }
  } else {
    Order changed = found->second;
    changed.pending.push_back({cause, qty, worst});
    changed.since_none_pending.push_back({cause, qty, worst});
    if (!fits(party, wanted(changed) - wanted(found->second))) {
      return RejectReason::gross_notional_limit;
    }
    if (forbidden != RejectReason::none) {
      return forbidden;
    }
    added.reserved = 0;
    added.order = named;
    found->second = changed;
  }
  requests_[cause] = added;
  claim(added.id, added.order);
  return RejectReason::none;
}

void NaiveCredit::on_outcome(const Event& event) {
  if (event.is<OrderRejected>()) {
    close(event.as<OrderRejected>().order_id);
  } else if (event.is<OrderCancelled>()) {
    close(event.as<OrderCancelled>().order.order_id);
  } else if (event.is<CancelRejected>()) {
    drop(event.as<CancelRejected>().cause);
  } else if (event.is<Trade>()) {
    const auto& trade = event.as<Trade>();
    for (const OrderView& view : {trade.first, trade.second}) {
      executed_[view.party.get()] += Int128{trade.price.get()} * trade.qty.get();
      orders_.at(view.order_id).cum = view.cum_qty;
      if (view.leaves_qty.is_zero()) {
        close(view.order_id);
      }
    }
  } else if (event.is<OrderReplaced>()) {
    const auto& replaced = event.as<OrderReplaced>();
    Order& order = orders_.at(replaced.order.order_id);
    unclaim(order.id);
    order.id = requests_.at(replaced.cause).id;
    claim(order.id, replaced.order.order_id);
    order.now = {replaced.cause, replaced.order.order_qty, replaced.order.worst_price};
    drop(replaced.cause);
  }
}

void NaiveCredit::count_executed(const Event& event) {
  if (event.is<Trade>()) {
    const auto& trade = event.as<Trade>();
    for (const OrderView& view : {trade.first, trade.second}) {
      executed_[view.party.get()] += Int128{trade.price.get()} * trade.qty.get();
    }
  }
}

void NaiveCredit::new_day() { executed_.clear(); }

void NaiveCredit::claim(const Id& id, OrderId order) {
  Claim& claim = claims_[id];
  claim.ambiguous = claim.ambiguous || (claim.count > 0 && claim.order != order);
  claim.order = claim.count == 0 ? order : claim.order;
  ++claim.count;
}

void NaiveCredit::unclaim(const Id& id) {
  if (--claims_.at(id).count == 0) {
    claims_.erase(id);
  }
}

void NaiveCredit::close(OrderId order) {
  const auto found = orders_.find(order);
  if (found == orders_.end()) {
    return;
  }
  for (auto& [cause, request] : requests_) {
    request.order = request.order == order ? OrderId{} : request.order;
  }
  unclaim(found->second.id);
  orders_.erase(found);
}

void NaiveCredit::drop(Seq cause) {
  const auto found = requests_.find(cause);
  if (found == requests_.end()) {
    return;
  }
  if (const auto order = orders_.find(found->second.order); order != orders_.end()) {
    std::vector<Version>& pending = order->second.pending;
    std::erase_if(pending, [&](const Version& version) { return version.cause == cause; });
    if (pending.empty()) {
      order->second.since_none_pending.clear();
    }
  }
  unclaim(found->second.id);
  requests_.erase(found);
}

}  // namespace cantus::test
