// Orders as their sender knows them: what was asked, what the reports said. Every role that trades keeps its orders
// here; a new life of the same participant finds in its result file which of them may still be open.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "examples/participant/quickfix.h"
#include "examples/participant/results.h"

namespace cantus::participant {

struct OrderRequest {
  std::string symbol;
  char side = '1';           // 54
  char ord_type = '2';       // 40: 1 market, 2 limit
  char time_in_force = '0';  // 59: 0 day, 3 IOC, 4 FOK
  std::int64_t qty = 0;
  std::int64_t price = 0;  // units of 0.00000001; unused for a market order
};

[[nodiscard]] FIX::Message new_order(const std::string& begin_string, const std::string& cl_ord_id,
                                     const OrderRequest& order);

struct OpenOrder {
  std::string cl_ord_id;   // in force
  std::string pending_id;  // of a cancel or replace on its way; empty if there is none
  OrderRequest request;    // as now in force
  std::int64_t cum_qty = 0;
  bool acknowledged = false;
};

[[nodiscard]] FIX::Message cancel_request(const std::string& begin_string, const std::string& cl_ord_id,
                                          const OpenOrder& order);
[[nodiscard]] FIX::Message replace_request(const std::string& begin_string, const std::string& cl_ord_id,
                                           const OpenOrder& order, std::int64_t qty, std::int64_t price);
[[nodiscard]] FIX::Message status_request(const std::string& begin_string, const OpenOrder& order);

class OpenOrders {
 public:
  void sent(const std::string& cl_ord_id, const OrderRequest& request);
  void change_sent(const std::string& cl_ord_id, const std::string& pending_id);
  // Applies what the venue said. Returns the order's ClOrdID now in force, also if it has just ended; empty if the
  // message concerns none of ours.
  std::string apply(const Line& line);
  // The orders that are open after these lines, by the sender's own record.
  static OpenOrders recover(const std::vector<Line>& lines);

  [[nodiscard]] const OpenOrder* find(const std::string& cl_ord_id) const;
  // How many wait for a first answer, or for the answer to a change.
  [[nodiscard]] std::size_t unanswered() const;
  [[nodiscard]] const std::map<std::string, OpenOrder>& all() const { return orders_; }

 private:
  std::map<std::string, OpenOrder> orders_;     // by the ClOrdID in force
  std::map<std::string, std::string> changes_;  // ClOrdID of a cancel or replace → the order's
};

// ClOrdIDs that never repeat within a trading day: a prefix, the second of this life's beginning, a count.
class ClOrdIds {
 public:
  explicit ClOrdIds(std::string prefix);
  [[nodiscard]] std::string next();

 private:
  std::string prefix_;
  std::uint64_t count_ = 0;
};

}  // namespace cantus::participant
