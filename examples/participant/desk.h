// A trading desk of the firm: keeps one bid and one offer in every instrument, a tick around the market elsewhere, and
// follows it by replacing them; now and then it takes one out and puts in a new one. What is filled is quoted anew.
#pragma once

#include <mutex>
#include <random>
#include <vector>

#include "examples/participant/market.h"
#include "examples/participant/orders.h"
#include "examples/participant/role.h"
#include "examples/participant/session.h"

namespace cantus::participant {

struct DeskOptions {
  SessionOptions session;
  double updates_per_second = 10;
  std::int64_t quote_lots = 5;  // size of a quote
  std::uint64_t seed = 1;
};

class Desk final : public Role, private Listener {
 public:
  // `market` outlives the desk.
  Desk(DeskOptions options, const Market& market);
  ~Desk() override;

  void start() override;
  void stop() override;
  void pause() { pacer_.stop(); }  // sends nothing more, but stays logged on
  [[nodiscard]] StockSession& session() { return session_; }
  // What waits for a first answer, or for the answer to a change.
  [[nodiscard]] std::size_t unanswered() const;

 private:
  struct Quote {
    std::size_t instrument;
    char side;
    std::string cl_ord_id;  // empty: none is out
  };

  void on_message(const FIX::Message& message) override;
  void on_logon() override;
  void act();
  [[nodiscard]] std::int64_t price_of(const Quote& quote) const;

  DeskOptions options_;
  const Market& market_;
  mutable std::mutex mutex_;  // guards what follows; never held while the engine is called
  OpenOrders orders_;
  std::vector<std::string> leftovers_;  // open orders of an earlier life, to be cancelled at the next logon
  std::vector<Quote> quotes_;
  std::size_t turn_ = 0;
  std::mt19937_64 random_;
  ClOrdIds ids_;
  StockSession session_;
  Pacer pacer_;
};

}  // namespace cantus::participant
