// A client or a desk outside the venue: enters orders as its seed draws them, cancels some, comes back after every cut,
// and keeps a book of what it was told. At the end it takes back what still rests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/gateway/careful_client.h"
#include "tests/sim/draws.h"
#include "tests/sim/world.h"

namespace cantus::sim {

struct TraderPlan {
  std::string comp_id;
  std::vector<std::uint16_t> ports;  // of the gateways; whichever answers
  std::size_t orders = 100;
  std::chrono::nanoseconds pause = std::chrono::milliseconds(5);  // between two orders, on the average
};

class Trader {
 public:
  // The world outlives it. It begins at once.
  Trader(World& world, TraderPlan plan);
  Trader(const Trader&) = delete;
  Trader& operator=(const Trader&) = delete;

  // All its orders were entered, and each has its final outcome.
  [[nodiscard]] bool done() const { return to_enter_ == 0 && open_.empty() && asked_.empty(); }
  [[nodiscard]] const test::CarefulClient& client() const { return client_; }
  // Final outcomes (39) by ClOrdID of the order, as many as came; an order must have one.
  [[nodiscard]] const std::map<std::string, std::vector<char>>& outcomes() const { return outcomes_; }
  [[nodiscard]] std::size_t entered() const { return plan_.orders - to_enter_; }
  void disconnect() { client_.disconnect(); }

 private:
  void act();
  void come_back();
  void enter();
  void cancel_one();
  void take(const fix::FieldList& fields);

  TraderPlan plan_;
  Draws draws_;
  std::unique_ptr<Seat> seat_;
  test::CarefulClient client_;
  std::size_t to_enter_;
  std::int64_t tried_at_ns_ = INT64_MIN / 2;  // to connect
  std::map<std::string, std::string> open_;   // by the order's first ClOrdID: its side
  std::map<std::string, std::string> asked_;  // cancels under way, by ClOrdID: the order's
  std::map<std::string, std::vector<char>> outcomes_;
  std::unique_ptr<runtime::Timer> next_;
};

}  // namespace cantus::sim
