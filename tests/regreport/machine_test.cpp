// The life of trade reports, driven by trades, answers and resets on a log.

#include <gtest/gtest.h>

#include <cstring>

#include "messages/exceptions.h"
#include "messages/validate.h"
#include "regreport/report_application.h"
#include "tests/matching/script.h"

namespace cantus::test {
namespace {

constexpr std::uint32_t regulator = 3;

ScriptSettings with_regulator(std::uint32_t cl_ord_ids_max = 20'000) {
  ScriptSettings settings;
  settings.cl_ord_ids_max = cl_ord_ids_max;
  settings.instrument("XYZ", false);
  settings.party("ALPHA", PartyKind::client);
  settings.party("DESK", PartyKind::desk);
  settings.session(1, SessionRole::client);
  settings.session(2, SessionRole::desk);
  settings.session(0, SessionRole::regulator);
  return settings;
}

Trade a_trade(std::int64_t qty = 5) {
  Trade trade;
  trade.cause = Seq(1);
  trade.price = cents(1000);
  trade.qty = Qty(qty);
  trade.instrument = InstrumentId(1);
  trade.first.order_id = Script::position(Seq(100));
  trade.first.party = PartyId(1);
  trade.first.side = Side::sell;
  trade.second.order_id = Script::position(Seq(200));
  trade.second.party = PartyId(2);
  trade.second.side = Side::buy;
  return trade;
}

class Reports : public ::testing::Test {
 protected:
  explicit Reports(const ScriptSettings& settings = with_regulator()) : venue(settings) {
    venue.add(reporter, reporter_id);
    venue.add(twin, reporter_id);
    venue.listen([this](const Event& event) {
      if (reporter.counts().outstanding < 100 || event.header->seq.get() % 4096 == 0) {
        ASSERT_EQ(reporter.digest(), twin.digest());
      }
      if (event.is<ReportSubmit>()) {
        const auto& submit = event.as<ReportSubmit>();
        EXPECT_EQ(validate(submit), std::nullopt);
        submitted.push_back(std::to_string(submit.trade.seq().get()) + "/" + std::to_string(submit.attempt.get()));
      }
    });
    venue.open();
  }
  TradeId trade(std::int64_t qty = 5) { return Script::position(venue.put(a_trade(qty), matching_id)); }
  void answer(TradeId trade, ReportStatus status, std::uint32_t session = regulator) {
    ReportAnswered answered;
    answered.client = venue.client(SessionId(session));
    answered.trade = trade;
    answered.status = status;
    venue.put(answered, gateway_id);
  }
  std::vector<std::string> admit(std::size_t count = SIZE_MAX) {
    submitted.clear();
    venue.admit(reporter_id, count);
    return submitted;
  }
  static std::string name(TradeId trade, int attempt = 1) {
    return std::to_string(trade.seq().get()) + "/" + std::to_string(attempt);
  }
  std::vector<std::string> open() const {
    std::vector<std::string> lines;
    reporter.for_each_open([&](const OpenReport& report) {
      lines.push_back(name(report.submit.trade, static_cast<int>(report.submit.attempt.get())) +
                      (report.rejected    ? " rejected"
                       : report.submitted ? " submitted"
                                          : " wished"));
    });
    return lines;
  }

  ReportApplication reporter;
  ReportApplication twin;
  Script venue;
  std::vector<std::string> submitted;
};

using Lines = std::vector<std::string>;

TEST_F(Reports, ATradeIsSubmittedOnceWithAllThatTheReportNeeds) {
  venue.put(a_trade(), matching_id);
  const Seq at = venue.last();
  ReportSubmit expected;
  expected.trade = Script::position(at);
  expected.price = cents(1000);
  expected.qty = Qty(5);
  expected.trade_time = venue.at(at).header->time;
  expected.buy_order_id = Script::position(Seq(200));
  expected.sell_order_id = Script::position(Seq(100));
  expected.buyer = PartyId(2);
  expected.seller = PartyId(1);
  expected.instrument = InstrumentId(1);
  expected.attempt = TradeAttempt(1);
  expected.session = SessionId(regulator);
  expected.trade_date = 20260105;
  EXPECT_EQ(admit().size(), 1U);
  EXPECT_EQ(venue.at(venue.last()).as<ReportSubmit>(), expected);
  EXPECT_EQ(admit(), Lines{});
}

TEST_F(Reports, AcceptedAndDuplicateSettleAndRejectedMarks) {
  const TradeId a = trade();
  const TradeId b = trade();
  const TradeId c = trade();
  const TradeId d = trade();
  admit();
  answer(a, ReportStatus::accepted);
  answer(b, ReportStatus::rejected);
  answer(c, ReportStatus::duplicate);
  EXPECT_EQ(open(), (Lines{name(d) + " submitted", name(b) + " rejected"}));
  answer(a, ReportStatus::rejected);  // settled: nothing changes
  answer(b, ReportStatus::rejected);
  answer(TradeId{}, ReportStatus::accepted);
  answer(d, ReportStatus::accepted, 1);  // not the regulator
  EXPECT_EQ(reporter.counts(), (ReportCounts{4, 4, 2, 1, 1, 0}));
  answer(b, ReportStatus::accepted);
  EXPECT_EQ(reporter.counts(), (ReportCounts{4, 4, 3, 1, 0, 0}));
}

TEST_F(Reports, AnAnswerThatTheSessionDoesNotAcceptChangesNothing) {
  const TradeId a = trade();
  admit();
  ReportAnswered stale;
  stale.client = venue.client(SessionId(regulator));
  stale.client.epoch = Epoch::from_raw(1);
  stale.trade = a;
  stale.status = ReportStatus::accepted;
  venue.put(stale, gateway_id);
  EXPECT_EQ(open(), Lines{name(a) + " submitted"});
}

TEST_F(Reports, AfterAResetWhatIsUnansweredIsSubmittedAgain) {
  const TradeId a = trade();
  const TradeId b = trade();
  const TradeId c = trade();
  admit();
  const TradeId d = trade();  // wished for, not on the log yet: it will be in the new generation
  answer(b, ReportStatus::accepted);
  answer(c, ReportStatus::rejected);
  venue.reset(1);  // another session's
  venue.reset(regulator);
  EXPECT_EQ(admit(), (Lines{name(d), name(a, 2)}));
  venue.reset(regulator);
  EXPECT_EQ(admit(), (Lines{name(a, 3), name(d, 2)}));
  answer(a, ReportStatus::duplicate);
  EXPECT_EQ(open(), (Lines{name(d, 2) + " submitted", name(c) + " rejected"}));
}

TEST_F(Reports, AnswersWhileAFurtherAttemptIsWishedForDoNotWithdrawIt) {
  const TradeId a = trade();
  admit();
  venue.reset(regulator);
  answer(a, ReportStatus::accepted);
  EXPECT_EQ(open(), Lines{});
  EXPECT_EQ(admit(), Lines{name(a, 2)});
}

std::vector<std::byte> saved(const ReportApplication& application) {
  SnapshotWriter out;
  application.save(out);
  return *std::move(out).finish();
}

// The same reporter behind a restart at this record.
std::unique_ptr<ReportApplication> restored(const ReportApplication& reporter, const Event& event) {
  const std::vector<std::byte> bytes = saved(reporter);
  const auto sections = SnapshotSections::parse({event.header->venue, event.position(), event.header->time}, bytes);
  auto again = std::make_unique<ReportApplication>();
  const bool ok = sections && again->restore(*sections) && again->digest() == reporter.digest();
  EXPECT_TRUE(ok) << "restored at " << event.header->seq.get();
  return ok ? std::move(again) : nullptr;
}

// What the reporter may not read it cannot withdraw; that somebody has to is counted, once.
void expect_a_quarantined_withdrawal_is_counted(ReportApplication& reporter, Event taken_back) {
  const ReportCounts before = reporter.counts();
  const std::size_t wishes = reporter.wishes().size();
  taken_back.quarantined = MachineSet::of(MachineName::reporter);
  for (int times = 0; times < 2; ++times) {
    reporter.apply(taken_back);
    EXPECT_EQ(reporter.counts().withdrawn, before.withdrawn + 1);
    EXPECT_EQ(reporter.counts().untracked, before.untracked + 1);
    EXPECT_EQ(reporter.wishes().size(), wishes);
  }
}

// A replica of matching was wrong from the second trade on; what was reported up to a position may have left.
TEST_F(Reports, WhatMayHaveLeftOfAVoidTradeIsWithdrawn) {
  trade();
  const TradeId told = trade();
  const TradeId told_and_answered = trade();
  admit();
  answer(told_and_answered, ReportStatus::accepted);
  const Seq left_through = venue.last();
  const TradeId untold = trade();
  admit();
  Resolved resolved;
  resolved.suspension = venue.last();
  resolved.from = PublisherSeq(2);
  resolved.first = told.seq();
  resolved.left_through = left_through;
  resolved.publisher = matching_id;
  resolved.voided = 1;
  venue.put(resolved, sequencer_id);
  std::vector<TradeId> voided;
  for (const TradeId& of : {untold, told_and_answered, told}) {
    TradeVoided taken_back;
    taken_back.trade = of;
    taken_back.price = cents(1000);
    taken_back.qty = Qty(5);
    taken_back.instrument = InstrumentId(1);
    voided.push_back(Script::position(venue.put(taken_back, matching_id)));
  }

  Exceptions known;
  for (Seq seq(1); seq <= venue.last(); seq = seq.next()) {
    known.apply(venue.at(seq));
  }
  auto knowing = std::make_unique<ReportApplication>();
  for (Seq seq(1); seq <= venue.last(); seq = seq.next()) {
    const Event event = venue.at(seq);
    const bool is_void = known.is_void(event);
    if (seq == venue.last()) {
      expect_a_quarantined_withdrawal_is_counted(*restored(*knowing, venue.at(Seq(seq.get() - 1))), event);
    }
    if (event.header->publisher == reporter_id && is_void) {
      ASSERT_TRUE(knowing->wishes().pass(event));
    } else if (event.header->publisher == reporter_id) {
      ASSERT_EQ(knowing->wishes().settle(event), WishQueue::Settled::equal);
    }
    if (is_void) {
      knowing->apply_void(event, known.may_have_left(event));
    } else {
      knowing->apply(event);
    }
    if (event.is<Resolved>()) {  // it goes on from a snapshot
      knowing = restored(*knowing, event);
      ASSERT_NE(knowing, nullptr);
    }
  }
  ASSERT_EQ(knowing->wishes().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const WishView wish = knowing->wishes().at(i);
    ASSERT_EQ(wish.type, ReportSubmit::type);
    ReportSubmit submit;
    std::memcpy(&submit, wish.payload.data(), sizeof(submit));
    EXPECT_EQ(validate(submit), std::nullopt);
    EXPECT_EQ(submit.trade, voided[1 + i]);
    EXPECT_EQ(submit.withdraws, i == 0 ? told_and_answered : told);
    EXPECT_EQ(submit.attempt, TradeAttempt(1));
    EXPECT_EQ(submit.trade_time, venue.at(submit.withdraws.seq()).header->time);
    EXPECT_EQ(submit.buyer, PartyId(2));
  }
  EXPECT_EQ(knowing->counts().withdrawn, 2U);
  EXPECT_EQ(knowing->counts().trades, 1U);
  EXPECT_EQ(knowing->counts().outstanding, 3U);
}

// Far more than can be rendered at a time: nothing is lost, doubled or reordered, whatever the pace of the log.
TEST_F(Reports, MoreThanCanBeRenderedIsSubmittedInOrder) {
  constexpr std::size_t count = 3 * ReportApplication::rendered_max + 17;
  std::vector<TradeId> trades;
  Lines expected;
  for (std::size_t i = 0; i < count; ++i) {
    trades.push_back(Script::position(venue.put(a_trade(), matching_id)));
    expected.push_back(name(trades.back()));
  }
  EXPECT_EQ(reporter.wishes().size(), ReportApplication::rendered_max);
  Lines all;
  while (!reporter.wishes().empty()) {
    const Lines part = admit(997);
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_EQ(all, expected);
  venue.reset(regulator);
  answer(trades.back(), ReportStatus::accepted);   // queued, not rendered
  answer(trades.front(), ReportStatus::rejected);  // rendered
  EXPECT_EQ(reporter.counts().outstanding, count - 2);
  all.clear();
  while (!reporter.wishes().empty()) {
    const Lines part = admit(1500);
    all.insert(all.end(), part.begin(), part.end());
  }
  for (std::size_t i = 0; i < count; ++i) {
    expected[i] = name(trades[i], 2);
  }
  EXPECT_EQ(all, expected);
  EXPECT_EQ(reporter.counts().attempts, 2 * count);
}

// More than is rendered at a time, some of it answered while it waits: accepted, so that it is of no interest but still
// queued, or refused.
TEST_F(Reports, ASnapshotHoldsWhatIsStillToBeRendered) {
  constexpr std::size_t count = ReportApplication::rendered_max + 300;
  std::vector<TradeId> trades;
  for (std::size_t i = 0; i < count; ++i) {
    trades.push_back(trade());
  }
  admit();
  venue.reset(regulator);
  answer(trades[count - 1], ReportStatus::accepted);
  answer(trades[count - 2], ReportStatus::rejected);
  answer(trades[5], ReportStatus::rejected);
  admit(50);
  const Event at = venue.at(venue.last());
  const std::vector<std::byte> bytes = saved(reporter);
  const Result<SnapshotSections> sections =
      SnapshotSections::parse({at.header->venue, at.position(), at.header->time}, bytes);
  ASSERT_TRUE(sections);
  ReportApplication restored;
  const Status status = restored.restore(*sections);
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_TRUE(saved(restored) == bytes);
  answer(trades[count - 3], ReportStatus::accepted);
  admit();
  for (Seq seq = at.header->seq.next(); seq <= venue.last(); seq = seq.next()) {
    if (venue.at(seq).header->publisher == reporter_id) {
      ASSERT_EQ(restored.wishes().settle(venue.at(seq)), WishQueue::Settled::equal) << seq.get();
    }
    restored.apply(venue.at(seq));
  }
  EXPECT_EQ(restored.digest(), reporter.digest());
  EXPECT_EQ(restored.counts(), reporter.counts());
  EXPECT_TRUE(saved(restored) == saved(reporter));
}

class FullReports : public Reports {
 protected:
  FullReports() : Reports(with_regulator(2)) {}
};

TEST_F(FullReports, WithoutRoomRejectedReportsGiveWayAndWhatFindsNoneIsCounted) {
  const TradeId a = trade();
  const TradeId b = trade();
  trade();
  EXPECT_EQ(reporter.counts().untracked, 1U);
  EXPECT_EQ(admit(), (Lines{name(a), name(b)}));
  answer(a, ReportStatus::rejected);
  const TradeId d = trade();
  EXPECT_EQ(admit(), Lines{name(d)});
  EXPECT_EQ(open(), (Lines{name(b) + " submitted", name(d) + " submitted"}));
  EXPECT_EQ(reporter.counts(), (ReportCounts{4, 3, 0, 2, 0, 1}));
  answer(b, ReportStatus::accepted);
  const TradeId e = trade();
  EXPECT_EQ(admit(), Lines{name(e)});
}

TEST(NoRegulator, NothingIsReported) {
  ScriptSettings settings = with_regulator();
  settings.sessions.pop_back();
  ReportApplication reporter;
  Script venue(settings);
  venue.add(reporter, reporter_id);
  venue.open();
  venue.put(a_trade(), matching_id);
  EXPECT_TRUE(reporter.wishes().empty());
  EXPECT_EQ(reporter.counts(), ReportCounts{});
}

}  // namespace
}  // namespace cantus::test
