// A client who trades at a chosen rate: limit orders at the market, immediate ones, market orders, and a few that rest
// away from it and are later changed or cancelled.
#pragma once

#include <mutex>
#include <random>

#include "examples/participant/market.h"
#include "examples/participant/orders.h"
#include "examples/participant/role.h"
#include "examples/participant/session.h"

namespace cantus::participant {

struct ClientOptions {
  SessionOptions session;
  double orders_per_second = 1;
  std::uint64_t orders_max = 0;  // stops after so many; 0: never
  std::size_t resting_max = 20;  // of its own orders; beyond it the oldest is cancelled
  std::uint64_t seed = 1;
};

class Client final : public Role, private Listener {
 public:
  Client(ClientOptions options, const Market& market);  // `market` outlives the client
  ~Client() override;

  void start() override;
  void stop() override;
  void pause() { pacer_.stop(); }  // sends nothing more, but stays logged on
  [[nodiscard]] StockSession& session() { return session_; }
  [[nodiscard]] std::uint64_t sent() const;
  // What waits for a first answer, or for the answer to a change.
  [[nodiscard]] std::size_t unanswered() const;

 private:
  void on_message(const FIX::Message& message) override;
  void act();
  [[nodiscard]] FIX::Message change_one();
  [[nodiscard]] FIX::Message order_one();

  ClientOptions options_;
  const Market& market_;
  mutable std::mutex mutex_;  // guards what follows; never held while the engine is called
  OpenOrders orders_;
  std::uint64_t sent_ = 0;
  std::mt19937_64 random_;
  ClOrdIds ids_;
  StockSession session_;
  Pacer pacer_;
};

}  // namespace cantus::participant
