// Plans as texts, how a case is made smaller, and plays in processes of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/sim/program/apart.h"
#include "tests/sim/program/campaign.h"
#include "tests/sim/program/plan_text.h"
#include "tests/sim/program/shrink.h"

namespace cantus::sim {
namespace {

TEST(PlanText, EveryPlanIsReadAsItWasWritten) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Plan plan = draw_plan(seed);
    const Result<Plan> again = parse_plan("# a comment\n\n" + to_text(plan) + "# another\n");
    ASSERT_TRUE(again.ok()) << again.error().text;
    EXPECT_EQ(to_text(*again), to_text(plan));
    EXPECT_EQ(again->faults.size(), plan.faults.size());
    EXPECT_EQ(again->commands, plan.commands);
    EXPECT_EQ(again->oddities, plan.oddities);
  }
}

TEST(PlanText, WhatIsNoPlanIsNamedByItsLine) {
  for (const char* text : {"seed", "seed x", "seed 1 2", "layout auto", "orders -1", "fault kill 1", "fault none 1 2",
                           "fault kill -1 2", "wish 1", "rare none 1", "rare backlog-max x", "rare appends-short 2"}) {
    const Result<Plan> plan = parse_plan(std::string("seed 1\n") + text);
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_EQ(plan.error().text, "line 2 is no part of a plan: " + std::string(text));
  }
}

TEST(PlanText, FaultsAreOfTheKindsThatWereAskedFor) {
  const Result<Draw> draw = parse_draw("power-cut");
  ASSERT_TRUE(draw.ok());
  std::size_t faults = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Fault& fault : draw_plan(seed, *draw).faults) {
      EXPECT_EQ(fault.kind, FaultKind::power_cut);
      ++faults;
    }
  }
  EXPECT_GT(faults, 0U);
  EXPECT_TRUE(draw_plan(1, *parse_draw("none")).faults.empty());
  EXPECT_FALSE(parse_draw("kill,nonsense").ok());
}

// Fails while both of two faults are there, the layout is not the simplest, and at least 37 orders are entered.
TEST(Shrink, WhatIsNotNeededGoes) {
  Plan plan = draw_plan(1, Trouble::all);
  plan.layout = cli::Layout::each;
  plan.rare.backlog_max = 7;
  plan.rare.appends_short = true;
  ASSERT_GE(plan.faults.size(), 8U);
  const std::uint64_t first = plan.faults[2].arg;
  const std::uint64_t second = plan.faults[6].arg;
  const auto has = [](const Plan& in, std::uint64_t arg) { return std::ranges::count(in.faults, arg, &Fault::arg); };
  const Shrunk small = shrink(
      plan,
      [&](const Plan& tried) {
        return has(tried, first) != 0 && has(tried, second) != 0 && tried.layout != cli::Layout::one &&
               tried.orders >= 37 && tried.rare.appends_short;
      },
      500);
  EXPECT_EQ(small.plan.faults.size(), 2U);
  EXPECT_EQ(small.plan.layout, cli::Layout::two);
  EXPECT_EQ(small.plan.orders, 37U);
  EXPECT_EQ(small.plan.desk_orders, 0U);
  EXPECT_EQ(small.plan.rare.backlog_max, Rare{}.backlog_max);
  EXPECT_TRUE(small.plan.rare.appends_short);
  EXPECT_EQ(small.plan.seed, plan.seed);
}

TEST(Shrink, ItGivesUpInTime) {
  const Shrunk small = shrink(
      draw_plan(1, Trouble::all), [](const Plan&) { return true; }, 3);
  EXPECT_EQ(small.plays, 3U);
}

TEST(Apart, TheProcessMakesNoDifference) {
  Plan plan = draw_plan(5, Trouble::few);
  plan.orders = 20;
  const Told here = play_here(plan, {});
  const Told apart = play_apart(plan, {.twice = true, .mutant = ""});
  EXPECT_EQ(apart.hash, here.hash);
  EXPECT_EQ(apart.records, here.records);
  EXPECT_EQ(apart.faults, here.faults);
  EXPECT_TRUE(apart.repeated);
  EXPECT_FALSE(apart.broken);
}

TEST(Campaign, JobsChangeNothing) {
  CampaignOptions options;
  options.seeds = 4;
  options.from = 18;
  options.jobs = 1;
  const CampaignResult one = run_campaign(options);
  options.jobs = 3;
  const CampaignResult three = run_campaign(options);
  EXPECT_EQ(one.seeds, 4U);
  EXPECT_EQ(one.next, 22U);
  EXPECT_EQ(one.repeated, 1U);  // seed 20
  EXPECT_EQ(one.hashes, three.hashes);
  EXPECT_EQ(one.faults, three.faults);
}

TEST(Corpus, AFailureBecomesAFileThatIsPlayed) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "cantus-sim-corpus";
  Failure failure;
  failure.seed = 3;
  failure.broken = {"one final outcome", "two\nlines"};
  failure.smallest = to_text(draw_plan(3));
  const Result<std::string> path = write_to_corpus(folder.string(), failure);
  ASSERT_TRUE(path.ok());
  std::ifstream file(*path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str().starts_with("# once found: one final outcome: two lines\nseed 3\n")) << text.str();
  EXPECT_TRUE(parse_plan(text.str()).ok());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cantus::sim
