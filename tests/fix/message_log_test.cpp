#include "fix/message_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace cantus::fix {
namespace {

TEST(MessageLog, MasksPasswordsAndNothingElse) {
  EXPECT_EQ(masked("8=FIX.4.4\x01"
                   "553=u\x01"
                   "554=secret\x01"
                   "925=new\x01"
                   "58=1554=x\x01"),
            "8=FIX.4.4\x01"
            "553=u\x01"
            "554=***\x01"
            "925=***\x01"
            "58=1554=x\x01");
  EXPECT_EQ(masked("554=cut off"), "554=***");
  EXPECT_EQ(masked("554="), "554=***");
  EXPECT_EQ(masked(""), "");
}

TEST(MessageLog, WritesOneLineAMessage) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "cantus-message-log";
  std::filesystem::remove_all(folder);
  {
    auto log = MessageLog::open(folder, "FIX.4.4-CANTUS-ALPHA1");
    ASSERT_TRUE(log.ok());
    (*log)->add(TimeNs(0),
                "8=FIX.4.4\x01"
                "554=secret\x01");
    (*log)->add(TimeNs(1'500'000'000), "8=FIX.4.4\x01");
  }
  std::ifstream file(folder / "FIX.4.4-CANTUS-ALPHA1.messages.current.log");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(),
            "19700101-00:00:00.000 : 8=FIX.4.4\x01"
            "554=***\x01\n19700101-00:00:01.500 : 8=FIX.4.4\x01\n");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cantus::fix
