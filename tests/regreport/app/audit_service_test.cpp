// The audit database beside a real sequencer with its journal on files.
#include "regreport/app/audit_service.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "eventlog/directory.h"
#include "eventlog/layout.h"
#include "eventlog/sealed_file.h"
#include "eventlog/simulated.h"
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
  void start_sequencer(const refdata::Configuration& configuration = refdata::test::valid_configuration(),
                       std::size_t segment_bytes = 1 << 20) {
    OpeningContent opening = refdata::opening_of(configuration, VenueId(7), 20261121);
    sequencer::SequencerOptions options;
    options.paths = paths_;
    options.identity = {opening.venue, opening.log};
    options.venue_name = opening.venue_name;
    options.publishers = opening.publishers;
    options.grants = opening.grants;
    options.records = opening.records;
    options.segment_bytes = segment_bytes;
    options.replicas_agree = true;  // as the configuration has it: else nobody says how far they do
    auto made = sequencer::make_sequencer(*loop_, runtime::system_clock(), runtime::system_files(), std::move(options),
                                          [this](const std::string& why) { fatal_ = why; });
    ASSERT_TRUE(made.ok()) << made.error().text;
    sequencer_ = std::move(*made);
    opened_through_ = sequencer_->core().last();
  }
  void stop_sequencer() {
    if (sequencer_ != nullptr) {
      EXPECT_TRUE(sequencer_->close().ok());
      sequencer_.reset();
    }
  }
  void start_audit() { audit_ = std::make_unique<AuditService>(runtime::host_system(), AuditOptions{paths_, file()}); }
  // Runs the venue until the condition holds; false if it never does.
  template <class Condition>
  bool run_until(const Condition& condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < give_up) {
      loop_->run_once();
    }
    return condition();
  }
  // All that the sequencer's start appended, the opening among it, is in the database.
  bool is_caught_up() { return audit_->committed() >= opened_through_; }
  std::int64_t count(const std::string& table) {
    auto connection = Connection::open(runtime::host_system(), file());
    auto statement = connection->prepare("SELECT count(*) FROM " + table);
    EXPECT_TRUE(statement.ok()) << (statement.ok() ? "" : statement.error().text);
    statement->start();
    return statement->step() ? statement->number(0) : -1;
  }

  host::VenuePaths paths_;
  std::unique_ptr<runtime::Loop> loop_ = runtime::make_loop(runtime::WaitMode::adaptive);
  std::unique_ptr<sequencer::SequencerTask> sequencer_;
  Seq opened_through_;
  std::unique_ptr<AuditService> audit_;
  std::string fatal_;
};

TEST_F(AuditServiceTest, FollowsALogThatBeginsLater) {
  start_audit();
  start_sequencer();
  ASSERT_TRUE(run_until([&] { return is_caught_up(); }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(count("parties"), 2);
  EXPECT_EQ(fatal_, "");
}

TEST_F(AuditServiceTest, GoesOnAfterRestartsOfBoth) {
  start_sequencer();
  start_audit();
  ASSERT_TRUE(run_until([&] { return is_caught_up(); }));
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
  ASSERT_TRUE(run_until([&] { return is_caught_up(); }));
  std::filesystem::remove(file());  // what lies beside it stays
  ASSERT_TRUE(run_until([&] { return std::filesystem::exists(file()); }));
  ASSERT_TRUE(run_until([&] { return is_caught_up(); }));
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
  ASSERT_TRUE(run_until([&] { return is_caught_up(); }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(fatal_, "");
}

// Whatever ended the reader: a state that cannot be used keeps it from no log that lies here and can be read.
TEST_F(AuditServiceTest, AStateThatIsOfNoUseDoesNotKeepItFromTheFirstRecord) {
  nlohmann::json many = refdata::test::valid_document();
  for (int i = 0; i < 300; ++i) {
    many["instruments"].push_back({{"symbol", "S" + std::to_string(i)}, {"tick", "0.01"}, {"lot", 1}});
  }
  const auto configuration = refdata::parse_configuration(many.dump());
  ASSERT_TRUE(configuration) << configuration.error().text;
  start_sequencer(*configuration, eventlog::segment_bytes_min);
  const std::filesystem::path journal = paths_.data / "journal";
  const auto sealed = [&] {
    const auto directory = eventlog::read_directory(runtime::system_files(), journal);
    return directory && !directory->segments.empty() ? std::optional(directory->segments.front()) : std::nullopt;
  };
  ASSERT_TRUE(run_until([&] { return sealed().has_value(); }));
  const std::filesystem::path first = *eventlog::sealed_path(runtime::system_files(), journal, *sealed());
  const auto flip = [&] {
    const auto at = static_cast<std::streamoff>(std::filesystem::file_size(first) / 2);
    std::fstream bytes(first, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at);
    const char is = static_cast<char>(bytes.get() ^ 8);
    bytes.seekp(at);
    bytes.put(is);
  };
  flip();
  AuditOptions options{paths_, file()};
  std::atomic<int> asked = 0;
  const std::vector<std::byte> nothing = *SnapshotWriter().finish();
  options.find_state = [&](Seq) {
    ++asked;
    return std::make_shared<const SnapshotSections>(*SnapshotSections::parse({}, nothing));
  };
  audit_ = std::make_unique<AuditService>(runtime::host_system(), options);
  ASSERT_TRUE(run_until([&] { return asked > 0; })) << "the reader met the damage";
  EXPECT_EQ(audit_->committed(), Seq(0));
  flip();
  ASSERT_TRUE(run_until([&] { return is_caught_up(); }));
  EXPECT_EQ(count("sessions"), 4);
  EXPECT_EQ(fatal_, "");
}

TEST(AuditState, IsTakenWhereEveryMachineOfTheRowsCanBeRestored) {
  eventlog::SimulatedJournal journal;
  eventlog::LogBuilder(journal).start_term();
  const Event event = journal.at(journal.last());
  host::LogFacts facts;
  ReferenceData refdata;
  SessionMachine sessions{refdata};
  facts.apply(event);
  refdata.apply(event);
  sessions.apply(event);
  const SnapshotPosition taken_at{event.header->venue, LogSeq(event.header->log, event.header->seq),
                                  event.header->time};
  for (const bool whole : {true, false}) {
    SnapshotWriter out;
    facts.save(out);
    refdata.save(out);
    if (whole) {
      sessions.save(out);
    }
    const std::vector<std::byte> bytes = *std::move(out).finish();
    EXPECT_EQ(AuditDatabase::takes(*SnapshotSections::parse(taken_at, bytes)), whole);
  }
}

}  // namespace
}  // namespace cantus::regreport
