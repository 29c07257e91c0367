// Work beside the loop on the host's threads: asides, and workers that go step by step.
#include "runtime/system.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace cantus::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Aside, BeginsWorksAndEndsOnOneThreadOfItsOwn) {
  std::vector<std::thread::id> threads;
  std::promise<void> worked;
  {
    const auto aside = host_system().run_aside("test", Share::ordinary,
                                               {[&](Aside&) { threads.push_back(std::this_thread::get_id()); },
                                                [&] { threads.push_back(std::this_thread::get_id()); }});
    aside->loop().post([&] {
      threads.push_back(std::this_thread::get_id());
      worked.set_value();
    });
    worked.get_future().wait();
  }
  EXPECT_EQ(threads, std::vector<std::thread::id>(3, threads.at(0)));
  EXPECT_NE(threads.at(0), std::this_thread::get_id());
}

// Whoever rests an hour is called from it, and what waits behind does not run.
TEST(Aside, ItsEndCutsARestShortAndDropsWhatWaits) {
  std::promise<void> resting;
  bool goes_on = true;
  bool ran = false;
  {
    const auto aside = host_system().run_aside("test", Share::less,
                                               {[&](Aside& on) {
                                                  resting.set_value();
                                                  goes_on = on.rest(1h);
                                                },
                                                {}});
    resting.get_future().wait();
    aside->loop().post([&] { ran = true; });
  }
  EXPECT_FALSE(goes_on);
  EXPECT_FALSE(ran);
}

TEST(Aside, RestsNoShorterThanItWasAsked) {
  std::promise<std::chrono::nanoseconds> rested;
  const auto aside = host_system().run_aside("test", Share::ordinary,
                                             {[&](Aside& on) {
                                                const auto begun = std::chrono::steady_clock::now();
                                                EXPECT_TRUE(on.rest(900us));
                                                rested.set_value(std::chrono::steady_clock::now() - begun);
                                              },
                                              {}});
  EXPECT_GE(rested.get_future().get(), 900us);
}

TEST(Workers, StepsComeOneByOneUntilThereIsNothing) {
  int steps = 0;
  const auto worker = threads().make("test", Share::ordinary);
  worker->begin([&] { return ++steps < 5 ? Next::step() : Next::nothing(); });
  worker->join();
  EXPECT_EQ(steps, 5);
}

// A wake that nobody waits for is kept, one that comes before the begin, too; several are one.
TEST(Workers, AWakeIsKeptForTheNextWait) {
  std::atomic<int> steps{0};
  std::atomic<bool> end{false};
  std::promise<void> second;
  const auto worker = threads().make("test", Share::ordinary);
  worker->wake();
  worker->wake();
  worker->begin([&] {
    const bool over = end.load();
    if (++steps == 2) {
      second.set_value();
    }
    return over ? Next::nothing() : Next::wake();
  });
  second.get_future().wait();
  EXPECT_EQ(steps.load(), 2);
  end.store(true);
  worker->wake();
  worker->join();
  EXPECT_EQ(steps.load(), 3);
}

TEST(Workers, AWaitThatIsBoundedEndsByItself) {
  int steps = 0;
  const auto worker = threads().make("test", Share::ordinary);
  worker->begin([&] { return ++steps < 3 ? Next::wake_or(1ms) : Next::nothing(); });
  worker->join();
  EXPECT_EQ(steps, 3);
}

TEST(Workers, OneThatNeverBeganEndsAtOnce) {
  const auto worker = threads().make("test", Share::ordinary);
  worker->wake();
  worker->join();
}

}  // namespace
}  // namespace cantus::runtime
