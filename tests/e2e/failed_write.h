// A write or sync of the log fails under load (a failed write or sync is final): the venue stops, says what to
// do and is not started again; `cantus recover` brings back what anybody was told, and the venue goes on.
#pragma once

#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/e2e/under_load.h"

namespace cantus::e2e {

struct FailedWrite {
  const char* name;
  const char* layout;
  const char* order;  // for failing_calls.cpp; empty: the process may make no file longer than it has (RLIMIT_FSIZE)
  bool memory_lost;   // the host is started anew as well
};

class WriteFails : public LoadedVenue, public testing::WithParamInterface<FailedWrite> {
 protected:
  WriteFails() : LoadedVenue(GetParam().layout, 65536) {
    ::setenv("CANTUS_FAILING_CALLS", order().c_str(), 1);
    const char* const options = std::getenv("ASAN_OPTIONS");
    ::setenv("ASAN_OPTIONS", (std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0").c_str(), 1);
  }
  [[nodiscard]] std::filesystem::path order() const { return folder_.path() / "failing"; }

  void start_venue_with_failing_calls() {
    ::setenv("LD_PRELOAD", CANTUS_FAILING_CALLS_LIBRARY, 1);
    start_all();
    ::unsetenv("LD_PRELOAD");
  }
  void fail() {
    if (*GetParam().order != '\0') {
      std::ofstream(order().string() + ".new") << GetParam().order;
      std::filesystem::rename(order().string() + ".new", order());
      return;
    }
    const rlimit limit{8192, RLIM_INFINITY};
    ASSERT_EQ(::prlimit(*venue_.process(venue_.process_names().front()), RLIMIT_FSIZE, &limit, nullptr), 0);
  }
  [[nodiscard]] std::string said() const {
    std::string text;
    for (const char* name : {"up.out", "up.err"}) {
      std::ifstream file(folder_.path() / name);
      text += std::string(std::istreambuf_iterator<char>(file), {});
    }
    return text;
  }
  [[nodiscard]] int terms() {
    int terms = 0;
    venue_.for_each_record([&](const Event& event) { terms += event.is<TermStarted>() ? 1 : 0; });
    return terms;
  }

  void play() {
    start_venue_with_failing_calls();
    wait_trades(20);
    fail();
    wait_ended(venue_.supervisor());
    EXPECT_EQ(venue_.campaign::Venue::stop(), 6) << said();
    std::filesystem::remove(order());
    const std::string recover = "cantus recover --data " + venue_.data().string();
    EXPECT_NE(said().find("the log has stopped for good"), std::string::npos) << said();
    EXPECT_NE(said().find(recover), std::string::npos) << said();
    EXPECT_EQ(said().find("it is started again"), std::string::npos) << said();
    EXPECT_EQ(terms(), 1) << "nobody went on behind the failure";
    if (GetParam().memory_lost) {
      std::filesystem::remove_all(venue_.memory());
    }
    const ProgramResult refused =
        run_cantus({"up", "--config", venue_.configuration_file().string(), "--data", venue_.data().string()});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_NE(refused.err.find(recover), std::string::npos) << refused.err;
    const ProgramResult recovered = run_cantus({"recover", "--data", venue_.data().string()});
    EXPECT_EQ(recovered.exit_code, 0) << recovered.err;
    EXPECT_NE(recovered.out.find("recovered into new files"), std::string::npos) << recovered.out;
    go_on();
  }
  void go_on() {
    int trades = 0;
    venue_.for_each_record([&](const Event& event) { trades += event.is<Trade>() ? 1 : 0; });
    if (!GetParam().memory_lost) {
      EXPECT_GE(trades, 20) << "what could be seen is still there, synced or not";
    }
    venue_.read_anew();
    venue_.start();
    wait_trades(trades + 20);
    settle();
    expect_reconciled(venue_, witnesses());
    EXPECT_EQ(venue_.campaign::Venue::stop(), 0);
    expect_replay_agrees();
  }
};

inline std::string name_of(const testing::TestParamInfo<FailedWrite>& info) { return info.param.name; }

}  // namespace cantus::e2e
