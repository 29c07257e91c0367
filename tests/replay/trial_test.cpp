// What a quarantine would change, tried on a small day of trading: nothing where the record was never handled, the
// outcomes that follow from it where it was; and what operators then sign is what every later replay finds.

#include "replay/trial.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "replay/verify.h"
#include "tests/replay/small_venue.h"

namespace cantus::test {
namespace {

using eventlog::LogIdentity;
using eventlog::SimulatedJournal;
using replay::Trial;

using replay::TriedRecord;

class TrialOfQuarantine : public ::testing::Test {
 protected:
  [[nodiscard]] Result<Trial> try_with(const replay::TrialOptions& options) const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal);
    fix::ReaderLogAccess log(journal.reader());
    return replay::try_quarantine(*journal.reader(), log, options);
  }
  [[nodiscard]] Result<Trial> try_all(std::vector<TriedRecord> records) const {
    replay::TrialOptions options;
    options.records = std::move(records);
    return try_with(options);
  }
  [[nodiscard]] Result<Trial> try_signed(const std::vector<Quarantine>& changes) const {
    replay::TrialOptions options;
    options.as_signed = changes;
    return try_with(options);
  }
  // That reads on.
  [[nodiscard]] std::unique_ptr<replay::RunningTrial> running(Seq position, MachineName machine) const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal);
    fix::ReaderLogAccess log(journal.reader());
    replay::TrialOptions options;
    options.records.push_back({position, machine});
    auto trial = replay::RunningTrial::run(*journal.reader(), log, options);
    EXPECT_TRUE(trial) << trial.error().text;
    return *std::move(trial);
  }
  [[nodiscard]] Status go_on(replay::RunningTrial& trial, const SmallVenue::Alter& alter = {}) const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal, alter);
    fix::ReaderLogAccess log(journal.reader());
    return trial.go_on(*journal.reader(), log);
  }
  // A quote that nothing has followed from.
  [[nodiscard]] Seq quote() {
    venue.script.admit();
    venue.script.quote(1, cents(998), cents(1002));
    return venue.script.last();
  }
  void trade() {
    venue.ask(venue.script.order(2, "D9", Side::sell, 10, cents(1000)));
    venue.ask(venue.script.order(1, "A9", Side::buy, 10, cents(1000)));
  }
  // How much of what stands up to `through` the log voids.
  [[nodiscard]] std::size_t voided(Seq through) const {
    Exceptions known;
    for (Seq seq(1); seq <= venue.script.last(); seq = seq.next()) {
      known.apply(venue.script.at(seq));
    }
    std::size_t count = 0;
    for (Seq seq(1); seq <= through; seq = seq.next()) {
      count += known.is_void(venue.script.at(seq)) ? 1 : 0;
    }
    return count;
  }
  [[nodiscard]] Result<Trial> try_on(Seq position, MachineName machine) const { return try_all({{position, machine}}); }
  [[nodiscard]] Result<replay::VerifyReport> verify() const {
    SimulatedJournal journal(LogIdentity{Script::venue_id, LogNumber(1)});
    venue.append_to(journal);
    fix::ReaderLogAccess log(journal.reader());
    return replay::verify(*journal.reader(), log, {});
  }
  // As the sequencer carries the command out.
  void put(const Trial& trial) {
    venue.script.end_machines();
    for (const Quarantine& change : trial.changes) {
      venue.script.put(change, sequencer_id);
    }
  }
  // The machines find the log as they compute it, with what it says of its records.
  void expect_computed() const {
    const auto report = verify();
    ASSERT_TRUE(report) << report.error().text;
    for (const replay::PublisherCheck& check : report->publishers) {
      EXPECT_FALSE(check.difference) << check.name << " at " << check.difference->position.get() << ": "
                                     << check.difference->text;
    }
  }
  // What machines that know all this wish for comes onto the log.
  void admit_wishes() {
    Exceptions known;
    for (Seq seq(1); seq <= venue.script.last(); seq = seq.next()) {
      known.apply(venue.script.at(seq));
    }
    const auto replica = std::make_unique<replay::Replica>(known);
    for (Seq seq(1); seq <= venue.script.last(); seq = seq.next()) {
      replica->apply(venue.script.at(seq));
    }
    const WishQueue& wishes = replica->matching().wishes();
    ASSERT_FALSE(wishes.empty());
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      const WishView wish = wishes.at(i);
      venue.script.put(wish.type, wish.version, wish.topic, wish.payload, matching_id);
    }
  }
  [[nodiscard]] Seq order(int nth) const { return venue.find(NewOrder::type, nth); }
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
  ASSERT_EQ(trial->changes.size(), 1U);
  EXPECT_EQ(trial->changes[0].publisher, matching_id) << "what it says next it says without knowing";
  EXPECT_EQ(trial->changes[0].first, trial->through.next());
  EXPECT_EQ(trial->changes[0].from, PublisherSeq());
  EXPECT_EQ(trial->left_changed, 0U);
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
  ASSERT_EQ(trial->changes.size(), 1U);
  EXPECT_EQ(trial->changes[0].first, accepted);
  EXPECT_EQ(trial->changes[0].publisher, matching_id);
  EXPECT_EQ(trial->changes[0].from, venue.script.at(accepted).header->publisher_seq);
  EXPECT_NE(trial->changes[0].trusted_crc, 0U);
  ASSERT_FALSE(trial->voided.empty());
  EXPECT_EQ(trial->voided[0].find(std::to_string(accepted.get()) + " OrderAccepted"), 0U) << trial->voided[0];
  EXPECT_EQ(trial->left_changed, trial->messages.size()) << "all of it may have left";
  EXPECT_GE(trial->messages.size(), trial->voided.size()) << "a trade is told to both, and copied";
  ASSERT_FALSE(trial->wished.empty());
}

TEST_F(TrialOfQuarantine, OfAMessageOnlyShowsThePlainOne) {
  const Seq trade = venue.find(Trade::type, 1);
  const Result<Trial> trial = try_on(trade, MachineName::gateway);
  ASSERT_TRUE(trial) << trial.error().text;
  EXPECT_TRUE(trial->voided.empty());
  EXPECT_EQ(trial->changes[0].first, Seq());
  EXPECT_EQ(trial->changes[0].publisher, PublisherId());
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
  put(*trial);
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

// One behind the other, each tried on the log as it is read then: the second begins before the first, within what that
// voided, or behind it.
class TrialOfTwo : public TrialOfQuarantine, public ::testing::WithParamInterface<std::pair<int, int>> {};

TEST_P(TrialOfTwo, TheSecondIsTriedOnTheLogAsTheFirstLeftIt) {
  const Result<Trial> one = try_on(order(GetParam().first), MachineName::matching);
  ASSERT_TRUE(one) << one.error().text;
  put(*one);
  const Result<Trial> two = try_on(order(GetParam().second), MachineName::credit);
  ASSERT_TRUE(two) << two.error().text;
  put(*two);
  ASSERT_NO_FATAL_FAILURE(expect_computed());
  const Result<Trial> three = try_on(last_order(), MachineName::matching);
  ASSERT_TRUE(three) << three.error().text;
  put(*three);
  ASSERT_NO_FATAL_FAILURE(expect_computed());
}

INSTANTIATE_TEST_SUITE_P(Orders, TrialOfTwo,
                         ::testing::Values(std::pair{2, 3}, std::pair{3, 2}, std::pair{2, 1}, std::pair{1, 2},
                                           std::pair{1, 4}, std::pair{4, 1}));

// The right outcomes follow between the two, and some of them are void again.
TEST_F(TrialOfQuarantine, ASecondOneBehindTheOutcomesThatTheFirstBrought) {
  const Result<Trial> one = try_on(order(3), MachineName::matching);
  ASSERT_TRUE(one) << one.error().text;
  put(*one);
  ASSERT_NO_FATAL_FAILURE(admit_wishes());
  ASSERT_NO_FATAL_FAILURE(expect_computed());
  const Result<Trial> two = try_on(order(2), MachineName::matching);
  ASSERT_TRUE(two) << two.error().text;
  EXPECT_LT(two->changes[0].first, one->changes[0].first);
  put(*two);
  ASSERT_NO_FATAL_FAILURE(admit_wishes());
  ASSERT_NO_FATAL_FAILURE(expect_computed());
  // Of a record whose outcome was void twice: it differs in what followed.
  const Result<Trial> three = try_on(order(4), MachineName::matching);
  ASSERT_TRUE(three) << three.error().text;
  EXPECT_GT(three->changes[0].first, two->through);
  put(*three);
  ASSERT_NO_FATAL_FAILURE(admit_wishes());
  expect_computed();
}

TEST_F(TrialOfQuarantine, SeveralRecordsAreOneCommand) {
  const Result<Trial> trial = try_all({{order(3), MachineName::matching},
                                       {venue.find(Trade::type, 1), MachineName::reporter},
                                       {order(2), MachineName::credit},
                                       {venue.find(Trade::type, 1), MachineName::gateway}});
  ASSERT_TRUE(trial) << trial.error().text;
  ASSERT_EQ(trial->changes.size(), 4U);
  EXPECT_EQ(trial->records.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(trial->changes[i].rest, 3 - i);
  }
  EXPECT_EQ(trial->changes[0].machine, MachineName::gateway) << "who concerns nobody's outcomes goes first";
  EXPECT_EQ(trial->changes[1].publisher, reporter_id);
  EXPECT_EQ(trial->changes[2].publisher, PublisherId());
  EXPECT_EQ(trial->changes[3].publisher, matching_id);
  put(*trial);
  expect_computed();
}

// Only with its last part: whoever reads up to another one reads as before.
TEST_F(TrialOfQuarantine, ACommandThatIsHalfSaidChangesNothing) {
  const Result<Trial> trial = try_all({{order(2), MachineName::matching}, {order(3), MachineName::matching}});
  ASSERT_TRUE(trial) << trial.error().text;
  venue.script.put(trial->changes[0], sequencer_id);
  expect_computed();
  venue.script.put(trial->changes[1], sequencer_id);
  expect_computed();
}

TEST_F(TrialOfQuarantine, WaitsUntilASuspensionIsResolved) {
  PublisherSuspended suspended;
  suspended.publisher = matching_id;
  suspended.from = PublisherSeq(1);
  suspended.admitted = venue.find(OrderAccepted::type, 1);
  venue.script.put(suspended, sequencer_id);
  const Result<Trial> trial = try_on(last_order(), MachineName::matching);
  ASSERT_FALSE(trial);
  EXPECT_NE(trial.error().text.find("cantus resolve"), std::string::npos) << trial.error().text;
  EXPECT_TRUE(try_on(venue.find(Trade::type, 1), MachineName::gateway)) << "that is no matter of outcomes";
}

// The venue trades on until the second person signs. What was signed voids all that, though a trial that begins anew
// finds nothing that differs.
TEST_F(TrialOfQuarantine, OfWhatIsSignedListsWhatItVoidsByNow) {
  const Seq quoted = quote();
  const Result<Trial> first = try_on(quoted, MachineName::market_data);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->changes[0].from, PublisherSeq());
  EXPECT_EQ(first->changes[0].first, first->through.next());
  EXPECT_EQ(first->left_changed, 0U);
  trade();
  const Seq through = venue.script.last();
  const Result<Trial> anew = try_on(quoted, MachineName::market_data);
  ASSERT_TRUE(anew) << anew.error().text;
  EXPECT_TRUE(anew->voided.empty());
  const Result<Trial> second = try_signed(first->changes);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_TRUE(std::ranges::equal(payload_of(second->changes[0]), payload_of(first->changes[0])))
      << "what was signed stays as it is";
  EXPECT_GE(second->messages.size(), 5U) << "two acceptances, and the trade to both sides and copied";
  EXPECT_EQ(second->left_changed, second->messages.size());
  put(*first);
  EXPECT_EQ(second->voided.size(), voided(through));
  EXPECT_GE(second->voided.size(), 3U);
  expect_computed();
}

TEST_F(TrialOfQuarantine, OfWhatIsSignedIsTheFirstOneWhereNothingHappened) {
  const Result<Trial> first = try_all({{order(2), MachineName::matching}, {order(3), MachineName::gateway}});
  ASSERT_TRUE(first) << first.error().text;
  const Result<Trial> second = try_signed(first->changes);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_EQ(second->records, first->records);
  EXPECT_EQ(second->voided, first->voided);
  EXPECT_EQ(second->wished, first->wished);
  EXPECT_EQ(second->messages, first->messages);
  EXPECT_EQ(second->left_changed, first->left_changed);
}

// Who signed had another build, or another log: every replica would stand still where it is trusted.
TEST_F(TrialOfQuarantine, OfWhatIsSignedIsRefusedWhereItDoesNotFitTheLog) {
  const Result<Trial> first = try_on(order(2), MachineName::matching);
  ASSERT_TRUE(first) << first.error().text;
  std::vector<Quarantine> other = first->changes;
  other[0].trusted_crc ^= 1;
  const Result<Trial> second = try_signed(other);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::refused);
  EXPECT_NE(second.error().text.find("what was signed does not fit the log: position " +
                                     std::to_string(other[0].first.get())),
            std::string::npos)
      << second.error().text;
  // It begins too late: what stands before differs.
  other = first->changes;
  other[0].first = first->through.next();
  other[0].from = PublisherSeq();
  other[0].trusted_crc = 0;
  EXPECT_EQ(try_signed(other).error().code, ErrorCode::refused);
}

TEST_F(TrialOfQuarantine, ReadsOnUntilItIsSigned) {
  const auto trial = running(quote(), MachineName::market_data);
  const std::vector<Quarantine> changes = trial->trial().changes;
  ASSERT_TRUE(trial->trial().voided.empty());
  const Status still = go_on(*trial);
  ASSERT_TRUE(still.ok()) << still.error().text;
  EXPECT_TRUE(trial->trial().voided.empty());
  trade();
  const Status more = go_on(*trial);
  ASSERT_TRUE(more.ok()) << more.error().text;
  const Result<Trial> whole = try_signed(changes);
  ASSERT_TRUE(whole) << whole.error().text;
  EXPECT_EQ(trial->trial().through, venue.script.last());
  EXPECT_GE(trial->trial().voided.size(), 3U);
  EXPECT_EQ(trial->trial().voided, whole->voided);
  EXPECT_EQ(trial->trial().messages, whole->messages);
  EXPECT_EQ(trial->trial().left_changed, whole->left_changed);
  // That is what is signed; else it is what was tried.
  std::vector<Quarantine> by_now = changes;
  by_now.back().left_changed = whole->left_changed;
  ASSERT_GT(whole->left_changed, 0U);
  EXPECT_TRUE(std::ranges::equal(payload_of(trial->trial().changes[0]), payload_of(by_now[0])));
}

TEST_F(TrialOfQuarantine, ReadsNotOnWhereTheLogEndedOtherwise) {
  const auto trial = running(quote(), MachineName::market_data);
  const Seq end = venue.script.last();
  trade();
  const Status other = go_on(*trial, [end](const Event& event, std::vector<std::byte>&, RecordHeader& header) {
    header.time = event.header->seq == end ? TimeNs(header.time.get() + 1) : header.time;
  });
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.error().text.find("recovered meanwhile"), std::string::npos) << other.error().text;
}

TEST_F(TrialOfQuarantine, ReadsNotOnOverWhatOthersDecided) {
  const auto trial = running(quote(), MachineName::market_data);
  const Result<Trial> another = try_on(order(2), MachineName::matching);
  ASSERT_TRUE(another) << another.error().text;
  put(*another);
  const Status overtaken = go_on(*trial);
  ASSERT_FALSE(overtaken.ok());
  EXPECT_EQ(overtaken.error().code, ErrorCode::refused);
  EXPECT_NE(overtaken.error().text.find("took effect meanwhile"), std::string::npos) << overtaken.error().text;
}

// A record further on kills: who was right before it can be said all the same.
TEST(StoppedReplay, JudgesWhatStandsBeforeTheRecordThatKills) {
  SmallVenue venue;
  PublisherSuspended suspended;
  suspended.publisher = matching_id;
  suspended.admitted = venue.find(OrderAccepted::type, 2);
  suspended.from = venue.script.at(suspended.admitted).header->publisher_seq;
  venue.script.put(suspended, sequencer_id);
  for (const bool behind : {true, false}) {
    const auto replica = std::make_unique<replay::Replica>();
    replica->stop_outcomes_before(behind ? suspended.admitted.next() : suspended.admitted);
    for (Seq seq(1); seq <= venue.script.last(); seq = seq.next()) {
      replica->apply(venue.script.at(seq));
    }
    ASSERT_EQ(replica->suspensions().size(), 1U);
    EXPECT_EQ(replica->suspensions()[0].right,
              behind ? replay::Suspension::Right::log : replay::Suspension::Right::unknown);
    EXPECT_FALSE(replica->checks()[0].difference);
    EXPECT_FALSE(replica->numbers().empty()) << "what clients were numbered is there to the end";
  }
}

}  // namespace
}  // namespace cantus::test
