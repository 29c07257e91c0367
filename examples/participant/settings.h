// What a participant program is told: one JSON file with the venue's addresses, the instruments and the roles to play.
//
//   {"directory": "participants",                                 where stores, logs and result files go
//    "connect": ["127.0.0.1:9880", "127.0.0.1:9881"],             the venue's gateways, tried in turn
//    "seed": 7,
//    "instruments": [{"symbol": "AAPL", "tick": "0.01", "lot": 1, "reference_price": "190.00"}],
//    "roles": [
//      {"role": "feed", "listen": "127.0.0.1:9885", "updates_per_second": 20},
//      {"role": "desk", "sender": "DESK1", "target": "CANTUS", "password": "…", "updates_per_second": 10},
//      {"role": "client", "sender": "ALPHA1", "target": "CANTUS", "password": "…", "orders_per_second": 2,
//       "orders_max": 0},
//      {"role": "drop_copy", "sender": "DESKDC", "target": "CANTUS", "password": "…"},
//      {"role": "regulator", "sender": "REG", "target": "CANTUS", "listen": "127.0.0.1:9890", "reject_every": 0}]}
//
// Of every session also: "begin_string", "heartbeat_s", "reconnect_s".
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "examples/participant/market.h"
#include "examples/participant/role.h"
#include "examples/participant/session.h"

namespace cantus::participant {

[[nodiscard]] Endpoint parse_endpoint(const std::string& text);  // "host:port"; throws std::invalid_argument

// All the roles of one program, with the market that they share.
class Cast {
 public:
  // Throws std::exception with a text that names the fault.
  explicit Cast(const std::filesystem::path& settings);

  void start();
  void stop();

 private:
  std::unique_ptr<Market> market_;
  std::vector<std::unique_ptr<Role>> roles_;  // go before the market
};

}  // namespace cantus::participant
