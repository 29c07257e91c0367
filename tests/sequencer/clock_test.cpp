// A step of UTC under the running sequencer: it waits for operators, also over the sequencer's death, and is followed
// on their word, if it is the one that they saw.
#include <gtest/gtest.h>

#include <limits>

#include "refdata/app/operator_key.h"
#include "refdata/change_rules.h"
#include "refdata/signed_bytes.h"
#include "tests/sequencer/app_fixture.h"

namespace cantus::test {
namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr std::int64_t tick_ns = 1'000'000'000;  // in so much silence the sequencer says the time

class SequencerClock : public SequencerApp {
 protected:
  SequencerClock() {
    options_.publishers.push_back(definition(PublisherId(9), "operators", ServiceClass::operator_));
    options_.grants.push_back(grant(PublisherId(9), topic::operators));
    PublisherDefined rated = definition(PublisherId(8), "rated", ServiceClass::input);
    rated.rate_per_second = 200;
    rated.burst = 5;
    options_.publishers.push_back(rated);
    options_.grants.push_back(grant(PublisherId(8), topic::bench));
    options_.records = {InitialRecord::of(config, VenueDefined{})};
    for (const auto& [name, key, role] :
         {std::tuple{"olga", &olga_, OperatorRole::operations}, {"bob", &bob_, OperatorRole::compliance}}) {
      OperatorDefined person;
      person.name = FixedString<32>(name);
      person.key = key->public_key();
      person.roles = RoleSet::of(role).bits();
      options_.records.push_back(InitialRecord::of(config, person));
    }
    options_.records.push_back(InitialRecord::of(config, ReferenceDataComplete{}));
  }

  // Two persons sign that a step of this length is followed; the log's end when they are done.
  void sign(std::int64_t step_ns) {
    const auto terminal = attach("operators");
    std::uint64_t said = terminal->answer->next_publisher_seq.get();
    const CommandPart part = part_of(StepAllowed{step_ns}, 0);
    OperatorCommand command;
    command.number = ++number_;
    command.expected = settings();
    command.parts_hash = hash_of_parts({&part, 1});
    command.operator_name = FixedString<32>("olga");
    command.reason = FixedString<128>("the host's clock was set right");
    command.role = OperatorRole::operations;
    command.parts = 1;
    olga_.sign(venue, LogNumber(1), command);
    terminal->push(Proposal::of(said++, part));
    terminal->push(Proposal::of(said++, command));
    settle();
    ASSERT_TRUE(last().is<OperatorCommand>());
    OperatorDecision decision;
    decision.number = number_;
    decision.command = last().position();
    decision.command_hash = hash_of_command(command);
    decision.operator_name = FixedString<32>("bob");
    decision.reason = FixedString<128>("seen");
    decision.role = OperatorRole::compliance;
    decision.decision = Decision::approved;
    bob_.sign(venue, LogNumber(1), decision);
    terminal->push(Proposal::of(said++, decision));
    settle();
  }
  [[nodiscard]] ChangeId settings() const {
    for (Seq seq(1); seq <= journal_.last(); seq = seq.next()) {
      if (journal_.at(seq).is<ReferenceDataComplete>()) {
        return journal_.at(seq).position();
      }
    }
    return {};
  }
  // Somebody moves the host's clock; the sequencer has seen it.
  void step_utc(std::int64_t step_ns) {
    clock_.utc_step_ns = step_ns;
    advance(tick_ns);
  }
  // As `cantus clock follow` signs it.
  [[nodiscard]] std::int64_t step_seen() { return status().clock_error_ns + status().clock_to_lose_ns; }
  // The venue's time less what it would be without any step.
  [[nodiscard]] std::int64_t venue_is_ahead() {
    advance(tick_ns);
    return last().header->time.get() - (clock_.utc().get() - clock_.utc_step_ns);
  }

 private:
  refdata::OperatorKey olga_ = std::move(refdata::OperatorKey::generate()).value();
  refdata::OperatorKey bob_ = std::move(refdata::OperatorKey::generate()).value();
  std::uint64_t number_ = 0;
};

TEST_F(SequencerClock, AStepWaitsAlsoForTheNextSequencer) {
  start();
  step_utc(hour_ns);
  EXPECT_EQ(status().step_pending, 1);
  EXPECT_EQ(venue_is_ahead(), 0);
  restart();
  EXPECT_EQ(venue_is_ahead(), 0);
  EXPECT_EQ(status().step_pending, 1);
  EXPECT_EQ(count_of(StepAllowed::type), 0U);
}

TEST_F(SequencerClock, TwoPersonsLetItFollowAStepForward) {
  start();
  step_utc(hour_ns);
  sign(step_seen());
  EXPECT_EQ(count_of(StepAllowed::type), 1U);
  EXPECT_EQ(venue_is_ahead(), hour_ns);
  EXPECT_EQ(status().step_pending, 0);
  restart();
  EXPECT_EQ(venue_is_ahead(), hour_ns);
}

// It takes twice the step, over the sequencer's death, too, and without another word of the operators'.
TEST_F(SequencerClock, BehindAStepBackTimeRunsAtHalfItsRateUntilUtcHasCaughtUp) {
  start();
  step_utc(-10 * tick_ns);
  sign(step_seen());
  const std::int64_t ahead = venue_is_ahead();
  EXPECT_LT(ahead, 0);
  advance(4 * tick_ns);
  EXPECT_EQ(venue_is_ahead(), ahead - 5 * tick_ns / 2);
  restart();
  EXPECT_EQ(venue_is_ahead(), ahead - 6 * tick_ns / 2);
  EXPECT_EQ(status().step_pending, 0);
  EXPECT_GT(status().clock_to_lose_ns, 6 * tick_ns);
  advance(14 * tick_ns);
  EXPECT_EQ(venue_is_ahead(), -10 * tick_ns);
  EXPECT_EQ(status().clock_to_lose_ns, 0);
  EXPECT_EQ(status().step_pending, 0);
}

TEST_F(SequencerClock, BehindAStepBackWhoHasARateSpeaksOn) {
  start();
  step_utc(-10 * tick_ns);
  sign(step_seen());
  const auto rated = attach("rated");
  std::uint64_t said = rated->answer->next_publisher_seq.get();
  for (int i = 0; i < 20; ++i) {
    rated->push(Proposal::of(said++, BenchPayload{}));
  }
  settle();
  EXPECT_EQ(count_of(BenchPayload::type), 5U) << "at once";
  for (std::size_t i = 1; i <= 15; ++i) {
    advance(tick_ns / 100);
    EXPECT_EQ(count_of(BenchPayload::type), 5U + i) << "200 a second, at half the rate";
  }
}

TEST_F(SequencerClock, AStepWhileTimeIsSlowIsSignedAsEveryOther) {
  start();
  step_utc(-10 * tick_ns);
  sign(step_seen());
  step_utc(0);
  EXPECT_EQ(status().step_pending, 1);
  sign(step_seen());
  EXPECT_EQ(venue_is_ahead(), 0);
  EXPECT_EQ(status().clock_to_lose_ns, 0);
}

TEST_F(SequencerClock, AnotherStepThanTheOneThatWasSeenIsNotFollowed) {
  start();
  step_utc(hour_ns);
  sign(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(count_of(StepAllowed::type), 0U) << "nobody sees such a step";
  sign(-4'000'000'000'000'000'000);
  EXPECT_EQ(status().step_pending, 1);
  const std::int64_t seen = step_seen();
  step_utc(3 * hour_ns);
  sign(seen);
  EXPECT_EQ(count_of(StepAllowed::type), 2U);
  EXPECT_EQ(venue_is_ahead(), 0);
  EXPECT_EQ(status().step_pending, 1);
  step_utc(0);
  EXPECT_EQ(status().step_pending, 0);
  EXPECT_EQ(venue_is_ahead(), 0);
  sign(seen);
  EXPECT_EQ(venue_is_ahead(), 0);
}

}  // namespace
}  // namespace cantus::test
