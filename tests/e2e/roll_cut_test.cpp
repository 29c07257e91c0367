// While the venue's log ends, the power is cut, or a write fails for good: the next start goes on with the step that
// comes next, and nothing that anybody was told is lost.
#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "tests/e2e/rolling.h"

namespace cantus::e2e {
namespace {

class RollIsCut : public RollsUnderLoad {
 protected:
  void signal_reporter(int number) { ASSERT_EQ(::kill(*venue_.process("reporter"), number), 0); }

  // An operator orders the end of the log; returns when the first M of it can be lost no more.
  template <class M>
  void begin_roll() {
    const std::uint32_t ends = log();
    operator_ = std::thread([this] { static_cast<void>(sign_roll()); });
    Seq at;
    venue_.wait_for<M>([&](const M&, const RecordHeader& header) {
      at = header.seq;
      return header.log.get() >= ends;
    });
    const auto reader = venue_.open_log();
    venue_.wait_until([&] { return reader->synced() >= at; });
  }
  // It goes no further than its begin: the reporter does not drain.
  void begin_roll_and_hold() {
    signal_reporter(SIGSTOP);
    begin_roll<RollBegin>();
  }
  void cut_power_and_go_on(std::uint32_t ends) {
    venue_.cut_power();
    venue_.start();
    operator_.join();
    roll_until_next(ends);
    wait_trades(trades() + 5);
  }
  [[nodiscard]] int trades() const {
    int trades = 0;
    venue_.for_each_record([&](const Event& event) { trades += event.is<Trade>() ? 1 : 0; });
    return trades;
  }

  std::thread operator_;
};

TEST_F(RollIsCut, APowerCutIsGoneOnFrom) {
  start_all();
  wait_trades(10);
  const std::uint32_t ends = log();
  begin_roll_and_hold();
  cut_power_and_go_on(ends);
  begin_roll<LogClosed>();
  cut_power_and_go_on(ends + 1);
  expect_all_well();
}

// As docs/operations.md has it: the exit code says so, and who was waited for; then it is ordered again.
TEST_F(RollIsCut, WhoDoesNotDrainKeepsTheLogOpen) {
  start_all();
  wait_trades(10);
  signal_reporter(SIGSTOP);
  const ProgramResult given_up = sign_roll();
  signal_reporter(SIGCONT);
  EXPECT_EQ(given_up.exit_code, 3);
  EXPECT_NE(given_up.err.find("log 1 goes on: reporter is not done"), std::string::npos) << given_up.err;
  wait_trades(5);
  EXPECT_EQ(sign_roll().exit_code, 0);
  EXPECT_EQ(log(), 2U);
  wait_trades(5);
  expect_all_well();
}

TEST_F(RollIsCut, AFailedSyncIsRecoveredFromAndGoneOnFrom) {
  const std::filesystem::path failing = folder_.path() / "failing";
  ::setenv("CANTUS_FAILING_CALLS", failing.c_str(), 1);
  const char* const options = std::getenv("ASAN_OPTIONS");
  ::setenv("ASAN_OPTIONS", (std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0").c_str(), 1);
  ::setenv("LD_PRELOAD", CANTUS_FAILING_CALLS_LIBRARY, 1);
  start_all();
  ::unsetenv("LD_PRELOAD");
  wait_trades(10);
  const std::uint32_t ends = log();
  begin_roll_and_hold();
  std::ofstream(failing.string() + ".new") << "sync /journal/segment- once";
  std::filesystem::rename(failing.string() + ".new", failing);
  venue_.wait_until([&] { return std::filesystem::exists(venue_.data() / "journal" / "stop"); });
  signal_reporter(SIGCONT);
  wait_ended(venue_.supervisor());
  EXPECT_EQ(venue_.campaign::Venue::stop(), 6);
  const ProgramResult recovered = run_cantus({"recover", "--data", venue_.data().string()});
  EXPECT_EQ(recovered.exit_code, 0) << recovered.err;
  venue_.read_anew();
  venue_.start();
  operator_.join();
  roll_until_next(ends);
  wait_trades(trades() + 5);
  settle();
  expect_reconciled(venue_, witnesses());
  EXPECT_EQ(venue_.campaign::Venue::stop(), 0);
  expect_replay_agrees();
}

}  // namespace
}  // namespace cantus::e2e
