// Plans that once found something are played for ever.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/sim/program/apart.h"
#include "tests/sim/program/plan_text.h"

namespace cantus::sim {
namespace {

TEST(Corpus, NothingIsFoundAnyMore) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(CANTUS_SIM_CORPUS)) {
    if (entry.path().extension() == ".plan") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  ASSERT_FALSE(files.empty());
  for (const std::filesystem::path& path : files) {
    SCOPED_TRACE(path.filename());
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_TRUE(text.str().starts_with("# ")) << "it says what it once found";
    const Result<Plan> plan = parse_plan(text.str());
    ASSERT_TRUE(plan.ok()) << plan.error().text;
    const Told told = play_apart(*plan, {});
    EXPECT_FALSE(told.broken) << told.broken->invariant << ": " << told.broken->what;
  }
}

}  // namespace
}  // namespace cantus::sim
