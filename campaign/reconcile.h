// What must be true at quiet, by the words of engines that are not ours: every order has one outcome at its client,
// every trade is at client, desk, drop copy, regulator and audit database once, and no number was lost or given twice.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campaign/venue.h"
#include "examples/participant/results.h"
#include "examples/participant/session.h"

namespace cantus::campaign {

// Each one names session, number or identifier; empty is what must be.
using Faults = std::vector<std::string>;

// The result files of everybody who took part.
struct Witnesses {
  struct Witness {
    std::string comp_id;
    std::filesystem::path results;
  };
  std::vector<Witness> sessions;  // clients, desks, drop copies: who log on to the venue
  std::filesystem::path regulator;
};

// Until each of these engines has had every number that the log gave its session, or one of them complains.
void wait_delivered(Venue& venue, const std::vector<participant::StockSession*>& peers);
// All of it, after Venue::wait_quiet.
[[nodiscard]] Faults reconcile(Venue& venue, const Witnesses& witnesses);
// Every number of the peer's stream was seen or gap-filled; every application message came once.
[[nodiscard]] Faults faults_of_numbers(const std::string& comp_id, const std::vector<participant::Line>& lines);
// The audit database holds exactly the executions that these result files hold.
[[nodiscard]] Faults faults_of_audit(Venue& venue, const std::vector<std::filesystem::path>& results);

}  // namespace cantus::campaign
