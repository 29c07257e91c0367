// What a quarantine would change, tried on a small day of trading: nothing where the record was never handled, the
// outcomes that follow from it where it was; and what operators then sign is what every later replay finds.

#include "replay/trial.h"

#include <gtest/gtest.h>

#include "replay/verify.h"
#include "tests/replay/small_venue.h"

namespace cantus::test {
namespace {

using eventlog::LogIdentity;
using eventlog::SimulatedJournal;
using replay::Trial;

class TrialOfQuarantine : public ::testing::Test {
 protected:
  [[nodiscard]] Result<Trial> try_on(Seq position, MachineName machine) const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal);
    fix::ReaderLogAccess log(journal.reader());
    replay::TrialOptions options;
    options.position = position;
    options.machine = machine;
    return replay::try_quarantine(*journal.reader(), log, options);
  }
  [[nodiscard]] Result<replay::VerifyReport> verify() const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal);
    fix::ReaderLogAccess log(journal.reader());
    return replay::verify(*journal.reader(), log, {});
  }
  [[nodiscard]] Seq last_order() const {
    Seq found;
    for (int nth = 1; !venue.find(NewOrder::type, nth).is_zero(); ++nth) {
      found = venue.find(NewOrder::type, nth);
    }
    return found;
  }

  SmallVenue venue;
};

// The last order was never handled: its outcome is wished for, and becomes another one.
TEST_F(TrialOfQuarantine, OfWhatWasNotHandledYetVoidsNothing) {
  const Result<Trial> trial = try_on(last_order(), MachineName::matching);
  ASSERT_TRUE(trial) << trial.error().text;
  EXPECT_EQ(trial->change.first, Seq());
  EXPECT_EQ(trial->change.left_changed, 0U);
  EXPECT_TRUE(trial->voided.empty());
  EXPECT_TRUE(trial->messages.empty());
  ASSERT_EQ(trial->wished.size(), 1U);
  EXPECT_EQ(trial->wished[0].find("OrderRejected"), 0U) << trial->wished[0];
  EXPECT_NE(trial->wished[0].find("quarantined"), std::string::npos) << trial->wished[0];
}

// The order that traded first: its acceptance and everything that matching said behind it are void, and were told.
TEST_F(TrialOfQuarantine, OfWhatWasHandledListsAllThatChanges) {
  const Seq order = venue.find(NewOrder::type, 2);
  const Seq accepted = venue.find(OrderAccepted::type, 2);
  const Result<Trial> trial = try_on(order, MachineName::credit);
  ASSERT_TRUE(trial) << trial.error().text;
  EXPECT_EQ(trial->change.first, accepted);
  EXPECT_EQ(trial->change.publisher, matching_id);
  EXPECT_EQ(trial->change.from, venue.script.at(accepted).header->publisher_seq);
  EXPECT_NE(trial->change.trusted_crc, 0U);
  ASSERT_FALSE(trial->voided.empty());
  EXPECT_EQ(trial->voided[0].find(std::to_string(accepted.get()) + " OrderAccepted"), 0U) << trial->voided[0];
  EXPECT_EQ(trial->change.left_changed, trial->messages.size()) << "all of it may have left";
  EXPECT_GE(trial->messages.size(), trial->voided.size()) << "a trade is told to both, and copied";
  ASSERT_FALSE(trial->wished.empty());
}

TEST_F(TrialOfQuarantine, OfAMessageOnlyShowsThePlainOne) {
  const Seq trade = venue.find(Trade::type, 1);
  const Result<Trial> trial = try_on(trade, MachineName::gateway);
  ASSERT_TRUE(trial) << trial.error().text;
  EXPECT_TRUE(trial->voided.empty());
  EXPECT_EQ(trial->change.first, Seq());
  ASSERT_EQ(trial->messages.size(), 3U) << "client, desk and drop copy";
  for (const std::string& message : trial->messages) {
    EXPECT_NE(message.find("has not left"), std::string::npos) << message;
    EXPECT_NE(message.find("|55=[N/A]|58=plain report"), std::string::npos) << message;
    EXPECT_EQ(message.find("|44="), std::string::npos) << message;
  }
}

TEST_F(TrialOfQuarantine, IsRefusedWhereItMakesNoSense) {
  EXPECT_EQ(try_on(venue.script.last().next(), MachineName::matching).error().code, ErrorCode::refused);
  EXPECT_EQ(try_on(Seq(3), MachineName::sessions).error().code, ErrorCode::refused);
  Quarantine known;
  known.position = last_order();
  known.machine = MachineName::matching;
  venue.script.put(known, sequencer_id);
  EXPECT_EQ(try_on(last_order(), MachineName::matching).error().code, ErrorCode::refused);
  EXPECT_TRUE(try_on(last_order(), MachineName::credit));
}

// Behind the quarantine the venue wishes for what the trial showed; a replay agrees, and every number that clients had
// stays what it was.
TEST_F(TrialOfQuarantine, IsWhatReplaysFindOnceItStandsOnTheLog) {
  const Seq order = venue.find(NewOrder::type, 2);
  const Result<Trial> trial = try_on(order, MachineName::matching);
  ASSERT_TRUE(trial) << trial.error().text;
  venue.script.put(trial->change, sequencer_id);
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().text;
  // Nobody signed for it here, which verify says; the machines agree.
  ASSERT_TRUE(report->first_difference);
  EXPECT_NE(report->first_difference->text.find("no operator signed"), std::string::npos)
      << report->first_difference->text;
  EXPECT_EQ(report->publishers[0].voided + report->publishers[1].voided, trial->voided.size())
      << "a trade report of a void trade is void, too";
  EXPECT_FALSE(report->publishers[0].difference);
  EXPECT_GE(report->publishers[0].outstanding, 1U);
}

}  // namespace
}  // namespace cantus::test
