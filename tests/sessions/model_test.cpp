// Random histories of owners, records, resets, takeovers and lost gateways: machine and index agree with the naive
// model at every event, and no number that left ever means anything else.
#include <gtest/gtest.h>

#include "tests/sessions/gateway_model.h"

namespace cantus::test {
namespace {

TEST(SessionModelTest, RandomHistoriesKeepOneMeaningPerNumber) {
  VenueModel::Counts seen;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    VenueModel venue(seed);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 250 && venue.fault().empty(); ++i) {
        venue.step();
      }
      venue.settle();
    }
    ASSERT_EQ(venue.fault(), "") << "seed " << seed;
    const VenueModel::Counts& counts = venue.counts();
    seen.left += counts.left;
    seen.moved += counts.moved;
    seen.takeovers += counts.takeovers;
    seen.resets += counts.resets;
    seen.reissued += counts.reissued;
    seen.stale += counts.stale;
    seen.accepted += counts.accepted;
    seen.lost += counts.lost;
    seen.cancels_due += counts.cancels_due;
    seen.settings += counts.settings;
    seen.forged += counts.forged;
    for (const auto& [effect, count] : counts.effects) {
      seen.effects[effect] += count;
    }
  }
  // A history in which nothing happens proves nothing.
  EXPECT_GT(seen.left, 10'000U);
  EXPECT_GT(seen.moved, 500U);
  EXPECT_GT(seen.takeovers, 1'000U);
  EXPECT_GT(seen.resets, 300U);
  EXPECT_GT(seen.reissued, 1'000U);
  EXPECT_GT(seen.stale, 1'000U);
  EXPECT_GT(seen.accepted, 300U);
  EXPECT_GT(seen.lost, 100U);
  EXPECT_GT(seen.cancels_due, 50U);
  EXPECT_GT(seen.settings, 300U);
  EXPECT_GT(seen.forged, 100U);
  for (const char* effect : {"Takeover took",
                             "Takeover ignored",
                             "SessionHeld took",
                             "SessionHeld ignored",
                             "SessionDown took",
                             "SessionDown ignored",
                             "SessionReset took",
                             "SessionReset pending",
                             "SessionReset ignored",
                             "SessionAdminSent took",
                             "SessionAdminSent ignored",
                             "OperatorDecision took",
                             "OperatorDecision pending",
                             "OperatorDecision ignored",
                             "Delivered took",
                             "Delivered ignored",
                             "NewOrder took",
                             "NewOrder ignored",
                             "ClientRefused took",
                             "ClientRefused ignored",
                             "PublisherLost took"}) {
    EXPECT_GT(seen.effects[effect], 20U) << effect;
  }
}

}  // namespace
}  // namespace cantus::test
