// The loop: tasks, sleeping and being woken, timers, posts from other threads, signals.
#include "runtime/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "runtime/background_thread.h"
#include "runtime/doorbell.h"
#include "runtime/scheduling.h"
#include "runtime/signals.h"

namespace cantus::runtime {
namespace {

using namespace std::chrono_literals;

struct RecordingTask : Task {
  bool poll() override {
    ++polls;
    if (work > 0) {
      --work;
      return true;
    }
    if (on_idle) {
      on_idle();
    }
    return false;
  }
  void arm() override {
    armed = true;
    if (on_arm) {
      on_arm();
    }
  }
  void disarm() override { armed = false; }
  void pass_on() override { ++passed_on; }

  int work = 0;
  int polls = 0;
  int passed_on = 0;
  bool armed = false;
  std::function<void()> on_idle;
  std::function<void()> on_arm;
};

TEST(Loop, TasksArePolledInTheOrderOfTheirAddition) {
  const auto loop = make_loop(WaitMode::adaptive);
  std::string order;
  RecordingTask a;
  RecordingTask b;
  a.on_idle = [&] { order += 'a'; };
  b.on_idle = [&] { order += 'b'; };
  loop->add(b);
  loop->add(a);
  EXPECT_FALSE(loop->run_once());
  EXPECT_EQ(order, "ba");
  loop->remove(b);
  loop->run_once();
  EXPECT_EQ(order, "baa");
}

TEST(Loop, ATaskThatIsAddedTwiceIsPolledOnce) {
  const auto loop = make_loop(WaitMode::adaptive);
  RecordingTask task;
  loop->add(task);
  loop->add(task);
  loop->run_once();
  EXPECT_EQ(task.polls, 1);
}

TEST(Loop, ATaskMayRemoveAnotherWhileItIsPolled) {
  const auto loop = make_loop(WaitMode::adaptive);
  RecordingTask a;
  auto b = std::make_unique<RecordingTask>();
  a.on_idle = [&] {
    if (b) {
      loop->remove(*b);
      b.reset();
    }
  };
  loop->add(a);
  loop->add(*b);
  loop->run_once();
  loop->run_once();
  EXPECT_EQ(a.polls, 2);
}

TEST(Loop, RunOnceTellsWhetherAnythingWasDone) {
  const auto loop = make_loop(WaitMode::adaptive);
  RecordingTask task;
  task.work = 2;
  loop->add(task);
  EXPECT_TRUE(loop->run_once());
  EXPECT_TRUE(loop->run_once());
  EXPECT_FALSE(loop->run_once());
}

// Work that arrives between the last poll and the arming is found by the poll in between: otherwise the loop would
// sleep on it for ever, and the test would hang.
TEST(Loop, WhatWasDoneIsPassedOnOnceNothingMovesAnyMore) {
  const auto loop = make_loop(WaitMode::adaptive);
  RecordingTask task;
  task.work = 3;
  task.on_arm = [&] { loop->stop(); };
  loop->add(task);
  loop->run();
  EXPECT_EQ(task.passed_on, 1) << "three rounds of work are one piece of news";
  task.work = 100;
  loop->run();
  EXPECT_GT(task.passed_on, 2) << "whoever waits outside is not left waiting by a loop that is never idle";
  const int before = task.passed_on;
  loop->run_once();
  EXPECT_EQ(task.passed_on, before) << "no news";
}

TEST(Loop, WorkThatArrivesWhileArmingIsNotSleptOn) {
  const auto loop = make_loop(WaitMode::adaptive);
  RecordingTask task;
  int arrivals = 0;
  task.on_arm = [&] {
    task.work = 1;
    if (++arrivals == 3) {
      loop->stop();
    }
  };
  loop->add(task);
  loop->run();
  EXPECT_EQ(arrivals, 3);
  EXPECT_FALSE(task.armed);
}

TEST(Loop, ASleepingLoopIsWokenByItsDoorbell) {
  const auto loop = make_loop(WaitMode::adaptive);
  std::atomic<bool> news{false};
  SleepWord sleeping{0};
  RecordingTask task;
  int seen = 0;
  task.on_arm = [&] { arm_sleep(sleeping); };
  task.on_idle = [&] {
    if (news.exchange(false)) {
      if (++seen == 1'000) {
        loop->stop();
      }
    }
  };
  loop->add(task);
  std::atomic<bool> done{false};
  std::thread ringer([&] {
    while (!done) {
      if (!news.exchange(true) && wake_needed(sleeping)) {
        ring_doorbell(loop->doorbell_fd());
      }
      std::this_thread::yield();
    }
  });
  loop->run();
  done = true;
  ringer.join();
  EXPECT_EQ(seen, 1'000);
}

TEST(Loop, PostsFromAnotherThreadRunOnTheLoop) {
  const auto loop = make_loop(WaitMode::adaptive);
  std::thread::id ran_on;
  std::thread poster([&] {
    loop->post([&] {
      ran_on = std::this_thread::get_id();
      loop->stop();
    });
  });
  loop->run();
  poster.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Loop, ASpinningLoopSeesTimersAndStops) {
  const auto loop = make_loop(WaitMode::spinning);
  RecordingTask task;
  loop->add(task);
  const auto timer = loop->network().after(1ms, [&] { loop->stop(); });
  loop->run();
  EXPECT_FALSE(task.armed);
  EXPECT_GT(task.polls, 1);
}

TEST(Loop, SocketsAreServedWhileTasksAreBusy) {
  const auto loop = make_loop(WaitMode::adaptive);
  RecordingTask task;
  task.work = 1 << 30;
  loop->add(task);
  loop->post([&] { loop->stop(); });
  loop->run();
  EXPECT_LT(task.polls, 100);
}

TEST(Loop, TimersRunInTheOrderInWhichTheyAreDueAndEndWithTheirHandle) {
  const auto loop = make_loop(WaitMode::adaptive);
  std::string order;
  auto late = loop->network().after(4ms, [&] {
    order += 'c';
    loop->stop();
  });
  auto early = loop->network().after(1ms, [&] { order += 'a'; });
  auto cancelled = loop->network().after(2ms, [&] { order += 'b'; });
  cancelled.reset();
  loop->run();
  EXPECT_EQ(order, "ac");
}

TEST(Loop, ARepeatedTimerMayEndItself) {
  const auto loop = make_loop(WaitMode::adaptive);
  int calls = 0;
  std::unique_ptr<Timer> timer = loop->network().every(100us, [&] {
    if (++calls == 3) {
      timer.reset();
      loop->stop();
    }
  });
  loop->run();
  while (loop->run_once()) {
  }
  EXPECT_EQ(calls, 3);
}

TEST(Loop, AWatchTellsOfADescriptorUntilItEnds) {
  const auto loop = make_loop(WaitMode::adaptive);
  const UniqueFd bell = std::move(make_doorbell()).value();
  int calls = 0;
  auto watch = loop->watch_readable(bell.get(), [&] {
    quiet_doorbell(bell.get());
    ++calls;
    loop->stop();
  });
  ring_doorbell(bell.get());
  loop->run();
  EXPECT_EQ(calls, 1);
  watch.reset();
  ring_doorbell(bell.get());
  while (loop->run_once()) {
  }
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(quiet_doorbell(bell.get())) << "the descriptor stays its owner's";
}

TEST(Signals, TerminationStopsTheLoop) {
  const auto loop = make_loop(WaitMode::adaptive);
  const StopOnSignals signals(*loop);
  loop->post([] { ::raise(SIGTERM); });
  loop->run();
  loop->post([] { ::raise(SIGINT); });
  loop->run();
  ::raise(SIGPIPE);
  SUCCEED();
}

TEST(Scheduling, AThreadIsKeptToACoreAndThoseThatItMakesAreNot) {
  const auto cores = [] {
    cpu_set_t set;
    EXPECT_EQ(::sched_getaffinity(0, sizeof(set), &set), 0);
    return set;
  };
  const auto same = [](const cpu_set_t& a, const cpu_set_t& b) { return CPU_EQUAL(&a, &b) != 0; };
  const cpu_set_t before = cores();
  unsigned core = 0;
  while (CPU_ISSET(core, &before) == 0) {
    ++core;
  }
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(core, &only);
  {
    const OnCore on_core(core);
    EXPECT_TRUE(same(cores(), only));
    {
      const OnCore again(core);
      const OnCore anywhere(std::nullopt);
    }
    EXPECT_TRUE(same(cores(), only)) << "until the first of them ends";
    cpu_set_t others;
    {
      const BackgroundThread thread("test", [&] { others = cores(); });
    }
    cpu_set_t expected = before;
    if (CPU_COUNT(&before) > 1) {
      CPU_CLR(core, &expected);
    }
    EXPECT_TRUE(same(others, expected));
  }
  EXPECT_TRUE(same(cores(), before));
  if (CPU_COUNT(&before) > 1) {
    // A core that was set aside for the loop: no other thread of the process had it before.
    cpu_set_t without = before;
    CPU_CLR(core, &without);
    ASSERT_EQ(::sched_setaffinity(0, sizeof(without), &without), 0);
    cpu_set_t others;
    {
      const OnCore on_core(core);
      EXPECT_TRUE(same(cores(), only));
      const BackgroundThread thread("test", [&] { others = cores(); });
    }
    EXPECT_TRUE(same(others, without));
    EXPECT_TRUE(same(cores(), without));
    ASSERT_EQ(::sched_setaffinity(0, sizeof(before), &before), 0);
  }
  for (const std::optional<unsigned> none :
       {std::optional<unsigned>(), std::optional(cores_max), std::optional(999u)}) {
    const OnCore on_core(none);
    EXPECT_TRUE(same(cores(), before));
  }
}

}  // namespace
}  // namespace cantus::runtime
