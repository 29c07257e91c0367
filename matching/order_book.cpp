#include "matching/order_book.h"

#include "base/mutant.h"

namespace cantus {

OrderBook::OrderBook(std::size_t orders_max)
    : orders_(orders_max),
      levels_(orders_max),
      ladders_((ReferenceDataBounds::instruments_max + 1) * 4),
      by_session_(ReferenceDataBounds::sessions_max + 1),
      by_id_(orders_max) {}

PoolIndex OrderBook::find(OrderId order) const {
  const PoolIndex* found = by_id_.find(order);
  return found == nullptr ? no_index : *found;
}

PoolIndex OrderBook::add(const Order& order) {
  const PoolIndex index = add_unqueued(order);
  join_queue(index);
  return index;
}

PoolIndex OrderBook::add_unqueued(const Order& order) {
  const PoolIndex index = orders_.take();
  orders_[index] = order;
  by_id_.insert(order.view.order_id, index);
  by_session_[order.view.session.get()].push_back(orders_, index);
  return index;
}

void OrderBook::remove(PoolIndex index) {
  Order& order = orders_[index];
  if (order.level != no_index) {
    leave_queue(index);
  }
  by_session_[order.view.session.get()].erase(orders_, index);
  by_id_.erase(order.view.order_id);
  orders_.give_back(index);
}

void OrderBook::leave_queue(PoolIndex index) {
  Order& order = orders_[index];
  OrderQueue& queue = levels_[order.level].orders;
  queue.erase(orders_, index);
  if (queue.empty()) {
    levels_.remove(ladder_of(order), order.level);
  }
  order.level = no_index;
}

void OrderBook::join_queue(PoolIndex index) {
  Order& order = orders_[index];
  order.level = levels_.at(ladder_of(order), level_key(order.view.side, order.view.price));
  levels_[order.level].orders.push_back(orders_, index);
}

PoolIndex OrderBook::after(PoolIndex order) const {
  const PoolIndex next = OrderQueue::next(orders_, order);
  if (next != no_index) {
    return next;
  }
  const PoolIndex level = levels_[orders_[order].level].worse;
  return level == no_index ? no_index : levels_[level].orders.first();
}

bool OrderBook::stands_before(PoolIndex a, PoolIndex b) const {
  if (a == no_index || b == no_index) {
    return b == no_index;
  }
  const LevelKey a_key = levels_[orders_[a].level].key;
  const LevelKey b_key = levels_[orders_[b].level].key;
  return a_key != b_key ? a_key < b_key : orders_[a].priority < orders_[b].priority;
}

OrderBook::Walk OrderBook::walk(const Order& incoming, bool clients_may_meet, Price limit) const {
  const Side opposite = incoming.view.side == Side::buy ? Side::sell : Side::buy;
  Walk walk(*this, incoming.view.party, level_key(opposite, limit));
  const InstrumentId instrument = incoming.view.instrument;
  if (incoming.kind == PartyKind::client) {
    walk.desk_ = first_in(ladder(instrument, opposite, PartyKind::desk));
  }
  if (incoming.kind == PartyKind::desk || clients_may_meet) {
    walk.client_ = first_in(ladder(instrument, opposite, PartyKind::client));
    walk.skip_own(walk.client_);
  }
  return walk;
}

void OrderBook::Walk::skip_own(PoolIndex& at) const {
  while (at != no_index && book_.orders_[at].view.party == party_ && !CANTUS_MUTANT(own_orders_meet)) {
    at = book_.after(at);
  }
}

PoolIndex OrderBook::Walk::next() {
  PoolIndex& first = book_.stands_before(desk_, client_) ? desk_ : client_;
  const PoolIndex found = first;
  if (found == no_index || book_.levels_[book_.orders_[found].level].key > limit_) {
    return no_index;
  }
  first = book_.after(found);
  skip_own(first);
  return found;
}

}  // namespace cantus
