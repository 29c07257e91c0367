// The end of a log and the begin of the next one, over the journal of a host: what is where, and that a death or a
// power cut at any of the steps leaves a log that the next process goes on with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "eventlog/hash.h"
#include "eventlog/reader.h"
#include "eventlog/verify.h"
#include "runtime/simulated_files.h"
#include "sequencer/app/log_roll.h"
#include "tests/sequencer/app_fixture.h"

namespace cantus::test {
namespace {

using ::testing::HasSubstr;

// Matching as the sequencer sees it: an outcome for each order, a digest for each RollDrained, proposed until they are
// on the log.
class Machine {
 public:
  explicit Machine(std::unique_ptr<eventlog::LogReader> reader) : reader_(std::move(reader)) {}

  // Attached as it is.
  void speak_through(Speaker& speaker) {
    speaker_ = &speaker;
    pushed_ = admitted_;
  }
  // Why it could not read; empty if it could.
  std::string poll() {
    while (true) {
      const auto event = reader_->next();
      if (!event) {
        return event.error().text;
      }
      if (!event->has_value()) {
        break;
      }
      apply(**event);
    }
    // What is on the log was settled before anybody may speak.
    if (speaker_ == nullptr || !speaker_->attached() || reader_->position() < speaker_->answer->read_through) {
      return {};
    }
    pushed_ = std::max(pushed_, admitted_);
    while (!mute && pushed_ < wishes_.size() &&
           speaker_->ring->push(wishes_[pushed_].header, wishes_[pushed_].payload)) {
      ++pushed_;
    }
    speaker_->ring->page().outstanding.store(wishes_.size() - admitted_);
    speaker_->ring->page().applied.store(reader_->position().get());
    return {};
  }
  bool mute = false;

 private:
  void apply(const Event& event) {
    if (event.header->publisher == matching) {
      ++admitted_;
    } else if (event.is<NewOrder>()) {
      wishes_.push_back(outcome(wishes_.size() + 1, event.header->seq.get()));
    } else if (event.is<RollDrained>()) {
      wishes_.push_back(Proposal::of(wishes_.size() + 1, RollDigest{event.header->seq, {}, 0}));
    }
  }

  std::unique_ptr<eventlog::LogReader> reader_;
  Speaker* speaker_ = nullptr;
  std::vector<Proposal> wishes_;
  std::size_t admitted_ = 0;
  std::size_t pushed_ = 0;
};

class RollInTime : public SequencerApp {
 protected:
  RollInTime() {
    options_.grants.push_back(grant(matching, topic::roll));
    options_.grants.push_back(grant(scheduler, topic::roll));
  }
  // The log is to end, and matching has applied all of it.
  void drain(Speaker& matching, Speaker& scheduler) {
    scheduler.push(Proposal::of(1, RollDue{LogNumber(1), {}}));
    while (sequencer_->core().roll().phase() != RollPhase::drained) {
      matching.ring->page().applied.store(sequencer_->core().last().get());
      look();
    }
  }
};

class Roll : public RollInTime {
 protected:
  static constexpr std::uint64_t orders_max = 12;

  Roll() {
    options_.identity = eventlog::LogIdentity{venue, LogNumber(1)};
    options_.segment_bytes = 64 << 10;
  }
  ~Roll() override { end(); }

  void begin() {
    fatal_.clear();
    auto made = sequencer::make_sequencer(*loop_, runtime::system_clock(), *files_, options_,
                                          [this](const std::string& why) { fatal_ = why; });
    ASSERT_TRUE(made.ok()) << made.error().text;
    sequencer_ = std::move(made).value();
    matching_ = speaker("matching");
    gateway_ = speaker("gateway-1");
    scheduler_ = speaker("scheduler");
    for (Speaker* const one : {matching_.get(), gateway_.get(), scheduler_.get()}) {
      ASSERT_TRUE(one->connect());
    }
    machine_ = std::make_unique<Machine>(reader());
    machine_->speak_through(*matching_);
  }
  void end() {
    for (auto* const one : {&matching_, &gateway_, &scheduler_}) {
      one->reset();
    }
    machine_.reset();
    sequencer_.reset();
  }
  [[nodiscard]] std::unique_ptr<eventlog::LogReader> reader() const {
    auto opened = eventlog::open_log(*files_, options_.paths.journal(), options_.paths.memory);
    CANTUS_ASSERT(opened.ok(), "the log that was just opened can be read");
    return std::move(opened).value();
  }
  [[nodiscard]] const SequencerCore& core() const { return sequencer_->core(); }
  [[nodiscard]] bool open_in(std::uint32_t log) const {
    return core().log() == LogNumber(log) && core().roll().phase() == RollPhase::none;
  }
  [[nodiscard]] std::uint64_t next_of(const std::string& name) const {
    return core().publishers().at(*core().publishers().find(name)).next.get();
  }
  // A turn of everybody: clients go on entering orders; who was not attached yet may be now.
  void turn() {
    loop_->run_once();
    if (std::string why = machine_->poll(); !why.empty()) {
      fatal_ = std::move(why);
      return;
    }
    if (gateway_->attached() && next_of("gateway-1") <= orders_max) {
      const Proposal next = order(next_of("gateway-1"));
      static_cast<void>(gateway_->ring->push(next.header, next.payload));  // again and again: repeats are dropped
    }
  }
  template <class F>
  void until(F&& holds) {
    while (!holds() && fatal_.empty() && !HasFatalFailure()) {
      turn();
    }
  }
  void order_roll(std::uint32_t ends) {
    until([this] { return scheduler_->attached() && matching_->attached(); });
    const Proposal due = Proposal::of(next_of("scheduler"), RollDue{LogNumber(ends), {}});
    static_cast<void>(scheduler_->ring->push(due.header, due.payload));
  }

  // The log as a new reader finds it, and what must hold of it.
  void expect_well(std::uint32_t logs) {
    ASSERT_EQ(fatal_, "");
    ASSERT_TRUE(sequencer_->close().ok());
    const Digest digest = core().digest();
    SequencerCore again(options_.limits);
    std::map<std::uint32_t, Seq> closed;
    std::map<std::uint32_t, std::uint64_t> orders;
    RollPhase phase = RollPhase::none;
    const auto log = reader();
    while (true) {
      const auto event = log->next();
      ASSERT_TRUE(event.ok()) << event.error().text;
      if (!event->has_value()) {
        break;
      }
      const Status applied = again.apply(**event);
      ASSERT_TRUE(applied.ok()) << applied.error().text;
      if ((*event)->is<NewOrder>()) {
        EXPECT_EQ(phase, RollPhase::none) << "a client's message at " << (*event)->header->seq.get();
        ++orders[(*event)->header->log.get()];
      }
      if ((*event)->is<LogClosed>()) {
        closed[(*event)->header->log.get()] = (*event)->header->seq;
        closed_hash_ = eventlog::record_hash(**event);
      } else if ((*event)->is<LogContinued>()) {
        const auto& continued = (*event)->as<LogContinued>();
        EXPECT_EQ(continued.closed, closed[continued.predecessor.get()]);
        EXPECT_EQ(continued.closed_hash, closed_hash_);
      }
      phase = again.roll().phase();
    }
    EXPECT_EQ(again.digest(), digest) << "the next process holds what this one held";
    expect_stands_alone(*log, closed[logs - 1].next(), digest);
    EXPECT_EQ(closed.size() + 1, logs);
    EXPECT_EQ(again.publishers().at(*again.publishers().find("gateway-1")).next.get(), orders_max + 1);
    EXPECT_EQ(next_of("matching"),
              orders_max + logs +
                  (again.publishers().at(*again.publishers().find("matching")).next.get() - orders_max - logs));
    const auto verified = eventlog::verify_log(*files_, options_.paths.journal());
    ASSERT_TRUE(verified.ok()) << verified.error().text;
    EXPECT_FALSE(verified->first_bad) << text_of(*verified->first_bad);
    EXPECT_EQ(verified->log, LogNumber(logs));
  }

  // The newest log says everything that the sequencer has to know.
  void expect_stands_alone(eventlog::LogReader& log, Seq begin, Digest digest) {
    ASSERT_TRUE(log.seek(begin));
    SequencerCore alone(options_.limits);
    for (bool first = true;; first = false) {
      const auto event = log.next();
      ASSERT_TRUE(event.ok()) << event.error().text;
      if (!event->has_value()) {
        break;
      }
      if (first) {
        alone.begin_at(**event, core().announcements());
      }
      const Status applied = alone.apply(**event);
      ASSERT_TRUE(applied.ok()) << applied.error().text;
    }
    EXPECT_EQ(alone.digest(), digest);
  }

  std::unique_ptr<runtime::SimulatedFiles> files_ = std::make_unique<runtime::SimulatedFiles>(options_.paths.memory);
  std::unique_ptr<Speaker> matching_;
  std::unique_ptr<Speaker> gateway_;
  std::unique_ptr<Speaker> scheduler_;
  std::unique_ptr<Machine> machine_;
  Hash256 closed_hash_;
};

TEST_F(Roll, ALogEndsWithItsDigestsAndTheNextTakesEverythingOver) {
  begin();
  order_roll(1);
  until([this] { return open_in(2); });
  const Seq opened = core().last();
  until([this] { return next_of("gateway-1") > orders_max && next_of("matching") > orders_max + 1; });
  EXPECT_EQ(core().term(), Term(1)) << "the same process goes on";
  EXPECT_GE(core().last(), opened) << "positions go on";
  EXPECT_TRUE(gateway_->gone.empty() && matching_->gone.empty()) << "nobody has to attach again";
  expect_well(2);
}

TEST_F(Roll, TwoInARowAndARestartBehindThem) {
  begin();
  order_roll(1);
  until([this] { return open_in(2); });
  order_roll(2);
  until([this] { return open_in(3) && next_of("gateway-1") > orders_max; });
  until([this] { return next_of("matching") > orders_max + 2; });
  expect_well(3);
  end();
  begin();
  EXPECT_EQ(core().log(), LogNumber(3));
  EXPECT_EQ(core().term(), Term(2));
  expect_well(3);
}

TEST_F(Roll, AnOrderForAnotherLogIsNone) {
  begin();
  order_roll(7);
  until([this] { return next_of("scheduler") == 2 && next_of("gateway-1") > orders_max; });
  settle();
  EXPECT_TRUE(open_in(1));
}

// Of the process, at each record that the roll puts on the log: the next one goes on from there.
TEST_F(Roll, ADeathAtEachRecordIsGoneOnFrom) {
  Seq kill_at;
  for (bool done = false; !done && !HasFatalFailure(); kill_at = kill_at.next()) {
    SCOPED_TRACE("death at " + std::to_string(kill_at.get()));
    end();
    files_ = std::make_unique<runtime::SimulatedFiles>(options_.paths.memory);
    begin();
    order_roll(1);
    const Seq ordered = core().last();
    kill_at = std::max(kill_at, ordered);
    until([&] { return core().last() >= kill_at || open_in(2); });
    done = open_in(2);
    end();
    files_->end_process();
    begin();
    order_roll(1);  // it may have died before anybody heard
    until([this] { return open_in(2) && next_of("gateway-1") > orders_max && next_of("matching") > orders_max; });
    expect_well(2);
  }
}

// At each call that changes a file, from the order on until the next log is open.
class RollCut : public Roll {
 protected:
  using After = std::function<void(std::uint64_t)>;

  void cut_everywhere(runtime::CallFault fault, const After& after) {
    bool done = false;
    for (std::uint64_t n = 1; !done && !HasFatalFailure(); ++n) {
      SCOPED_TRACE("call " + std::to_string(n));
      end();
      files_ = std::make_unique<runtime::SimulatedFiles>(options_.paths.memory);
      begin();
      order_roll(1);
      files_->plan(n, fault);
      until([this] { return open_in(2); });
      done = files_->plan_is_open();
      files_->plan(0, fault);
      end();
      after(n);
      begin();
      order_roll(core().log().get() > 1 && core().roll().phase() == RollPhase::none ? 9 : 1);
      until([this] { return open_in(2) && next_of("gateway-1") > orders_max && next_of("matching") > orders_max; });
      ASSERT_EQ(fatal_, "");
      expect_well(2);
    }
  }
};

TEST_F(RollCut, ADeathAtEachCallIsGoneOnFrom) {
  cut_everywhere(runtime::CallFault::stop_before, [this](std::uint64_t) { files_->end_process(); });
}

TEST_F(RollCut, APowerCutAtEachCallIsGoneOnFrom) {
  cut_everywhere(runtime::CallFault::stop_after, [this](std::uint64_t n) {
    files_->cut_power(n);
    files_->boot();
  });
}

// It has applied everything and wishes for nothing, not even for its digest.
TEST_F(RollInTime, WhoSaysNoDigestIsNotWaitedForForEver) {
  start();
  const auto matching = attach("matching");
  const auto scheduler = attach("scheduler");
  drain(*matching, *scheduler);
  advance(sequencer::LogRoll::patience_ns / 2);
  look();
  EXPECT_EQ(sequencer_->core().roll().phase(), RollPhase::drained);
  advance(sequencer::LogRoll::patience_ns);
  look();
  EXPECT_EQ(sequencer_->core().roll().phase(), RollPhase::none);
  EXPECT_EQ(count_of(RollAbandoned::type), 1U);
}

// Two replicas at the end of a log.
class RollOfTwo : public RollInTime {
 protected:
  // Meanwhile, between the first one's word and the second's: what is given.
  void say(std::uint64_t sections_of_first, std::uint64_t sections_of_second,
           const std::function<void(Speaker&)>& meanwhile = {}) {
    start();
    const auto first = attach("matching", 0);
    const auto second = attach("matching", 1);
    const auto scheduler = attach("scheduler");
    drain(*first, *scheduler);
    RollDigest digest{sequencer_->core().roll().drained(), {}, sections_of_first};
    first->push(Proposal::of(1, digest));
    if (meanwhile) {
      look();
      meanwhile(*scheduler);
    }
    digest.sections = sections_of_second;
    digest.digest.bytes[0] = std::byte{1};
    second->push(Proposal::of(1, digest));
    look();
  }
};

TEST_F(RollOfTwo, DigestsOfOneBuildMustAgree) {
  say(5, 5);
  EXPECT_EQ(count_of(RollDigest::type), 1U);
  EXPECT_EQ(count_of(PublisherSuspended::type), 1U);
}

TEST_F(RollOfTwo, DigestsOfTwoBuildsAreNotCompared) {
  say(5, 6);
  EXPECT_EQ(count_of(RollDigest::type), 1U);
  EXPECT_EQ(count_of(PublisherSuspended::type), 0U);
}

TEST_F(RollOfTwo, NorAreTheyWhenTheEndOfTheLogWasGivenUpMeanwhile) {
  say(5, 6, [this](Speaker&) {
    advance(sequencer::LogRoll::patience_ns + 1);
    look();
    ASSERT_EQ(sequencer_->core().roll().phase(), RollPhase::none);
  });
  EXPECT_EQ(count_of(PublisherSuspended::type), 0U);
}

// What operators say (as the kill switch) disturbs the drained log, and is on it at once.
TEST_F(RollOfTwo, OperatorsDoNotWaitForADigest) {
  say(5, 6, [this](Speaker& operators) {
    const Seq drained = sequencer_->core().roll().drained();
    const std::size_t before = count_of(ReferenceDataComplete::type);
    operators.push(Proposal::of(2, ReferenceDataComplete{}));
    look();
    EXPECT_EQ(count_of(ReferenceDataComplete::type), before + 1);
    EXPECT_EQ(sequencer_->core().roll().drained(), drained);
    EXPECT_TRUE(sequencer_->core().roll().disturbed());
  });
  EXPECT_EQ(count_of(PublisherSuspended::type), 0U);
}

// A full disk took the segment that was reserved: a log that were closed now could not go on.
TEST_F(RollInTime, WithoutASegmentForTheNextOneALogIsNotClosed) {
  start();
  const auto matching = attach("matching");
  const auto scheduler = attach("scheduler");
  drain(*matching, *scheduler);
  journal_.set_segment_ready(false);
  matching->push(Proposal::of(1, RollDigest{sequencer_->core().roll().drained(), {}, 0}));
  look();
  matching->ring->page().applied.store(sequencer_->core().last().get());
  look();
  EXPECT_EQ(sequencer_->core().roll().phase(), RollPhase::drained);
  EXPECT_EQ(count_of(RollDrained::type), 1U);
  advance(sequencer::LogRoll::patience_ns + 1);
  look();
  EXPECT_EQ(sequencer_->core().roll().phase(), RollPhase::none);
  EXPECT_EQ(count_of(LogClosed::type), 0U);
  EXPECT_EQ(count_of(RollAbandoned::type), 1U);
}

TEST_F(RollInTime, WhatDoesNotDrainIsGivenUp) {
  start();
  const auto matching = attach("matching");
  const auto gateway = attach("gateway-1");
  const auto scheduler = attach("scheduler");
  matching->ring->page().outstanding.store(1);
  scheduler->push(Proposal::of(1, RollDue{LogNumber(1), {}}));
  while (sequencer_->core().roll().phase() != RollPhase::begun) {
    look();
  }
  gateway->push(order(1));
  look();
  EXPECT_EQ(sequencer_->core().publishers().at(*sequencer_->core().publishers().find("gateway-1")).next,
            PublisherSeq(1))
      << "it waits";
  EXPECT_EQ(gateway->ring->page().client_backlog.load(), runtime::client_input_roll);
  advance(sequencer::LogRoll::patience_ns + 1);
  look();
  EXPECT_EQ(sequencer_->core().roll().phase(), RollPhase::none);
  EXPECT_EQ(sequencer_->core().log(), LogNumber(1));
  EXPECT_EQ(count_of(RollAbandoned::type), 1U);
  EXPECT_EQ(count_of(NewOrder::type), 1U);
  EXPECT_EQ(count_of(LogClosed::type), 0U);
}

// While time goes on there is always a newest record that somebody has not applied yet.
TEST_F(RollInTime, WhoHoldsItUpIsNamedAndNotWhoIsAMomentBehind) {
  options_.publishers.push_back(definition(PublisherId(4), "reporter", ServiceClass::outcome));
  start();
  const auto matching = attach("matching");
  const auto reporter = attach("reporter");
  const auto scheduler = attach("scheduler");
  scheduler->push(Proposal::of(1, RollDue{LogNumber(1), {}}));
  while (sequencer_->core().roll().phase() != RollPhase::begun) {
    look();
  }
  reporter->ring->page().applied.store(sequencer_->core().roll().begun().get());
  const Seq begun = sequencer_->core().last();
  while (sequencer_->core().roll().phase() != RollPhase::none) {
    matching->ring->page().applied.store(sequencer_->core().last().get());
    advance(500'000'000);
  }
  EXPECT_GT(sequencer_->core().last().get(), begun.get() + 5) << "time went on";
  std::vector<std::string> reasons;
  for (Seq seq = begun; seq <= journal_.last(); seq = seq.next()) {
    if (const Event event = journal_.at(seq); event.is<RollAbandoned>()) {
      reasons.push_back(event.as<RollAbandoned>().reason.str());
    }
  }
  EXPECT_EQ(reasons, std::vector<std::string>{"reporter is not done"});
}

}  // namespace
}  // namespace cantus::test
