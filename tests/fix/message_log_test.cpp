#include "fix/message_log.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

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
    MessageLog log(runtime::system_files(), folder, "FIX.4.4-CANTUS-ALPHA1");
    log.add(TimeNs(0),
            "8=FIX.4.4\x01"
            "554=secret\x01");
    log.add(TimeNs(1'500'000'000), "8=FIX.4.4\x01");
  }
  std::ifstream file(folder / "FIX.4.4-CANTUS-ALPHA1.messages.current.log");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(),
            "19700101-00:00:00.000 : 8=FIX.4.4\x01"
            "554=***\x01\n19700101-00:00:01.500 : 8=FIX.4.4\x01\n");
  std::filesystem::remove_all(folder);
}

// The disk is played by the size that the process's files may have.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) {
    ::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit full{size, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  }
  ~FullDisk() { EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(MessageLog, WhatFindsNoRoomIsLeftOutAndTheNextLineIsWhole) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "cantus-message-log-full";
  std::filesystem::remove_all(folder);
  MessageLog log(runtime::system_files(), folder, "S");
  log.add(TimeNs(0), "one");
  log.flush();
  EXPECT_EQ(log.fault(), "");
  {
    const FullDisk full(40);
    log.add(TimeNs(0), "two");  // a part of it
    log.flush();
    log.add(TimeNs(0), "three");
    log.flush();
    EXPECT_NE(log.fault().find("S.messages.current.log"), std::string::npos) << log.fault();
  }
  log.add(TimeNs(0), "four");
  log.flush();
  EXPECT_EQ(log.fault(), "");
  EXPECT_EQ(log.dropped(), 2u);
  std::ifstream file(folder / "S.messages.current.log");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "19700101-00:00:00.000 : one\n19700101-00:\n19700101-00:00:00.000 : four\n");
  std::filesystem::remove_all(folder);
}

TEST(MessageLog, AFileThatCannotBeHadIsTriedAgain) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "cantus-message-log-later";
  std::filesystem::remove_all(folder);
  std::ofstream(folder.string()) << "in its way";
  MessageLog log(runtime::system_files(), folder, "S");
  log.add(TimeNs(0), "one");
  log.flush();
  EXPECT_NE(log.fault(), "");
  std::filesystem::remove(folder);
  log.add(TimeNs(0), "two");
  log.flush();
  EXPECT_EQ(log.fault(), "");
  EXPECT_TRUE(std::filesystem::exists(folder / "S.messages.current.log"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cantus::fix
