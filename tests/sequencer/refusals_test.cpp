// What the running sequencer says of whom it sends away, who comes and goes, and how it does with little room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sequencer/app_fixture.h"

namespace cantus::test {
namespace {

using runtime::AttachStatus;
using sequencer::Room;
using sequencer::StreamState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t gateway_1_at = 4;  // its place in the status

TEST_F(SequencerApp, WhoIsRefusedStandsInTheStatusWithWhyAndWhen) {
  start();
  const auto gateway = attach("gateway-1");
  EXPECT_TRUE(status().places[gateway_1_at].refused_at.is_zero());
  gateway->push(order(1));
  gateway->push(outcome(2));
  settle();
  const auto figures = status().places[gateway_1_at];
  EXPECT_EQ(figures.refusals, 1u);
  EXPECT_THAT(figures.refusal.str(), HasSubstr("may not propose on this topic"));
  EXPECT_EQ(figures.refused_number, PublisherSeq(2));
  EXPECT_EQ(figures.refused_process, static_cast<std::uint32_t>(::getpid()));
  EXPECT_FALSE(figures.refused_at.is_zero());
  EXPECT_EQ(figures.state, StreamState::awaited);
  gateway->request.incarnation = gateway->answer->incarnation;
  ASSERT_TRUE(gateway->connect());
  settle();
  EXPECT_EQ(status().places[gateway_1_at].state, StreamState::attached);
  EXPECT_EQ(status().places[gateway_1_at].refusals, 1u);
  EXPECT_EQ(status().places[gateway_1_at].attachments, 1u);
}

TEST_F(SequencerApp, WhoGetsNothingIsCountedAndNamed) {
  start();
  const auto nobody = speaker("nobody");
  ASSERT_TRUE(nobody->connect());
  settle();
  EXPECT_EQ(nobody->answer->status, AttachStatus::unknown_publisher);
  const auto away = status().turned_away;
  EXPECT_EQ(away.count, 1u);
  EXPECT_EQ(away.last_process, static_cast<std::uint32_t>(::getpid()));
  EXPECT_THAT(away.last_why.str(), HasSubstr("nobody-0 not attached: the log defines no publisher nobody"));
}

TEST_F(SequencerApp, AnotherProcessDoesNotGetAPlaceWithItsIncarnation) {
  start();
  const auto gateway = attach("gateway-1");
  auto& handler = dynamic_cast<runtime::AttachHandler&>(*sequencer_);
  runtime::AttachRequest request = gateway->request;
  request.process = 1;
  request.incarnation = gateway->answer->incarnation;
  const auto ask = [&] {
    handler.on_request(1'000'000, request, std::move(runtime::make_doorbell()).value());
    settle();
  };
  ask();
  EXPECT_THAT(gateway->gone, IsEmpty());
  const Seq before = journal_.last();
  gateway->push(order(1));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1"));
  // Nor while it is awaited after a refusal.
  gateway->push(outcome(2));
  settle();
  ask();
  EXPECT_EQ(status().places[gateway_1_at].state, StreamState::awaited);
  EXPECT_EQ(status().turned_away.count, 2u);
}

TEST_F(SequencerApp, WhoComesAndGoesWithoutEndWaitsForItsTurn) {
  start();
  std::size_t attached = 0;
  auto gateway = attach("gateway-1");
  for (; gateway->attached() && attached < 1'000; ++attached) {
    gateway = speaker("gateway-1");
    ASSERT_TRUE(gateway->connect());
    settle();
  }
  EXPECT_EQ(attached, 64u);
  const Seq before = journal_.last();
  const auto other = attach("gateway-2");
  EXPECT_TRUE(other->attached()) << "nobody else is concerned";
  EXPECT_EQ(journal_.last(), before.next());
  advance(50'000'000);
  EXPECT_TRUE(gateway->attached());
}

TEST_F(SequencerApp, SocketsCloseWhileWhatLiesInTheRingsStillPasses) {
  start();
  const auto gateway = attach("gateway-1");
  const auto match = attach("matching");
  match->ring->page().applied.store(journal_.last().get());
  look();
  ASSERT_LT(gateway->ring->page().client_backlog.load(), options_.backlog_max);
  const Seq before = journal_.last();
  journal_.set_room(options_.pass_bytes + options_.segment_bytes / 8, 2'000);
  look();
  EXPECT_EQ(gateway->ring->page().client_backlog.load(), runtime::client_input_no_space);
  EXPECT_EQ(status().room, Room::kept);
  gateway->push(order(1));
  gateway->push(held(2));
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("10:1", "10:2"));
}

TEST_F(SequencerApp, WithTheKeptSpaceUsedUpEverythingWaitsAndGoesOn) {
  start();
  const auto match = attach("matching");
  const auto gateway = attach("gateway-1");
  const Seq before = journal_.last();
  journal_.set_room(options_.pass_bytes - 1, 2'000);
  match->push(outcome(1));
  gateway->push(held(1));
  settle();
  EXPECT_THAT(said_after(before), IsEmpty());
  EXPECT_EQ(status().room, Room::none);
  EXPECT_FALSE(sequencer_->stopped());
  journal_.set_room(SIZE_MAX, 0);
  settle();
  EXPECT_THAT(said_after(before), ElementsAre("3:1", "10:1"));
  EXPECT_EQ(status().room, Room::all);
}

}  // namespace
}  // namespace cantus::test
