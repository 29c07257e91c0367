// kill -9 under load: the venue goes on by itself, and at quiet nothing is lost, doubled or misnumbered.
#include "tests/e2e/kill_share.h"
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

// Participants know the gateways themselves, as they would outside; every process dies in turn.
using KillLoop = UnderLoad;
INSTANTIATE_TEST_SUITE_P(Layouts, KillLoop, testing::Values("one", "two"),
                         [](const auto& layout) { return std::string(layout.param); });

TEST_P(KillLoop, EveryProcessMayDieUnderLoad) {
  start_all();
  wait_trades(20);
  for (const std::string& name : venue_.process_names()) {
    SCOPED_TRACE(name);
    venue_.kill(name);
    venue_.wait_applied(venue_.last());
    wait_trades(20);
  }
  settle();
  expect_reconciled(venue_, witnesses());
  EXPECT_EQ(venue_.stop(), 0);
  expect_replay_agrees();
}

// A share of the campaign whose hundred kills run in `./cantus test --all`. The seed is one with a logon, a takeover
// and a resend among its first kills.
TEST(KillCampaign, KillsLoseNothing) { expect_kills_lose_nothing({"each", 1, 9}); }

}  // namespace
}  // namespace cantus::e2e
