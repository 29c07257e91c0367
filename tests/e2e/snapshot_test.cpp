// Snapshots of a venue under load: who dies starts from the newest one and nothing is lost; one that is damaged is
// passed over; a power cut leaves what the log names; the commands do what they say.
#include <fstream>

#include "eventlog/snapshot_file.h"
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

class Snapshots : public LoadedVenue {
 protected:
  Snapshots() : LoadedVenue("each", 1 << 20, Json{{"snapshots", {{"every_records", 500}, {"every_s", 3600}}}}) {}

  // Position of the snapshot that the application's present process began with; 0: the log's begin.
  [[nodiscard]] std::uint64_t started_from(const std::string& name, std::uint32_t place) const {
    const Json status = venue_.status();
    for (const Json& application : status.at("applications")) {
      if (application.at("application") == name && application.at("place") == place) {
        return application.at("started_from");
      }
    }
    ADD_FAILURE() << name << " is not there";
    return 0;
  }
  void kill_and_wait(const std::string& process) {
    venue_.kill(process);
    venue_.wait_applied(venue_.last());
  }
  SnapshotTaken wait_snapshot(Seq behind) {
    return venue_.wait_for<SnapshotTaken>(
        [behind](const SnapshotTaken& named, const RecordHeader&) { return named.position > behind; });
  }
  [[nodiscard]] std::filesystem::path file_of(Seq position) const {
    return eventlog::snapshot_folder(venue_.data()) / eventlog::snapshot_name(LogSeq(LogNumber(1), position));
  }
  [[nodiscard]] std::string log_of(const std::string& process) const {
    std::ifstream in(venue_.data() / "logs" / (process + ".log"));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void expect_all_well() {
    settle();
    expect_reconciled(venue_, witnesses());
    EXPECT_EQ(venue_.stop(), 0);
    expect_replay_agrees();
    const ProgramResult verified = run_cantus({"replay", "verify", "--json", "--data", venue_.data().string()});
    EXPECT_GE(Json::parse(verified.out).at("snapshots_equal"), 1);
  }
};

TEST_F(Snapshots, WhoDiesStartsFromTheNewestAndNothingIsLost) {
  start_all();
  wait_trades(20);
  const SnapshotTaken first = wait_snapshot(Seq(0));
  const struct {
    const char* process;
    const char* application;
    std::uint32_t place;
  } all[] = {{"matching-0", "matching", 0}, {"gateway-1", "gateway-1", 0}, {"reporter", "reporter", 0},
             {"gateway-2", "gateway-2", 0}, {"scheduler", "scheduler", 0}, {"md-1", "md-1", 0},
             {"matching-1", "matching", 1}, {"snapshots", "snapshots", 0}, {"trade-reporter", "trade-reporter", 0}};
  for (const auto& one : all) {
    SCOPED_TRACE(one.process);
    EXPECT_EQ(started_from(one.application, one.place), 0U);
    kill_and_wait(one.process);
    EXPECT_GE(started_from(one.application, one.place), first.position.get());
  }
  wait_trades(20);
  EXPECT_GE(venue_.status().at("snapshot").at("position"), first.position.get());
  expect_all_well();
}

TEST_F(Snapshots, ADamagedOneIsPassedOverAndAPowerCutLeavesWhatTheLogNames) {
  start_all();
  const SnapshotTaken first = wait_snapshot(Seq(0));
  const SnapshotTaken second = wait_snapshot(first.position);
  {
    std::fstream file(file_of(second.position), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(300);
    file.put('\x5a');
  }
  venue_.kill("matching-0");
  venue_.wait_applied(second.position);
  const std::uint64_t from = started_from("matching", 0);
  EXPECT_NE(from, second.position.get());
  EXPECT_GE(from, first.position.get());
  if (from < second.position.get()) {  // else a third one was there already
    EXPECT_NE(
        log_of("matching-0")
            .find("is passed over: " + file_of(second.position).filename().string() + " is not as it was written"),
        std::string::npos);
  }
  venue_.cut_power();
  venue_.start();
  EXPECT_GE(started_from("matching", 0), first.position.get());
  EXPECT_GE(started_from("gateway-1", 0), first.position.get());
  int trades = 0;
  venue_.for_each_record([&](const Event& event) { trades += event.is<Trade>() ? 1 : 0; });
  wait_trades(trades + 10);
  expect_all_well();
}

TEST_F(Snapshots, OneIsTakenWhenAskedForAndFetchedByAnotherInstance) {
  start_all();
  wait_trades(5);
  const ProgramResult taken = run_cantus({"snapshot", "take", "--data", venue_.data().string()});
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  const ProgramResult list = run_cantus({"snapshot", "list", "--data", venue_.data().string()});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_NE(list.out.find(".snapshot  "), std::string::npos) << list.out;
  EXPECT_EQ(list.out.find("NOT USABLE"), std::string::npos) << list.out;
  settle();
  EXPECT_EQ(venue_.stop(), 0);
  // Another instance: a copy of the log, without any snapshot.
  const TestFolder other;
  const std::filesystem::path copy = other.path() / "copy";
  std::filesystem::create_directories(copy);
  std::filesystem::copy(venue_.data() / "journal", copy / "journal");
  const ProgramResult fetched = run_cantus({"snapshot", "fetch", venue_.data().string(), "--data", copy.string()});
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_NE(fetched.out.find("fetched log-1-seq-"), std::string::npos) << fetched.out;
  EXPECT_EQ(eventlog::list_snapshots(runtime::system_files(), eventlog::snapshot_folder(copy)).size(), 1U);
}

}  // namespace
}  // namespace cantus::e2e
