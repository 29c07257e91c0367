// A small configuration without a fault, as a document that tests change.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "refdata/app/configuration.h"

namespace cantus::refdata::test {

// A verifier whose salt begins with this byte, two hexadecimal digits.
inline std::string verifier_text(const std::string& salt_begin) {
  return "scrypt$4$8$1$" + salt_begin +
         "0102030405060708090a0b0c0d0e0f$000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
}

inline nlohmann::json valid_document() {
  nlohmann::json document = nlohmann::json::parse(R"({
    "venue": {"name": "test"},
    "instruments": [
      {"symbol": "AAPL", "tick": "0.01", "lot": 1, "collar_bps": 500, "reference_price": "190.00"},
      {"symbol": "MSFT", "tick": "0.05", "lot": 100, "clients_may_meet": true}
    ],
    "parties": [
      {"name": "ALPHA", "kind": "client", "order_qty_max": 100, "order_notional_max": "5000",
       "gross_notional_max": "90000.5"},
      {"name": "DESK", "kind": "desk"}
    ],
    "sessions": [
      {"role": "client", "party": "ALPHA", "our_comp_id": "CANTUS", "their_comp_id": "ALPHA1", "heartbeat_s": [10, 30],
       "cancel_on_disconnect": true, "reset_policy": "refused", "reset_time": "05:06:07"},
      {"role": "desk", "party": "DESK", "our_comp_id": "CANTUS", "their_comp_id": "DESK1"},
      {"role": "drop_copy", "party": "DESK", "our_comp_id": "CANTUS", "their_comp_id": "DESK1DC",
       "reset_time": "23:59"},
      {"role": "regulator", "our_comp_id": "CANTUS", "their_comp_id": "REG", "heartbeat_s": [30, 30]}
    ],
    "gateways": [
      {"name": "gateway-1", "host": "127.0.0.1", "port": 9880},
      {"name": "gateway-2", "host": "::1", "port": 9880, "rate_per_second": 1000, "burst": 50}
    ],
    "trade_reporter": {"host": "127.0.0.1", "port": 9890},
    "market_data": [{"name": "md-1", "host": "127.0.0.1", "port": 9885}]
  })");
  document["sessions"][0]["password_verifier"] = verifier_text("00");
  return document;
}

inline Configuration valid_configuration() {
  Result<Configuration> configuration = parse_configuration(valid_document().dump());
  CANTUS_ASSERT(configuration.ok(), "the document of the tests is valid");
  return std::move(configuration).value();
}

}  // namespace cantus::refdata::test
