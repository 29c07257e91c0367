// Matching and credit written for clarity alone: plain containers, every order looked at for every match, credit added
// up unit by unit. It takes the same log as the real thing and must give the same outcomes, byte for byte. Reference
// data and sessions are the real ones (they have models of their own); market data is not.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "credit/order_check.h"
#include "credit/venue_capacity.h"
#include "messages/record.h"
#include "refdata/reference_data.h"
#include "sessions/inbound.h"

namespace cantus::test {

struct Outcome {
  MessageType type;
  std::vector<std::byte> payload;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

class NaiveCredit {
 public:
  struct Account {
    Int128 executed = 0;
    Int128 reserved = 0;
  };

  // Whether `qty` at `worst` may be added; reserves it if so, and nothing is `forbidden`.
  RejectReason enter(const PartyDefined& party, OrderId order, std::string_view id, Qty qty, Price worst,
                     std::size_t reservations_max, RejectReason forbidden);
  RejectReason change(const PartyDefined& party, Seq cause, const ReplaceRequest& request, Qty qty, Price worst,
                      std::size_t requests_max, RejectReason forbidden);
  void on_outcome(const Event& event);
  // All that is done with an outcome that is quarantined for credit.
  void count_executed(const Event& event);
  void new_day();
  [[nodiscard]] Account account(PartyId party) const;

 private:
  using Id = std::pair<std::uint32_t, std::string>;
  struct Version {
    Seq cause;
    Qty qty;
    Price worst;
  };
  struct Order {
    PartyId party;
    Qty cum;
    Version now;
    std::vector<Version> pending;
    std::vector<Version> since_none_pending;
    Id id;
  };
  struct Request {
    PartyId party;
    OrderId order;  // zero: unknown, reserved for itself
    Int128 reserved = 0;
    Id id;
  };
  struct Claim {
    OrderId order;
    int count = 0;
    bool ambiguous = false;
  };

  [[nodiscard]] static Int128 wanted(const Order& order);
  [[nodiscard]] Int128 reserved(PartyId party) const;
  [[nodiscard]] bool fits(const PartyDefined& party, Int128 more) const;
  void claim(const Id& id, OrderId order);
  void unclaim(const Id& id);
  void close(OrderId order);
  void drop(Seq cause);

  std::map<OrderId, Order> orders_;
  std::map<Seq, Request> requests_;
  std::map<Id, Claim> claims_;
  std::map<std::uint32_t, Int128> executed_;
};

class NaiveVenue {
 public:
  NaiveVenue() : sessions_(refdata_) {}

  // All outcomes that the event leads to. It knows which machines must not handle it.
  std::vector<Outcome> apply(const Event& event);
  [[nodiscard]] const NaiveCredit& credit() const { return credit_; }
  [[nodiscard]] std::vector<OrderView> book(InstrumentId instrument, Side side) const;
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }

 private:
  struct Resting {
    OrderView view;
    Seq priority;
  };
  struct Known {
    OrderId order;  // zero: none
  };
  struct Found {
    std::list<Resting>::iterator open;
    const OrderView* view = nullptr;
    bool is_open = false;
    RejectReason reason = RejectReason::none;
  };

  [[nodiscard]] PartyDefined trader(SessionId session) const;
  void on(const Event& event, const NewOrder& order);
  void on(const Event& event, const CancelRequest& request);
  void on(const Event& event, const ReplaceRequest& request);
  void on(const Event& event, const StatusRequest& request);
  Found find(PartyId party, OrderId id, const std::string& cl_ord_id);
  std::optional<Price> best_for(const OrderView& incoming, Price limit, std::list<Resting>::iterator& best);
  void refuse(const Event& event, const NewOrder& order, PartyId party, RejectReason reason);
  template <class Request>
  void refuse(const Event& event, const Request& request, PartyId party, RejectReason reason, const OrderView* view);
  void match(OrderView& incoming, Price limit, Seq cause);
  Qty available(const OrderView& incoming, Price limit);
  void cancel(OrderView view, CancelReason reason, Seq cause);
  void cancel_all_of(SessionId session, CancelReason reason, Seq cause);
  void on_signed(const CommandPart& part, Seq cause);
  [[nodiscard]] RejectReason forbidden(SessionId session, InstrumentId instrument) const;
  [[nodiscard]] PartyDefined limited(const PartyDefined& party) const;  // with the limits that hold now
  void remember(PartyId party, const std::string& id, OrderId order);
  template <class M>
  void say(const M& message);

  // The rules of prices, by cross multiplication instead of rounding.
  [[nodiscard]] Price reference(const InstrumentDefined& of) const;
  [[nodiscard]] Price opposite(const InstrumentDefined& of, Side side) const;
  [[nodiscard]] static Price highest(const InstrumentDefined& of, Price base);
  [[nodiscard]] static Price lowest(const InstrumentDefined& of, Price base);
  [[nodiscard]] std::pair<RejectReason, Price> judge_price(const InstrumentDefined& of, Side side, bool market,
                                                           Price price) const;
  [[nodiscard]] Price limit_of(const InstrumentDefined& of, Side side, bool market, Price price, Price worst) const;

  ReferenceData refdata_;
  InboundSessions sessions_;
  NaiveCredit credit_;
  std::set<std::uint32_t> blocked_parties_;
  std::set<std::uint32_t> blocked_sessions_;
  std::set<std::uint32_t> disabled_;
  std::set<std::uint32_t> halted_;
  std::map<std::uint32_t, PartyLimitsUntil> for_a_while_;
  TimeNs time_;
  std::map<std::uint32_t, std::pair<Price, Price>> quotes_;
  std::map<std::uint32_t, std::uint64_t> feeds_;
  std::optional<VenueCapacity> capacity_;
  std::uint32_t date_ = 0;
  std::list<Resting> orders_;  // in order of entry
  std::map<std::pair<std::uint32_t, std::string>, Known> ids_;
  std::map<OrderId, OrderView> closed_;
  std::vector<Outcome> said_;
  std::size_t outstanding_ = 0;
  std::uint64_t unanswered_ = 0;
  bool left_alone_ = false;  // the record is quarantined for matching: a request is refused, and no order changes
};

}  // namespace cantus::test
