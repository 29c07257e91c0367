// A random history of a small venue on a log: logons, orders, fills, cancels, replaces, refusals, trade reports and the
// regulator's answers. While it plays it keeps by itself, row by row, what an audit database must hold: the naive
// projection.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/sessions/session_log.h"

namespace cantus::test {

class TradingHistory {
 public:
  TradingHistory(TestLog& log, std::uint32_t seed);

  void play(int steps);
  // One line a row, columns separated by '|', as the queries of the test give them.
  [[nodiscard]] std::string orders() const;
  [[nodiscard]] std::string executions() const;
  [[nodiscard]] std::string trades() const;
  [[nodiscard]] std::string reports() const;
  [[nodiscard]] std::string refusals() const { return refusals_; }

 private:
  struct Order {
    OrderView view;
    std::string reason;
    std::string status = "received";
  };
  struct Connected {
    Owner owner;
    std::uint32_t next_number = 1;
  };
  struct Report {
    SessionId session;
    std::uint32_t attempts = 0;
    std::string status;
    std::string text;
  };

  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  void log_on(SessionId session);
  void enter_order();
  void fill();
  void end_order();
  void replace_order();
  void refuse();
  void ask_status();
  void report_trade();
  void answer_report();
  OrderView* open_order(bool of_desk);
  void execution(Seq seq, std::uint32_t index, SessionId session, bool copy, const char* exec_type,
                 const OrderView& order, Qty last_qty);
  static std::string id(Seq seq) { return "1-" + std::to_string(seq.get()); }

  TestLog& log_;
  std::mt19937 random_;
  Incarnation gateway_;
  std::map<SessionId, Connected> sessions_;
  std::map<Seq, Order> orders_;
  std::map<std::pair<std::string, SessionId>, std::string> executions_;
  std::map<Seq, std::string> trades_;
  std::map<Seq, Report> reports_;
  std::string refusals_;
};

}  // namespace cantus::test
