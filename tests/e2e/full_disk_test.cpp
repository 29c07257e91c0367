// The disk fills up under load, and has room again after a while: docs/operations.md, *The disk fills up*. Clients'
// messages wait and it is said why; outcomes, session records and operators' commands go on in the kept space; readers
// are served; nothing ends, and once there is room everything goes on and nothing is lost. Every file that the venue
// writes is known here, and found the disk full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "examples/participant/market.h"
#include "tests/e2e/operator_keys.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the venue writes below its folder while it runs. `full`: it needs new room all the time, so it must have found
// none; else it has its space from the start on.
struct WriteSite {
  const char* name;
  const char* pattern;
  bool full;
};
constexpr WriteSite write_sites[] = {
    {"segments of the journal", "journal/segment-[0-9]+-[0-9]+(\\.new)?", true},
    {"the directory record", "journal/directory(\\.new)?", true},
    {"the stored mark", "journal/mark", false},
    {"the journal's lock", "journal/lock", false},
    {"the audit database", "audit/audit\\.db(-wal|-shm|-journal)?", true},
    {"FIX messages", "fix/FIX\\.4\\.4-.*\\.messages\\.current\\.log", true},
    {"logs of processes, and what they print", "logs/[a-z0-9-]+\\.(log|out)", true},
    {"snapshots", "snapshots/log-[0-9]+-seq-[0-9]+\\.snapshot(\\.new)?", true},
    {"what the supervisor writes of its processes", "run/.*\\.pid(\\.new)?", false},
    {"the configuration in use, starts and stops, the password of the snapshots",
     "run/(venue\\.json|operations)(\\.new|\\.lock)?", false},
    {"the venue's id", "venue-id(\\.new)?", false},
    {"packed segments", "journal/segment-[0-9]+-[0-9]+\\.zst(\\.new)?", false},
    {"what was removed, which backups there are", "(journal/removed|backups)(\\.spare)?(\\.new)?", false},
    {"what the keeper did and found", "keeping(\\.new)?", false},
    {"the keeper's lock", "keeping\\.lock", false},
    {"keys of heads", "keys/head-[0-9a-f]+\\.pem(\\.new)?", false},
    {"folders", "(journal|audit|fix|logs|run|snapshots|evidence|keys)", false},
};

// Made before the venue, whose configuration names them.
struct WithOperators {
  [[nodiscard]] Json named() const {
    return Json{{"snapshots", {{"every_records", 100}, {"every_s", 3600}}},
                {"operators",
                 {keys.make("olga", {"operations", "administrator"}),
                  keys.make("carl", {"compliance", "administrator"}), keys.make("rita", {"risk"})}}};
  }
  TestFolder folder;
  OperatorKeys keys{folder};
};

class FullDisk : private WithOperators, public LoadedVenue {
 protected:
  FullDisk() : LoadedVenue("two", 256 << 10, named()) {
    const char* const options = std::getenv("ASAN_OPTIONS");
    ::setenv("ASAN_OPTIONS", (std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0").c_str(), 1);
    ::setenv("CANTUS_FULL_DISK", full().c_str(), 1);
    ::setenv("CANTUS_FULL_DISK_UNDER", venue_.data().c_str(), 1);
    ::setenv("CANTUS_FULL_DISK_SEEN", seen().c_str(), 1);
  }
  // Raises a limit: two persons sign it.
  [[nodiscard]] ProgramResult change_a_limit() const {
    std::ifstream written(venue_.configuration_file());
    Json changed = Json::parse(written);
    changed["parties"][1]["order_notional_max"] = "80000";
    const std::string file = (folder_.path() / "changed.json").string();
    std::ofstream(file) << changed.dump(2);
    return keys.sign(venue_.data(), {"apply", file}, "rita", "carl");
  }
  [[nodiscard]] std::filesystem::path full() const { return folder_.path() / "full"; }
  [[nodiscard]] std::filesystem::path seen() const { return folder_.path() / "seen"; }

  void start_on_that_disk() {
    ::setenv("LD_PRELOAD", CANTUS_FULL_DISK_LIBRARY, 1);
    start_all();
    ::unsetenv("LD_PRELOAD");
  }
  [[nodiscard]] Json sequencer() const { return venue_.status().at("sequencer"); }
  [[nodiscard]] static std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  template <class M>
  [[nodiscard]] int count() const {
    int count = 0;
    venue_.for_each_record([&](const Event& event) { count += event.is<M>() ? 1 : 0; });
    return count;
  }

  // Every path that was noted belongs to a site; and every site that must have met the full disk did.
  void expect_sites_known() const {
    std::ifstream file(seen());
    std::map<std::string, int> met;
    std::vector<std::string> unknown;
    for (std::string line; std::getline(file, line);) {
      const std::string path = line.substr(5 + venue_.data().string().size() + 1);
      bool known = false;
      for (const WriteSite& site : write_sites) {
        if (::testing::Matches(::testing::MatchesRegex(site.pattern))(path)) {
          known = true;
          met[site.name] += line.starts_with("full ") ? 1 : 0;
        }
      }
      if (!known) {
        unknown.push_back(line);
      }
    }
    EXPECT_THAT(unknown, IsEmpty()) << "writes of the venue that nobody has thought about on a full disk";
    for (const WriteSite& site : write_sites) {
      EXPECT_TRUE(!site.full || met[site.name] > 0) << site.name << " never found the disk full";
    }
  }
};

TEST_F(FullDisk, IsWaitedOutUnderLoad) {
  start_on_that_disk();
  wait_trades(20);
  std::ofstream(full()) << "";
  venue_.wait_until([&] { return sequencer().at("room") == "kept"; }, std::chrono::milliseconds(50));

  const Seq here = venue_.last();

  // It is said, to who looks and in the gateways' logs; these write on the same disk, and say it once that has room.
  const ProgramResult status = run_cantus({"status", "--data", venue_.data().string()});
  EXPECT_EQ(status.exit_code, 3);
  const std::string page = text_of(CANTUS_OPERATIONS_PAGE);
  const std::string warning = "SPACE: the log finds no room for its next segment; clients' messages wait";
  EXPECT_THAT(status.out, HasSubstr(warning));
  EXPECT_THAT(page, HasSubstr(warning));

  EXPECT_THAT(status.out, HasSubstr("WAITING: audit")) << status.out;

  // Who comes now logs on and is kept, because session records go on; what it enters is answered once there is room.
  Peer beta(folder_, "BETA1", {ports_.gateway_1}, 5);
  beta.log_on();
  const std::string order = beta.enter({"AAPL", '1', '2', '0', 1, 189 * participant::one});
  const SessionId session =
      venue_.wait_for<Takeover>([&](const Takeover&, const RecordHeader& header) { return header.seq > here; }).session;
  int heartbeats = 0;
  venue_.wait_for<SessionAdminSent>([&](const SessionAdminSent& sent, const RecordHeader&) {
    heartbeats += sent.session == session && sent.msg_type.view() == "0" ? 1 : 0;
    return heartbeats == 3;  // a peer that is heard of no more would have been closed by then
  });
  const ProgramResult applied = change_a_limit();
  EXPECT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  // What was admitted has its outcomes, and who reads is served.
  int open = 0;
  venue_.for_each_record([&](const Event& event) {
    open += event.is<NewOrder>() ? 1 : 0;
    open -= event.is<OrderAccepted>() || event.is<OrderRejected>() ? 1 : 0;
  });
  EXPECT_EQ(open, 0) << "an order without an outcome";
  const ProgramResult tail = run_cantus({"log", "--tail", "3", "--data", venue_.data().string()});
  EXPECT_EQ(tail.exit_code, 0) << tail.err;
  EXPECT_EQ(count<SessionDown>(), 0) << "nobody was closed";
  EXPECT_EQ(sequencer().at("room"), "kept");

  std::filesystem::remove(full());
  EXPECT_EQ(beta.wait_report(order, "0").line.ord_status, "0");
  wait_trades(20);
  EXPECT_EQ(sequencer().at("room"), "all");
  for (const char* gateway : {"gateway-1", "gateway-2"}) {
    const auto log = venue_.data() / "logs" / (venue_.site().process_of.at(gateway) + ".log");
    const std::string again = "incoming messages are read again; for ";
    EXPECT_THAT(page, HasSubstr(again));
    const std::string said = std::string(gateway) + ": " + again;
    venue_.wait_until([&] { return text_of(log).find(said) != std::string::npos; });
    EXPECT_THAT(text_of(log), HasSubstr("the log finds no space for its next segment"));
  }
  beta.drop();
  const ProgramResult well = run_cantus({"status", "--data", venue_.data().string()});
  EXPECT_THAT(well.out, ::testing::Not(HasSubstr("SPACE"))) << well.out;
  EXPECT_THAT(well.out, ::testing::Not(HasSubstr("DEAD"))) << well.out;
  settle();
  EXPECT_EQ(count<TermStarted>(), 1);
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>());
  expect_reconciled(venue_, witnesses());
  EXPECT_EQ(venue_.campaign::Venue::stop(), 0);
  expect_replay_agrees();
  expect_sites_known();
}

// Neither a start nor an end on a full disk does harm.
TEST_F(FullDisk, AStartIsRefusedByNameAndAnEndLosesNothing) {
  std::ofstream(full()) << "";
  ::setenv("LD_PRELOAD", CANTUS_FULL_DISK_LIBRARY, 1);
  const ProgramResult refused =
      run_cantus({"up", "--config", venue_.configuration_file().string(), "--data", venue_.data().string()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("No space left on device"));
  std::filesystem::remove(full());
  venue_.start();
  ::unsetenv("LD_PRELOAD");
  Peer beta(folder_, "BETA1", {ports_.gateway_1});
  beta.log_on();
  const OrderRequest order{"AAPL", '1', '2', '0', 1, 189 * participant::one};
  const std::string entered = beta.enter(order);
  beta.wait_report(entered, "0");
  std::ofstream(full()) << "";
  EXPECT_EQ(venue_.campaign::Venue::stop(), 0);
  EXPECT_TRUE(std::filesystem::exists(venue_.memory())) << "what has no room in the directory record stays in memory";
  std::filesystem::remove(full());
  venue_.start();
  beta.log_on();
  beta.wait_report(beta.cancel(entered, order), "4");
  beta.drop();
  EXPECT_EQ(venue_.stop(), 0);
  expect_replay_agrees();
}

}  // namespace
}  // namespace cantus::e2e
