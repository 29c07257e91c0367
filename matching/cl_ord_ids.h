// Every ClOrdID of the trading day, whatever request carried it: an id is used once by a party. It also remembers which
// order an id belongs to and how closed orders ended, so that a late cancel or a status request gets the right answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/digest.h"
#include "base/pool.h"
#include "credit/cl_ord_id_key.h"
#include "messages/messages.h"
#include "messages/snapshot.h"

namespace cantus {

class ClOrdIds {
 public:
  // Room for `ids_max` ids; `seed` as for ClOrdIdKey.
  ClOrdIds(std::size_t ids_max, VenueId seed);

  [[nodiscard]] bool full() const { return entries_.size() == ids_max_; }
  // How many parties, numbered from 1, have a share of the room; at most ReferenceDataBounds::parties_max.
  void share_among(std::size_t parties);
  // There is room, and the party either has not used up its share, or would take nothing of what the others have left
  // of theirs.
  [[nodiscard]] bool has_share(PartyId party) const {
    return !full() && (taken_[party.get()] < share_ || ids_max_ - entries_.size() > owed_);
  }
  [[nodiscard]] bool contains(PartyId party, const FixedString<32>& id) const { return find(party, id) != no_index; }
  // The order that an id belongs to, or belonged to when it was replaced; zero if none (never used, or its request was
  // refused).
  [[nodiscard]] OrderId order_of(PartyId party, const FixedString<32>& id) const;
  // How the order of this id ended; null if it is open or there is none.
  [[nodiscard]] const OrderView* closed(PartyId party, const FixedString<32>& id) const;
  [[nodiscard]] const OrderView* closed(PartyId party, OrderId order) const;  // likewise; null if it is another party's

  // Adds an id that is not there yet; there must be room. Returns the root of its order's ids, for the next two. Orders
  // come in order of their OrderIDs.
  PoolIndex add_refused(PartyId party, const FixedString<32>& id);
  PoolIndex add_order(PartyId party, const FixedString<32>& id, OrderId order);
  // A further id of an order whose first one has this root.
  void add_request(PartyId party, const FixedString<32>& id, PoolIndex root);
  // The order is open no more.
  void close(PoolIndex root, const OrderView& ended);

  void clear();  // a new trading day
  void digest_into(DigestBuilder& digest) const { digest.add(added_.digest()).add(ended_.digest()); }

  void save_into(SnapshotWriter& out) const;
  void restore_from(SectionReader& in);
  // True if `root` is the first id of that party's order, which has not ended.
  [[nodiscard]] bool is_open(PoolIndex root, PartyId party, OrderId order) const;
  [[nodiscard]] std::size_t open() const;  // orders that have not ended

 private:
  struct Entry {
    ClOrdIdKey key;
    OrderId order;                // zero: none; of a root only
    PoolIndex root = no_index;    // index of the order's first entry; its own for that one
    PoolIndex closed = no_index;  // in closed_, of a root only
  };

  [[nodiscard]] std::size_t slot_of(const ClOrdIdKey& key) const;
  [[nodiscard]] PoolIndex find(PartyId party, const FixedString<32>& id) const;
  PoolIndex add(const Entry& entry);
  void count_owed();

  std::size_t ids_max_;
  VenueId seed_;
  std::vector<Entry> entries_;     // in order of arrival; room reserved
  std::vector<OrderView> closed_;  // in order of closing; room reserved, as each closed order has an id
  std::vector<PoolIndex> roots_;   // of the orders, in order of their OrderIDs; room reserved
  std::vector<PoolIndex> slots_;   // hash table over entries_: linear probing, at most half full
  // Follow from the entries and the number of parties.
  std::vector<std::uint32_t> taken_;  // by party id
  std::size_t parties_ = 0;
  std::size_t share_ = 0;
  std::size_t owed_ = 0;  // what all parties together have left of their shares
  // Of what was added and what ended since the day began: the state, as nothing is taken out.
  DigestBuilder added_;
  DigestBuilder ended_;
};

}  // namespace cantus
