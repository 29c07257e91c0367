// A campaign's folder: what an earlier call left there decides where the next one begins, or that it does not.
#include "campaign/kills.h"

#include <gtest/gtest.h>

#include <fstream>

namespace cantus::campaign {
namespace {

class Ledger : public testing::Test {
 protected:
  Ledger() {
    std::string name = (std::filesystem::temp_directory_path() / "cantus-campaign-XXXXXX").string();
    options_.data = ::mkdtemp(name.data());
    options_.seed = 5;
    options_.site.layout = "each";
    options_.site.program = "/bin/false";  // what is not to start cannot
    options_.site.memory = [](const std::filesystem::path& data) { return data / "memory"; };
    options_.stop = &stop_;
  }
  ~Ledger() override { std::filesystem::remove_all(options_.data); }

  void write(const std::string& lines) { std::ofstream(options_.data / "kills.jsonl") << lines; }
  Result<KillsResult> run(std::uint64_t count) {
    options_.count = count;
    return run_kills(options_);
  }

  KillsOptions options_;
  std::atomic<bool> stop_{false};
  const std::string head_ = R"({"campaign":"kills","first":1,"layout":"each","seed":5})"
                            "\n";
  const std::string bout_ = R"({"begin":1})"
                            "\n"
                            R"({"kill":1,"target":"audit","inside":false})"
                            "\n"
                            R"({"kill":2,"target":"gateway","inside":true})"
                            "\n"
                            R"({"end":1,"next":3,"trades":40,"seconds":9,"faults":[]})"
                            "\n";
};

TEST_F(Ledger, WhatWasReconciledCounts) {
  write(head_ + bout_);
  const Result<KillsResult> result = run(2);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->kills, 2U);
  EXPECT_EQ(result->inside, 1U);
  EXPECT_EQ(result->trades, 40U);
  EXPECT_EQ(result->killed, (std::map<std::string, std::uint64_t>{{"audit", 1}, {"gateway", 1}}));
}

TEST_F(Ledger, ABoutThatWasNotReconciledIsDoneAgain) {
  write(head_ + bout_ + R"({"begin":2})" + "\n" + R"({"kill":3,"target":"audit","inside":false})" + "\n" +
        R"({"kill":4,"targ)");
  stop_ = true;  // before the next begins
  const Result<KillsResult> result = run(10);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->kills, 2U);
}

TEST_F(Ledger, AnotherCampaignsFolderIsRefused) {
  write(head_ + bout_);
  options_.seed = 6;
  const Result<KillsResult> result = run(2);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().text.find("holds another campaign"), std::string::npos);
}

TEST_F(Ledger, WhatFoundSomethingIsNotGoneOnWith) {
  write(head_ + bout_ + R"({"begin":2})" + "\n" +
        R"({"end":2,"next":9,"trades":1,"seconds":2,"faults":["ALPHA1 complains: so it does"]})" + "\n");
  const Result<KillsResult> result = run(20);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().text.find("bout-2"), std::string::npos);
  EXPECT_NE(result.error().text.find("ALPHA1 complains"), std::string::npos);
}

TEST_F(Ledger, AVenueThatDoesNotStartIsAFaultAndIsKept) {
  const Result<KillsResult> result = run(1);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->faults.size(), 1U);
  EXPECT_NE(result->faults[0].find("the venue ended"), std::string::npos);
  EXPECT_NE(result->repeat.find("--seed 5 --first 1"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(options_.data / "bout-1" / "venue.json"));
  EXPECT_FALSE(run(1).ok());
}

}  // namespace
}  // namespace cantus::campaign
