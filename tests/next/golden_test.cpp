// The next build reads every golden log: what this build writes, and what was ever released.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "messages/formats.h"
#include "messages/tools/golden.h"

namespace cantus {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void expect_readable(const std::filesystem::path& folder) {
  EXPECT_EQ(fault_of_release({read_file(folder / "layouts.txt"), read_file(folder / "golden.log"),
                              read_file(folder / "golden.jsonl")}),
            "")
      << folder;
}

TEST(NextGolden, ReadsWhatThisBuildAndEveryReleasedOneWrote) {
  const std::filesystem::path golden = std::filesystem::path(CANTUS_SOURCE_DIR) / "tests" / "messages" / "golden";
  expect_readable(golden);
  for (const auto& release : std::filesystem::directory_iterator(golden / "released")) {
    if (release.is_directory()) {
      expect_readable(release.path());
    }
  }
}

TEST(NextGolden, AddsOneVersionAndTakesNothingAway) {
  const std::filesystem::path golden = std::filesystem::path(CANTUS_SOURCE_DIR) / "tests" / "messages" / "golden";
  const LayoutChanges changes = compare_layouts(read_file(golden / "layouts.txt"), current_layouts());
  ASSERT_EQ(changes.added.size(), 1U);
  EXPECT_TRUE(changes.added[0].starts_with("message 51 2 OrderRejected2 112 ")) << changes.added[0];
  const auto updated = update_golden(
      {read_file(golden / "layouts.txt"), read_file(golden / "golden.log"), read_file(golden / "golden.jsonl")}, false);
  EXPECT_TRUE(updated.ok()) << "a further version needs no word that nothing was released";
}

TEST(NextGolden, KnowsItsOwnFormatsAndRules) {
  EXPECT_EQ(known_formats().back().name.view(), "OrderRejected2");
  EXPECT_TRUE(is_known(known_formats().back()));
  const RuleInfo* const rule = rule_named("least_two_lots");
  ASSERT_NE(rule, nullptr);
  EXPECT_TRUE(is_known(activation_of(*rule, 2)));
  EXPECT_FALSE(is_known(activation_of(*rule, 3)));
}

}  // namespace
}  // namespace cantus
