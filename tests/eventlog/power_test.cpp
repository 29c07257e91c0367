// One workload, stopped before and after each call that changes a file; then the next start on the same boot, without a
// memory segment, or after a power cut that keeps, loses and tears what was not synced; and that start is cut short in
// the same way. Always: what the oracle says, what anybody was told is there, and nothing that nobody appended.
#include "tests/eventlog/crash.h"

namespace cantus::eventlog::test {
namespace {

using runtime::CallFault;

constexpr int batches = 22;  // some three segments
constexpr std::uint64_t workload_seed = 7;

std::string place(const char* what, std::uint64_t call, CallFault fault, const std::string& then = {}) {
  return std::string(what) + " stopped " + (fault == CallFault::stop_before ? "before" : "after") + " call " +
         std::to_string(call) + (then.empty() ? "" : ", " + then);
}

// Calls f(the dead workload, what to say of it) for each call of the workload, stopped before and after it.
template <class F>
void for_each_stop(std::uint64_t step, F f) {
  std::uint64_t call = 1;
  for (bool reached = true; reached; call += step) {
    for (const CallFault fault : {CallFault::stop_before, CallFault::stop_after}) {
      Workload workload(workload_seed);
      workload.files().plan(call, fault);
      workload.run(batches);
      reached = !workload.files().plan_is_open();
      workload.die();
      f(workload, place("workload", call, fault));
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
  EXPECT_GT(call, 100u) << "the workload makes more calls than that";
}

// Starts until one comes through, and compares it with what was appended. A log whose first start was cut short before
// it stood may begin anew.
void expect_all(runtime::SimulatedFiles& files, const Workload& workload, std::uint64_t at_least,
                const std::string& where) {
  const Done done = act_as_expected(files, workload.options(), Act::open, where);
  ASSERT_TRUE(done.ok) << where << ": " << done.error->text;
  expect_beginning(read_log(files, workload.options(), where), workload.appended(), at_least, where);
  const Done again = act_as_expected(files, workload.options(), Act::open, where + ", again");
  EXPECT_TRUE(again.ok && again.report.kind == StartKind::same_boot && again.report.last == done.report.last) << where;
}

TEST(Power, StoppedAtEachCallNothingThatWasSeenIsLostOnTheSameBoot) {
  for_each_stop(1, [](Workload& workload, const std::string& where) {
    expect_all(workload.files(), workload, workload.seen(), where);
  });
}

TEST(Power, StoppedAtEachCallNothingThatWasToldIsLostWithThePower) {
  for_each_stop(1, [](Workload& workload, const std::string& where) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      auto files = workload.files().copy();
      files->cut_power(seed);
      files->boot();
      expect_all(*files, workload, workload.told(), where + ", power cut " + std::to_string(seed));
    }
  });
}

TEST(Power, StoppedAtEachCallAndAnyOfMemoryIsGone) {
  for_each_stop(2, [](Workload& workload, const std::string& where) {
    const Image image = workload.files().image();
    for (const auto& [path, bytes] : image) {
      if (path.parent_path() != workload.options().memory) {
        continue;
      }
      auto files = workload.files().copy();
      ASSERT_TRUE(files->remove(path).ok());
      expect_all(*files, workload, workload.told(), where + ", without " + path.filename().string());
    }
  });
}

// The next start is stopped, too, at each of its calls; then again death or power.
void cut_the_start(runtime::SimulatedFiles& host, const Workload& workload, Act what, std::uint64_t at_least,
                   const std::string& where) {
  bool reached = true;
  for (std::uint64_t call = 1; reached && !testing::Test::HasFailure(); ++call) {
    for (const CallFault fault : {CallFault::stop_before, CallFault::stop_after}) {
      auto stopped = host.copy();
      stopped->plan(call, fault);
      act(*stopped, workload.options(), what);
      reached = !stopped->plan_is_open();
      stopped->end_process();
      for (std::uint64_t seed = 0; seed <= 2; ++seed) {
        const std::string then = where + ", " + place("start", call, fault, seed == 0 ? "death" : "power cut");
        auto files = stopped->copy();
        if (seed > 0) {
          files->cut_power(seed + call);
          files->boot();
        }
        if (what == Act::recover && stop_mark(*files, workload.options().journal, workload.options().memory)) {
          const Done done = act_as_expected(*files, workload.options(), Act::recover, then);
          ASSERT_TRUE(done.ok) << then << ": " << done.error->text;
        }
        expect_all(*files, workload, at_least, then);
      }
    }
  }
}

TEST(Power, AStartOnTheSameBootMayBeStoppedAtEachCall) {
  for_each_stop(12, [](Workload& workload, const std::string& where) {
    cut_the_start(workload.files(), workload, Act::open, workload.told(), where);
  });
}

TEST(Power, AStartAfterAPowerCutMayBeStoppedAtEachCall) {
  for_each_stop(12, [](Workload& workload, const std::string& where) {
    workload.files().cut_power(workload.files().changes());
    workload.files().boot();
    cut_the_start(workload.files(), workload, Act::open, workload.told(), where);
  });
}

TEST(Power, ARecoveryMayBeStoppedAtEachCall) {
  for (std::uint64_t call = 40; call <= 100; call += 12) {
    Workload workload(workload_seed);
    workload.files().plan(call, CallFault::fail_once);
    workload.run(batches);
    workload.die();
    ASSERT_TRUE(stop_mark(workload.files(), workload.options().journal, workload.options().memory).has_value());
    const std::string where = "failed call " + std::to_string(call);
    cut_the_start(workload.files(), workload, Act::recover, workload.told(), where);
    workload.files().cut_power(call);
    workload.files().boot();
    cut_the_start(workload.files(), workload, Act::recover, workload.told(), where + ", power cut");
  }
}

// The first start is stopped, the second one fails, then the power goes: what a start builds on must be durable itself.
TEST(Power, TheFirstStartsMayBeCutOneAfterTheOther) {
  const Workload workload(workload_seed);
  bool first_reached = true;
  for (std::uint64_t first = 1; first_reached && !HasFailure(); ++first) {
    runtime::SimulatedFiles begun("/memory");
    begun.plan(first, CallFault::stop_after);
    act(begun, workload.options(), Act::open);
    first_reached = !begun.plan_is_open();
    begun.end_process();
    bool second_reached = true;
    for (std::uint64_t second = 1; second_reached && !HasFailure(); ++second) {
      auto failed = begun.copy();
      failed->plan(second, CallFault::fail_on);
      second_reached = !act(*failed, workload.options(), Act::open).ok;
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        auto files = failed->copy();
        files->cut_power(seed * 31 + second);
        files->boot();
        const std::string where = "first start stopped after " + std::to_string(first) + ", second fails from " +
                                  std::to_string(second) + ", power cut " + std::to_string(seed);
        if (stop_mark(*files, workload.options().journal, workload.options().memory).has_value()) {
          ASSERT_TRUE(act_as_expected(*files, workload.options(), Act::recover, where).ok) << where;
        }
        expect_all(*files, workload, 0, where);
      }
    }
  }
}

// Behind an orderly end the memory is given up; that, too, may be stopped or fail at each call.
TEST(Power, GivingUpMemoryMayBeStoppedAtEachCall) {
  Workload workload(workload_seed);
  ASSERT_TRUE(workload.run(batches));
  ASSERT_TRUE(workload.venue().journal->close().ok());
  workload.die();
  ASSERT_EQ(workload.told(), workload.appended().size());
  bool reached = true;
  for (std::uint64_t call = 1; reached && !HasFailure(); ++call) {
    for (const CallFault fault :
         {CallFault::stop_before, CallFault::stop_after, CallFault::fail_once, CallFault::fail_on}) {
      auto ended = workload.files().copy();
      ended->plan(call, fault);
      const bool given_up = give_up_memory(*ended, workload.options().journal, workload.options().memory).ok();
      reached = fault == CallFault::fail_on ? !given_up : !ended->plan_is_open();
      ended->plan(0, fault);
      ended->end_process();
      for (std::uint64_t seed = 0; seed <= 4; ++seed) {
        auto files = ended->copy();
        if (seed > 0) {
          files->cut_power(seed + call);
          files->boot();
        }
        expect_all(*files, workload, workload.told(),
                   "fault " + std::to_string(static_cast<int>(fault)) + " at call " + std::to_string(call) +
                       " of giving up, power cut " + std::to_string(seed));
      }
    }
  }
}

// The appender dies between any two of its stores when it goes on to the next segment: the number of the live segment
// is stored first, then the end marker, then records behind.
TEST(Power, DyingBetweenAnyTwoStoresOfASegmentsChange) {
  Workload workload(workload_seed);
  ASSERT_TRUE(workload.run(batches));
  workload.die();
  const std::filesystem::path memory = workload.options().memory;
  const Visible visible = *visible_in(workload.files().image(), workload.options());
  const std::filesystem::path live = memory / segment_name(visible.live_segment, visible.opening);
  const Image image = workload.files().image();
  std::size_t end = segment_data_begin;
  for (std::uint32_t word = 1; word != 0;) {
    std::memcpy(&word, image.at(live).data() + end, sizeof(word));
    end += word == 0 ? 0 : aligned_record(word);
  }
  const std::uint64_t next = visible.live_segment + 1;
  const std::uint32_t marker = end_of_segment;
  const Record torn = record_for(Seq(workload.seen() + 1), Term(1), 90);
  for (int stores = 0; stores <= 3; ++stores) {
    auto files = workload.files().copy();
    if (stores >= 1) {
      files->damage(memory / control_file, offsetof(ControlPage, live_segment), std::as_bytes(std::span(&next, 1)));
    }
    if (stores >= 2) {
      files->damage(live, end, std::as_bytes(std::span(&marker, 1)));
    }
    if (stores >= 3) {  // all but its commit word
      files->damage(memory / segment_name(next, visible.opening), segment_data_begin + 4, std::span(torn).subspan(4));
    }
    expect_all(*files, workload, workload.seen(), std::to_string(stores) + " stores");
  }
}

}  // namespace
}  // namespace cantus::eventlog::test
