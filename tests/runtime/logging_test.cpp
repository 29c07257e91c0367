// The log for people: levels, one line an entry, and a directory that cannot be written is told.
#include "runtime/logging.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace cantus::runtime {
namespace {

TEST(Logging, WritesLinesOfTheLevelAskedForIntoTheProcesssFile) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("logging-" + std::to_string(::getpid()));
  ASSERT_TRUE(start_logging(folder / "logs", "gateway-1", LogLevel::info, false).ok());
  log_debug("not this");
  log_info("listening at {} %s");
  log_error("out of descriptors");
  std::ifstream file(folder / "logs" / "gateway-1.log");
  std::string line;
  std::string texts;
  while (std::getline(file, line)) {
    EXPECT_EQ(line.substr(10, 1), "T") << "begins with the time";
    texts += line.substr(line.find(' ') + 1) + "\n";
  }
  EXPECT_EQ(texts, "info listening at {} %s\nerror out of descriptors\n");
  std::filesystem::remove_all(folder);
}

TEST(Logging, APlaceThatCannotBeWrittenIsAFailure) {
  const Status status = start_logging("/proc/nowhere", "x", LogLevel::info, false);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().text.find("begin the log of x"), std::string::npos);
}

}  // namespace
}  // namespace cantus::runtime
