// A stock QuickFIX session in a test's hand: sends orders, and waits for what comes back.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>

#include "examples/participant/orders.h"
#include "examples/participant/regulator.h"
#include "examples/participant/session.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {

using participant::Line;
using participant::OrderRequest;

struct Received {
  Line line;
  FIX::Message message;
  [[nodiscard]] std::string get(int tag) const {
    return message.isSetField(tag) ? message.getField(tag)
                                   : (message.getHeader().isSetField(tag) ? message.getHeader().getField(tag) : "");
  }
};

class Peer final : private participant::Listener {
 public:
  // Below the folder it has its own store, log and result file; the gateways are tried in this order.
  Peer(const TestFolder& folder, const std::string& comp_id, const std::vector<std::uint16_t>& ports,
       int heartbeat_s = 30);
  ~Peer() override;

  void begin();    // connects; the logon follows
  void log_on();   // begins if need be, and returns once logged on
  void log_out();  // with a Logout
  void drop();     // without one, as a dying process does
  [[nodiscard]] participant::StockSession& session() { return session_; }

  std::string enter(const OrderRequest& order);  // its ClOrdID
  void enter_as(const std::string& cl_ord_id, const OrderRequest& order);
  std::string cancel(const std::string& cl_ord_id, const OrderRequest& order);
  std::string replace(const std::string& cl_ord_id, const OrderRequest& order, std::int64_t qty, std::int64_t price);
  std::string ask(const std::string& cl_ord_id, const OrderRequest& order);
  void send(FIX::Message message) { session_.send(std::move(message)); }

  // The first application message received so far, or yet to come, that is wanted.
  Received wait(const std::function<bool(const Received&)>& wanted);
  // Of this order (or request) and ExecType.
  Received wait_report(const std::string& cl_ord_id, const std::string& exec_type);
  [[nodiscard]] std::vector<Received> received() const;

 private:
  void on_message(const FIX::Message& message) override;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Received> received_;
  participant::ClOrdIds ids_;
  participant::StockSession session_;
  bool begun_ = false;
};

// Together, because a stock engine looks only once a second whether it is to connect or to end.
void log_on_all(std::initializer_list<Peer*> peers);
void drop_all(std::initializer_list<Peer*> peers);

// Of the regulator that the configuration names; its files lie beside the peers'.
[[nodiscard]] participant::RegulatorOptions regulator_options(const TestFolder& folder, const Ports& ports);

}  // namespace cantus::e2e
