// Snapshots of credit. What follows from other parts of the state is not stored but derived again: what an order or an
// account has reserved, which replaces an order has pending, how often a ClOrdID is claimed.

#include <algorithm>

#include "credit/credit.h"
#include "messages/validate.h"

namespace cantus {
namespace {

constexpr std::string_view section_name = "credit";
constexpr std::uint16_t section_version = 1;
constexpr std::size_t claim_bytes = sizeof(FixedString<32>) + sizeof(OrderId) + 1;
constexpr std::size_t reservation_bytes =
    sizeof(OrderId) + sizeof(PartyId) + 3 * sizeof(Qty) + 2 * sizeof(Price) + claim_bytes;
constexpr std::size_t request_bytes =
    sizeof(Seq) + sizeof(OrderId) + sizeof(PartyId) + sizeof(Qty) + sizeof(Price) + sizeof(Notional) + claim_bytes;

}  // namespace

Digest Credit::digest() const {
  DigestBuilder digest;
  digest_into(digest);
  return digest.digest();
}

void Credit::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put(trading_date_);
    for (const PartyDefined& party : refdata_.parties()) {
      out.put(accounts_[party.party.get()].executed);
    }
    out.put_flag(store_.has_value());
    if (store_) {
      save_store(out);
    }
  });
}

void Credit::save_store(SnapshotWriter& out) const {
  out.put(store_->made_of);
  out.put_count(store_->reservations.size());
  for (PoolIndex at = store_->reserved.first(); at != no_index; at = store_->reserved.next(store_->reservations, at)) {
    const Reservation& of = store_->reservations[at];
    out.put(of.order);
    out.put(of.party);
    out.put(of.order_qty);
    out.put(of.cum_qty);
    out.put(of.worst_price);
    out.put(of.key.cl_ord_id);
    out.put(of.pending_qty_max);
    out.put(of.pending_worst_max);
    save_claim(out, of.key);
  }
  out.put_count(store_->requests.size());
  for (PoolIndex at = store_->requested.first(); at != no_index; at = store_->requested.next(store_->requests, at)) {
    const Request& of = store_->requests[at];
    out.put(of.cause);
    out.put(of.order);
    out.put(of.party);
    out.put(of.order_qty);
    out.put(of.worst_price);
    out.put(of.reserved);
    out.put(of.key.cl_ord_id);
    save_claim(out, of.key);
  }
}

void Credit::save_claim(SnapshotWriter& out, const ClOrdIdKey& key) const {
  const Claim* claim = store_->claims.find(key);
  out.put(claim->order);
  out.put_flag(claim->ambiguous);
}

Status Credit::restore(const SnapshotSections& from) {
  return from.restore(
      section_name, section_version, [this](SectionReader& in) { restore_from(in); }, [this] { return digest(); });
}

void Credit::restore_from(SectionReader& in) {
  trading_date_ = in.get<std::uint32_t>();
  for (const PartyDefined& party : refdata_.parties()) {
    const auto executed = in.get<Notional>();
    in.require(executed >= Notional{} && executed <= notional_bound, "an account is beyond its bounds");
    if (in.ok()) {
      accounts_[party.party.get()].executed = executed;
    }
  }
  if (!in.get_flag()) {
    return;
  }
  const auto made_of = in.get<VenueDefined>();
  in.require(!validate(made_of), "the venue's capacities are not well-formed");
  if (in.ok()) {
    store_.emplace(made_of, in.taken_at().venue);
    restore_reservations(in);
    restore_requests(in);
    restore_reserved(in);
  }
}

void Credit::restore_reservations(SectionReader& in) {
  OrderId last;
  const std::size_t count =
      in.get_count(store_->reservations.capacity(), reservation_bytes, "more reservations than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Reservation of;
    of.order = in.get<OrderId>();
    of.party = in.get<PartyId>();
    of.order_qty = in.get<Qty>();
    of.cum_qty = in.get<Qty>();
    of.worst_price = in.get<Price>();
    of.key = ClOrdIdKey(store_->seed, of.party, in.get<FixedString<32>>());
    of.pending_qty_max = in.get<Qty>();
    of.pending_worst_max = in.get<Price>();
    in.require(of.order > last && in.known(of.order), "reservations do not stand in the order of their orders");
    in.require(refdata_.party(of.party) != nullptr, "a reservation is of no party");
    in.require(std::min({of.order_qty, of.cum_qty, of.pending_qty_max}) >= Qty{} &&
                   std::min(of.worst_price, of.pending_worst_max) >= Price{},
               "a reservation is below zero");
    restore_claim(in, of.key);
    if (in.ok()) {
      const PoolIndex index = store_->reservations.take();
      store_->reservations[index] = of;
      store_->reserved.push_back(store_->reservations, index);
      store_->by_order.insert(of.order, index);
    }
    last = of.order;
  }
}

void Credit::restore_requests(SectionReader& in) {
  Seq last;
  const std::size_t count = in.get_count(store_->requests.capacity(), request_bytes, "more requests than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Request of;
    of.cause = in.get<Seq>();
    of.order = in.get<OrderId>();
    of.party = in.get<PartyId>();
    of.order_qty = in.get<Qty>();
    of.worst_price = in.get<Price>();
    of.reserved = in.get<Notional>();
    of.key = ClOrdIdKey(store_->seed, of.party, in.get<FixedString<32>>());
    in.require(of.cause > last && of.cause <= in.taken_at().position.seq(),
               "requests do not stand in the order of their positions");
    in.require(refdata_.party(of.party) != nullptr, "a request is of no party");
    in.require(of.order_qty >= Qty{} && of.worst_price >= Price{}, "a request is below zero");
    // One that means an order has its reservation there; so has one whose order ended, which holds nothing any more.
    const bool its_own = of.order.is_zero() && of.reserved == notional_of(of.worst_price, of.order_qty);
    in.require(of.reserved.is_zero() || (its_own && of.reserved <= notional_bound), "a request holds what it cannot");
    const PoolIndex order = reservation_of(of.order);
    in.require(of.order.is_zero() || (order != no_index && store_->reservations[order].party == of.party),
               "a request means an order that is not there");
    restore_claim(in, of.key);
    if (in.ok()) {
      const PoolIndex index = store_->requests.take();
      store_->requests[index] = of;
      store_->requested.push_back(store_->requests, index);
      store_->by_cause.insert(of.cause, index);
      if (order != no_index) {
        store_->reservations[order].pending.push_back(store_->requests, index);
        ++store_->reservations[order].pending_count;
      }
    }
    last = of.cause;
  }
}

void Credit::restore_reserved(SectionReader& in) {
  for (PoolIndex at = store_->reserved.first(); at != no_index && in.ok();
       at = store_->reserved.next(store_->reservations, at)) {
    Reservation& of = store_->reservations[at];
    Qty qty_max;
    Price worst_max;
    for (PoolIndex of_order = of.pending.first(); of_order != no_index;
         of_order = Requests::next(store_->requests, of_order)) {
      qty_max = std::max(qty_max, store_->requests[of_order].order_qty);
      worst_max = std::max(worst_max, store_->requests[of_order].worst_price);
    }
    in.require(of.pending_count == 0 ? of.pending_qty_max.is_zero() && of.pending_worst_max.is_zero()
                                     : of.pending_qty_max >= qty_max && of.pending_worst_max >= worst_max,
               "pending replaces exceed what is said of them");
    of.reserved = wanted(of, nullptr);
    restore_held(in, of.party, of.reserved);
  }
  for (PoolIndex at = store_->requested.first(); at != no_index && in.ok();
       at = store_->requested.next(store_->requests, at)) {
    restore_held(in, store_->requests[at].party, store_->requests[at].reserved);
  }
}

void Credit::restore_held(SectionReader& in, PartyId party, Notional amount) {
  CreditAccount& account = accounts_[party.get()];
  in.require(amount <= notional_bound && account.gross() + amount <= notional_bound,
             "more is reserved than a venue can hold");
  if (in.ok()) {
    account.reserved = account.reserved + amount;
  }
}

// It stands with each that claims the id; the first one makes it.
void Credit::restore_claim(SectionReader& in, const ClOrdIdKey& key) {
  const auto order = in.get<OrderId>();
  const bool ambiguous = in.get_flag();
  in.require(key.cl_ord_id.well_formed() && in.known(order), "a claim of an id is not well-formed");
  if (!in.ok()) {
    return;
  }
  Claim* found = store_->claims.find(key);
  if (found == nullptr) {
    store_->claims.insert(key, Claim{order, 1, ambiguous});
    return;
  }
  in.require(found->order == order && found->ambiguous == ambiguous, "an id is claimed in two ways");
  ++found->claims;
}

}  // namespace cantus
