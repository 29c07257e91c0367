// The calendar: days begin once each, decided from the log, however often the scheduler starts.
#include "refdata/app/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/civil_time.h"
#include "tests/refdata/two_signers.h"
#include "tests/sessions/session_log.h"

namespace cantus::refdata::test {
namespace {

using cantus::test::Owner;
using cantus::test::TestLog;
using cantus::test::TwoSigners;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr SessionId five_oclock{1};
constexpr SessionId never{2};
constexpr SessionId midnight{3};

// Holds proposals until the test puts them on the log.
class Proposer final : public host::EdgeProposer {
 public:
  [[nodiscard]] bool can_propose(std::size_t count) const override { return open && held.size() + count <= room; }
  PublisherSeq propose(MessageType type, std::uint8_t, TopicId, std::span<const std::byte> payload) override {
    held.push_back({PublisherSeq(++number), type, {payload.begin(), payload.end()}});
    return held.back().number;
  }
  void take_back(const std::function<bool(const cantus::WishView&)>&) override {}
  [[nodiscard]] std::weak_ptr<cantus::runtime::SendGate> send_gate() override { return {}; }
  [[nodiscard]] bool client_input_open() const override { return true; }
  [[nodiscard]] PublisherId publisher() const override { return cantus::test::scheduler_publisher; }

  struct Held {
    PublisherSeq number;
    MessageType type;
    std::vector<std::byte> payload;
  };
  std::vector<Held> held;
  std::uint64_t number = 0;
  std::size_t room = 100;
  bool open = false;
};

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() {
    log_.time = at(21, 12, 0);
    log_.listen([this](const Event& event) {
      refdata_.apply(event);
      days_.apply(event, sessions_.apply(event));
      scheduler_->apply(event);
    });
    start();
    for (const FormatAnnounced& format : known_formats()) {  // of which commands may speak
      log_.put(format, cantus::test::sequencer_publisher);
    }
    VenueDefined venue;
    venue.takeover_interval_ns = ns_per_second;
    venue.open_orders_max = venue.cl_ord_ids_max = venue.backlog_max = 100;
    venue.ack_level = AckLevel::synced;
    venue.name = FixedString<32>("test");
    log_.put(venue, cantus::test::config_publisher);
    PartyDefined party;
    party.party = PartyId(1);
    party.kind = PartyKind::client;
    party.name = FixedString<32>("ALPHA");
    log_.put(party, cantus::test::config_publisher);
    define(five_oclock, 5 * 3600);
    define(never, -1);
    define(midnight, 0);
    TradingDayStarted day;
    day.date = 20261121;
    log_.put(day, cantus::test::config_publisher);
    for (const OperatorDefined& person : operators_.defined()) {
      log_.put(person, cantus::test::config_publisher);
    }
    log_.put(ReferenceDataComplete{}, cantus::test::config_publisher);
    gateway_ = cantus::test::attach(log_, cantus::test::gateway_1);
    attach();
  }

  static TimeNs at(std::uint32_t day, std::uint32_t hour, std::uint32_t minute) {
    CivilTime civil;
    civil.year = 2026;
    civil.month = 11;
    civil.day = day;
    civil.hour = hour;
    civil.minute = minute;
    return *time_from(civil);
  }
  void define(SessionId id, std::int32_t reset_time_s) {
    SessionDefined session =
        cantus::test::session_defined(id, PartyId(1), SessionRole::client, "C" + std::to_string(id.get()));
    session.reset_time_s = reset_time_s;
    session.restart_at_roll = id == never ? 1 : 0;
    log_.put(session, cantus::test::config_publisher);
  }
  void sign(const CommandPart& part) {
    const CommandResult result =
        operators_.run(refdata_, OperatorRole::operations, {part},
                       [this](const auto& message) { log_.put(message, cantus::test::operators_publisher); });
    ASSERT_EQ(result.outcome, CommandResult::Outcome::took) << text_of(result.refusal);
  }
  void sign_reset(SessionId session, Generation generation) {
    SessionReset reset = Owner::reset_of(session, generation);
    reset.reason = ResetReason::by_operator;
    sign(part_of(reset, 0));
  }
  void sign_reset_time(SessionId id, std::int32_t reset_time_s) {
    SessionDefined session = *refdata_.session(id);
    session.reset_time_s = reset_time_s;
    sign(part_of(session, 0));
  }
  // A new process, which knows nothing yet.
  void begin_anew() {
    scheduler_ = std::make_unique<Scheduler>();
    proposer_.open = false;
    proposer_.held.clear();
    scheduler_->set_proposer(proposer_);
  }
  // It begins with a snapshot of here.
  void start_from_snapshot() {
    begin_anew();
    SnapshotWriter out;
    refdata_.save(out);
    sessions_.save(out);
    days_.save(out);
    const auto bytes = *std::move(out).finish();
    const Event last = log_.at(log_.last());
    const auto sections = SnapshotSections::parse({last.header->venue, last.position(), last.header->time}, bytes);
    ASSERT_TRUE(sections.ok());
    const Status restored = scheduler_->restore(*sections);
    ASSERT_TRUE(restored.ok()) << restored.error().text;
  }
  // It reads the log from its begin.
  void start() {
    begin_anew();
    for (std::uint64_t seq = 1; seq <= log_.last().get(); ++seq) {
      scheduler_->apply(log_.at(Seq(seq)));
    }
  }
  void attach() {
    proposer_.open = true;
    scheduler_->on_attached({});
  }
  void pass_to(TimeNs time) {
    log_.time = time;
    log_.put(TimeTick{}, cantus::test::sequencer_publisher);
  }
  // What was proposed since the last call, in words; it is put on the log then, unless it is to be lost.
  std::vector<std::string> proposed(bool lost = false) {
    std::vector<std::string> words;
    const std::vector<Proposer::Held> held = std::exchange(proposer_.held, {});
    for (const Proposer::Held& proposal : held) {
      if (proposal.type == TradingDayStarted::type) {
        TradingDayStarted started;
        std::memcpy(&started, proposal.payload.data(), sizeof(started));
        words.push_back("day " + std::to_string(started.date));
        lost ? void() : put(started, proposal.number);
      } else if (proposal.type == RollDue::type) {
        RollDue due;
        std::memcpy(&due, proposal.payload.data(), sizeof(due));
        words.push_back("end of log " + std::to_string(due.ends.get()));
        lost ? void() : put(due, proposal.number);
      } else {
        SessionReset reset;
        std::memcpy(&reset, proposal.payload.data(), sizeof(reset));
        EXPECT_TRUE(reset.reason == ResetReason::session_day || reset.reason == ResetReason::log_rolled);
        EXPECT_TRUE(reset.epoch.is_zero());
        words.push_back(std::string(reset.reason == ResetReason::log_rolled ? "new log: " : "") + "reset " +
                        std::to_string(reset.session.get()) + " of generation " +
                        std::to_string(reset.expected_generation.get()));
        lost ? void() : put(reset, proposal.number);
      }
    }
    return words;
  }
  template <class M>
  void put(const M& message, PublisherSeq number) {
    log_.put(message, cantus::test::scheduler_publisher, number);
  }
  Seq take(SessionId session, Generation generation, Epoch epoch = {}) {
    return log_.put(cantus::test::takeover(session, generation, epoch, gateway_), cantus::test::gateway_1);
  }

  TestLog log_;
  TwoSigners operators_{VenueId(7), LogNumber(1)};
  ReferenceData refdata_;
  InboundSessions sessions_{refdata_};
  SessionDays days_{refdata_};
  Proposer proposer_;
  std::unique_ptr<Scheduler> scheduler_;
  Incarnation gateway_;
};

TEST_F(SchedulerTest, NothingIsDueOnTheFirstDay) {
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(21, 23, 59));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, DaysBeginAtTheirTimes) {
  pass_to(at(22, 0, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
  pass_to(at(22, 4, 59));
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(22, 5, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 1"));
  pass_to(at(22, 6, 0));
  pass_to(at(22, 23, 0));
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(23, 5, 30));
  EXPECT_THAT(proposed(), ElementsAre("day 20261123", "reset 1 of generation 2", "reset 3 of generation 2"));
}

TEST_F(SchedulerTest, ALogEndsOnItsDayAndAgainAnHourAfterItWasGivenUp) {
  LogOpened opened;
  opened.log = LogNumber(1);
  log_.put(opened, cantus::test::sequencer_publisher);
  scheduler_->set_roll_schedule(RollSchedule{0, 4 * 3600});  // the 22nd is a Sunday
  pass_to(at(22, 3, 59));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
  pass_to(at(22, 4, 0));
  EXPECT_THAT(proposed(), ElementsAre("end of log 1"));
  pass_to(at(22, 4, 1));
  EXPECT_THAT(proposed(), IsEmpty());
  log_.put(RollAbandoned{}, cantus::test::sequencer_publisher);
  pass_to(at(22, 4, 59));
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(22, 5, 1));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 1", "end of log 1"));
  log_.log = LogNumber(2);
  log_.put(LogContinued{}, cantus::test::sequencer_publisher);
  pass_to(at(28, 23, 59));
  proposed();
  pass_to(at(29, 4, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261129", "reset 3 of generation 3", "end of log 2"));
}

TEST_F(SchedulerTest, NumbersBeginAnewWithALogWhereThatIsSet) {
  log_.put(LogOpened{}, cantus::test::sequencer_publisher);
  EXPECT_THAT(proposed(), IsEmpty());
  log_.log = LogNumber(2);
  log_.put(LogContinued{}, cantus::test::sequencer_publisher);
  EXPECT_THAT(proposed(), ElementsAre("new log: reset 2 of generation 1"));
  start();
  attach();
  pass_to(at(21, 13, 0));
  EXPECT_THAT(proposed(), IsEmpty()) << "once";
}

TEST_F(SchedulerTest, NothingIsProposedTwiceWhileItIsInFlight) {
  pass_to(at(22, 0, 0));
  pass_to(at(22, 0, 1));
  pass_to(at(22, 0, 2));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
  pass_to(at(22, 0, 3));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, RestartBeginsNothingAgain) {
  pass_to(at(22, 5, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 1 of generation 1", "reset 3 of generation 1"));
  start();
  attach();
  pass_to(at(22, 5, 1));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, WhatWasMissedIsMadeUpOnce) {
  start();
  pass_to(at(25, 12, 0));
  EXPECT_THAT(proposed(), IsEmpty()) << "not attached";
  attach();
  EXPECT_THAT(proposed(), ElementsAre("day 20261125", "reset 1 of generation 1", "reset 3 of generation 1"));
  pass_to(at(25, 12, 1));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, ProposalsThatWereLostAreMadeAgain) {
  pass_to(at(22, 0, 0));
  EXPECT_THAT(proposed(true), ElementsAre("day 20261122", "reset 3 of generation 1"));
  scheduler_->on_lost();
  attach();
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
}

TEST_F(SchedulerTest, RefusedProposalAndWhatIsBehindItAreMadeAgain) {
  pass_to(at(22, 5, 0));
  ASSERT_EQ(proposer_.held.size(), 3U);
  const PublisherSeq second = proposer_.held[1].number;
  proposer_.held.resize(1);  // the first stays in flight
  scheduler_->on_refused(second, "no permission");
  attach();
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 1 of generation 1", "reset 3 of generation 1"));
}

TEST_F(SchedulerTest, ResetThatMetAnotherGenerationIsProposedForTheNewOne) {
  pass_to(at(22, 0, 0));
  log_.put(Owner::reset_of(midnight, Generation(1), Epoch{}), PublisherId(9));
  // That one was of the session day as well, whoever proposed it.
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
  EXPECT_THAT(proposed(), IsEmpty());

  pass_to(at(22, 5, 0));
  const Seq epoch = take(five_oclock, Generation(1));
  log_.put(Owner::reset_of(five_oclock, Generation(1), TestLog::position(epoch)), cantus::test::gateway_1);
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 1"));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 2")) << "the peer's own reset is not the day's";
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, PendingResetCountsForItsDay) {
  take(five_oclock, Generation(1));
  pass_to(at(22, 5, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 1 of generation 1", "reset 3 of generation 1"));
  pass_to(at(22, 12, 0));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, AnotherResetThatIsPendingIsWaitedFor) {
  const Epoch epoch = TestLog::position(take(five_oclock, Generation(1)));
  sign_reset(five_oclock, Generation(1));
  pass_to(at(22, 5, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
  pass_to(at(22, 5, 1));
  EXPECT_THAT(proposed(), IsEmpty());
  log_.put(Owner{five_oclock, Generation(1), epoch}.down(), cantus::test::gateway_1);
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 2")) << "the operator's reset is not the day's";
  pass_to(at(22, 12, 0));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, ResetThatAnotherOneOvertookIsProposedAgainOnlyWhenThatIsOver) {
  const Epoch epoch = TestLog::position(take(five_oclock, Generation(1)));
  pass_to(at(22, 5, 0));
  sign_reset(five_oclock, Generation(1));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 1 of generation 1", "reset 3 of generation 1"));
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(22, 5, 1));
  EXPECT_THAT(proposed(), IsEmpty());
  log_.put(Owner{five_oclock, Generation(1), epoch}.down(), cantus::test::gateway_1);
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 2"));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, ANewLogsResetWaitsForAnotherThatIsPending) {
  const Epoch epoch = TestLog::position(take(never, Generation(1)));
  sign_reset(never, Generation(1));
  log_.log = LogNumber(2);
  log_.put(LogContinued{}, cantus::test::sequencer_publisher);
  EXPECT_THAT(proposed(), IsEmpty());
  log_.put(Owner{never, Generation(1), epoch}.down(), cantus::test::gateway_1);
  EXPECT_THAT(proposed(), ElementsAre("new log: reset 2 of generation 2"));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_F(SchedulerTest, WaitsForRoom) {
  proposer_.room = 1;
  pass_to(at(22, 5, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122"));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 1"));
  EXPECT_THAT(proposed(), ElementsAre("reset 3 of generation 1"));
  EXPECT_THAT(proposed(), IsEmpty());
}

// A changed reset time comes to the same whether the scheduler goes on or starts again behind the change.
enum class Process { goes_on, reads_again, begins_with_a_snapshot };

class ChangedResetTime : public SchedulerTest, public ::testing::WithParamInterface<Process> {
 protected:
  void activate() { log_.put(activation_of(*rule_named("reset_time_change"), 2), cantus::test::sequencer_publisher); }
  void change(SessionId session, std::int32_t reset_time_s) {
    sign_reset_time(session, reset_time_s);
    if (GetParam() == Process::goes_on) {
      return;
    }
    GetParam() == Process::reads_again ? start() : start_from_snapshot();
    attach();
  }
};

TEST_P(ChangedResetTime, FirstTimeIsKeptOnTheSameDay) {
  activate();
  pass_to(at(23, 12, 0));
  proposed();
  change(never, 13 * 3600);
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(23, 12, 59));
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(23, 13, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 2 of generation 1"));
  pass_to(at(24, 12, 59));
  EXPECT_THAT(proposed(), ElementsAre("day 20261124", "reset 1 of generation 2", "reset 3 of generation 2"));
  pass_to(at(24, 13, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 2 of generation 2"));
}

TEST_P(ChangedResetTime, LaterTimeIsKeptOnTheDayThatBeganByTheOld) {
  activate();
  pass_to(at(22, 5, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 1 of generation 1", "reset 3 of generation 1"));
  pass_to(at(22, 12, 0));
  change(five_oclock, 22 * 3600);
  pass_to(at(22, 21, 59));
  EXPECT_THAT(proposed(), IsEmpty());
  pass_to(at(22, 22, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 2"));
  pass_to(at(23, 21, 59));
  EXPECT_THAT(proposed(), ElementsAre("day 20261123", "reset 3 of generation 2"));
  pass_to(at(23, 22, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 3"));
}

TEST_P(ChangedResetTime, TimeThatIsOverBeginsTheNextDay) {
  activate();
  change(five_oclock, 11 * 3600);
  change(midnight, 12 * 3600);  // that is now
  pass_to(at(22, 10, 59));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122"));
  pass_to(at(22, 11, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 1 of generation 1"));
  pass_to(at(22, 12, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 3 of generation 1"));
  pass_to(at(22, 23, 59));
  EXPECT_THAT(proposed(), IsEmpty());
}

TEST_P(ChangedResetTime, TimeThatIsTakenAwayBeginsNothing) {
  activate();
  change(five_oclock, -1);
  pass_to(at(22, 12, 0));
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 3 of generation 1"));
}

TEST_P(ChangedResetTime, DayThatIsDueStaysSoWhenSomethingElseIsChanged) {
  activate();
  begin_anew();  // nobody proposes
  pass_to(at(22, 6, 0));
  SessionDefined session = *refdata_.session(five_oclock);
  session.heartbeat_max_s = 90;
  sign(part_of(session, 0));
  change(midnight, 22 * 3600);
  start();
  attach();
  EXPECT_THAT(proposed(), ElementsAre("day 20261122", "reset 1 of generation 1"));
}

// By set 1 the day that the new time says is due at once.
TEST_P(ChangedResetTime, BeginsADayAtOnceWhereTheRuleIsNotActivated) {
  pass_to(at(23, 12, 0));
  proposed();
  change(never, 13 * 3600);
  pass_to(at(23, 12, 1));
  EXPECT_THAT(proposed(), ElementsAre("reset 2 of generation 1"));
  pass_to(at(23, 13, 0));
  EXPECT_THAT(proposed(), ElementsAre("reset 2 of generation 2"));
}

INSTANTIATE_TEST_SUITE_P(Scheduler, ChangedResetTime,
                         ::testing::Values(Process::goes_on, Process::reads_again, Process::begins_with_a_snapshot));

TEST(SessionDayTest, BeginsAtTheResetTime) {
  const std::int64_t second = ns_per_second;
  EXPECT_EQ(session_day_of(TimeNs(0), 0), 0);
  EXPECT_EQ(session_day_of(TimeNs(-1), 0), -1);
  EXPECT_EQ(session_day_of(TimeNs(3599 * second), 3600), -1);
  EXPECT_EQ(session_day_of(TimeNs(3600 * second), 3600), 0);
  EXPECT_EQ(session_day_of(TimeNs((86'400 + 3600) * second - 1), 3600), 0);
  EXPECT_EQ(session_day_of(TimeNs((86'400 + 3600) * second), 3600), 1);
}

}  // namespace
}  // namespace cantus::refdata::test
