// A client or a desk outside the venue: enters orders as its seed draws them, changes and cancels some, makes mistakes,
// comes back after every cut, and keeps a book of what it was told. At the end it takes back what still rests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/actors/member.h"

namespace cantus::sim {

struct TraderPlan {
  std::string comp_id;
  std::vector<std::uint16_t> ports;  // of the gateways; whichever answers
  bool desk = false;                 // fewer and larger orders, which it changes often
  std::size_t orders = 100;
  std::size_t oddities = 0;                                       // beside them
  std::chrono::nanoseconds pause = std::chrono::milliseconds(5);  // between two messages, on the average
};

class Trader {
 public:
  // The world outlives it. It begins at once.
  Trader(World& world, TraderPlan plan);
  Trader(const Trader&) = delete;
  Trader& operator=(const Trader&) = delete;

  // All its orders were entered, each has its final outcome, and each request its answer.
  [[nodiscard]] bool done() const;
  void disconnect() { member_.client().disconnect(); }

  [[nodiscard]] const TraderPlan& plan() const { return plan_; }
  [[nodiscard]] const test::CarefulClient& client() const { return member_.client(); }
  // Final outcomes (39) by ClOrdID of the order, as many as came; an order must have one. 'j': refused as a message;
  // '-': never taken, because the session's numbers began anew while it was under way.
  [[nodiscard]] const std::map<std::string, std::vector<char>>& outcomes() const { return outcomes_; }
  // Of requests that the venue refused (35=9).
  [[nodiscard]] const std::set<std::string>& refused_requests() const { return refused_requests_; }
  // Of those that came more than once, the names of orders whose end was told twice by the same report.
  [[nodiscard]] const std::set<std::string>& told_twice() const { return told_twice_; }
  // What does not add up in what it was told.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Order {
    std::string cl_ord_id;  // in force
    std::string side;
    std::int64_t cents = 0;
    std::int64_t qty = 0;
    std::int64_t executed = 0;  // as the sum of what it was told
    bool heard_of = false;      // there was an answer
  };
  struct Asked {
    std::string order;  // its first ClOrdID; empty: there is none
    std::uint32_t generation = 0;
  };
  using Orders = std::map<std::string, Order>;  // by first ClOrdID

  void act();
  void speak();
  void enter();
  void enter_by_mistake();
  void note(const std::optional<std::string>& id, const Order& order);
  [[nodiscard]] Order draw_order();
  void change_one();
  void cancel_one();
  void do_something_odd();
  void act_oddly();
  void ask_status();
  void ask_for_nothing();
  [[nodiscard]] Orders::iterator any();
  [[nodiscard]] bool is_asked(const std::string& order) const;
  void ask(const std::string& msg_type, const std::string& order, const std::string& body);
  [[nodiscard]] std::string time_field() { return "60=" + member_.seat().time_text() + "|"; }

  void take(const fix::FieldList& fields);
  void take_status(const fix::FieldList& fields);
  void take_refused_request(const fix::FieldList& fields);
  void take_refusal(const fix::FieldList& fields);
  void take_report(const std::string& name, Order& order, const fix::FieldList& fields);
  void close(const std::string& name, char status);

  const TraderPlan plan_;
  Draws draws_;
  Member member_;
  std::size_t to_enter_;
  Orders open_;
  std::map<std::string, std::string> names_;      // by OrderID: first ClOrdID
  std::map<std::string, std::string> sides_;      // by first ClOrdID
  std::map<std::string, std::string> order_ids_;  // by first ClOrdID: OrderID, which never changes
  std::map<std::string, Asked> asked_;            // requests under way, by ClOrdID
  std::map<std::string, std::vector<char>> outcomes_;
  std::map<std::string, std::string> ends_;  // by first ClOrdID: ExecID and time of the report that said it first
  std::set<std::string> told_twice_;
  std::set<std::string> refused_requests_;
  std::vector<std::string> complaints_;
  std::unique_ptr<runtime::Timer> next_;
  Draws odd_draws_;
  std::size_t oddities_;
  std::unique_ptr<runtime::Timer> next_odd_;
};

}  // namespace cantus::sim
