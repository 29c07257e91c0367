// The audit database beside a real sequencer with its journal on files.
#include "regreport/app/audit_service.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "refdata/app/opening.h"
#include "runtime/files.h"
#include "sequencer/app/sequencer_task.h"
#include "tests/refdata/app/valid_configuration.h"

namespace cantus::regreport {
namespace {

class AuditServiceTest : public ::testing::Test {
 protected:
  AuditServiceTest() {
    const std::string name = "cantus-audit-service-" + std::to_string(getpid());
    paths_.data = std::filesystem::temp_directory_path() / name;
    paths_.memory = std::filesystem::path("/dev/shm") / name;
    std::filesystem::remove_all(paths_.data);
    std::filesystem::remove_all(paths_.memory);
    std::filesystem::create_directories(paths_.data / "audit");
    std::filesystem::create_directories(paths_.memory);
  }
  ~AuditServiceTest() override {
    audit_.reset();
    stop_sequencer();
    std::filesystem::remove_all(paths_.data);
    std::filesystem::remove_all(paths_.memory);
  }

  [[nodiscard]] std::filesystem::path file() const { return paths_.data / "audit" / "audit.db"; }
  void start_sequencer() {
    OpeningContent opening = refdata::opening_of(refdata::test::valid_configuration(), VenueId(7), 20261121);
    sequencer::SequencerOptions options;
    options.paths = paths_;
    options.identity = {opening.venue, opening.log};
    options.venue_name = opening.venue_name;
    options.publishers = opening.publishers;
    options.grants = opening.grants;
    options.records = opening.records;
    options.segment_bytes = 1 << 20;
    options.replicas_agree = true;  // as the configuration has it: else nobody says how far they do
    auto made = sequencer::make_sequencer(*loop_, runtime::system_clock(), runtime::system_files(), std::move(options),
                                          [this](const std::string& why) { fatal_ = why; });
    ASSERT_TRUE(made.ok()) << made.error().text;
    sequencer_ = std::move(*made);
  }
  void stop_sequencer() {
    if (sequencer_ != nullptr) {
      EXPECT_TRUE(sequencer_->close().ok());
      sequencer_.reset();
    }
  }
  void start_audit() { audit_ = std::make_unique<AuditService>(runtime::system_clock(), AuditOptions{paths_, file()}); }
  // Runs the venue until the condition holds; false if it never does.
  template <class Condition>
  bool run_until(const Condition& condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < give_up) {
      loop_->run_once();
    }
    return condition();
  }
  std::int64_t count(const std::string& table) {
    auto connection = Connection::open(file());
    auto statement = connection->prepare("SELECT count(*) FROM " + table);
    EXPECT_TRUE(statement.ok()) << (statement.ok() ? "" : statement.error().text);
    statement->start();
    return statement->step() ? statement->number(0) : -1;
  }

  host::VenuePaths paths_;
  std::unique_ptr<runtime::Loop> loop_ = runtime::make_loop(runtime::WaitMode::adaptive);
  std::unique_ptr<sequencer::SequencerTask> sequencer_;
  std::unique_ptr<AuditService> audit_;
  std::string fatal_;
};

TEST_F(AuditServiceTest, FollowsALogThatBeginsLater) {
  start_audit();
  start_sequencer();
  ASSERT_TRUE(run_until([&] { return audit_->committed() > Seq(0); }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(count("parties"), 2);
  EXPECT_EQ(fatal_, "");
}

TEST_F(AuditServiceTest, GoesOnAfterRestartsOfBoth) {
  start_sequencer();
  start_audit();
  ASSERT_TRUE(run_until([&] { return audit_->committed() > Seq(0); }));
  const Seq before = audit_->committed();
  audit_.reset();
  stop_sequencer();
  start_sequencer();
  start_audit();
  ASSERT_TRUE(run_until([&] { return audit_->committed() >= before; }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(fatal_, "");
}

TEST_F(AuditServiceTest, AFileThatIsRemovedMeanwhileIsBuiltAnew) {
  start_sequencer();
  start_audit();
  ASSERT_TRUE(run_until([&] { return audit_->committed() > Seq(0); }));
  std::filesystem::remove(file());  // what lies beside it stays
  ASSERT_TRUE(run_until([&] { return std::filesystem::exists(file()); }));
  ASSERT_TRUE(run_until([&] { return audit_->committed() > Seq(0); }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(fatal_, "");
}

TEST_F(AuditServiceTest, WorksOnceItCan) {
  std::filesystem::remove_all(paths_.data / "audit");
  std::ofstream(paths_.data / "audit") << "no folder";
  start_sequencer();
  start_audit();
  ASSERT_TRUE(run_until([&] { return audit_->failures() > 0; }));
  std::filesystem::remove(paths_.data / "audit");
  std::filesystem::create_directories(paths_.data / "audit");
  ASSERT_TRUE(run_until([&] { return audit_->committed() > Seq(0); }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(fatal_, "");
}

}  // namespace
}  // namespace cantus::regreport
