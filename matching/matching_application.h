// Matching: takes every order, cancel, replace and status request where it stands on the log and wishes for the
// outcomes (docs/architecture.md, section 5). Its state changes at once; the wishes follow on the log. It includes the
// machines it needs, so that one object fed with the whole log answers every question about it.
//
// Capacity. Room for wishes is tested before a change. Each open order keeps one free slot for its unsolicited end, so
// that a cancel, a disconnect or the end of the day always finds room; new orders and replaces are taken only while a
// further part, kept for refusals, is free. That part is larger than what can lie unanswered on the log, because
// back-pressure stops input before (docs/architecture.md, section 3); should a request find no room even for its
// refusal, it changes nothing and is counted.
#pragma once

#include <cstdint>
#include <optional>

#include "credit/credit.h"
#include "marketdata/market_data.h"
#include "matching/cl_ord_ids.h"
#include "matching/order_book.h"
#include "messages/machine.h"
#include "refdata/reference_data.h"
#include "sessions/inbound.h"

namespace cantus {

// How many wishes matching keeps room for.
struct MatchingRoom {
  std::size_t refusals_kept = 0;  // beyond those of open orders: below it no order or replace is taken
  std::size_t wishes_max = 0;

  explicit MatchingRoom(const VenueCapacity& capacity)
      : refusals_kept(capacity.unanswered_max),
        wishes_max(capacity.open_orders_max + refusals_kept + capacity.unanswered_max) {}
};

class MatchingApplication final : public Application {
 public:
  MatchingApplication();

  // All room is taken when the first VenueDefined is applied; nothing is allocated afterwards.
  void apply(const Event& event) override;
  // Of a void outcome of its own that may have left it remembers what must be answered (matching_void.cpp).
  void apply_void(const Event& record, bool may_have_left) override;
  [[nodiscard]] Digest digest() const override;
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }
  void save(SnapshotWriter& out) const override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override;
  [[nodiscard]] const WishQueue& wishes() const { return wishes_; }

  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  [[nodiscard]] const InboundSessions& sessions() const { return sessions_; }
  [[nodiscard]] const MarketData& market_data() const { return market_data_; }
  [[nodiscard]] const Credit& credit() const { return credit_; }

  // Calls f(const OrderView&) for each open order of a side, best price first, then earliest.
  template <class F>
  void for_each_order(InstrumentId instrument, Side side, F&& f) const {
    if (venue_) {
      venue_->book.for_each(instrument, side, [&](const Order& order) { f(order.view); });
    }
  }
  // Null if no such order is open.
  [[nodiscard]] const OrderView* open_order(OrderId order) const;
  [[nodiscard]] std::size_t open_orders() const { return venue_ ? venue_->book.size() : 0; }
  // Requests that found no room for any answer (see above); only a venue without back-pressure has any.
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }

 private:
  // An end or change of an order that was told and is void.
  struct ToldOfOrder {
    Seq voided;
    OrderId order;
  };
  struct Venue {
    Venue(const VenueDefined& defined, VenueId id)
        : made_of(defined),
          room(VenueCapacity(defined)),
          book(defined.open_orders_max),
          ids(defined.cl_ord_ids_max, id) {
      told_trades.reserve(room.refusals_kept);
      told_of_orders.reserve(room.refusals_kept);
    }
    VenueDefined made_of;
    MatchingRoom room;
    OrderBook book;
    ClOrdIds ids;
    // Void outcomes that may have left, until their resolution is applied; in the order of the log.
    std::vector<TradeVoided> told_trades;
    std::vector<ToldOfOrder> told_of_orders;
  };
  // The order that a cancel, replace or status request means.
  struct Named {
    RejectReason reason = RejectReason::none;  // unknown_order, order_already_closed, not_the_same_order
    const OrderView* view = nullptr;           // null: unknown
    PoolIndex open = no_index;
  };
  // How a request names an order.
  struct NameOfOrder {
    PartyId party;
    OrderId order_id;
    const FixedString<32>& cl_ord_id;
  };

  void apply_own(const Event& event, Effect effect);

  void apply_quarantined(const Event& event, Effect effect);  // matching_quarantined.cpp

  // matching.cpp: requests
  void on(const Event& event, const NewOrder& order);
  void on(const Event& event, const CancelRequest& request);
  void on(const Event& event, const ReplaceRequest& request);
  void on(const Event& event, const StatusRequest& request);
  void replace(const Event& event, const ReplaceRequest& request, PoolIndex index);
  [[nodiscard]] Named find_order(const NameOfOrder& name) const;
  [[nodiscard]] PartyId party_of(SessionId session) const;  // zero: none
  void refuse(const Event& event, const NewOrder& order, PartyId party, RejectReason reason);
  template <class Request>
  void refuse(const Event& event, const Request& request, PartyId party, RequestKind kind, RejectReason reason,
              const Named& named);

  // matching.cpp: matching
  [[nodiscard]] bool fillable(const Order& incoming, Price limit) const;
  void match(Order& incoming, Price limit, Seq cause);
  void trade(Order& incoming, PoolIndex resting, Seq cause);
  void end(OrderView ended, PoolIndex id_root, CancelReason reason, Seq cause);
  void end_resting(PoolIndex index, CancelReason reason, Seq cause);
  void end_all_of(SessionId session, CancelReason reason, Seq cause);
  void end_all_of(const TradingBlocked& blocked, Seq cause);

  void open_venue(const VenueDefined& defined, VenueId id);

  // matching_void.cpp
  void answer_void();

  // matching_snapshot.cpp
  void save_venue(SnapshotWriter& out) const;
  void restore_from(SectionReader& in);
  void restore_book(SectionReader& in);
  void restore_told(SectionReader& in);
  [[nodiscard]] Order restored_order(SectionReader& in, SessionId session) const;

  // Slots for wishes beyond the one that each open order keeps.
  [[nodiscard]] std::size_t spare_slots() const { return wishes_.room() - venue_->book.size(); }
  [[nodiscard]] bool may_take_id(PartyId party);  // room for another ClOrdID of the party
  [[nodiscard]] bool may_grow() const;            // room for an order or replace with all that it can lead to
  [[nodiscard]] bool may_answer();                // room for a refusal or status; counts if not

  ReferenceData refdata_;
  InboundSessions sessions_;
  MarketData market_data_;
  Credit credit_;
  WishQueue wishes_;
  std::uint64_t own_sections_ = 0;  // of any state of this build
  std::optional<Venue> venue_;
  std::uint32_t trading_date_ = 0;
  std::uint64_t unanswered_ = 0;
};

}  // namespace cantus
