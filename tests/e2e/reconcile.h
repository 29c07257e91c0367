// What must be true at quiet, by the words of engines that are not ours: every order has one outcome at its client,
// every trade is at client, desk, drop copy, regulator and audit database once, and no number was lost or given twice.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "examples/participant/results.h"
#include "examples/participant/session.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {

class Peer;

// The result files of everybody who took part.
struct Witnesses {
  struct Witness {
    std::string comp_id;
    std::filesystem::path results;
  };
  std::vector<Witness> sessions;  // clients, desks, drop copies: who log on to the venue
  std::filesystem::path regulator;
};

// Until each of these engines has had every number that the log gave its session.
void wait_delivered(Venue& venue, const std::vector<participant::StockSession*>& peers);
// All of it, after Venue::wait_quiet; each difference is a failure of the test that names session, number or
// identifier.
void expect_reconciled(Venue& venue, const Witnesses& witnesses);
// Every number of the peer's stream was seen or gap-filled; every application message came once.
void expect_numbers_whole(const std::string& comp_id, const std::vector<participant::Line>& lines);
// The audit database holds exactly the executions that these result files hold.
void expect_audit_equals_peers(Venue& venue, const std::vector<Peer*>& peers);
void expect_audit_equals_results(Venue& venue, const std::vector<std::filesystem::path>& results);

}  // namespace cantus::e2e
