// What a person is shown before he signs or approves.
#include "cli/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/rebuild_notice.h"

namespace cantus::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t s = 1'000'000'000;

std::vector<std::string> lines_about_step(std::int64_t step_ns) {
  return lines_about(ReferenceData(), part_of(StepAllowed{step_ns}, 0));
}

// The venue's time is judged by, and comes back by half a second in a second: whoever signs for it knows what follows.
TEST(Signing, AStepBackSaysHowLongItTakesAndWhoIsRefusedMeanwhile) {
  EXPECT_THAT(lines_about_step(600 * s), ElementsAre(HasSubstr("goes forward by 600.000 s at once")));
  EXPECT_THAT(
      lines_about_step(-120 * s),
      ElementsAre(HasSubstr("runs at half its rate for 240.000 s, until UTC, 120.000 s behind it, has caught up")));
  EXPECT_THAT(lines_about_step(-600 * s),
              ElementsAre(HasSubstr("runs at half its rate for 1200.000 s"),
                          HasSubstr("participants whose clocks are right are refused for 960 s of these")));
}

TEST(Signing, WhoMayDecideIsAskedByTheRulesOfTheChange) {
  WaitingCommand waiting;
  waiting.parts = {part_of(TradingUnblocked{}, 0)};
  Operator person;
  person.defined.roles = RoleSet::of(OperatorRole::trader, OperatorRole::operations).bits();
  EXPECT_EQ(deciding_role(person, waiting.parts), std::nullopt);
  person.defined.roles = RoleSet::of(OperatorRole::trader, OperatorRole::compliance).bits();
  EXPECT_EQ(deciding_role(person, waiting.parts), OperatorRole::compliance);
}

// Each of them must stay attached, also one whose name another one begins with.
TEST(Signing, EveryBackupThatHoldsWhatWasRemovedIsNamedOnce) {
  eventlog::Removed removed;
  EXPECT_EQ(folders_of(removed), "");
  for (const char* const folder : {"/copies/new2", "/copies/new", "/copies/new2", "/copies/n"}) {
    removed.ranges.push_back({1, Seq(1), TimeNs(1), folder});
  }
  EXPECT_EQ(folders_of(removed), "/copies/new2, /copies/new, /copies/n");
}

// Whoever repeats the command would be told that none waits: what is in force is never taken for what is held.
TEST(Signing, WhatIsInForceIsNotCalledHeldWhereTheConfigurationIs) {
  std::string folder = (std::filesystem::temp_directory_path() / "cantus-signing-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const VenuePlace place = *VenuePlace::at(folder);
  std::filesystem::create_directories(place.configuration().parent_path());
  const auto held = lock_beside(place.files(), place.configuration(), std::chrono::seconds(0));
  ASSERT_TRUE(held) << held.error().text;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(follow_log("approve", place, std::chrono::seconds(0)), exit_failed);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::AllOf(HasSubstr("it is in force, but " + place.configuration().string() + " does not say so"),
                               HasSubstr(".lock")));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cantus::cli
