// The running sequencer: attachments, rings, order of service, back-pressure, room, failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sequencer/app/doorbells.h"
#include "tests/sequencer/app_fixture.h"

namespace cantus::test {
namespace {

using runtime::AttachStatus;
using sequencer::StreamState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(SequencerApp, OpensTheLogAndAnAttachmentIsOnItBeforeItIsAnswered) {
  start();
  EXPECT_EQ(journal_.at(Seq(1)).header->type, TermStarted::type);
  EXPECT_TRUE(last().is<OpeningComplete>());
  const auto gateway = attach("gateway-1");
  EXPECT_TRUE(last().is<PublisherAttached>());
  EXPECT_EQ(gateway->answer->incarnation, last().position());
  EXPECT_EQ(gateway->answer->read_through, last().header->seq);
  EXPECT_EQ(gateway->answer->term, Term(1));
  EXPECT_EQ(gateway->answer->publisher, gateway_1);
  EXPECT_EQ(gateway->answer->next_publisher_seq, PublisherSeq(1));
  EXPECT_EQ(last().as<PublisherAttached>().process, static_cast<std::uint32_t>(::getpid()));
}

TEST_F(SequencerApp, WhatWasStartedAndStoppedIsRecordedOnceBehindTheNextTerm) {
  OperationNoted begun;
  begun.time = TimeNs(10);
  begun.operation = Operation::start;
  options_.operations = {begun};
  start();
  ASSERT_TRUE(journal_.at(Seq(2)).is<OperationNoted>());
  EXPECT_EQ(journal_.at(Seq(2)).as<OperationNoted>(), begun);
  OperationNoted ended = begun;
  ended.time = TimeNs(20);
  ended.operation = Operation::stop;
  options_.operations = {begun, ended};
  const Seq before = journal_.last();
  restart();
  ASSERT_TRUE(journal_.at(before.next()).is<TermStarted>());
  EXPECT_EQ(journal_.at(before.next().next()).as<OperationNoted>(), ended);
  const Seq noted = journal_.last();
  restart();
  for (Seq at = noted.next(); at <= journal_.last(); at = at.next()) {
    EXPECT_FALSE(journal_.at(at).is<OperationNoted>()) << at.get();
  }
}

TEST_F(SequencerApp, ProposalsReachTheLogInTheOrderOfTheirRingOutcomesFirst) {
  start();
  const auto gateway = attach("gateway-1");
  const auto match = attach("matching");
  const Seq before = journal_.last();
  gateway->push(order(1));
  gateway->push(held(2));
  match->push(outcome(1));
  match->push(outcome(2));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("3:1", "3:2", "10:1", "10:2"));
}

TEST_F(SequencerApp, InputRingsAreServedInTurnAndAFloodStarvesNobody) {
  options_.inputs_per_pass = 2;
  options_.inputs_per_shared_pass = 2;
  start();
  const auto one = attach("gateway-1");
  const auto two = attach("gateway-2");
  const Seq before = journal_.last();
  for (std::uint64_t number = 1; number <= 6; ++number) {
    one->push(order(number));
  }
  two->push(order(1));
  two->push(order(2));
  two->push(order(3));
  loop_->run_once();
  const auto first_pass = said_after(before);
  EXPECT_EQ(first_pass.size(), 4u);
  EXPECT_EQ(std::ranges::count(first_pass, "11:1"), 1);
  EXPECT_EQ(std::ranges::count(first_pass, "11:2"), 1);
  settle();
  EXPECT_EQ(said_after(before).size(), 9u);
}

TEST_F(SequencerApp, WhoAloneBringsMuchIsTakenInSmallSharesUntilAnotherDoes) {
  options_.inputs_per_shared_pass = 4;
  options_.inputs_beside_others = 2;
  start();
  const auto one = attach("gateway-1");
  const auto two = attach("gateway-2");
  for (std::uint64_t number = 1; number <= 12; ++number) {
    one->push(order(number));
  }
  const auto taken_in_a_pass = [this] {
    const Seq before = journal_.last();
    loop_->run_once();
    return said_after(before).size();
  };
  EXPECT_EQ(taken_in_a_pass(), 2u);
  EXPECT_EQ(taken_in_a_pass(), 2u);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    two->push(order(number));
  }
  EXPECT_EQ(taken_in_a_pass(), 4u);  // two of each
  EXPECT_EQ(taken_in_a_pass(), 5u);  // four, and what the other has left
  EXPECT_EQ(taken_in_a_pass(), 2u);
}

TEST_F(SequencerApp, WhoMayNotAttachIsToldWhy) {
  start();
  const Seq before = journal_.last();
  struct Row {
    const char* publisher;
    std::uint16_t place;
    VenueId of_venue;
    Incarnation incarnation;
    AttachStatus status;
  };
  const std::vector<Row> rows = {
      {"gateway-1", 0, VenueId(1), {}, AttachStatus::wrong_venue},
      {"gateway-9", 0, venue, {}, AttachStatus::unknown_publisher},
      {"gateway-1", 1, venue, {}, AttachStatus::unknown_publisher},
      {"matching", 65535, venue, {}, AttachStatus::unknown_publisher},
      {"sequencer", 0, venue, {}, AttachStatus::unknown_publisher},
      {"gateway-1", 0, venue, LogSeq(LogNumber(1), Seq(4)), AttachStatus::incarnation_over},
  };
  for (const Row& row : rows) {
    const auto made = speaker(row.publisher, row.place);
    made->request.venue = row.of_venue;
    made->request.incarnation = row.incarnation;
    ASSERT_TRUE(made->connect());
    settle();
    ASSERT_TRUE(made->answer.has_value()) << row.publisher;
    EXPECT_EQ(made->answer->status, row.status) << row.publisher << ": " << made->answer->text.view();
    EXPECT_FALSE(made->answer->text.empty());
  }
  EXPECT_EQ(journal_.last(), before);
}

TEST_F(SequencerApp, ARefusalEndsTheStreamUntilItAttachesAgain) {
  start();
  const auto gateway = attach("gateway-1");
  const Incarnation incarnation = gateway->answer->incarnation;
  const Seq before = journal_.last();
  gateway->push(order(1));
  gateway->push(outcome(2));
  gateway->push(order(3));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
  ASSERT_TRUE(gateway->refused.has_value());
  EXPECT_EQ(gateway->refused->number, PublisherSeq(2));
  EXPECT_EQ(gateway->refused->cause, runtime::RefusedFor::permission);
  EXPECT_THAT(gateway->refused->text.str(), HasSubstr("gateway-1"));
  EXPECT_THAT(gateway->refused->text.str(), HasSubstr("may not propose on this topic"));

  gateway->request.incarnation = incarnation;
  ASSERT_TRUE(gateway->connect());
  settle();
  ASSERT_TRUE(gateway->attached());
  EXPECT_EQ(gateway->answer->incarnation, incarnation);
  EXPECT_EQ(gateway->answer->next_publisher_seq, PublisherSeq(2));
  gateway->push(order(2));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1", "10:2"));
  EXPECT_EQ(count_of(PublisherLost::type), 0u);
}

TEST_F(SequencerApp, WhoDiesAfterARefusalIsLostInTime) {
  start();
  const auto gateway = attach("gateway-1");
  gateway->push(outcome(1));
  settle();
  gateway->die();
  settle();
  EXPECT_EQ(count_of(PublisherLost::type), 0u);
  advance(return_within_ns);
  EXPECT_EQ(last().as<PublisherLost>().incarnation, gateway->answer->incarnation);
}

TEST_F(SequencerApp, WhatADeadProcessCompletedIsAdmittedThenItIsLost) {
  start();
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  gateway->push(order(1));
  gateway->push(order(2));
  gateway->die();
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1", "10:2"));
  const auto& lost = last().as<PublisherLost>();
  EXPECT_EQ(lost.incarnation, gateway->answer->incarnation);
  EXPECT_EQ(lost.publisher, gateway_1);
  EXPECT_EQ(lost.reason, LostReason::process_gone);
}

TEST_F(SequencerApp, AnOrderlyEndIsSaidAsSuch) {
  start();
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  gateway->push(order(1));
  gateway->detach();
  gateway->die();
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
  EXPECT_EQ(last().as<PublisherLost>().reason, LostReason::detached);
}

TEST_F(SequencerApp, ANewProcessWaitsUntilTheOldRingIsServed) {
  start();
  const auto old = attach("gateway-1");
  const Seq before = journal_.last();
  old->push(order(1));
  const auto fresh = speaker("gateway-1");
  ASSERT_TRUE(fresh->connect());
  settle();
  ASSERT_TRUE(fresh->attached());
  EXPECT_EQ(fresh->answer->next_publisher_seq, PublisherSeq(2));
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
  EXPECT_EQ(from_last(1).as<PublisherLost>().reason, LostReason::replaced);
  EXPECT_TRUE(last().is<PublisherAttached>());
  // The old ring is never read again.
  old->push(order(2));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
  EXPECT_FALSE(old->gone.empty());
}

TEST_F(SequencerApp, AnotherLivingProcessDoesNotGetThePlace) {
  start();
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  // As the server hands over the request of a process that is not this one.
  auto& handler = dynamic_cast<runtime::AttachHandler&>(*sequencer_);
  runtime::AttachRequest request = gateway->request;
  request.process = 1;
  handler.on_request(1'000'000, request, std::move(runtime::make_doorbell()).value());
  settle();
  EXPECT_EQ(journal_.last(), before);
  gateway->push(order(1));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
}

TEST_F(SequencerApp, WhatWaitsInADeadProcessesRingIsDroppedAfterASecond) {
  options_.publishers[4].rate_per_second = 2;
  options_.publishers[4].burst = 1;
  start();
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  for (std::uint64_t number = 1; number <= 9; ++number) {
    gateway->push(order(number));
  }
  gateway->die();
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
  EXPECT_EQ(status().places[4].state, StreamState::draining);
  const auto fresh = speaker("gateway-1");
  ASSERT_TRUE(fresh->connect());
  advance(500'000'000);
  EXPECT_THAT(said_after(before), ElementsAre("10:1", "10:2"));
  EXPECT_FALSE(fresh->answer.has_value());
  advance(500'000'000);
  EXPECT_THAT(said_after(before), ElementsAre("10:1", "10:2"));
  ASSERT_TRUE(fresh->attached());
  EXPECT_EQ(fresh->answer->next_publisher_seq, PublisherSeq(3));
  EXPECT_EQ(from_last(1).as<PublisherLost>().reason, LostReason::process_gone);
}

TEST_F(SequencerApp, ARingThatIsScribbledOverEndsOnlyItsOwnStream) {
  start();
  const auto match = attach("matching", 1);
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  match->push(outcome(1));
  auto* const data = reinterpret_cast<std::byte*>(&match->ring->page()) + runtime::ring_page_bytes;
  const std::size_t second = aligned_record(sizeof(ProposalHeader) + sizeof(OrderAccepted));
  match->push(outcome(2));
  const std::uint32_t absurd = 0xffff'fff0;
  std::memcpy(data + second, &absurd, sizeof(absurd));
  match->ring->page().consumed.store(~std::uint64_t{0});
  match->ring->page().capacity = 1;
  match->ring->page().applied.store(~std::uint64_t{0});
  match->ring->page().outstanding.store(~std::uint64_t{0});
  gateway->push(order(1));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("3:1", "10:1"));
  ASSERT_TRUE(match->refused.has_value());
  EXPECT_THAT(match->refused->text.str(), HasSubstr("matching-1"));
  EXPECT_EQ(count_of(PublisherSuspended::type), 0u) << "nobody's wish was refused";
}

// Every state in which death can leave a ring: whole proposals, and behind them one that is written up to any byte.
TEST_F(SequencerApp, ARingWhoseProcessDiesAtAnyByteGivesWhatWasComplete) {
  start();
  const Proposal torn = order(2);
  std::vector<std::byte> image(sizeof(ProposalHeader) + torn.payload.size());
  std::memcpy(image.data(), &torn.header, sizeof(ProposalHeader));
  std::memcpy(image.data() + sizeof(ProposalHeader), torn.payload.data(), torn.payload.size());
  std::uint64_t number = 1;
  for (std::size_t written = sizeof(torn.header.length); written <= image.size(); written += 3) {
    const auto gateway = attach("gateway-1");
    const Seq before = journal_.last();
    const Proposal whole = order(number++);
    gateway->push(whole);
    auto* const data = reinterpret_cast<std::byte*>(&gateway->ring->page()) + runtime::ring_page_bytes;
    std::byte* const behind = data + aligned_record(whole.header.length);
    // Its commit word comes last, so it is still zero.
    std::memcpy(behind + sizeof(torn.header.length), image.data() + sizeof(torn.header.length),
                written - sizeof(torn.header.length));
    gateway->die();
    settle();
    ASSERT_EQ(said_after(before).size(), 1u) << written;
    ASSERT_EQ(last().as<PublisherLost>().reason, LostReason::process_gone);
  }
}

TEST_F(SequencerApp, ARepeatThatDiffersSuspendsAndIsShown) {
  start();
  const auto first = attach("matching", 0);
  const auto second = attach("matching", 1);
  const auto gateway = attach("gateway-1");
  first->push(outcome(1, 5));
  settle();
  second->push(outcome(1, 6));
  settle();
  EXPECT_EQ(last().as<PublisherSuspended>().place, PlaceId(1));
  EXPECT_THAT(second->refused->text.str(), HasSubstr("suspended"));
  first->push(outcome(2, 5));
  settle();
  EXPECT_TRUE(last().is<PublisherSuspended>());
  EXPECT_EQ(gateway->ring->page().client_backlog.load(), runtime::client_input_suspended);
  const auto figures = status();
  ASSERT_EQ(figures.places_count, 6u);
  EXPECT_EQ(figures.places[1].publisher.view(), "matching");
  EXPECT_EQ(figures.places[1].suspended, 1);
  EXPECT_EQ(figures.places[2].refusals, 1u);
}

TEST_F(SequencerApp, ALivingPublisherComesBackInANewTermAndRepeatsHarmlessly) {
  start();
  const auto gateway = attach("gateway-1");
  const Incarnation incarnation = gateway->answer->incarnation;
  const Seq before = journal_.last();
  gateway->push(order(1));
  gateway->push(order(2));
  settle();
  restart();
  settle();
  EXPECT_FALSE(gateway->gone.empty());
  gateway->request.incarnation = incarnation;
  ASSERT_TRUE(gateway->connect());
  settle();
  EXPECT_EQ(gateway->answer->incarnation, incarnation);
  EXPECT_EQ(gateway->answer->term, Term(2));
  EXPECT_EQ(gateway->answer->next_publisher_seq, PublisherSeq(3));
  EXPECT_EQ(gateway->answer->read_through, journal_.last());
  gateway->push(order(1));
  gateway->push(order(2));
  gateway->push(order(3));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1", "10:2", "10:3"));
  EXPECT_EQ(status().places[4].repeats, 2u);
}

TEST_F(SequencerApp, ATermsRecordNamesTheHashOfTheOneBefore) {
  start();
  restart();
  const auto& started = last().as<TermStarted>();
  EXPECT_EQ(started.previous_seq, Seq(journal_.last().get() - 1));
  EXPECT_EQ(started.previous_hash, journal_.opened_at().hash);
  EXPECT_NE(started.previous_hash, Hash256{});
}

TEST_F(SequencerApp, TimeGoesOnInSilenceAndAStepIsNotFollowed) {
  start();
  const TimeNs before = last().header->time;
  advance(silence_ns);
  EXPECT_TRUE(last().is<TimeTick>());
  EXPECT_EQ(last().header->time, TimeNs(before.get() + silence_ns));
  clock_.utc_step_ns = -3'600'000'000'000;
  advance(silence_ns);
  EXPECT_EQ(last().header->time, TimeNs(before.get() + 2 * silence_ns));
  EXPECT_EQ(status().step_pending, 1);
  clock_.utc_step_ns = 0;
  advance(silence_ns);
  EXPECT_EQ(status().step_pending, 0);
}

TEST_F(SequencerApp, PublishesHowFarTheBestPlaceOfMatchingLags) {
  start();
  const auto gateway = attach("gateway-1");
  const auto figure = [&gateway] { return gateway->ring->page().client_backlog.load(); };
  EXPECT_EQ(figure(), runtime::client_input_closed) << "nobody matches";
  const auto first = attach("matching", 0);
  const auto second = attach("matching", 1);
  const auto applies = [](Speaker& speaker, Seq applied, std::uint64_t outstanding) {
    speaker.ring->page().outstanding.store(outstanding);
    speaker.ring->page().applied.store(applied.get());
  };
  applies(*first, Seq(journal_.last().get() - 3), 4);
  applies(*second, Seq(journal_.last().get() - 9), 0);
  look();
  EXPECT_EQ(figure(), 7u);
  // One that is stuck is no measure, nor is one that is lost.
  clock_.now_ns += 90'000'000;
  applies(*second, Seq(journal_.last().get() - 8), 0);
  look();
  for (int i = 0; i < 12; ++i) {
    applies(*second, Seq(journal_.last().get() - 8), 0);
    advance(90'000'000);
  }
  EXPECT_EQ(figure(), 8u);
  second->die();
  look();
  EXPECT_EQ(figure(), runtime::client_input_closed);
}

TEST_F(SequencerApp, ClientsMessagesWaitBeyondTheSecondBoundWhileSessionsPass) {
  options_.ring_bytes = 4096;
  start();
  const auto match = attach("matching");
  const auto one = attach("gateway-1");
  const auto two = attach("gateway-2");
  // What three rings can hold, and bound 1, are added by the scheduler: nobody applies them.
  const auto scheduler_ = attach("scheduler");
  match->ring->page().applied.store(journal_.last().get());
  look();
  const std::uint64_t bound_2 = options_.backlog_max + 4 * options_.ring_bytes / sizeof(ProposalHeader);
  std::uint64_t number = 1;
  while (journal_.last().get() - match->ring->page().applied.load() <= bound_2) {
    scheduler_->push(Proposal::of(number++, TradingDayStarted{}));
    settle();
  }
  const Seq before = journal_.last();
  one->push(order(1));
  two->push(held(1));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("11:1"));
  EXPECT_EQ(status().places[4].waits, 1u);
  match->ring->page().applied.store(journal_.last().get());
  look();
  EXPECT_THAT(said_after(before), ElementsAre("11:1", "10:1"));
}

TEST_F(SequencerApp, WithoutRoomClientsWaitAndTheKeptSpaceServesTheRest) {
  start();
  const auto match = attach("matching");
  const auto one = attach("gateway-1");
  const auto two = attach("gateway-2");
  const Seq before = journal_.last();
  journal_.set_room(options_.pass_bytes + 1'000, 2'000);
  one->push(order(1));
  two->push(held(1));
  match->push(outcome(1));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("3:1", "11:1"));
  EXPECT_EQ(status().room, sequencer::Room::kept);
  EXPECT_EQ(one->ring->page().client_backlog.load(), runtime::client_input_no_space);
  journal_.set_room(SIZE_MAX, 0);
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("3:1", "11:1", "10:1"));
}

TEST_F(SequencerApp, SealedSegmentsAreNamedOnTheLogOnce) {
  start();
  SegmentSealed sealed;
  sealed.segment = 1;
  sealed.first = Seq(1);
  sealed.last = Seq(5);
  journal_.seal(sealed);
  settle();
  EXPECT_EQ(last().as<SegmentSealed>(), sealed);
  restart();
  settle();
  sealed.segment = 2;
  journal_.seal(sealed);
  settle();
  EXPECT_EQ(count_of(SegmentSealed::type), 2u);
}

TEST_F(SequencerApp, WakesOnlySleepersWhoseTopicsTheBatchHolds) {
  start();
  const auto reads_orders = speaker("matching");
  reads_orders->request.topics = TopicSet::of(topic::orders).bits();
  ASSERT_TRUE(reads_orders->connect());
  const auto reads_outcomes = speaker("gateway-2");
  reads_outcomes->request.topics = TopicSet::of(topic::outcomes).bits();
  ASSERT_TRUE(reads_outcomes->connect());
  const auto gateway = attach("gateway-1");
  reads_orders->ring->page().applied.store(journal_.last().get());
  look();
  static_cast<void>(reads_orders->rung());
  static_cast<void>(reads_outcomes->rung());
  runtime::arm_sleep(reads_orders->ring->page().participant_sleeping);
  runtime::arm_sleep(reads_outcomes->ring->page().participant_sleeping);
  gateway->push(order(1));
  settle();
  EXPECT_TRUE(reads_orders->rung());
  EXPECT_FALSE(reads_outcomes->rung());
  gateway->push(order(2));
  settle();
  EXPECT_FALSE(reads_orders->rung()) << "it is awake";
}

TEST_F(SequencerApp, WhoSleepsDeeplyIsRungALittleLater) {
  start();
  const auto gateway = attach("gateway-1");
  const auto idle = attach("gateway-2");
  idle->ring->page().applied.store(journal_.last().get());
  look();
  static_cast<void>(idle->rung());
  runtime::arm_sleep(idle->ring->page().participant_sleeping, runtime::SleepDepth::deep);
  gateway->push(order(1));
  ASSERT_TRUE(loop_->run_once());
  EXPECT_FALSE(idle->rung()) << "it can wait";
  while (!idle->rung()) {
    loop_->run_once();
  }
  gateway->push(order(2));
  settle();
  EXPECT_FALSE(idle->rung()) << "it is awake";
}

TEST_F(SequencerApp, WhoWorksForLaterIsRungInAPause) {
  start();
  const auto gateway = attach("gateway-1");
  const auto projection = attach("gateway-2");
  projection->ring->page().applied.store(journal_.last().get());
  look();
  static_cast<void>(projection->rung());
  runtime::arm_sleep(projection->ring->page().participant_sleeping, runtime::SleepDepth::idle);
  gateway->push(order(1));
  ASSERT_TRUE(loop_->run_once());
  EXPECT_FALSE(projection->rung());
  while (!projection->rung()) {
    loop_->run_once();
  }
}

TEST(Doorbells, ARingWakesWhoSleepsNoMoreDeeplyAndKeepsTheRestInMind) {
  runtime::RingPage deep;
  runtime::RingPage idle;
  sequencer::Doorbells doorbells;
  doorbells.add(deep, runtime::make_doorbell().value(), TopicSet::of(topic::orders));
  doorbells.add(idle, runtime::make_doorbell().value(), TopicSet::of(topic::orders));
  runtime::arm_sleep(deep.participant_sleeping, runtime::SleepDepth::deep);
  runtime::arm_sleep(idle.participant_sleeping, runtime::SleepDepth::idle);
  doorbells.ring(TopicSet::of(topic::orders));
  EXPECT_TRUE(doorbells.left());
  doorbells.ring_the_rest(runtime::SleepDepth::deep);
  EXPECT_TRUE(runtime::disarm_sleep(deep.participant_sleeping));
  EXPECT_NE(idle.participant_sleeping.load(), 0U);
  EXPECT_TRUE(doorbells.left());
  doorbells.ring_the_rest(runtime::SleepDepth::idle);
  EXPECT_TRUE(runtime::disarm_sleep(idle.participant_sleeping));
  EXPECT_FALSE(doorbells.left());
}

TEST(Doorbells, NobodyIsRungForTopicsThatDoNotConcernHim) {
  runtime::RingPage reports;
  runtime::RingPage orders;
  sequencer::Doorbells doorbells;
  doorbells.add(reports, runtime::make_doorbell().value(), TopicSet::of(topic::reports), false);
  doorbells.add(orders, runtime::make_doorbell().value(), TopicSet::of(topic::orders, topic::outcomes));
  runtime::arm_sleep(reports.participant_sleeping, runtime::SleepDepth::light);
  runtime::arm_sleep(orders.participant_sleeping, runtime::SleepDepth::light);
  doorbells.ring(TopicSet::of(topic::market_data));
  doorbells.ring_the_rest(runtime::SleepDepth::idle, TopicSet::of(topic::market_data));
  EXPECT_NE(orders.participant_sleeping.load(), 0U);
  doorbells.ring_for_marks();
  EXPECT_TRUE(runtime::disarm_sleep(orders.participant_sleeping));
  EXPECT_NE(reports.participant_sleeping.load(), 0U);
  runtime::arm_sleep(orders.participant_sleeping, runtime::SleepDepth::idle);
  doorbells.ring(TopicSet::of(topic::outcomes));
  EXPECT_TRUE(doorbells.left());
  doorbells.ring_the_rest(runtime::SleepDepth::idle, TopicSet::of(topic::outcomes));
  EXPECT_TRUE(runtime::disarm_sleep(orders.participant_sleeping));
  EXPECT_NE(reports.participant_sleeping.load(), 0U);
  doorbells.ring(TopicSet::of(topic::reports));
  EXPECT_TRUE(runtime::disarm_sleep(reports.participant_sleeping));
  doorbells.remove(orders);
  runtime::arm_sleep(orders.participant_sleeping, runtime::SleepDepth::light);
  doorbells.ring(TopicSet::all());
  EXPECT_NE(orders.participant_sleeping.load(), 0U);
}

TEST_F(SequencerApp, TheFirstOfSeveralReplicasIsAlwaysRungAtOnce) {
  start();
  const auto gateway = attach("gateway-1");
  auto first = attach("matching", 0);
  const auto second = attach("matching", 1);
  const auto sleep = [&](const std::unique_ptr<Speaker>& replica) {
    replica->ring->page().applied.store(journal_.last().get());
    look();
    static_cast<void>(replica->rung());
    runtime::arm_sleep(replica->ring->page().participant_sleeping, runtime::SleepDepth::deep);
  };
  sleep(first);
  sleep(second);
  gateway->push(order(1));
  ASSERT_TRUE(loop_->run_once());
  EXPECT_TRUE(first->rung());
  first->die();
  settle();
  sleep(second);
  gateway->push(order(2));
  ASSERT_TRUE(loop_->run_once());
  EXPECT_TRUE(second->rung()) << "it is the first now";
}

TEST_F(SequencerApp, AReaderIsWokenAndNothingIsSaidOfIt) {
  start();
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  const auto reader = speaker("audit");
  reader->request.as = runtime::AttachAs::reader;
  ASSERT_TRUE(reader->connect());
  settle();
  ASSERT_TRUE(reader->attached());
  EXPECT_EQ(journal_.last(), before);
  EXPECT_EQ(status().readers, 1u);
  runtime::arm_sleep(reader->ring->page().participant_sleeping);
  gateway->push(order(1));
  settle();
  EXPECT_TRUE(reader->rung());
  reader->die();
  settle();
  EXPECT_EQ(status().readers, 0u);
}

TEST_F(SequencerApp, AFailedSyncEndsItForGood) {
  start();
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  journal_.stop();
  gateway->push(order(1));
  settle();
  EXPECT_EQ(journal_.last(), before);
  EXPECT_TRUE(sequencer_->stopped());
  EXPECT_THAT(fatal_, HasSubstr("nothing more is admitted"));
  EXPECT_FALSE(gateway->gone.empty());
  EXPECT_FALSE(gateway->connect());
  EXPECT_EQ(status().stopped, 1);
}

TEST_F(SequencerApp, SaysWhatStands) {
  options_.publishers[4].rate_per_second = 1;
  options_.publishers[4].burst = 2;
  start();
  const auto gateway = attach("gateway-1");
  gateway->push(order(1));
  gateway->push(order(1));
  gateway->push(order(2));
  gateway->push(order(3));
  settle();
  const auto figures = status();
  EXPECT_EQ(figures.venue, venue);
  EXPECT_EQ(figures.last, journal_.last());
  EXPECT_EQ(figures.synced, journal_.synced());
  EXPECT_EQ(figures.term, Term(1));
  EXPECT_EQ(figures.process, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(figures.stopped, 0);
  const auto& place = figures.places[4];
  EXPECT_EQ(place.publisher.view(), "gateway-1");
  EXPECT_EQ(place.state, StreamState::attached);
  EXPECT_EQ(place.incarnation, gateway->answer->incarnation);
  EXPECT_EQ(place.next_publisher_seq, PublisherSeq(3));
  EXPECT_EQ(place.admitted, 2u);
  EXPECT_EQ(place.repeats, 1u);
  EXPECT_EQ(place.waits, 1u);
  EXPECT_EQ(place.rate_per_second, 1u);
  EXPECT_EQ(figures.places[5].state, StreamState::absent);
}

TEST_F(SequencerApp, TheCoreIsRebuiltAsItWas) {
  start();
  const auto gateway = attach("gateway-1");
  const auto match = attach("matching");
  for (std::uint64_t number = 1; number <= 30; ++number) {
    gateway->push(order(number));
    match->push(outcome(number));
    advance(7'000'000);
  }
  const Digest before = sequencer_->core().digest();
  SequencerCore core(options_.limits);
  for (Seq seq(1); seq <= journal_.last(); seq = seq.next()) {
    ASSERT_TRUE(core.apply(journal_.at(seq)));
  }
  EXPECT_EQ(core.digest(), before);
}

}  // namespace
}  // namespace cantus::test
