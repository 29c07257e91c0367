// Layouts, restarts, the supervisor's hold of a directory, and the supervisor itself over small shell programs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>

#include "cli/child.h"
#include "cli/layout.h"
#include "cli/process_program.h"
#include "cli/restart.h"
#include "cli/sequencer_ready.h"
#include "cli/supervisor.h"
#include "cli/venue_place.h"
#include "cli/venue_view.h"
#include "runtime/files.h"
#include "runtime/place.h"
#include "sequencer/app/status_page.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;

const VenueParts parts{{"gateway-1", "gateway-2"}, {"md-1"}, true};

std::vector<std::string> hosted(const std::vector<ProcessPlan>& plan) {
  std::vector<std::string> all;
  for (const ProcessPlan& process : plan) {
    all.insert(all.end(), process.applications.begin(), process.applications.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Layout, EveryLayoutHostsTheSameApplicationsAndStartsTheSequencerFirst) {
  std::vector<std::string> expected = all_applications(parts);
  std::sort(expected.begin(), expected.end());
  for (const Layout layout : {Layout::one, Layout::two, Layout::each}) {
    const std::vector<ProcessPlan> plan = plan_processes(layout, parts);
    EXPECT_EQ(hosted(plan), expected) << to_text(layout);
    EXPECT_EQ(plan.front().applications.front(), "sequencer");
  }
}

TEST(Layout, TwoKeepsReplicasAndGatewaysApart) {
  const std::vector<ProcessPlan> plan = plan_processes(Layout::two, parts);
  ASSERT_EQ(plan.size(), 2u);
  EXPECT_EQ(run_list(plan[0].applications), "sequencer,matching:0,reporter,scheduler,gateway-1,md-1");
  EXPECT_EQ(run_list(plan[1].applications), "matching:1,gateway-2,trade-reporter,audit,snapshots,keeper");
}

TEST(Layout, AutoTakesManyProcessesOnlyWhereEachHasACore) {
  EXPECT_EQ(resolve_layout(Layout::automatic, 2, 10), Layout::two);
  EXPECT_EQ(resolve_layout(Layout::automatic, 10, 10), Layout::two);
  EXPECT_EQ(resolve_layout(Layout::automatic, 11, 10), Layout::each);
  EXPECT_EQ(resolve_layout(Layout::one, 11, 10), Layout::one);
  for (const Layout layout : {Layout::automatic, Layout::one, Layout::two, Layout::each}) {
    EXPECT_EQ(*parse_layout(to_text(layout)), layout);
  }
  EXPECT_FALSE(parse_layout("three").ok());
}

TEST(RestartPolicy, BacksOffAfterShortLivesAndForgetsAfterALongOne) {
  using std::chrono::milliseconds;
  RestartPolicy policy;
  RestartPolicy::Time now{};
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 9; ++i) {
    policy.started(now);
    const RestartPolicy::Time again = policy.ended(now + milliseconds(10));
    delays.push_back(std::chrono::duration_cast<milliseconds>(again - now).count() - 10);
    now = again;
  }
  EXPECT_EQ(delays, (std::vector<std::int64_t>{50, 100, 200, 400, 800, 1600, 3200, 5000, 5000}));
  policy.started(now);
  EXPECT_EQ(policy.ended(now + RestartPolicy::long_life) - now - RestartPolicy::long_life, RestartPolicy::first_delay);
}

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string name = (fs::temp_directory_path() / "cantus-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    place_ = *VenuePlace::at(folder_ / "data");
    EXPECT_TRUE(place_.make_folders().ok());
  }
  ~Folder() override {
    fs::remove_all(folder_);
    fs::remove_all(place_.paths().memory);
  }

  fs::path folder_;
  VenuePlace place_;
};

class FixedRandom : public runtime::Random {
 public:
  std::uint64_t next() override { return next_++; }

 private:
  std::uint64_t next_ = 0;
};

TEST_F(Folder, TheVenueIdIsDrawnOnceAndNeverZero) {
  FixedRandom random;
  EXPECT_EQ(place_.venue_id().error().code, ErrorCode::not_found);
  EXPECT_EQ(*place_.venue_id(random), VenueId(1));
  EXPECT_EQ(*place_.venue_id(random), VenueId(1));
  EXPECT_EQ(*place_.venue_id(), VenueId(1));
  std::ofstream(place_.paths().data / "venue-id") << "rubbish";
  EXPECT_EQ(place_.venue_id(random).error().code, ErrorCode::corrupt);
}

TEST_F(Folder, EverySpellingOfADirectoryIsTheSameVenue) {
  EXPECT_EQ(VenuePlace::at(folder_ / "x" / ".." / "data")->paths().memory, place_.paths().memory);
  EXPECT_NE(VenuePlace::at(folder_ / "other")->paths().memory, place_.paths().memory);
}

TEST_F(Folder, ASecondSupervisorIsToldWhoHoldsTheVenue) {
  EXPECT_EQ(SupervisorLock::holder(place_), std::nullopt);
  {
    const Result<SupervisorLock> lock = SupervisorLock::take(place_);
    ASSERT_TRUE(lock.ok()) << lock.error().text;
    EXPECT_EQ(SupervisorLock::holder(place_), ::getpid());
    const Result<SupervisorLock> second = SupervisorLock::take(place_);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::already_in_use);
    EXPECT_NE(second.error().text.find("process " + std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_EQ(SupervisorLock::holder(place_), std::nullopt);
}

TEST_F(Folder, OnlyItsOwnUserStartsAVenue) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root gives a folder away";
  }
  ASSERT_EQ(::chown(place_.paths().data.c_str(), 65'534, 65'534), 0);
  const Result<SupervisorLock> lock = SupervisorLock::take(place_);
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code, ErrorCode::refused);
  EXPECT_NE(lock.error().text.find("belongs to the user "), std::string::npos) << lock.error().text;
}

// What a sequencer that was killed left says nothing of the next one, whatever process id that has.
TEST_F(Folder, TheSequencerIsReadyWhenItsOwnProcessPublishes) {
  const auto publish = [&](std::uint32_t process, std::int64_t at, std::uint8_t stopped = 0) {
    auto page = sequencer::StatusWriter::open(runtime::system_files(), place_.paths().memory);
    ASSERT_TRUE(page.ok());
    const auto figures = std::make_unique<sequencer::StatusFigures>();
    figures->process = process;
    figures->published = TimeNs(at);
    figures->stopped = stopped;
    page->write(*figures, {});
  };
  const SequencerReady first(place_);
  EXPECT_FALSE(first(10)) << "there is no page yet";
  publish(10, 100);
  EXPECT_TRUE(first(10));
  EXPECT_FALSE(first(11)) << "another process published";
  EXPECT_FALSE(first(0)) << "none runs";
  const SequencerReady next(place_);
  EXPECT_FALSE(next(10)) << "left by one that had the same number";
  publish(10, 200);
  EXPECT_TRUE(next(10));
  publish(10, 300, 1);
  EXPECT_FALSE(next(10)) << "it has stopped";
}

class SupervisorTest : public Folder {
 protected:
  [[nodiscard]] SupervisedProcess shell(const std::string& name, const std::string& script, bool sequencer) const {
    return {name, {"/bin/sh", "-c", script}, folder_ / (name + ".out"), sequencer, false};
  }
  [[nodiscard]] std::vector<std::string> lines_of(const std::string& name) const {
    std::vector<std::string> lines;
    std::ifstream file(folder_ / (name + ".out"));
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    return lines;
  }

  std::vector<std::string> said_;
  Say say_ = [this](const std::string& text) { said_.push_back(text); };
};

TEST_F(SupervisorTest, OthersStartOnceTheSequencersProcessIsReady) {
  Supervisor supervisor(
      place_,
      {shell("a", "echo begun > '" + (folder_ / "ready").string() + "'; exec sleep 100", true),
       shell("b", "test -s '" + (folder_ / "ready").string() + "' && echo after; exec sleep 100", false)},
      say_);
  EXPECT_TRUE(supervisor.start([&](pid_t sequencer) {
    EXPECT_EQ(process_of(place_, "a"), sequencer);
    return fs::exists(folder_ / "ready") && fs::file_size(folder_ / "ready") > 0;
  }));
  while (lines_of("b").empty()) {
    ::sched_yield();
  }
  supervisor.stop();
  EXPECT_EQ(lines_of("b"), std::vector<std::string>{"after"});
  EXPECT_TRUE(said_.empty()) << said_[0];
}

TEST_F(SupervisorTest, WhatDiesIsStartedAgain) {
  Supervisor supervisor(place_, {shell("a", "echo life; kill -9 $$", true)}, say_);
  EXPECT_TRUE(supervisor.start([&](pid_t /*sequencer*/) { return lines_of("a").size() >= 3; }));
  supervisor.stop();
  ASSERT_GE(said_.size(), 2u);
  EXPECT_TRUE(said_[0].starts_with("a was killed by signal 9 (Killed); it is started again in ")) << said_[0];
  const std::vector<Ends> ends = read_ends(place_);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].process, "a");
  EXPECT_EQ(ends[0].count, said_.size());
  EXPECT_EQ(ends[0].how, "was killed by signal 9 (Killed)");
  EXPECT_TRUE(text_of(ends[0]).starts_with("a ended " + std::to_string(said_.size()) + " times unasked, last 20"))
      << text_of(ends[0]);
}

// One that hosts matching, has record 7 in hand each time, and ends so, until so many lines or a poison were said.
class InHand : public SupervisorTest {
 protected:
  void run(const std::string& end, std::size_t lines) {
    auto page = runtime::PlaceFile::open(runtime::system_files(), place_.paths().memory, "matching", 0);
    ASSERT_TRUE(page.ok());
    page->page().cursor.at(Seq(7), MachineName::matching);
    const fs::path go = folder_ / "go";
    SupervisedProcess process = shell("a", "until test -e '" + go.string() + "'.$$; do sleep 0.01; done; " + end, true);
    process.applications = {"matching:0"};
    Supervisor supervisor(place_, {std::move(process)}, say_);
    pid_t last = 0;
    ASSERT_TRUE(supervisor.start([&](pid_t /*sequencer*/) {
      const std::optional<pid_t> pid = process_of(place_, "a");
      if (pid && *pid != last) {
        last = *pid;
        page->page().process = static_cast<std::uint32_t>(last);
        std::ofstream(go.string() + "." + std::to_string(last)) << "\n";
      }
      return said_.size() >= lines || said("POISON") != 0;
    }));
    supervisor.stop();
  }
  [[nodiscard]] std::size_t said(const std::string& begin) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(said_, [&](const std::string& line) { return line.starts_with(begin); }));
  }
};

TEST_F(InHand, AFaultMakesItAPoison) {
  run("kill -SEGV $$", 4);
  EXPECT_EQ(said("a was killed by signal 11"), 3U);
  EXPECT_EQ(said("POISON: record 7 killed matching:0 3 times"), 1U);
}

TEST_F(InHand, AKillFromOutsideDoesNot) {
  run("kill -9 $$", 5);
  EXPECT_EQ(said("a was killed by signal 9"), 5U);
}

TEST_F(InHand, WantOfMemoryDoesNotAndIsSaid) {
  run("exit " + std::to_string(exit_out_of_memory), 5);
  EXPECT_EQ(said("a ended with 9 because it was out of memory; it is started again in "), 5U);
}

TEST_F(SupervisorTest, ASequencerThatStoppedForGoodIsNotStartedAgain) {
  Supervisor supervisor(place_, {shell("a", "echo life; exit " + std::to_string(exit_stopped), true)}, say_);
  EXPECT_FALSE(supervisor.start([](pid_t /*sequencer*/) { return false; }));
  EXPECT_EQ(supervisor.run([] {}), exit_stopped);
  EXPECT_EQ(lines_of("a").size(), 1u);
  EXPECT_EQ(said_[0], "a ended with 6; it is not started again");
}

TEST_F(SupervisorTest, WhatNeedsANewerBuildIsStartedByOneAlone) {
  Supervisor supervisor(place_,
                        {shell("a", "echo up; exec sleep 100", true),
                         shell("b", "echo life; exit " + std::to_string(exit_too_old), false)},
                        say_);
  ASSERT_TRUE(supervisor.start([&](pid_t /*sequencer*/) { return !lines_of("a").empty(); }));
  int looks = 0;
  EXPECT_EQ(supervisor.run([&] {
    ++looks;
    if (said_.empty()) {
      return;
    }
    if (said_.size() == 1 && looks >= 3) {  // it had its time to start again
      EXPECT_TRUE(said_[0].starts_with("b needs a newer build than /bin/sh")) << said_[0];
      EXPECT_EQ(lines_of("b"), std::vector<std::string>{"life"});
      EXPECT_TRUE(ask_for_program(place_, "b", "/bin/echo"));
    } else if (lines_of("b").size() > 1) {
      ::kill(::getpid(), SIGTERM);
    }
  }),
            exit_ok);
  EXPECT_EQ(said_[1], "b goes on with /bin/echo");
}

TEST_F(SupervisorTest, TerminationEndsTheRunInGoodOrder) {
  Supervisor supervisor(place_,
                        {shell("a",
                               "trap 'echo a >> \"" + (folder_ / "order").string() +
                                   "\"; exit 0' TERM; echo up; while :; do sleep 0.01; done",
                               true),
                         shell("b",
                               "trap 'echo b >> \"" + (folder_ / "order").string() +
                                   "\"; exit 0' TERM; echo up; while :; do sleep 0.01; done",
                               false)},
                        say_);
  EXPECT_TRUE(supervisor.start([&](pid_t /*sequencer*/) { return !lines_of("a").empty(); }));
  while (lines_of("b").empty()) {
    ::sched_yield();
  }
  EXPECT_EQ(supervisor.run([] { ::kill(::getpid(), SIGTERM); }), exit_ok);
  supervisor.stop();
  std::ifstream order(folder_ / "order");
  std::string text((std::istreambuf_iterator<char>(order)), {});
  EXPECT_EQ(text, "b\na\n");
}

TEST_F(SupervisorTest, AProgramThatIsNotThereIsNamed) {
  Supervisor supervisor(place_, {{"a", {"/nowhere/cantus"}, folder_ / "a.out", true, false}}, say_);
  EXPECT_TRUE(supervisor.start([&](pid_t /*sequencer*/) { return !said_.empty(); }));
  EXPECT_EQ(said_[0], "cannot start /nowhere/cantus: No such file or directory");
}

TEST(LatencyWindow, CountsEachOrdersFirstOutcome) {
  LatencyWindow window;
  EXPECT_EQ(window.figures().samples, 0u);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    window.order_at(Seq(10 * i), TimeNs(1000));
    window.outcome_of(Seq(10 * i), TimeNs(1000 + static_cast<std::int64_t>(i)));
    window.outcome_of(Seq(10 * i), TimeNs(99'999));
    window.outcome_of(Seq(10 * i + 1), TimeNs(99'999));
  }
  const LatencyWindow::Figures figures = window.figures();
  EXPECT_EQ(figures.samples, 100u);
  EXPECT_EQ(figures.p50_ns, 51);
  EXPECT_EQ(figures.p99_ns, 100);
  EXPECT_EQ(figures.max_ns, 100);
}

}  // namespace
}  // namespace cantus::cli
