// Every process dies at once and what lay in memory is gone: the next start takes back nothing that anybody was told.
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

using PowerCut = UnderLoad;
INSTANTIATE_TEST_SUITE_P(Layouts, PowerCut, testing::Values("two", "each"),
                         [](const auto& layout) { return std::string(layout.param); });

TEST_P(PowerCut, TakesBackNothingThatAnybodyWasTold) {
  start_all();
  wait_trades(40);
  venue_.cut_power();
  venue_.start();
  int trades = 0;
  venue_.for_each_record([&](const Event& event) { trades += event.is<Trade>() ? 1 : 0; });
  wait_trades(trades + 20);  // the log is followed from its begin again
  settle();
  expect_reconciled(venue_, witnesses());
  EXPECT_EQ(venue_.stop(), 0);
  expect_replay_agrees();
}

}  // namespace
}  // namespace cantus::e2e
