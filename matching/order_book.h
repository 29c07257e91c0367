// The open orders of the venue: by price and time, by OrderID, by session. A container: it knows which orders may meet
// and in what order they stand, but decides nothing.
//
// Who may meet: a client's order meets desks' orders, and other clients' where the instrument allows it; desks never
// meet desks, and a party never meets itself. So each side of an instrument has two ladders, one for clients and one
// for desks: an order that comes in never has to walk past those of a kind that it may not meet, and a book that is
// crossed between such orders is no obstacle.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/bounded.h"
#include "credit/cl_ord_id_key.h"
#include "matching/order.h"
#include "matching/price_levels.h"
#include "refdata/reference_data.h"

namespace cantus {

class OrderBook {
 public:
  // What an incoming order may meet, best price first, then earliest; see walk().
  class Walk {
   public:
    // The next order, or no_index. The one given last may be removed from the book before the next call.
    [[nodiscard]] PoolIndex next();

   private:
    friend class OrderBook;
    Walk(const OrderBook& book, PartyId party, LevelKey limit) : book_(book), party_(party), limit_(limit) {}
    void skip_own(PoolIndex& at) const;

    const OrderBook& book_;
    PartyId party_;
    LevelKey limit_;
    PoolIndex desk_ = no_index;
    PoolIndex client_ = no_index;
  };

  explicit OrderBook(std::size_t orders_max);

  [[nodiscard]] std::size_t size() const { return orders_.size(); }
  [[nodiscard]] bool full() const { return orders_.full(); }
  Order& operator[](PoolIndex index) { return orders_[index]; }
  const Order& operator[](PoolIndex index) const { return orders_[index]; }

  [[nodiscard]] PoolIndex find(OrderId order) const;  // no_index: not open
  // Orders of a session in the order in which they came to rest; no_index ends.
  [[nodiscard]] PoolIndex first_of(SessionId session) const { return by_session_[session.get()].first(); }
  [[nodiscard]] PoolIndex next_of_session(PoolIndex order) const { return OfSession::next(orders_, order); }

  // Takes an order in, at the end of the queue of its price. There must be room.
  PoolIndex add(const Order& order);
  // The same for one that is not in any queue yet: join_queue follows. Of a session's orders the earlier come first.
  PoolIndex add_unqueued(const Order& order);
  // Takes it out; the index is free then.
  void remove(PoolIndex index);
  // For a replace that loses its place: out of the queue, and back at the end of that of its (new) price. Between the
  // two the order is in no queue but still open.
  void leave_queue(PoolIndex index);
  void join_queue(PoolIndex index);

  // The orders that `incoming` may meet at `limit` or better (zero for a sell: at any price).
  [[nodiscard]] Walk walk(const Order& incoming, bool clients_may_meet, Price limit) const;

  // Calls f(const Order&) for a side of an instrument, best price first, then earliest.
  template <class F>
  void for_each(InstrumentId instrument, Side side, F&& f) const {
    PoolIndex desk = first_in(ladder(instrument, side, PartyKind::desk));
    PoolIndex client = first_in(ladder(instrument, side, PartyKind::client));
    while (desk != no_index || client != no_index) {
      PoolIndex& first = stands_before(desk, client) ? desk : client;
      f(orders_[first]);
      first = after(first);
    }
  }

 private:
  using OfSession = PoolList<Order, &Order::of_session>;

  static std::size_t ladder_index(InstrumentId instrument, Side side, PartyKind kind) {
    return instrument.get() * 4 + (side == Side::buy ? 2 : 0) + (kind == PartyKind::desk ? 1 : 0);
  }
  [[nodiscard]] const Ladder& ladder(InstrumentId instrument, Side side, PartyKind kind) const {
    return ladders_[ladder_index(instrument, side, kind)];
  }
  Ladder& ladder_of(const Order& order) {
    return ladders_[ladder_index(order.view.instrument, order.view.side, order.kind)];
  }
  [[nodiscard]] PoolIndex first_in(const Ladder& ladder) const {
    return ladder.best == no_index ? no_index : levels_[ladder.best].orders.first();
  }
  [[nodiscard]] PoolIndex after(PoolIndex order) const;
  // Of two orders of one side, either of which may be none.
  [[nodiscard]] bool stands_before(PoolIndex a, PoolIndex b) const;

  Pool<Order> orders_;
  PriceLevels levels_;
  std::vector<Ladder> ladders_;
  std::vector<OfSession> by_session_;
  HashIndex<OrderId, PoolIndex, HashLogSeq> by_id_;
};

}  // namespace cantus
