// The simulator itself: a venue opens, clients trade, and all of it is the same in every run of a seed.
#include <gtest/gtest.h>

#include "tests/sim/draws.h"
#include "tests/sim/play.h"

namespace cantus::sim {
namespace {

// Three clients and two desks enter so many orders each, over both gateways; all is as it must be.
Outcome play_well(const Plan& plan) {
  SCOPED_TRACE(plan.seed);
  Outcome outcome = play(plan);
  EXPECT_FALSE(outcome.broken) << outcome.broken->invariant << ": " << outcome.broken->what;
  EXPECT_EQ(outcome.orders, 3 * plan.orders + 2 * plan.desk_orders);
  return outcome;
}

Plan small(std::uint64_t seed, cli::Layout layout, std::size_t orders) {
  return {.seed = seed, .layout = layout, .orders = orders, .desk_orders = orders / 3, .faults = {}};
}

Plan with(Plan plan, FaultKind kind, std::size_t times) {
  Draws draws(plan.seed, "test");
  for (std::size_t i = 0; i < times; ++i) {
    plan.faults.push_back({kind, draws.between(1'000'000, 300'000'000), draws.next()});
  }
  return plan;
}

TEST(Simulator, AVenueOpensAndClientsTrade) { play_well(small(1, cli::Layout::one, 50)); }

TEST(Simulator, OneSeedIsOneHistory) {
  const Outcome first = play_well(small(7, cli::Layout::one, 20));
  const Outcome again = play_well(small(7, cli::Layout::one, 20));
  EXPECT_EQ(again.hash, first.hash);
  EXPECT_EQ(again.events, first.events);
  EXPECT_NE(play_well(small(8, cli::Layout::one, 20)).hash, first.hash);
}

TEST(Simulator, ProcessesDieAndEveryOrderHasOneEnd) {
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    play_well(with(small(seed, cli::Layout::each, 40), FaultKind::kill, 5));
  }
}

TEST(Simulator, ThePowerFailsAndEveryOrderHasOneEnd) {
  for (std::uint64_t seed = 200; seed < 210; ++seed) {
    play_well(with(with(small(seed, cli::Layout::two, 40), FaultKind::kill, 1), FaultKind::power_cut, 1));
  }
}

TEST(Simulator, TheLayoutsTrade) {
  for (const cli::Layout layout : {cli::Layout::two, cli::Layout::each}) {
    play_well(small(3, layout, 20));
  }
}

TEST(Simulator, WhatSeedsDrawIsPlayed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    play_well(draw_plan(seed));
  }
}

}  // namespace
}  // namespace cantus::sim
