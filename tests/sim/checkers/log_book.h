// What the log says, by a calculation of its own: straight from its records, by none of the venue's machines, so that a
// mistake that every projection shares is found, too. Each execution is written down as those of its fields that
// matter, "tag=value|…" in ascending order of tags, as whoever was sent it keeps it. Of a record that is quarantined
// for gateways nobody was sent anything before that; from then on it is status and quantities alone.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "messages/record.h"

namespace cantus::sim {

// The fields of a whole message, written with | for the separator, that a book of executions compares.
[[nodiscard]] std::string fields_that_matter(std::string_view message);

class LogBook {
 public:
  // Each record of the log, in order.
  void take(const Event& event);

  struct Session {
    std::string comp_id;
    SessionRole role = SessionRole::client;
    PartyId party;
    std::map<std::string, std::string> executions;  // by ExecID (17), with copies
    std::set<std::string> refused_requests;         // ClOrdIDs that an OrderCancelReject (35=9) answers
    std::set<std::string> statuses;                 // positions of what it was told when it asked (150=I)
    std::set<std::string> entered;                  // ClOrdIDs of everything that it asked, accepted or not
  };
  struct Trade {
    Price price;
    Qty qty;
    std::string buy;  // OrderIDs
    std::string sell;
    std::uint32_t attempts = 0;  // to report it
  };
  struct Order {
    SessionId session;
    std::string cl_ord_id;  // the first
    std::int64_t qty = 0;
    std::int64_t executed = 0;
    Int128 notional = 0;
    std::size_t outcomes = 0;  // of the order itself: accepted, rejected
    bool open = false;
    char status = '0';
  };

  [[nodiscard]] const std::map<SessionId, Session>& sessions() const { return sessions_; }
  [[nodiscard]] const std::map<std::string, Trade>& trades() const { return trades_; }  // by id: "log-seq"
  [[nodiscard]] const std::map<std::string, Order>& orders() const { return orders_; }  // that have an outcome
  // The last record that somebody was told of.
  [[nodiscard]] Seq last() const { return last_; }
  // Where the log contradicts itself.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void take_outcome(const Event& event);
  void take_request(const Event& event);
  void take_trade(const Event& event);
  void take_submit(const Event& event);
  void take_rejected(const Event& event);
  void take_quarantine(const Quarantine& quarantine);
  void take_view(const Event& event, const OrderView& view, char exec_type, std::uint8_t index);
  void fill(const OrderView& view, const cantus::Trade& trade);
  void compare(const Event& event, const OrderView& view, Order& order);
  void give(const Event& event, SessionId session, std::uint8_t index, const std::string& fields);
  [[nodiscard]] std::string symbol_of(InstrumentId instrument) const;
  void complain(const Event& event, const std::string& what);

  std::map<SessionId, Session> sessions_;
  std::map<InstrumentId, std::string> symbols_;
  std::map<std::string, Trade> trades_;
  std::map<std::string, Order> orders_;
  std::map<std::string, NewOrder> entered_;  // by position: those that may be accepted yet
  std::vector<Quarantine> begun_;            // of one command, whose last is not there yet
  Seq last_;
  std::vector<std::string> complaints_;
};

}  // namespace cantus::sim
