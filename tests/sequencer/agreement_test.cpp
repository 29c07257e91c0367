// Who counts for the agreed mark, and where it stands: replicas that are behind, slow, stuck, late or gone.
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "sequencer/agreement.h"
#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

constexpr std::int64_t ms = 1'000'000;

class Replicas : public ::testing::Test {
 protected:
  // Both replicas attached and at the end of the log.
  Replicas() {
    gateway_ = venue_.attach("gateway-1").place;
    for (std::uint16_t at = 0; at < 2; ++at) {
      places_[at] = venue_.attach("matching", at).place;
    }
    applied_ = {end(), end()};
    look();
  }

  [[nodiscard]] Seq end() { return Seq(venue_.log().size()); }
  // A pass of the sequencer, so long after the one before.
  Seq look(std::int64_t after_ns = 0) {
    now_ns_ += after_ns;
    return agreement_.update(
        venue_.core(),
        [this](PlaceRef place) {
          return place.publisher == places_[0].publisher ? applied_[place.place] : std::nullopt;
        },
        now_ns_);
  }
  // An order and what matching, in its first place, makes of it; returns where the outcome stands.
  Seq answered_order() {
    EXPECT_EQ(venue_.propose(gateway_, order(++orders_)).verdict, Verdict::admitted);
    EXPECT_EQ(venue_.propose(places_[0], outcome(orders_)).verdict, Verdict::admitted);
    applied_[0] = end();
    return end();
  }
  [[nodiscard]] bool counts(std::size_t place) const { return agreement_.counts(places_[place]); }

  Venue venue_;
  PlaceRef gateway_;
  std::array<PlaceRef, 2> places_;
  std::array<std::optional<Seq>, 2> applied_;
  std::uint64_t orders_ = 0;
  Agreement agreement_;
  std::int64_t now_ns_ = 5'000 * ms;
};

TEST_F(Replicas, TheMarkStopsBeforeTheFirstOutcomeThatNotAllHaveApplied) {
  EXPECT_EQ(look(), end());
  const Seq outcome = answered_order();
  EXPECT_EQ(look().get(), outcome.get() - 1);
  EXPECT_EQ(venue_.propose(gateway_, order(++orders_)).verdict, Verdict::admitted);
  EXPECT_EQ(look().get(), outcome.get() - 1) << "also for what is behind it and no outcome";
  applied_[1] = outcome;
  EXPECT_EQ(look(), end());
}

TEST_F(Replicas, OneThatStandsStillIsLeftOutAndCountsAgainOnceItHasCaughtUp) {
  const Seq outcome = answered_order();
  for (int i = 0; i < 11; ++i) {  // the span begins with the first
    EXPECT_LT(look(100 * ms), outcome);
  }
  EXPECT_TRUE(counts(1));
  const std::uint64_t changes = agreement_.changes();
  EXPECT_EQ(look(100 * ms), outcome);
  EXPECT_FALSE(counts(1));
  EXPECT_TRUE(counts(0));
  EXPECT_EQ(agreement_.changes(), changes + 1);
  const Seq left_out_at = outcome;
  const Seq later = answered_order();
  applied_[1] = Seq(left_out_at.get() - 1);
  EXPECT_EQ(look(), later);
  applied_[1] = left_out_at;
  EXPECT_EQ(look(), later);
  EXPECT_TRUE(counts(1));
  const Seq latest = answered_order();
  EXPECT_LT(look(), latest);
}

TEST_F(Replicas, OneThatMovesButTooSlowlyIsLeftOutToo) {
  applied_[1] = end();
  Seq outcome;
  int passes = 0;
  for (; counts(1) && passes < 100; ++passes) {
    for (int i = 0; i < 3; ++i) {
      outcome = answered_order();
    }
    applied_[1] = applied_[1]->next();  // one of six
    look(100 * ms);
  }
  EXPECT_LT(passes, 25);
  EXPECT_GT(passes, 10);
  EXPECT_EQ(look(), outcome);
}

TEST_F(Replicas, OneThatKeepsUpAtADistanceCounts) {
  applied_[1] = end();
  for (int passes = 0; passes < 100; ++passes) {
    const Seq before = end();
    const Seq outcome = answered_order();
    EXPECT_LT(look(100 * ms), outcome);
    applied_[1] = before;
  }
  EXPECT_TRUE(counts(1));
}

TEST_F(Replicas, ASequencerThatWasNotRunningItselfLeavesNobodyOut) {
  const Seq outcome = answered_order();
  EXPECT_LT(look(), outcome);
  EXPECT_LT(look(60'000 * ms), outcome);
  EXPECT_TRUE(counts(1));
}

TEST_F(Replicas, OneThatIsLostIsNotWaitedForAndItsSuccessorCountsOnceItHasCaughtUp) {
  const Seq outcome = answered_order();
  ASSERT_LT(look(), outcome);
  applied_[1] = std::nullopt;
  EXPECT_LT(look(10'000 * ms), outcome) << "without a stream it may come back";
  venue_.lose(places_[1]);
  EXPECT_EQ(look(), end());
  venue_.attach("matching", 1);
  const Seq attached_at = end();
  applied_[1] = Seq();
  look();
  const Seq later = answered_order();
  EXPECT_EQ(look(), later);
  applied_[1] = attached_at;
  EXPECT_EQ(look(), later) << "the mark never goes back";
  const Seq latest = answered_order();
  EXPECT_LT(look(), latest);
}

TEST_F(Replicas, InANewTermEverybodyCountsWhomTheLogKnows) {
  const Seq outcome = answered_order();
  venue_.restart();
  agreement_ = Agreement();
  applied_ = {std::nullopt, std::nullopt};
  EXPECT_LT(look(), outcome);
  applied_[0] = end();
  EXPECT_LT(look(), outcome);
  applied_[1] = outcome;
  EXPECT_EQ(look(), end());
}

TEST_F(Replicas, NothingInDoubtIsAgreedWhoeverIsLeft) {
  answered_order();
  const Seq outcome = answered_order();
  venue_.propose(places_[1], test::outcome(orders_, 99));
  ASSERT_TRUE(venue_.core().publisher(places_[0]).suspended);
  venue_.lose(places_[1]);
  applied_ = {end(), std::nullopt};
  EXPECT_EQ(look().get(), outcome.get() - 1);
}

}  // namespace
}  // namespace cantus::test
