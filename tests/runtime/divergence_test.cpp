// One wrong bit in a replica, in the one that wins and in the one that loses, in whatever order the two come to the
// number in doubt: the publisher is suspended, nothing of what is in doubt is released, both leave evidence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/runtime/answerer.h"
#include "tests/test_bed/one_wrong_bit.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr PublisherId matching{3};
constexpr PublisherSeq in_doubt{3};  // the wish with the wrong bit
constexpr auto past_retry = 60ms;

// Who comes to the number in doubt first: `together` both propose before either has read the other's outcome.
enum class Order { together, right_first, wrong_first };

struct Case {
  std::uint16_t wrong_place = 0;
  Order order = Order::together;
  bool replicas_agree = false;
};

class Divergence : public ::testing::TestWithParam<Case> {
 protected:
  Divergence() : data_(std::filesystem::path(::testing::TempDir()) / ("divergence-" + std::to_string(::getpid()))) {
    options_.paths.data = data_;
    options_.build = "test build";
  }
  ~Divergence() override { std::filesystem::remove_all(data_); }

  void start(bool replicas_agree, std::uint16_t wrong_place) {
    VenueDefined venue;
    venue.ack_level = AckLevel::synced;
    venue.backlog_max = 100;
    venue.name = FixedString<32>("test");
    venue.replicas_agree = replicas_agree ? 1 : 0;
    bed_.add_record(config_publisher, venue);
    bed_.start();
    for (std::uint16_t place = 0; place < 2; ++place) {
      options_.rebuild = rebuilt_[place];
      machines_[place] =
          std::make_unique<OneWrongBit>(answerers_[place], wrong_place == place ? in_doubt : PublisherSeq());
      replicas_[place] = &bed_.add_machine("matching", PlaceId(place), *machines_[place], options_);
    }
    options_.rebuild = nullptr;
    gateway_ = &bed_.add_voice("gateway-1");
    asker_ = &bed_.add_voice("bench");
    bed_.settle();
    ask(1);
    ask(2);
    ASSERT_EQ(bed_.log<CancelRejected>().size(), 2u);
    ASSERT_EQ(gateway_->stable, bed_.last()) << "what both replicas say is released";
  }
  void ask(std::uint64_t stamp) {
    asker_->propose(question(stamp));
    bed_.settle();
  }
  // The third question, whose answer the replicas do not agree on.
  void ask_third(Order order, std::uint16_t wrong_place) {
    const std::uint16_t second =
        order == Order::right_first ? wrong_place : static_cast<std::uint16_t>(1 - wrong_place);
    if (order == Order::together) {
      ask(3);
      return;
    }
    bed_.pause(*replicas_[second]);
    ask(3);
    before_second_ = gateway_->stable;
    bed_.pause(*replicas_[second], false);
    bed_.settle();
  }

  [[nodiscard]] Seq position_in_doubt() const {
    for (Seq seq(1); seq <= bed_.last(); seq = seq.next()) {
      if (bed_.at(seq).header->publisher == matching && bed_.at(seq).header->publisher_seq == in_doubt) {
        return seq;
      }
    }
    return {};
  }
  [[nodiscard]] nlohmann::json evidence(std::uint16_t place) const {
    std::ifstream file(
        data_ / "evidence" /
        ("matching-" + std::to_string(place) + "-" + std::to_string(position_in_doubt().get()) + ".json"));
    return nlohmann::json::parse(file, nullptr, false);
  }

  std::filesystem::path data_;
  host::ParticipantOptions options_;
  TestBed bed_;
  Answerer answerers_[2];
  std::unique_ptr<OneWrongBit> machines_[2];
  host::Participant* replicas_[2] = {};
  std::function<void(const std::string&)> rebuilt_[2];  // by place: called when it is to begin anew
  Voice* gateway_ = nullptr;
  Voice* asker_ = nullptr;
  Seq before_second_;  // released before the second replica came to the number in doubt
};

TEST_P(Divergence, SuspendsHoldsBackAndLeavesEvidence) {
  const Case& c = GetParam();
  ASSERT_NO_FATAL_FAILURE(start(c.replicas_agree, c.wrong_place));
  ask_third(c.order, c.wrong_place);
  const Seq doubt = position_in_doubt();
  ASSERT_FALSE(doubt.is_zero());

  // By name, once, with what differs.
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u);
  EXPECT_EQ(suspended[0].publisher, matching);
  EXPECT_EQ(suspended[0].reason, SuspendReason::repeat_differs);
  EXPECT_EQ(suspended[0].from, in_doubt);
  EXPECT_EQ(suspended[0].admitted, doubt);
  EXPECT_EQ(suspended[0].other_type, CancelRejected::type.get());
  EXPECT_EQ(suspended[0].other_bytes, sizeof(CancelRejected));
  const std::uint16_t loser = suspended[0].place.get();
  const std::uint16_t winner = 1 - loser;
  if (c.order != Order::together) {
    EXPECT_EQ(loser, c.order == Order::right_first ? c.wrong_place : 1 - c.wrong_place);
  }

  // Nothing that the record in doubt could have caused is released: never where the venue asks for agreement; else not
  // from the suspension on, which came before it was synced if both were at work.
  if (c.replicas_agree || c.order == Order::together) {
    EXPECT_LT(gateway_->stable, doubt);
  } else {
    EXPECT_EQ(gateway_->stable, before_second_);
  }
  const Seq released = gateway_->stable;
  EXPECT_FALSE(gateway_->proposer->client_input_open()) << "clients' new messages are not read";
  ask(4);
  bed_.advance(10s);
  EXPECT_EQ(gateway_->stable, released);
  EXPECT_EQ(bed_.log<CancelRejected>().size(), 3u) << "a suspended publisher's wishes wait";

  // The one whose outcome stands reads on, the other stands still; no process ends.
  EXPECT_EQ(replicas_[winner]->applied(), bed_.last());
  EXPECT_EQ(replicas_[winner]->stands_still(), "");
  EXPECT_EQ(replicas_[loser]->applied().get() + 1, doubt.get());
  EXPECT_THAT(replicas_[loser]->stands_still(),
              HasSubstr("at position " + std::to_string(doubt.get()) + " the log holds something else"));
  EXPECT_THAT(bed_.fatal(), IsEmpty());

  // Both say: position, both messages, digest, build.
  const nlohmann::json won = evidence(winner);
  const nlohmann::json lost = evidence(loser);
  ASSERT_TRUE(won.is_object() && lost.is_object());
  for (const nlohmann::json& file : {won, lost}) {
    EXPECT_EQ(file["position"], doubt.get());
    EXPECT_EQ(file["build"], "test build");
    EXPECT_TRUE(file["digest"].is_string());
    EXPECT_EQ(file["on_log"]["record"]["type"], "CancelRejected");
  }
  EXPECT_EQ(won["ours"]["payload"], won["on_log"]["payload"]);
  EXPECT_EQ(lost["on_log"], won["on_log"]);
  EXPECT_EQ(won["other"], lost["ours"]);
  EXPECT_EQ(won["other_place"], loser);
  EXPECT_NE(lost["ours"]["payload"], lost["on_log"]["payload"]);
  EXPECT_EQ(lost["applied"], doubt.get() - 1);
}

INSTANTIATE_TEST_SUITE_P(, Divergence,
                         ::testing::Values(Case{0, Order::together, false}, Case{1, Order::together, false},
                                           Case{0, Order::together, true}, Case{1, Order::together, true},
                                           Case{0, Order::right_first, false}, Case{1, Order::right_first, false},
                                           Case{0, Order::wrong_first, false}, Case{1, Order::wrong_first, false},
                                           Case{0, Order::right_first, true}, Case{1, Order::right_first, true},
                                           Case{0, Order::wrong_first, true}, Case{1, Order::wrong_first, true}));

// What operators say of the one suspension that stands: the replica that is right is trusted.
Resolved resolution_of(const PublisherSuspended& suspended, Seq position, bool disputer_is_right) {
  Resolved resolved;
  resolved.suspension = position;
  resolved.from = suspended.from;
  resolved.first = suspended.admitted;
  resolved.publisher = suspended.publisher;
  resolved.place = disputer_is_right ? suspended.place : PlaceId(static_cast<std::uint16_t>(1 - suspended.place.get()));
  resolved.voided = disputer_is_right ? 1 : 0;
  resolved.trusted_crc = disputer_is_right ? suspended.other_crc : suspended.admitted_crc;
  resolved.left_through = disputer_is_right ? left_through_of(suspended, position) : Seq();
  return resolved;
}

TEST_P(Divergence, ResolvedItGoesOnWithWhatIsRight) {
  const Case& c = GetParam();
  std::array<bool, 2> rebuild{};
  for (std::uint16_t place = 0; place < 2; ++place) {
    rebuilt_[place] = [&rebuild, place](const std::string&) { rebuild[place] = true; };
  }
  ASSERT_NO_FATAL_FAILURE(start(c.replicas_agree, c.wrong_place));
  ask_third(c.order, c.wrong_place);
  ask(4);
  const Seq doubt = position_in_doubt();
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u);
  const std::uint16_t loser = suspended[0].place.get();
  const bool wrong_is_on_log = loser != c.wrong_place;
  const bool may_have_left = !c.replicas_agree;
  EXPECT_EQ(suspended[0].released < doubt, !may_have_left);
  Seq suspension = doubt;
  while (!bed_.at(suspension).is<PublisherSuspended>()) {
    suspension = suspension.next();
  }

  bed_.resolve(resolution_of(suspended[0], suspension, wrong_is_on_log));
  const Seq resolved = bed_.last();
  bed_.settle();
  // Who disputed begins anew; and who applied what is void.
  EXPECT_TRUE(rebuild[loser]);
  EXPECT_EQ(rebuild[1 - loser], wrong_is_on_log);
  Answerer fresh[2];
  for (std::uint16_t place = 0; place < 2; ++place) {
    if (rebuild[place]) {
      bed_.kill(*replicas_[place], true);
      replicas_[place] = &bed_.add_machine("matching", PlaceId(place), fresh[place], options_);
    }
  }
  bed_.advance(past_retry);
  ask(5);
  bed_.advance(past_retry);

  // Every question has its right answer once, in order; a void one kept its number.
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint64_t> answers;
  for (Seq seq(1); seq <= bed_.last(); seq = seq.next()) {
    if (bed_.at(seq).is<CancelRejected>()) {
      numbers.push_back(bed_.at(seq).header->publisher_seq.get());
      if (!wrong_is_on_log || seq != doubt) {
        answers.push_back(bed_.at(seq).as<CancelRejected>().order_id.raw());
      }
    }
  }
  EXPECT_THAT(answers, ElementsAre(1000, 2000, 3000, 4000, 5000));
  EXPECT_EQ(numbers.size(), wrong_is_on_log ? 6u : 5u);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(numbers[i], i + 1);
  }
  for (std::uint16_t place = 0; place < 2; ++place) {
    EXPECT_EQ(replicas_[place]->applied(), bed_.last());
    EXPECT_EQ(replicas_[place]->stands_still(), "");
    const Answerer& machine = rebuild[place] ? fresh[place] : answerers_[place];
    EXPECT_EQ(machine.seen, answers) << "what is void has no effect";
  }
  EXPECT_EQ(gateway_->stable, bed_.last());
  EXPECT_TRUE(gateway_->proposer->client_input_open());
  EXPECT_EQ(bed_.log<PublisherSuspended>().size(), 1u);
  EXPECT_THAT(bed_.fatal(), IsEmpty());

  // Whoever comes later reads ahead and is the same; and the state behind what is void is none to begin with.
  Answerer late;
  bed_.kill(*replicas_[0], true);
  bed_.settle();
  bed_.add_machine("matching", PlaceId(0), late, options_);
  bed_.advance(past_retry);
  EXPECT_EQ(late.seen, answers);
  Exceptions exceptions;
  for (Seq seq(1); seq <= bed_.last(); seq = seq.next()) {
    exceptions.apply(bed_.at(seq));
  }
  EXPECT_EQ(exceptions.unsound(doubt), wrong_is_on_log);
  EXPECT_FALSE(exceptions.unsound(Seq(doubt.get() - 1)));
  EXPECT_FALSE(exceptions.unsound(resolved));
  EXPECT_EQ(exceptions.is_void(bed_.at(doubt)), wrong_is_on_log);
  EXPECT_EQ(exceptions.may_have_left(bed_.at(doubt)), wrong_is_on_log && may_have_left);
}

// What it was told of each question: its position, and who must not handle it.
class Observer final : public Machine {
 public:
  void apply(const Event& event) override {
    if (event.is<BenchPayload>()) {
      asked.emplace_back(event.header->seq, event.quarantined);
    }
  }
  [[nodiscard]] Digest digest() const override { return {}; }

  std::vector<std::pair<Seq, MachineSet>> asked;
};

// A reader that has read the suspension and waits for its end learns of what operators say meanwhile of a record that
// it has read, as does one that comes then.
TEST_F(Divergence, WhoWaitsBehindASuspensionHearsOfAQuarantine) {
  ASSERT_NO_FATAL_FAILURE(start(false, 1));
  std::string begins_anew;
  host::ParticipantOptions options = options_;
  options.rebuild = [&begins_anew](const std::string& why) { begins_anew = why; };
  Observer observer;
  const host::Participant& reader = bed_.add_reader("audit", observer, true, options);
  bed_.settle();
  ask_third(Order::right_first, 1);
  bed_.advance(2s);
  ASSERT_TRUE(bed_.at(reader.applied()).is<PublisherSuspended>());
  ask(4);
  bed_.advance(2s);
  ASSERT_TRUE(bed_.at(reader.applied()).is<PublisherSuspended>()) << "it waits";
  ASSERT_EQ(observer.asked.size(), 3U);
  const Seq first = observer.asked[0].first;

  Quarantine quarantine;
  quarantine.position = first;
  quarantine.machine = MachineName::market_data;
  bed_.quarantine(quarantine);
  bed_.advance(2s);
  EXPECT_EQ(begins_anew, "the log voids or quarantines what was applied");
  EXPECT_EQ(observer.asked.size(), 3U) << "and applies nothing more";

  Observer again;
  const host::Participant& fresh = bed_.add_reader("audit-again", again, true, options_);
  bed_.advance(2s);
  EXPECT_LT(fresh.applied(), bed_.last()) << "the suspension stands";
  ASSERT_EQ(again.asked.size(), 3U);
  EXPECT_EQ(again.asked[0], std::pair(first, MachineSet::of(MachineName::market_data)));
  EXPECT_EQ(again.asked[1].second, MachineSet());
}

// Of two replicas that cannot compute what operators trust none goes on, and neither asks for another suspension.
TEST_F(Divergence, AReplicaThatCannotComputeWhatIsTrustedStandsStill) {
  std::array<bool, 2> rebuild{};
  for (std::uint16_t place = 0; place < 2; ++place) {
    rebuilt_[place] = [&rebuild, place](const std::string&) { rebuild[place] = true; };
  }
  ASSERT_NO_FATAL_FAILURE(start(true, 0));
  ask_third(Order::wrong_first, 0);
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u);
  Seq suspension = position_in_doubt();
  while (!bed_.at(suspension).is<PublisherSuspended>()) {
    suspension = suspension.next();
  }
  Resolved resolved = resolution_of(suspended[0], suspension, true);
  resolved.trusted_crc ^= 1;
  bed_.resolve(resolved);
  bed_.settle();
  ASSERT_TRUE(rebuild[0] && rebuild[1]);
  Answerer fresh;
  bed_.kill(*replicas_[1], true);
  host::Participant& again = bed_.add_machine("matching", PlaceId(1), fresh, options_);
  bed_.advance(past_retry);
  EXPECT_THAT(again.stands_still(), HasSubstr("what operators trust"));
  EXPECT_EQ(bed_.log<PublisherSuspended>().size(), 1u);
  EXPECT_EQ(bed_.log<CancelRejected>().size(), 3u);
}

// A dispute that operators resolved, and what may follow on it.
class Resolution : public Divergence {
 protected:
  // The replica in place 1 disputed the third answer, and was wrong.
  void resolve_for_the_log() {
    for (std::uint16_t place = 0; place < 2; ++place) {
      rebuilt_[place] = [this, place](const std::string&) { rebuild_[place] = true; };
    }
    ASSERT_NO_FATAL_FAILURE(start(true, 1));
    ask_third(Order::right_first, 1);
    const auto suspended = bed_.log<PublisherSuspended>();
    ASSERT_EQ(suspended.size(), 1u);
    ASSERT_EQ(suspended[0].place.get(), 1);
    bed_.resolve(resolution_of(suspended[0], suspension(), false));
    bed_.settle();
    ASSERT_TRUE(rebuild_[1]);
  }
  [[nodiscard]] Seq suspension() const {
    Seq found = position_in_doubt();
    while (!bed_.at(found).is<PublisherSuspended>()) {
      found = found.next();
    }
    return found;
  }
  // The process in place 1 begins anew, with a machine that is wrong at `number`.
  host::Participant& begin_anew(PublisherSeq number) {
    wrong_again_ = std::make_unique<OneWrongBit>(fresh_, number);
    bed_.kill(*replicas_[1], true);
    host::Participant& again = bed_.add_machine("matching", PlaceId(1), *wrong_again_, options_);
    bed_.advance(past_retry);
    bed_.advance(10s);
    return again;
  }

  std::array<bool, 2> rebuild_{};
  Answerer fresh_;
  std::unique_ptr<OneWrongBit> wrong_again_;
};

// It attaches before it comes to the record, so that it could say so at once.
TEST_F(Resolution, AReplicaThatIsWrongAgainAsksForNothing) {
  ASSERT_NO_FATAL_FAILURE(resolve_for_the_log());
  options_.events_per_poll = 4;
  const host::Participant& again = begin_anew(in_doubt);
  EXPECT_THAT(again.stands_still(), HasSubstr("the log holds something else"));
  EXPECT_FALSE(again.attached()) << "nobody waits for it";
  EXPECT_EQ(bed_.log<PublisherSuspended>().size(), 1u);
  ask(4);
  EXPECT_EQ(bed_.log<CancelRejected>().size(), 4u);
  EXPECT_EQ(gateway_->stable, bed_.last());
}

// What it reads of the older suspension, which is not of this record, says nothing of its own.
TEST_F(Resolution, AnotherDisputeIsToldBehindAnOlderSuspension) {
  ASSERT_NO_FATAL_FAILURE(resolve_for_the_log());
  const host::Participant& again = begin_anew(PublisherSeq(2));
  EXPECT_NE(again.stands_still(), "");
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 2u) << "number 2 is in doubt and nobody was told";
  EXPECT_EQ(suspended[1].from, PublisherSeq(2));
  EXPECT_FALSE(again.attached());
}

using Agreed = Divergence;

TEST_F(Agreed, NothingLeavesBeforeEveryLivingReplicaHasComputedIt) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.pause(*replicas_[1]);
  ask(3);
  EXPECT_EQ(bed_.log<CancelRejected>().size(), 3u);
  EXPECT_EQ(gateway_->stable.get() + 1, position_in_doubt().get()) << "only the outcome waits, not what is before it";
  bed_.pause(*replicas_[1], false);
  bed_.settle();
  EXPECT_EQ(gateway_->stable, bed_.last());
}

TEST_F(Agreed, WhatIsNoOutcomeWaitsForNoReplica) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.pause(*replicas_[0]);
  bed_.pause(*replicas_[1]);
  ask(3);
  EXPECT_EQ(gateway_->stable, bed_.last());
}

TEST_F(Agreed, AReplicaThatIsGoneIsNotWaitedFor) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.pause(*replicas_[1]);
  ask(3);
  ASSERT_LT(gateway_->stable, position_in_doubt());
  bed_.kill(*replicas_[1]);
  bed_.settle();
  EXPECT_EQ(gateway_->stable, bed_.last());
}

TEST_F(Agreed, AReplicaThatStandsStillIsLeftOutAndCountsAgainOnceItHasCaughtUp) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.pause(*replicas_[1]);
  ask(3);
  bed_.advance(900ms);
  ASSERT_LT(gateway_->stable, position_in_doubt());
  bed_.advance(1300ms);
  EXPECT_EQ(gateway_->stable, bed_.last());
  ask(4);
  EXPECT_EQ(gateway_->stable, bed_.last());
  bed_.pause(*replicas_[1], false);
  bed_.settle();
  bed_.pause(*replicas_[1]);
  ask(5);
  EXPECT_LT(gateway_->stable, bed_.last());
}

TEST_F(Agreed, ANewSequencerWaitsForTheReplicasThatTheLogKnows) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.pause(*replicas_[1]);
  ask(3);
  const Seq released = gateway_->stable;
  bed_.kill_sequencer();
  bed_.start();
  bed_.advance(past_retry);
  EXPECT_EQ(gateway_->stable, released) << "the replica that has not come back may still disagree";
  bed_.pause(*replicas_[1], false);
  bed_.advance(past_retry);
  EXPECT_EQ(gateway_->stable, bed_.last());
}

TEST_F(Agreed, AReplicaThatComesLateHoldsNothingUpUntilItHasCaughtUp) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.kill(*replicas_[1]);
  ask(3);
  Answerer fresh;
  host::Participant& late = bed_.add_machine("matching", PlaceId(1), fresh, options_);
  bed_.pause(late);
  ask(4);
  EXPECT_EQ(gateway_->stable, bed_.last());
  bed_.pause(late, false);
  bed_.settle();
  bed_.pause(late);
  ask(5);
  EXPECT_LT(gateway_->stable, bed_.last());
}

// The bed's sequencer remembers the last 1,024 numbers.
TEST_F(Divergence, AReplicaThatDisputesWhatTheSequencerHasForgottenIsHeard) {
  ASSERT_NO_FATAL_FAILURE(start(true, 2));
  bed_.kill(*replicas_[1]);
  bed_.settle();
  for (std::uint64_t stamp = 3; stamp < 1100; ++stamp) {
    ask(stamp);
  }
  ASSERT_TRUE(bed_.log<PublisherSuspended>().empty());
  const Seq released = gateway_->stable;
  ASSERT_EQ(released, bed_.last());
  Answerer answerer;
  OneWrongBit wrong(answerer, in_doubt);
  host::Participant& late = bed_.add_machine("matching", PlaceId(1), wrong, options_);
  bed_.settle();
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u);
  const Seq doubt = position_in_doubt();
  EXPECT_EQ(suspended[0].from, in_doubt);
  EXPECT_EQ(suspended[0].admitted, doubt);
  EXPECT_EQ(suspended[0].place, PlaceId(1));
  EXPECT_EQ(suspended[0].other_type, CancelRejected::type.get());
  EXPECT_NE(suspended[0].other_crc, suspended[0].admitted_crc);
  EXPECT_EQ(suspended[0].admitted_crc, proposal_checksum(*bed_.at(doubt).header, sum_of(bed_.at(doubt).bytes())));
  EXPECT_THAT(late.stands_still(), HasSubstr("the log holds something else"));
  EXPECT_TRUE(evidence(0).is_object() && evidence(1).is_object());
  EXPECT_FALSE(gateway_->proposer->client_input_open());
  ask(1100);
  EXPECT_EQ(bed_.log<CancelRejected>().size(), 1099u) << "a suspended publisher's wishes wait";
}

TEST_F(Divergence, ADisputeThatDiedWithTheSequencerIsToldToTheNext) {
  ASSERT_NO_FATAL_FAILURE(start(true, 1));
  bed_.pause(*replicas_[1]);
  ask(3);
  bed_.kill_sequencer();
  bed_.pause(*replicas_[1], false);
  bed_.settle();
  EXPECT_THAT(replicas_[1]->stands_still(), HasSubstr("the log holds something else"));
  bed_.start();
  bed_.advance(past_retry);
  EXPECT_EQ(bed_.log<PublisherSuspended>().size(), 1u);
  EXPECT_LT(gateway_->stable, position_in_doubt());
}

// One that goes wrong must not close the venue for all others: what it said stands as it was admitted.
TEST(HostSuspension, OfAPublisherOfInputIsNobodyElsesBusiness) {
  OpeningContent opening = standard_opening();
  for (PublisherDefined& publisher : opening.publishers) {
    publisher.endless_max = publisher.name.view() == "bench" ? 3 : publisher.endless_max;
  }
  TestBed bed(std::move(opening));
  VenueDefined venue;
  venue.ack_level = AckLevel::synced;
  venue.backlog_max = 100;
  bed.add_record(config_publisher, venue);
  bed.start();
  Voice& endless = bed.add_voice("bench");
  Voice& gateway = bed.add_voice("gateway-1");
  bed.settle();
  for (int i = 0; i < 10; ++i) {
    endless.propose(question(1));
  }
  bed.settle();
  ASSERT_EQ(bed.log<PublisherSuspended>().size(), 1U);
  EXPECT_TRUE(gateway.proposer->client_input_open());
  EXPECT_EQ(gateway.stable, bed.last());
  Voice& late = bed.add_voice("gateway-2");  // that reads all of it at once
  bed.settle();
  EXPECT_TRUE(late.proposer->client_input_open());
}

}  // namespace
}  // namespace cantus::test
