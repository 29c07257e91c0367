// The simulator itself: a venue opens, clients trade, and all of it is the same in every run of a seed.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string_view>

#include "tests/sim/draws.h"
#include "tests/sim/play.h"
#include "tests/sim/probes.h"

namespace cantus::sim {
namespace {

#if defined(CANTUS_SANITIZED)  // a seed takes ten times as long
constexpr std::uint64_t seeds_of_each = 2;
#else
constexpr std::uint64_t seeds_of_each = 10;
#endif

// Three clients and two desks enter so many orders each, over both gateways; all is as it must be.
Outcome play_well(const Plan& plan) {
  SCOPED_TRACE(plan.seed);
  Outcome outcome = play(plan);
  EXPECT_FALSE(outcome.broken) << outcome.broken->invariant << ": " << outcome.broken->what;
  EXPECT_EQ(outcome.orders, 3 * plan.orders + 2 * plan.desk_orders);
  return outcome;
}

Plan small(std::uint64_t seed, cli::Layout layout, std::size_t orders) {
  return {.seed = seed, .layout = layout, .orders = orders, .desk_orders = orders / 3, .faults = {}, .rare = {}};
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
  for (std::uint64_t seed = 100; seed < 100 + seeds_of_each; ++seed) {
    play_well(with(small(seed, cli::Layout::each, 40), FaultKind::kill, 5));
  }
}

TEST(Simulator, ARecordKillsAndOperatorsQuarantineIt) {
  std::size_t took = 0;
  for (std::uint64_t seed = 150; seed < 150 + seeds_of_each; ++seed) {
    const Outcome outcome = play_well(with(small(seed, cli::Layout::two, 40), FaultKind::poison, 1));
    const auto quarantines = outcome.probes.find(all_probes[static_cast<std::size_t>(Probe::quarantine_took)]);
    took += quarantines == outcome.probes.end() ? 0 : quarantines->second;
  }
  EXPECT_GT(took, 0U);
}

TEST(Simulator, ThePowerFailsAndEveryOrderHasOneEnd) {
  for (std::uint64_t seed = 200; seed < 200 + seeds_of_each; ++seed) {
    play_well(with(with(small(seed, cli::Layout::two, 40), FaultKind::kill, 1), FaultKind::power_cut, 1));
  }
}

// Whatever it expects of its end is looked at by the play. Some kinds need luck: a call to come, a file to be there.
TEST(Simulator, EveryKindOfFaultHappensAndEndsAsItMust) {
  constexpr std::array layouts{cli::Layout::each, cli::Layout::two, cli::Layout::one};
  constexpr std::uint64_t tries_most = 9;
  for (const FaultKindInfo& info : all_fault_kinds) {
    SCOPED_TRACE(info.name);
    bool happened = false;
    for (std::uint64_t seed = 300; seed < 300 + tries_most && !happened; ++seed) {
      Plan plan = small(seed, layouts[seed % layouts.size()], 60);
      plan.rare.snapshot_every_records = 100;
      plan.rare.segment_bytes = std::size_t{32} * 1024;
      plan = with(plan, info.kind, 1);
      make_possible(plan);
      const Outcome outcome = play(plan);
      EXPECT_FALSE(outcome.broken) << seed << ": " << outcome.broken->invariant << ": " << outcome.broken->what;
      happened = outcome.faults.contains(info.name);
    }
    EXPECT_TRUE(happened);
  }
}

// Each thing that they do happens in one of these plays at least.
TEST(Simulator, OperatorsAndOddMessagesAreThere) {
  std::set<std::string_view> reached;
  for (std::uint64_t seed = 900; seed < 906; ++seed) {
    Plan plan = small(seed, cli::Layout::two, 60);
    plan.commands = 8;
    plan.oddities = 12;
    for (const auto& [probe, times] : play_well(plan).probes) {
      reached.insert(probe);
    }
  }
  for (const char* const done :
       {"a command or decision of operators was refused", "a command waited for a second person",
        "a party or session was blocked", "an instrument was halted", "a session was disabled",
        "operators began a session's numbers anew", "a party had other limits for a while",
        "a client was told an order's status", "a gateway refused a message itself",
        "the session layer refused a message (35=3)"}) {
    EXPECT_TRUE(reached.contains(done)) << done;
  }
}

TEST(Simulator, WhatIsWrongInARingIsRefused) {
  for (const FaultKind kind : {FaultKind::ring_damage, FaultKind::ring_skip}) {
    for (std::uint64_t seed = 910; seed < 914; ++seed) {
      const Outcome outcome = play_well(with(small(seed, cli::Layout::two, 60), kind, 1));
      EXPECT_EQ(outcome.probes.contains("a publisher's stream was refused for what it proposed"),
                outcome.faults.contains(info_of(kind).name))
          << seed;
    }
  }
}

TEST(Simulator, AProcessDiesInAnyCallOfItsStart) {
  for (std::uint64_t seed = 320; seed < 324; ++seed) {
    play_well(with(small(seed, cli::Layout::one, 20), FaultKind::crash_in_start, 3));
  }
}

// A start that waits for room in the journal lets its own workers go on, or it would wait for ever.
TEST(Simulator, EverythingIsAsSmallAsItCanBe) {
  for (std::uint64_t seed = 330; seed < 333; ++seed) {
    Plan plan = small(seed, cli::Layout::two, 60);
    plan.rare = {.segment_bytes = std::size_t{16} * 1024,
                 .unsealed_max = 2,
                 .snapshot_every_records = 40,
                 .backlog_max = 4,
                 .takeover_interval_ms = 0,
                 .kernel_bytes = 200,
                 .piece_bytes_max = 7,
                 .appends_short = true,
                 .ring_bytes = 4096,
                 .in_flight_max = 16,
                 .wakes_for_nothing = true};
    play_well(with(with(plan, FaultKind::kill_all, 2), FaultKind::power_cut, 1));
  }
}

TEST(Simulator, ASeedWithEveryFaultIsOneHistory) {
  Plan plan = draw_plan(340, Trouble::all);
  plan.orders = 60;
  const Outcome first = play_well(plan);
  const Outcome again = play_well(plan);
  EXPECT_EQ(again.hash, first.hash);
  EXPECT_EQ(again.faults, first.faults);
  EXPECT_GT(first.faults.size(), 20U);
}

TEST(Simulator, TheLayoutsTrade) {
  for (const cli::Layout layout : {cli::Layout::two, cli::Layout::each}) {
    play_well(small(3, layout, 20));
  }
}

TEST(Simulator, WhatSeedsDrawIsPlayed) {
  for (std::uint64_t seed = 1; seed <= seeds_of_each / 2; ++seed) {
    const Outcome outcome = play(draw_plan(seed));  // where a venue is refused not every order has an end
    EXPECT_FALSE(outcome.broken) << seed << ": " << outcome.broken->invariant << ": " << outcome.broken->what;
  }
}

}  // namespace
}  // namespace cantus::sim
