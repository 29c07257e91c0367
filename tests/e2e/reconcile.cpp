#include "tests/e2e/reconcile.h"

#include <gtest/gtest.h>

#include "tests/e2e/peer.h"

namespace cantus::e2e {

void expect_reconciled(Venue& venue, const Witnesses& witnesses) {
  EXPECT_EQ(campaign::reconcile(venue, witnesses), campaign::Faults());
}

void expect_numbers_whole(const std::string& comp_id, const std::vector<participant::Line>& lines) {
  EXPECT_EQ(campaign::faults_of_numbers(comp_id, lines), campaign::Faults());
}

void expect_audit_equals_peers(Venue& venue, const std::vector<Peer*>& peers) {
  std::vector<std::filesystem::path> paths;
  for (Peer* peer : peers) {
    paths.push_back(peer->session().results().path());
  }
  EXPECT_EQ(campaign::faults_of_audit(venue, paths), campaign::Faults());
}

}  // namespace cantus::e2e
