// Snapshots of matching: the book, the ClOrdIDs of the day, and what it wishes for. Queues and levels of the book are
// not stored: they follow from price and priority.

#include <algorithm>
#include <vector>

#include "base/mutant.h"
#include "matching/matching_application.h"
#include "messages/validate.h"

namespace cantus {
namespace {

constexpr std::string_view section_name = "matching";
constexpr std::uint16_t section_version = 2;
constexpr std::size_t order_bytes = sizeof(OrderView) + sizeof(Seq) + sizeof(PoolIndex);
constexpr std::size_t id_bytes = sizeof(PartyId) + sizeof(FixedString<32>) + sizeof(OrderId) + sizeof(PoolIndex);
constexpr std::size_t closed_bytes = sizeof(PoolIndex) + sizeof(OrderView);

// As in the message that tells of it.
bool well_formed(const OrderView& view) { return !validate(OrderAccepted{Seq(1), view}); }

}  // namespace

// ---- ids ------------------------------------------------------------------------------------------------------------

void ClOrdIds::save_into(SnapshotWriter& out) const {
  out.put_count(entries_.size());
  for (const Entry& entry : entries_) {
    out.put(entry.key.party);
    out.put(entry.key.cl_ord_id);
    out.put(entry.order);
    out.put(entry.root);
  }
  // In order of their closing; which root each belongs to is told by that.
  std::vector<PoolIndex> roots(closed_.size(), no_index);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].closed != no_index) {
      roots[entries_[i].closed] = static_cast<PoolIndex>(i);
    }
  }
  out.put_count(closed_.size());
  for (std::size_t i = 0; i < closed_.size(); ++i) {
    out.put(roots[i]);
    out.put(closed_[i]);
  }
}

void ClOrdIds::restore_from(SectionReader& in) {
  const std::size_t count = in.get_count(ids_max_, id_bytes, "more ClOrdIDs than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Entry entry;
    const auto party = in.get<PartyId>();
    entry.key = ClOrdIdKey(seed_, party, in.get<FixedString<32>>());
    entry.order = in.get<OrderId>();
    entry.root = in.get<PoolIndex>();
    in.require(in.known(entry.order) && entry.key.cl_ord_id.well_formed() && party.get() < taken_.size(),
               "a ClOrdID is not well-formed");
    const bool first = entry.root == i;
    in.require(first || (entry.root < i && entry.order.is_zero() && entries_[entry.root].root == entry.root &&
                         !entries_[entry.root].order.is_zero()),
               "a further ClOrdID has no first one");
    in.require(slots_[slot_of(entry.key)] == no_index, "a ClOrdID is there twice");
    in.require(entry.order.is_zero() || roots_.empty() || entries_[roots_.back()].order < entry.order,
               "orders do not stand in order of their OrderIDs");
    if (in.ok()) {
      add(entry);
    }
  }
  const std::size_t ended = in.get_count(entries_.size(), closed_bytes, "more closed orders than ClOrdIDs");
  for (std::size_t i = 0; i < ended && in.ok(); ++i) {
    const auto root = in.get<PoolIndex>();
    const auto view = in.get<OrderView>();
    in.require(root < entries_.size() && !entries_[root].order.is_zero() && entries_[root].closed == no_index &&
                   entries_[root].order == view.order_id && well_formed(view),
               "a closed order is not that of its ClOrdID");
    if (in.ok()) {
      close(root, view);
    }
  }
}

bool ClOrdIds::is_open(PoolIndex root, PartyId party, OrderId order) const {
  return root < entries_.size() && entries_[root].root == root && entries_[root].order == order &&
         entries_[root].key.party == party && entries_[root].closed == no_index;
}

std::size_t ClOrdIds::open() const { return roots_.size() - closed_.size(); }

// ---- matching -------------------------------------------------------------------------------------------------------

void MatchingApplication::save(SnapshotWriter& out) const {
  refdata_.save(out);
  sessions_.save(out);
  market_data_.save(out);
  credit_.save(out);
  out.section(section_name, section_version, digest(), [&] {
    out.put(trading_date_);
    out.put(unanswered_);
    out.put_flag(venue_.has_value());
    if (venue_) {
      save_venue(out);
    }
  });
}

void MatchingApplication::save_venue(SnapshotWriter& out) const {
  out.put(venue_->made_of);
  venue_->ids.save_into(out);
  for (const SessionDefined& session : refdata_.sessions()) {
    std::size_t count = 0;
    for (PoolIndex at = venue_->book.first_of(session.session); at != no_index; at = venue_->book.next_of_session(at)) {
      ++count;
    }
    out.put_count(count);
    for (PoolIndex at = venue_->book.first_of(session.session); at != no_index; at = venue_->book.next_of_session(at)) {
      const Order& order = venue_->book[at];
      out.put(order.view);
      out.put(order.priority);
      out.put(order.id_root);
    }
  }
  wishes_.save_into(out);
  out.put_count(venue_->told_trades.size());
  for (const TradeVoided& trade : venue_->told_trades) {
    out.put(trade);
  }
  out.put_count(venue_->told_of_orders.size());
  for (const ToldOfOrder& told : venue_->told_of_orders) {
    out.put(told);
  }
}

Status MatchingApplication::restore(const SnapshotSections& from) {
  if (Status included = restore_in_order(from, refdata_, sessions_, market_data_, credit_); !included) {
    return included;
  }
  return from.restore(
      section_name, section_version, [this](SectionReader& in) { restore_from(in); }, [this] { return digest(); });
}

void MatchingApplication::restore_from(SectionReader& in) {
  trading_date_ = in.get<std::uint32_t>();
  unanswered_ = in.get<std::uint64_t>();
  if (!in.get_flag()) {
    return;
  }
  const auto made_of = in.get<VenueDefined>();
  in.require(!validate(made_of), "the venue's capacities are not well-formed");
  if (!in.ok()) {
    return;
  }
  open_venue(made_of, in.taken_at().venue);
  venue_->ids.restore_from(in);
  restore_book(in);
  in.require(venue_->ids.open() == venue_->book.size(), "an order is neither open nor closed");
  wishes_.restore_from(in);
  restore_told(in);
  in.require(wishes_.room() >= venue_->book.size(), "there is no slot for the end of every open order");
}

// Sessions' lists keep the order in which orders came; a queue is ordered by priority.
void MatchingApplication::restore_told(SectionReader& in) {
  const std::size_t trades =
      in.get_count(venue_->room.refusals_kept, sizeof(TradeVoided), "more void trades than are remembered");
  for (std::size_t i = 0; i < trades && in.ok(); ++i) {
    const auto trade = in.get<TradeVoided>();
    in.require(!validate(trade), "a void trade is not well-formed");
    if (in.ok()) {
      venue_->told_trades.push_back(trade);
    }
  }
  const std::size_t orders =
      in.get_count(venue_->room.refusals_kept - venue_->told_trades.size(), sizeof(ToldOfOrder), "more void outcomes");
  for (std::size_t i = 0; i < orders && in.ok(); ++i) {
    venue_->told_of_orders.push_back(in.get<ToldOfOrder>());
  }
}

void MatchingApplication::restore_book(SectionReader& in) {
  std::vector<PoolIndex> indices;
  for (const SessionDefined& session : refdata_.sessions()) {
    const std::size_t room = venue_->made_of.open_orders_max - venue_->book.size();
    const std::size_t count = in.get_count(room, order_bytes, "more open orders than have room");
    OrderId last;
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      const Order order = restored_order(in, session.session);
      in.require(order.view.order_id > last, "a session's orders do not stand in the order of their coming");
      last = order.view.order_id;
      if (in.ok()) {
        indices.push_back(venue_->book.add_unqueued(order));
      }
    }
  }
  OrderBook& book = venue_->book;
  std::sort(indices.begin(), indices.end(), [&book](PoolIndex a, PoolIndex b) {
    return CANTUS_MUTANT(snapshot_turns_queues) ? book[a].priority > book[b].priority
                                                : book[a].priority < book[b].priority;
  });
  const auto twice = std::adjacent_find(indices.begin(), indices.end(), [&book](PoolIndex a, PoolIndex b) {
    return book[a].priority == book[b].priority;
  });
  in.require(twice == indices.end(), "two orders have the same priority");
  for (const PoolIndex index : indices) {
    book.join_queue(index);
  }
}

Order MatchingApplication::restored_order(SectionReader& in, SessionId session) const {
  Order order;
  order.view = in.get<OrderView>();
  order.priority = in.get<Seq>();
  order.id_root = in.get<PoolIndex>();
  const OrderView& view = order.view;
  const PartyDefined* party = refdata_.party(view.party);
  in.require(well_formed(view), "an open order is not well-formed");
  in.require(view.session == session && party != nullptr && refdata_.instrument(view.instrument) != nullptr,
             "an open order is of a session, party or instrument that is not there");
  in.require(in.known(view.order_id) && order.priority <= in.taken_at().position.seq() && !order.priority.is_zero(),
             "an open order lies behind the position");
  in.require(view.price > Price{} && view.leaves_qty > Qty{} && view.leaves_qty <= view.order_qty &&
                 view.order_qty.get() - view.leaves_qty.get() == view.cum_qty.get(),
             "an open order's price and quantities do not fit each other");
  in.require(view.cum_notional >= Notional{} && view.cum_notional <= Credit::notional_bound,
             "an open order was filled for more than there can be");
  in.require(venue_->ids.is_open(order.id_root, view.party, view.order_id), "an open order has no ClOrdID");
  in.require(venue_->book.find(view.order_id) == no_index, "an open order is there twice");
  order.kind = party == nullptr ? PartyKind::client : party->kind;
  return order;
}

}  // namespace cantus
