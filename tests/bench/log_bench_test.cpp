// The benchmark of the log runs, tiny, and says what it must; its figures mean nothing here.
#include "bench/log/log_bench.h"

#include <gtest/gtest.h>

#include "bench/scratch.h"

namespace cantus::bench {
namespace {

TEST(LogBench, GivesEveryResultInTheAgreedForm) {
  for (const LogBenchLayout layout : {LogBenchLayout::one, LogBenchLayout::two}) {
    const Scratch scratch;
    LogBenchOptions options;
    options.data = scratch.path();
    options.build = "test";
    options.layout = layout;
    options.spinning = false;
    options.round_trips = 50;
    options.syncs = 50;
    options.messages = 20'000;
    options.burst_ns = 10'000'000;
    options.segment_bytes = std::size_t{1} << 20;
    options.burst_segment_bytes = std::size_t{4} << 20;
    options.sustained_ns = 10'000'000;
    options.readers = 3;
    options.attached_times = 1;
    const Result<Json> result = run_log_bench(options);
    ASSERT_TRUE(result.ok()) << result.error().text;
    EXPECT_TRUE(result->contains("machine"));
    EXPECT_EQ(result->at("build"), "test");
    for (const char* setting : {"wait", "layout", "acknowledgement_level", "burst_segments"}) {
      EXPECT_TRUE(result->at("settings").contains(setting)) << setting;
    }
    std::vector<std::string> names;
    for (const Json& row : result->at("results")) {
      names.push_back(row.at("name"));
      if (row.contains("value")) {
        EXPECT_GT(row.at("value").get<std::int64_t>(), 0) << row;
        continue;
      }
      EXPECT_EQ(row.at("unit"), "ns");
      std::int64_t least = 1;
      for (const char* figure : {"p50", "p99", "p999", "max"}) {
        ASSERT_TRUE(row.at(figure).is_number_integer()) << row;
        EXPECT_GE(row.at(figure).get<std::int64_t>(), least) << row;
        least = row.at(figure).get<std::int64_t>();
      }
      const bool compared =
          row.at("name") == "wish_synced" || row.at("name") == "attached_200" || row.at("name") == "loop";
      EXPECT_EQ(row.contains("floor"), compared);
      EXPECT_EQ(row.contains("ratio"), compared);
    }
    EXPECT_EQ(names,
              (std::vector<std::string>{"round_trip", "wish_applied", "wish_synced", "throughput_1_synced", "read_back",
                                        "read_back_packed", "throughput_1", "throughput_sustained",
                                        "throughput_sustained_64", "throughput_4x3", "skip", "attached_200", "loop"}));
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << "it leaves nothing behind";
  }
}

TEST(LogBench, MeasuresOnlyWhatItIsAskedFor) {
  const Scratch scratch;
  LogBenchOptions options;
  options.data = scratch.path();
  options.segment_bytes = std::size_t{1} << 20;
  options.messages = 20'000;
  options.spinning = false;
  options.only = {"skip", "round_trip"};
  options.round_trips = 50;
  const Result<Json> result = run_log_bench(options);
  ASSERT_TRUE(result.ok()) << result.error().text;
  ASSERT_EQ(result->at("results").size(), 2u);
  EXPECT_EQ(result->at("results")[1].at("name"), "skip");
  EXPECT_EQ(result->at("results")[1].at("wanted"), 200);
}

TEST(LogBench, SaysWhereItCouldNotWrite) {
  LogBenchOptions options;
  options.data = "/nonexistent";
  const Result<Json> result = run_log_bench(options);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().text.find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace cantus::bench
