// What is drawn from a seed: the same each time, and of every kind its share.
#include "campaign/deck.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cantus::campaign {
namespace {

TEST(Deck, AKillIsTheSameHoweverItIsAskedFor) {
  for (std::uint64_t number = 1; number <= 3 * block; ++number) {
    const Kill kill = draw(42, number);
    EXPECT_EQ(kill.number, number);
    EXPECT_EQ(kill, draw_block(42, number)[(number - 1) % block]);
  }
}

TEST(Deck, EveryBlockHasEveryKindAndHalfAreGateways) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    for (std::uint64_t first = 1; first <= 5 * block; first += block) {
      std::map<Target, int> targets;
      std::set<Moment> moments;
      int gateways = 0;
      int inside = 0;
      for (const Kill& kill : draw_block(seed, first)) {
        ++targets[kill.target];
        moments.insert(kill.moment);
        gateways += kill.target == Target::gateway || kill.target == Target::gateway_and_sequencer ? 1 : 0;
        inside += kill.moment != Moment::load ? 1 : 0;
      }
      EXPECT_EQ(targets.size(), 12U);
      EXPECT_EQ(moments.size(), 4U);
      EXPECT_EQ(gateways, 10);
      EXPECT_EQ(inside, 5);
    }
  }
}

TEST(Deck, BlocksAndSeedsDiffer) {
  std::set<std::string> orders;
  for (const std::uint64_t seed : {1, 2}) {
    for (const std::uint64_t first : {std::uint64_t{1}, block + 1}) {
      std::string order;
      for (const Kill& kill : draw_block(seed, first)) {
        order += to_text(kill) + " " + std::to_string(kill.records) + "; ";
      }
      orders.insert(order);
    }
  }
  EXPECT_EQ(orders.size(), 4U);
}

}  // namespace
}  // namespace cantus::campaign
