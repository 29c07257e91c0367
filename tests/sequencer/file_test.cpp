// The sequencer over the journal of a host, on files whose failures are in the test's hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "eventlog/reader.h"
#include "runtime/simulated_files.h"
#include "tests/sequencer/app_fixture.h"

namespace cantus::test {
namespace {

using ::testing::HasSubstr;

class SequencerOnFiles : public SequencerApp {
 protected:
  SequencerOnFiles() {
    options_.identity = eventlog::LogIdentity{venue, LogNumber(1)};
    options_.segment_bytes = 64 << 10;
  }
  ~SequencerOnFiles() override { sequencer_.reset(); }

  [[nodiscard]] Status open() {
    auto made = sequencer::make_sequencer(*loop_, runtime::system_clock(), files_, options_,
                                          [this](const std::string& why) { fatal_ = why; });
    if (!made) {
      return std::move(made).error();
    }
    sequencer_ = std::move(made).value();
    return {};
  }
  void open_well() {
    const Status opened = open();
    ASSERT_TRUE(opened.ok()) << opened.error().text;
  }
  // Runs the loop until it holds; the test's time-out ends what never comes.
  template <class F>
  void until(F&& holds) {
    while (!holds()) {
      loop_->run_once();
    }
  }

  runtime::SimulatedFiles files_{options_.paths.memory};
};

TEST_F(SequencerOnFiles, NeedsAnIdentityToMakeALog) {
  options_.identity = eventlog::LogIdentity{};
  EXPECT_EQ(open().error().code, ErrorCode::not_found);
}

TEST_F(SequencerOnFiles, AStartFindsTheStateThatTheLastProcessHad) {
  open_well();
  const auto gateway = attach("gateway-1");
  // Enough for several segments.
  for (std::uint64_t number = 1; number <= 1'000;) {
    if (const Proposal next = order(number); gateway->ring->push(next.header, next.payload)) {
      ++number;
    }
    loop_->run_once();
  }
  until([this] {
    const SequencerCore& core = sequencer_->core();
    return core.last_sealed() >= 2 && core.publishers().at(*core.publishers().find("gateway-1")).next.get() == 1'001;
  });
  ASSERT_TRUE(sequencer_->close().ok());
  const Digest before = sequencer_->core().digest();
  const Seq last = sequencer_->core().last();
  sequencer_.reset();

  options_.identity = eventlog::LogIdentity{VenueId(0x999), LogNumber(9)};  // the log keeps its own
  options_.venue_name.clear();
  SequencerCore core(options_.limits);
  auto reader = eventlog::open_log(files_, options_.paths.journal(), options_.paths.memory);
  ASSERT_TRUE(reader.ok());
  while (true) {
    const auto event = (*reader)->next();
    ASSERT_TRUE(event.ok()) << event.error().text;
    if (!event->has_value()) {
      break;
    }
    ASSERT_TRUE(core.apply(**event));
  }
  EXPECT_EQ(core.last(), last);
  EXPECT_EQ(core.digest(), before);

  open_well();
  EXPECT_EQ(sequencer_->core().term(), Term(2));
  EXPECT_EQ(sequencer_->core().venue(), venue);
  EXPECT_THAT(sequencer_->start_text(), HasSubstr("term 2"));
  gateway->request.incarnation = gateway->answer->incarnation;
  ASSERT_TRUE(gateway->connect());
  until([&gateway] { return gateway->answer.has_value(); });
  EXPECT_EQ(gateway->answer->next_publisher_seq, PublisherSeq(1'001));
}

TEST_F(SequencerOnFiles, AMarkThatMovesWakesEverySleeper) {
  open_well();
  const auto sleeper = speaker("gateway-2");
  sleeper->request.topics = TopicSet::of(topic::outcomes).bits();
  ASSERT_TRUE(sleeper->connect());
  const auto gateway = attach("gateway-1");
  until([this] { return sequencer_->journal().synced() == sequencer_->journal().last(); });
  const Seq before = sequencer_->journal().last();
  runtime::arm_sleep(sleeper->ring->page().participant_sleeping);
  gateway->push(order(1));
  // Nothing on its topics: only the mark can ring. What became durable before may still ring once; who is woken by that
  // finds nothing new and sleeps again.
  until([&] {
    if (!sleeper->rung()) {
      return false;
    }
    const Seq last = sequencer_->journal().last();
    if (last > before && sequencer_->journal().synced() == last) {
      return true;
    }
    runtime::arm_sleep(sleeper->ring->page().participant_sleeping);
    return false;
  });
}

TEST_F(SequencerOnFiles, AFailedSyncIsFinalForThisProcessAndTheNext) {
  open_well();
  const auto gateway = attach("gateway-1");
  until([this] { return sequencer_->journal().synced() == sequencer_->journal().last(); });
  files_.fail_sync(1, "segment");
  gateway->push(order(1));
  until([this] { return sequencer_->stopped(); });
  EXPECT_THAT(fatal_, HasSubstr("nothing more is admitted"));
  const Seq last = sequencer_->journal().last();
  ASSERT_TRUE(gateway->ring->push(order(2).header, order(2).payload));
  settle();
  EXPECT_EQ(sequencer_->journal().last(), last);
  sequencer_.reset();
  const Status again = open();
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::refused) << again.error().text;
}

}  // namespace
}  // namespace cantus::test
