// campaign/reconcile.h for tests: each fault is a failure.
#pragma once

#include <string>
#include <vector>

#include "campaign/reconcile.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {

class Peer;

using campaign::wait_delivered;
using campaign::Witnesses;

void expect_reconciled(Venue& venue, const Witnesses& witnesses);
void expect_numbers_whole(const std::string& comp_id, const std::vector<participant::Line>& lines);
void expect_audit_equals_peers(Venue& venue, const std::vector<Peer*>& peers);

}  // namespace cantus::e2e
