// The simulator itself: a venue opens, a client trades, and all of it is the same in every run of a seed.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/actors/trader.h"
#include "tests/sim/world.h"

namespace cantus::sim {
namespace {

using namespace std::chrono_literals;

struct Played {
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::size_t orders = 0;
};

struct Faults {
  std::size_t kills = 0;
  std::size_t power_cuts = 0;
};

// At times that the seed draws, within the first simulated second.
void plan(World& world, const Faults& faults) {
  Draws draws(world.seed(), "faults");
  const auto some_time = [&draws] { return draws.between(1'000'000, 1'000'000'000); };
  for (std::size_t i = 0; i < faults.kills; ++i) {
    const std::vector<std::string> names = world.processes();
    world.ground().queue.after(some_time(), 1, [&world, name = names[draws.below(names.size())]] { world.kill(name); });
  }
  for (std::size_t i = 0; i < faults.power_cuts; ++i) {
    world.ground().queue.after(some_time(), 2, [&world] { world.cut_power(); });
  }
}

// Two clients and a desk enter so many orders each, over both gateways.
Played play(std::uint64_t seed, cli::Layout layout, std::size_t orders, const Faults& faults = {}) {
  World world({.seed = seed, .layout = layout});
  const Status started = world.start();
  EXPECT_TRUE(started.ok()) << started.error().text;
  const std::vector<std::uint16_t> ports{world.gateway_port(0), world.gateway_port(1)};
  std::vector<std::unique_ptr<Trader>> traders;
  for (const char* name : {"ALPHA1", "BETA1", "DESK1"}) {
    traders.push_back(std::make_unique<Trader>(world, TraderPlan{name, ports, orders}));
  }
  plan(world, faults);
  const auto all_done = [&] { return std::ranges::all_of(traders, [](const auto& trader) { return trader->done(); }); };
  EXPECT_TRUE(world.run_until(all_done, 60s));
  world.run_for(1s);
  Played played;
  for (const auto& trader : traders) {
    EXPECT_TRUE(trader->client().complaints().empty()) << trader->client().complaints().front();
    EXPECT_EQ(trader->outcomes().size(), orders);
    for (const auto& [order, outcomes] : trader->outcomes()) {
      EXPECT_EQ(outcomes.size(), 1U) << order;
    }
    played.orders += trader->outcomes().size();
    trader->disconnect();
  }
  played.hash = world.ground().queue.trace_hash();
  played.events = world.ground().queue.events();
  world.close();
  return played;
}

TEST(Simulator, AVenueOpensAndAClientTrades) { EXPECT_EQ(play(1, cli::Layout::one, 50).orders, 150U); }

TEST(Simulator, OneSeedIsOneHistory) {
  const Played first = play(7, cli::Layout::one, 20);
  const Played again = play(7, cli::Layout::one, 20);
  EXPECT_EQ(again.hash, first.hash);
  EXPECT_EQ(again.events, first.events);
  EXPECT_NE(play(8, cli::Layout::one, 20).hash, first.hash);
}

TEST(Simulator, ProcessesDieAndEveryOrderHasOneEnd) {
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_EQ(play(seed, cli::Layout::each, 40, {.kills = 5}).orders, 120U);
  }
}

TEST(Simulator, ThePowerFailsAndEveryOrderHasOneEnd) {
  for (std::uint64_t seed = 200; seed < 210; ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_EQ(play(seed, cli::Layout::two, 40, {.kills = 1, .power_cuts = 1}).orders, 120U);
  }
}

TEST(Simulator, TheLayoutsTrade) {
  for (const cli::Layout layout : {cli::Layout::two, cli::Layout::each}) {
    EXPECT_EQ(play(3, layout, 20).orders, 60U);
  }
}

}  // namespace
}  // namespace cantus::sim
