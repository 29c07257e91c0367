#include "matching/cl_ord_ids.h"

#include <algorithm>

#include "refdata/reference_data.h"

namespace cantus {
namespace {

std::size_t slots_for(std::size_t ids_max) {
  std::size_t slots = 16;
  while (slots < ids_max * 2) {
    slots *= 2;
  }
  return slots;
}

}  // namespace

ClOrdIds::ClOrdIds(std::size_t ids_max, VenueId seed)
    : ids_max_(ids_max),
      seed_(seed),
      slots_(slots_for(ids_max), no_index),
      taken_(ReferenceDataBounds::parties_max + 1) {
  entries_.reserve(ids_max);
  closed_.reserve(ids_max);
  roots_.reserve(ids_max);
}

void ClOrdIds::share_among(std::size_t parties) {
  CANTUS_ASSERT(parties < taken_.size(), "there are no more parties than have room");
  if (parties != parties_) {
    parties_ = parties;
    share_ = parties == 0 ? 0 : ids_max_ / parties;
    count_owed();
  }
}

void ClOrdIds::count_owed() {
  owed_ = 0;
  for (std::size_t party = 1; party <= parties_; ++party) {
    owed_ += share_ - std::min<std::size_t>(share_, taken_[party]);
  }
}

// Where the key is, or the free slot where it would be.
std::size_t ClOrdIds::slot_of(const ClOrdIdKey& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key.hash & mask;
  while (slots_[at] != no_index && !(entries_[slots_[at]].key == key)) {
    at = (at + 1) & mask;
  }
  return at;
}

PoolIndex ClOrdIds::find(PartyId party, const FixedString<32>& id) const {
  return slots_[slot_of(ClOrdIdKey(seed_, party, id))];
}

OrderId ClOrdIds::order_of(PartyId party, const FixedString<32>& id) const {
  const PoolIndex found = find(party, id);
  return found == no_index ? OrderId{} : entries_[entries_[found].root].order;
}

const OrderView* ClOrdIds::closed(PartyId party, const FixedString<32>& id) const {
  const PoolIndex found = find(party, id);
  const PoolIndex closed = found == no_index ? no_index : entries_[entries_[found].root].closed;
  return closed == no_index ? nullptr : &closed_[closed];
}

const OrderView* ClOrdIds::closed(PartyId party, OrderId order) const {
  const auto root = std::lower_bound(roots_.begin(), roots_.end(), order,
                                     [this](PoolIndex at, OrderId wanted) { return entries_[at].order < wanted; });
  if (root == roots_.end() || entries_[*root].order != order || entries_[*root].key.party != party) {
    return nullptr;
  }
  const PoolIndex closed = entries_[*root].closed;
  return closed == no_index ? nullptr : &closed_[closed];
}

PoolIndex ClOrdIds::add_refused(PartyId party, const FixedString<32>& id) { return add_order(party, id, OrderId{}); }

PoolIndex ClOrdIds::add_order(PartyId party, const FixedString<32>& id, OrderId order) {
  return add(Entry{ClOrdIdKey(seed_, party, id), order, no_index, no_index});
}

void ClOrdIds::add_request(PartyId party, const FixedString<32>& id, PoolIndex root) {
  add(Entry{ClOrdIdKey(seed_, party, id), OrderId{}, root, no_index});
}

PoolIndex ClOrdIds::add(const Entry& entry) {
  CANTUS_ASSERT(!full(), "room for an id is tested before it is added");
  const std::size_t slot = slot_of(entry.key);
  CANTUS_ASSERT(slots_[slot] == no_index, "an id is added once");
  const auto index = static_cast<PoolIndex>(entries_.size());
  slots_[slot] = index;
  entries_.push_back(entry);
  if (entry.root == no_index) {
    entries_.back().root = index;
  }
  if (!entry.order.is_zero()) {
    CANTUS_ASSERT(roots_.empty() || entries_[roots_.back()].order < entry.order, "OrderIDs only grow");
    roots_.push_back(index);
  }
  std::uint32_t& taken = taken_[entry.key.party.get()];
  owed_ -= entry.key.party.get() <= parties_ && taken < share_ ? 1 : 0;
  ++taken;
  added_.add(entry.key.party).add(entry.key.cl_ord_id).add(entry.order).add(entries_.back().root);
  return index;
}

void ClOrdIds::close(PoolIndex root, const OrderView& ended) {
  CANTUS_ASSERT(entries_[root].closed == no_index, "an order closes once");
  entries_[root].closed = static_cast<PoolIndex>(closed_.size());
  closed_.push_back(ended);
  ended_.add(root).add_bytes(std::as_bytes(std::span(&ended, 1)));
}

void ClOrdIds::clear() {
  entries_.clear();
  closed_.clear();
  roots_.clear();
  std::fill(slots_.begin(), slots_.end(), no_index);
  std::fill(taken_.begin(), taken_.end(), 0);
  count_owed();
  added_ = DigestBuilder{};
  ended_ = DigestBuilder{};
}

}  // namespace cantus
