// Each call that writes, syncs or names a file fails, once or from then on: the journal stops for good and says so, no
// start goes past the stop mark, and a recovery brings back all that was on the log. A full disk is no failure.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <thread>

#include "tests/eventlog/crash.h"

namespace cantus::eventlog::test {
namespace {

using runtime::CallFault;
using testing::HasSubstr;

constexpr int batches = 22;

// The log did not begin before its directory record stands: then there is nothing to recover.
bool has_begun(Workload& workload) { return workload.files().exists(workload.options().journal / directory_file); }

bool is_marked(runtime::SimulatedFiles& files, const JournalOptions& options) {
  return stop_mark(files, options.journal, options.memory).has_value();
}

void expect_recovered(runtime::SimulatedFiles& files, const Workload& workload, std::uint64_t at_least,
                      const std::string& where) {
  const JournalOptions& options = workload.options();
  if (is_marked(files, options)) {
    const Done refused = act_as_expected(files, options, Act::open, where);
    ASSERT_FALSE(refused.ok) << where;
    EXPECT_THAT(refused.error->text, HasSubstr("cantus recover"));
    const Done recovered = act_as_expected(files, options, Act::recover, where);
    ASSERT_TRUE(recovered.ok) << where << ": " << recovered.error->text;
  }
  const Done opened = act_as_expected(files, options, Act::open, where);
  ASSERT_TRUE(opened.ok) << where << ": " << opened.error->text;
  expect_beginning(read_log(files, options, where), workload.appended(), at_least, where);
}

// `ends` is what comes before the recovery: the death of the process alone, or a power cut as well.
void fail_each_call(CallFault fault, bool with_the_power) {
  bool reached = true;
  for (std::uint64_t call = 1; reached && !testing::Test::HasFailure(); ++call) {
    const std::string where = (fault == CallFault::fail_once ? "failed call " : "failing from call ") +
                              std::to_string(call) + (with_the_power ? ", power cut" : "");
    Workload workload(11);
    workload.files().plan(call, fault);
    const bool ran = workload.run(batches);
    reached = fault == CallFault::fail_once ? !workload.files().plan_is_open() : !ran;
    if (Journal* journal = workload.venue().journal.get(); journal != nullptr && reached) {
      workload.venue().listener->wait_stopped();
      EXPECT_TRUE(journal->stopped()) << where;
      EXPECT_FALSE(journal->has_room(64, RoomFor::outcomes_and_sessions)) << where;
      const std::uint64_t next = workload.appended().size() + 1;
      EXPECT_EQ(journal->append(Term(1), journal->last(), record_for(Seq(next), Term(1), 8)).error().code,
                ErrorCode::failed);
    }
    workload.files().plan(0, fault);
    workload.die();
    const JournalOptions& options = workload.options();
    if (with_the_power) {
      workload.files().cut_power(call);
      workload.files().boot();
    } else if (reached && has_begun(workload) && workload.seen() > 0) {
      EXPECT_TRUE(is_marked(workload.files(), options)) << where;
    }
    expect_recovered(workload.files(), workload, with_the_power ? workload.told() : workload.seen(), where);
  }
}

TEST(Failure, OfAnyCallStopsTheJournalAndNothingIsLost) { fail_each_call(CallFault::fail_once, false); }
TEST(Failure, OfADiskForGoodStopsTheJournalAndNothingIsLost) { fail_each_call(CallFault::fail_on, false); }
TEST(Failure, OfAnyCallAndThenOfThePowerLosesNothingThatWasTold) { fail_each_call(CallFault::fail_once, true); }
TEST(Failure, OfADiskAndThenOfThePowerLosesNothingThatWasTold) { fail_each_call(CallFault::fail_on, true); }

// A start or a recovery that fails while it changes things is marked as well; one that only looked changes nothing.
void fail_each_call_of(Act what, Workload& workload, std::uint64_t at_least, const std::string& of) {
  bool reached = true;
  for (std::uint64_t call = 1; reached && !testing::Test::HasFailure(); ++call) {
    for (const CallFault fault : {CallFault::fail_once, CallFault::fail_on}) {
      auto files = workload.files().copy();
      const std::string where =
          of + ", call " + std::to_string(call) + " failing " + (fault == CallFault::fail_once ? "once" : "for good");
      files->plan(call, fault);
      const Done done = act(*files, workload.options(), what);
      reached = fault == CallFault::fail_on ? !done.ok : !files->plan_is_open();
      files->plan(0, fault);
      EXPECT_EQ(done.ok, !reached) << where;
      if (reached && fault == CallFault::fail_once) {
        EXPECT_TRUE(is_marked(*files, workload.options())) << where;
      }
      files->end_process();
      auto without_power = files->copy();
      without_power->cut_power(call);
      without_power->boot();
      expect_recovered(*files, workload, at_least, where);
      expect_recovered(*without_power, workload, workload.told(), where + ", power cut");
    }
  }
}

TEST(Failure, OfAStart) {
  Workload workload(5);
  workload.files().plan(90, CallFault::stop_before);
  ASSERT_FALSE(workload.run(batches));
  workload.die();
  fail_each_call_of(Act::open, workload, workload.seen(), "start on the same boot");
  workload.files().cut_power(4);
  workload.files().boot();
  fail_each_call_of(Act::open, workload, workload.told(), "start after a power cut");
}

TEST(Failure, OfARecovery) {
  Workload workload(5);
  workload.files().plan(95, CallFault::fail_once);
  ASSERT_FALSE(workload.run(batches));
  workload.die();
  fail_each_call_of(Act::recover, workload, workload.seen(), "recovery from memory");
  workload.files().cut_power(4);
  workload.files().boot();
  fail_each_call_of(Act::recover, workload, workload.told(), "recovery from the device");
}

TEST(Failure, OfTheFirstStartLeavesALogOrNone) {
  for (std::uint64_t call = 1; call <= 40; ++call) {
    Workload workload(5);
    workload.files().plan(call, CallFault::fail_once);
    const bool ok = act(workload.files(), workload.options(), Act::open).ok;
    if (workload.files().plan_is_open()) {
      EXPECT_TRUE(ok);
      EXPECT_GT(call, 20u);
      return;
    }
    workload.files().end_process();
    if (!has_begun(workload)) {
      EXPECT_FALSE(is_marked(workload.files(), workload.options())) << call;
    }
    expect_recovered(workload.files(), workload, 0, "call " + std::to_string(call));
  }
}

// Memory is damaged when it is needed: whichever of memory and device holds more is taken.
TEST(Failure, ARecoveryTakesWhatHoldsMore) {
  for (std::uint64_t call = 60; call <= 90; call += 3) {
    Workload workload(5);
    workload.files().plan(call, CallFault::fail_once);
    ASSERT_FALSE(workload.run(batches));
    workload.die();
    const Visible visible = *visible_in(workload.files().image(), workload.options());
    for (std::uint64_t number = 1; number <= visible.live_segment; ++number) {
      const auto path = workload.options().memory / segment_name(number, visible.opening);
      if (!workload.files().exists(path)) {
        continue;
      }
      for (std::size_t at = segment_data_begin; at < 16384; at += 313) {
        auto files = workload.files().copy();
        const std::byte bad{0x5a};
        files->damage(path, at, {&bad, 1});
        act_as_expected(*files, workload.options(), Act::recover,
                        "call " + std::to_string(call) + " at " + std::to_string(at));
      }
    }
  }
}

// ---- no room -------------------------------------------------------------------------------------------------------

TEST(FullDisk, SealingWaitsForRoom) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  venue.listener->wait_room(1);
  venue.files.limit_space(1);  // what is reserved is there, nothing more can be had
  ASSERT_TRUE(venue.append(150, 70).ok());
  // The record is tried to be made anew, again and again.
  const std::uint64_t before = venue.files.changes();
  while (venue.files.changes() < before + 40 && !venue.journal->stopped()) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(venue.journal->stopped());
  EXPECT_FALSE(venue.journal->sealed_after(0).has_value());
  venue.files.limit_space(UINT64_MAX);
  venue.listener->wait_sealed(1);
  EXPECT_FALSE(venue.journal->stopped());
  ASSERT_TRUE(venue.append(150, 70).ok());
  ASSERT_TRUE(venue.journal->close().ok());
}

// Of what it writes again as a new file nothing is lost; only what the writer itself cannot write ends the journal.
bool is_the_writers(const std::string& call) {
  const bool own = call.starts_with("write ") || call.starts_with("sync ");
  return own && !call.ends_with(".new") && (call.find("/segment-") != std::string::npos || call.ends_with("/mark"));
}

TEST(FullDisk, AtAnyCallIsWaitedOutUnlessItIsTheWritersOwn) {
  std::map<std::string, int> played;
  bool reached = true;
  for (std::uint64_t call = 1; reached && !testing::Test::HasFailure(); ++call) {
    Workload workload(11);
    workload.files().plan(call, CallFault::full_once);
    const bool ran = workload.run(12);
    reached = !workload.files().plan_is_open();
    const std::string what = workload.files().planned_call();
    const std::string where = "call " + std::to_string(call) + ", " + what;
    if (const Journal* journal = workload.venue().journal.get(); journal == nullptr) {
      ++played["a start that may be repeated"];
    } else if (!reached) {
      EXPECT_TRUE(ran);
    } else if (ran) {
      ++played["waited out"];
    } else {
      EXPECT_TRUE(journal->stopped()) << where;
      EXPECT_TRUE(is_the_writers(what)) << where;
      ++played["final"];
    }
    workload.die();
    expect_recovered(workload.files(), workload, workload.seen(), where);
  }
  EXPECT_GT(played["a start that may be repeated"], 5);
  EXPECT_GT(played["waited out"], 20);
  EXPECT_GT(played["final"], 20);
}

TEST(FullDisk, AStartOrRecoveryWithoutRoomLosesNothingAndMayBeRepeated) {
  for (const bool stopped : {false, true}) {
    Workload workload(5);
    workload.files().plan(95, stopped ? CallFault::fail_once : CallFault::stop_before);
    ASSERT_FALSE(workload.run(batches));
    workload.die();
    if (!stopped) {
      workload.files().cut_power(3);
      workload.files().boot();
    }
    const Act what = stopped ? Act::recover : Act::open;
    std::uint64_t used = 0;
    for (const auto& [path, bytes] : workload.files().image()) {
      used += bytes.size();
    }
    for (std::uint64_t more = 0; more < 5 * 16384; more += 1024) {
      workload.files().limit_space(used + more);
      const Done done = act(workload.files(), workload.options(), what);
      workload.files().end_process();
      if (done.ok) {
        EXPECT_GT(more, 16384u);
        break;
      }
      EXPECT_EQ(done.error->code, ErrorCode::no_space) << done.error->text;
      EXPECT_EQ(is_marked(workload.files(), workload.options()), stopped);
    }
    workload.files().limit_space(UINT64_MAX);
    expect_recovered(workload.files(), workload, workload.told(), stopped ? "recovery" : "start");
  }
}

}  // namespace
}  // namespace cantus::eventlog::test
