#include "tests/sim/small_configuration.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "refdata/app/password.h"

namespace cantus::sim {
namespace {

// BETA's limit is low enough to be reached in some seeds.
constexpr const char* configuration_text = R"({
  "venue": {"name": "sim", "ack_level": "synced", "replicas_agree": true, "takeover_interval_ms": 50,
            "cancel_grace_ms": 1000, "output_hold_max_ms": 30000, "open_orders_max": 1024, "cl_ord_ids_max": 8192,
            "backlog_max": 1000},
  "expected_restart_ms": 40,
  "instruments": [{"symbol": "AAPL", "tick": "0.01", "lot": 1, "collar_bps": 1000, "reference_price": "100"}],
  "parties": [
    {"name": "ALPHA", "kind": "client", "order_qty_max": 1000, "order_notional_max": "1000000",
     "gross_notional_max": "100000000"},
    {"name": "BETA", "kind": "client", "order_qty_max": 1000, "order_notional_max": "100000",
     "gross_notional_max": "300000"},
    {"name": "DESK-ONE", "kind": "desk"},
    {"name": "DESK-TWO", "kind": "desk"}
  ],
  "sessions": [
    {"role": "client", "party": "ALPHA", "our_comp_id": "CANTUS", "their_comp_id": "ALPHA1"},
    {"role": "client", "party": "ALPHA", "our_comp_id": "CANTUS", "their_comp_id": "ALPHA2"},
    {"role": "client", "party": "BETA", "our_comp_id": "CANTUS", "their_comp_id": "BETA1",
     "cancel_on_disconnect": true},
    {"role": "desk", "party": "DESK-ONE", "our_comp_id": "CANTUS", "their_comp_id": "DESK1"},
    {"role": "desk", "party": "DESK-TWO", "our_comp_id": "CANTUS", "their_comp_id": "DESK2",
     "cancel_on_disconnect": true},
    {"role": "drop_copy", "party": "DESK-ONE", "our_comp_id": "CANTUS", "their_comp_id": "DESK1DC"},
    {"role": "drop_copy", "party": "DESK-TWO", "our_comp_id": "CANTUS", "their_comp_id": "DESK2DC"},
    {"role": "regulator", "our_comp_id": "CANTUS", "their_comp_id": "REG", "heartbeat_s": [30, 30]}
  ],
  "gateways": [
    {"name": "gateway-1", "host": "127.0.0.1", "port": 9880, "rate_per_second": 0, "burst": 0},
    {"name": "gateway-2", "host": "127.0.0.1", "port": 9881, "rate_per_second": 0, "burst": 0}
  ],
  "trade_reporter": {"host": "127.0.0.1", "port": 9890},
  "journal": {"segment_bytes": 262144, "unsealed_max": 8},
  "snapshots": {"every_records": 500, "every_s": 900, "keep": 3},
  "layout": "one"
})";

constexpr refdata::ScryptCost cheapest{.log2_n = 1, .r = 1, .p = 1};

void require_passwords(refdata::Configuration& configuration) {
  for (SessionDefined& session : configuration.sessions) {
    if (session.role == SessionRole::regulator) {
      continue;  // we log on there
    }
    const std::array<std::byte, 16> salt{static_cast<std::byte>(session.session.get())};
    Result<PasswordVerifier> verifier =
        refdata::make_verifier(password_of(session.their_comp_id.str()), cheapest, salt);
    CANTUS_ASSERT(verifier.ok(), "scrypt can be as cheap as that");
    verifier->session = session.session;
    session.password_required = 1;
    configuration.verifiers.push_back(*verifier);
  }
}

// A key that its owner's name decides: RFC 8410's form of the 32 bytes that are all there is to an Ed25519 key.
refdata::OperatorKey make_key(std::string_view name) {
  constexpr std::array<unsigned char, 16> form{0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                               0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
  std::array<unsigned char, form.size() + 32> bytes{};
  std::ranges::copy(form, bytes.begin());
  std::ranges::copy(name, bytes.begin() + form.size());
  std::array<unsigned char, 4 * bytes.size() / 3 + 1> text{};
  EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  Result<refdata::OperatorKey> key = refdata::OperatorKey::from_text(
      "-----BEGIN PRIVATE KEY-----\n" + std::string(reinterpret_cast<const char*>(text.data()), text.size() - 1) +
          "\n-----END PRIVATE KEY-----\n",
      "");
  CANTUS_ASSERT(key.ok(), "any 32 bytes are a key");
  return *std::move(key);
}

void add_operators(refdata::Configuration& configuration) {
  for (const Person& person : people) {
    OperatorDefined defined;
    defined.name = FixedString<32>(person.name);
    defined.roles = person.roles.bits();
    defined.key = key_of(person).public_key();
    configuration.operators.push_back(defined);
  }
}

}  // namespace

const refdata::OperatorKey& key_of(const Person& person) {
  static const std::vector<refdata::OperatorKey> keys = [] {
    std::vector<refdata::OperatorKey> made;
    for (const Person& one : people) {
      made.push_back(make_key(one.name));
    }
    return made;
  }();
  return keys[static_cast<std::size_t>(&person - people.data())];
}

std::string password_of(const std::string& comp_id) { return "sim-" + comp_id; }

refdata::Configuration small_configuration(const Rare& rare, bool with_operators) {
  Result<refdata::Configuration> parsed = refdata::parse_configuration(configuration_text);
  CANTUS_ASSERT(parsed.ok(), "the simulated venue's configuration is good");
  require_passwords(*parsed);
  if (with_operators) {
    add_operators(*parsed);
  }
  parsed->process.journal = {rare.segment_bytes, rare.unsealed_max};
  parsed->process.rings = {rare.ring_bytes, rare.in_flight_max};
  parsed->process.snapshots.every_records = rare.snapshot_every_records;
  parsed->venue.backlog_max = rare.backlog_max;
  parsed->venue.takeover_interval_ns = std::int64_t{rare.takeover_interval_ms} * 1'000'000;
  return *std::move(parsed);
}

}  // namespace cantus::sim
