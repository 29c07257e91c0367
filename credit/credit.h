// Credit of every party: per-order quantity and notional, and gross notional (executed in the trading day and open)
// (docs/architecture.md, section 5.3). Orders are judged and reserved where they stand on the log; the outcomes that
// follow on the log only convert or release. So between an order and its outcome a party is over-reserved, never under,
// and no order takes its gross notional above the limit that holds at its position. (A limit that is lowered, or that
// held for a while and ends, touches no order that stands: it only keeps out new ones until there is room.)
//
// What a reservation covers. Units of an order are executed in order, unit k under some version of it that is longer
// than k: the version in force or one that a pending replace asks for. Outcomes come later than what they tell of, so
// credit cannot know which; it reserves every unit at the greatest worst price of the versions that contain it. With no
// replace pending that is leaves × worst price; with one it is the greater of old and new, unit by unit.
//
// Which order a replace means is known here by its OrderID or ClOrdID. Where an id is claimed twice (a duplicate whose
// refusal is not on the log yet) or unknown, the replace is reserved as if it were a new order: more, never less.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bounded.h"
#include "base/digest.h"
#include "base/pool.h"
#include "credit/cl_ord_id_key.h"
#include "credit/order_check.h"
#include "credit/venue_capacity.h"
#include "sessions/inbound.h"

namespace cantus {

// A party's use of its credit, in notional.
struct CreditAccount {
  Notional executed;  // traded in this trading day, at traded prices, buys and sells together
  Notional reserved;  // open orders and pending replaces, at worst prices
  [[nodiscard]] Notional gross() const { return executed + reserved; }
  friend constexpr bool operator==(const CreditAccount&, const CreditAccount&) = default;
};

class Credit {
 public:
  // No sum of money in the venue goes beyond this, limits or not: sums of two never overflow.
  static constexpr Notional notional_bound{Int128{1} << 125};
  // Up to this many pending replaces of an order are reserved exactly; more by the greatest quantity and price among
  // all since none was pending.
  static constexpr std::uint32_t exact_requests_max = 8;

  // Both must be applied before this for every event, and outlive it. Room is taken when VenueDefined is applied.
  Credit(const ReferenceData& refdata, const MarketData& market);

  // `effect`: what the inbound sessions said of the event.
  void apply(const Event& event, Effect effect);

  // Of the NewOrder or ReplaceRequest just applied, if it was accepted by its session. It is the verdict in every
  // process; matching may still refuse for what only it knows, and its outcome then releases.
  [[nodiscard]] const Judgement& judgement() const { return judgement_; }

  [[nodiscard]] CreditAccount account(PartyId party) const;  // all zero for an unknown one
  [[nodiscard]] std::size_t reservations() const;            // orders that something is held for
  void digest_into(DigestBuilder& digest) const;
  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);  // what it includes is restored before

 private:
  // A replace whose outcome is not on the log yet.
  struct Request {
    Seq cause;
    OrderId order;  // zero: not known here, then `reserved` is its own
    PartyId party;
    Qty order_qty;
    Price worst_price;
    Notional reserved;
    ClOrdIdKey key;
    PoolLinks of_order;
    PoolLinks of_all;
  };
  using Requests = PoolList<Request, &Request::of_order>;
  struct Reservation {
    OrderId order;
    PartyId party;
    Qty order_qty;
    Qty cum_qty;
    Price worst_price;
    Notional reserved;
    ClOrdIdKey key;
    Requests pending;
    std::uint32_t pending_count = 0;
    Qty pending_qty_max;  // over all since none was pending
    Price pending_worst_max;
    PoolLinks links;
  };
  // Who uses a ClOrdID: an order, or a replace of it that is pending.
  struct Claim {
    OrderId order;  // zero: not known
    std::uint32_t claims = 0;
    bool ambiguous = false;
  };
  struct HashSeq {
    std::uint64_t operator()(Seq seq) const { return mix_bits(seq.get()); }
  };
  struct Store {
    Store(const VenueDefined& defined, VenueId venue);
    VenueDefined made_of;
    VenueId seed;
    Pool<Reservation> reservations;
    Pool<Request> requests;
    PoolList<Reservation, &Reservation::links> reserved;  // by position of the order
    PoolList<Request, &Request::of_all> requested;        // by position of the request
    HashIndex<OrderId, PoolIndex, HashLogSeq> by_order;
    HashIndex<Seq, PoolIndex, HashSeq> by_cause;
    HashIndex<ClOrdIdKey, Claim, HashClOrdIdKey> claims;
  };

  void apply_quarantined(const Event& event);
  void judge(const Event& event, const NewOrder& order);
  void judge(const Event& event, const ReplaceRequest& request);
  [[nodiscard]] RejectReason check_limits(const OrderTerms& terms) const;
  // What operators forbid at this position; asked last, as its reasons come last.
  [[nodiscard]] RejectReason check_restrictions(SessionId session, const OrderTerms& terms) const;
  [[nodiscard]] bool fits_gross(PartyId party, Notional more) const;
  void add_request(const Event& event, const ReplaceRequest& request, PoolIndex of);

  void on_outcome(const Event& event);
  void on_replaced(const OrderReplaced& replaced);
  void fill(const OrderView& order, Price price, Qty qty);
  void close(OrderId order);
  void end(PoolIndex index, Notional executed);
  void drop_request(Seq cause);

  [[nodiscard]] PoolIndex reservation_of(OrderId order) const;
  [[nodiscard]] PoolIndex named_by(const ReplaceRequest& request, PartyId party) const;
  [[nodiscard]] Notional wanted(const Reservation& of, const Request* more) const;
  void reserve_anew(Reservation& of, Notional executed);  // an outcome changed it
  void hold(PartyId party, Notional more);
  void convert(PartyId party, Notional released, Notional executed);
  void claim(const ClOrdIdKey& key, OrderId order);
  void unclaim(const ClOrdIdKey& key);

  // credit_snapshot.cpp
  void save_store(SnapshotWriter& out) const;
  void save_claim(SnapshotWriter& out, const ClOrdIdKey& key) const;
  void restore_from(SectionReader& in);
  void restore_reservations(SectionReader& in);
  void restore_requests(SectionReader& in);
  void restore_reserved(SectionReader& in);
  void restore_claim(SectionReader& in, const ClOrdIdKey& key);
  void restore_held(SectionReader& in, PartyId party, Notional amount);

  const ReferenceData& refdata_;
  const MarketData& market_;
  std::uint32_t trading_date_ = 0;
  std::vector<CreditAccount> accounts_;  // by party id
  std::optional<Store> store_;           // from VenueDefined on
  Judgement judgement_;
};

}  // namespace cantus
