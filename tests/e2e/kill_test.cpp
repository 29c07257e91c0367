// kill -9 of each kind of process in turn, under load: the venue goes on by itself, and at quiet nothing is lost,
// doubled or misnumbered.
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

using KillLoop = UnderLoad;
INSTANTIATE_TEST_SUITE_P(Layouts, KillLoop, testing::Values("one", "two", "each"),
                         [](const auto& layout) { return std::string(layout.param); });

TEST_P(KillLoop, EveryKindOfProcessMayDieUnderLoad) {
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

}  // namespace
}  // namespace cantus::e2e
