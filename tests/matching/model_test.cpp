// Matching against the naive venue on random histories: every outcome, every account and every book compared, with
// outcomes that come onto the log late. The same seeds drive replicas, and the same history without credit limits must
// give the same outcomes however late they come.

#include <gtest/gtest.h>

#include <algorithm>

#include "credit/credit_machine.h"
#include "matching/matching_application.h"
#include "tests/matching/history.h"
#include "tests/matching/naive_venue.h"

namespace cantus::test {
namespace {

Outcome outcome_at(const WishQueue& wishes, std::size_t i) {
  const WishView wish = wishes.at(i);
  return {wish.type, {wish.payload.begin(), wish.payload.end()}};
}

void expect_same_credit(const MatchingApplication& matching, const CreditMachine& alone, const NaiveVenue& naive) {
  for (const PartyDefined& party : matching.refdata().parties()) {
    const CreditAccount real = matching.credit().account(party.party);
    const NaiveCredit::Account model = naive.credit().account(party.party);
    ASSERT_EQ(to_text(real.executed), to_text(Notional(model.executed)));
    ASSERT_EQ(to_text(real.reserved), to_text(Notional(model.reserved)));
    ASSERT_EQ(alone.credit().account(party.party), real);
  }
}

void expect_same_books(const MatchingApplication& matching, const NaiveVenue& naive) {
  for (const InstrumentDefined& instrument : matching.refdata().instruments()) {
    for (const Side side : {Side::buy, Side::sell}) {
      std::vector<OrderView> views;
      matching.for_each_order(instrument.instrument, side, [&](const OrderView& view) { views.push_back(view); });
      ASSERT_EQ(views, naive.book(instrument.instrument, side));
    }
  }
}

// How often each kind of outcome came, by its reason: a history that never reaches one proves nothing about it.
using Counts = std::map<std::string, int>;

template <class M>
const M* as(const Outcome& outcome) {
  return outcome.type == M::type ? reinterpret_cast<const M*>(outcome.payload.data()) : nullptr;
}

std::string kind_of(const Outcome& outcome) {
  if (const auto* rejected = as<OrderRejected>(outcome)) {
    return "new: " + std::string(name_of(rejected->reason));
  }
  if (const auto* refused = as<CancelRejected>(outcome)) {
    return std::string(name_of(refused->response_to)) + ": " + std::string(name_of(refused->reason));
  }
  if (const auto* cancelled = as<OrderCancelled>(outcome)) {
    return "ended: " + std::string(name_of(cancelled->reason));
  }
  if (const auto* status = as<OrderStatus>(outcome)) {
    return "status: " + std::string(status->found != 0 ? name_of(status->order.ord_status) : "not found");
  }
  if (const auto* trade = as<Trade>(outcome)) {
    const bool improved = trade->price < (trade->aggressor_is_first != 0 ? trade->second : trade->first).price;
    return "trade: " + std::string(trade->aggressor_is_first != 0 ? "first" : "second") + " came in" +
           (improved ? ", at the worst price of a sell" : "");
  }
  return outcome.type == OrderAccepted::type ? "accepted" : "replaced";
}

// Every kind of outcome that there is. What is left out cannot come: `by_operator` and `quarantined` have no message
// yet; a cancel is not kept from anybody.
std::vector<std::string> kinds_of_outcome() {
  std::vector<std::string> kinds = {"accepted",
                                    "replaced",
                                    "trade: first came in",
                                    "trade: second came in",
                                    "trade: first came in, at the worst price of a sell",
                                    "trade: second came in, at the worst price of a sell",
                                    "status: not found"};
  for (const OrdStatus status :
       {OrdStatus::new_, OrdStatus::partially_filled, OrdStatus::filled, OrdStatus::canceled}) {
    kinds.push_back("status: " + std::string(name_of(status)));
  }
  for (const CancelReason reason : {CancelReason::requested, CancelReason::immediate_or_cancel,
                                    CancelReason::fill_or_kill, CancelReason::market_rest, CancelReason::disconnected,
                                    CancelReason::trading_day_over, CancelReason::trading_blocked}) {
    kinds.push_back("ended: " + std::string(name_of(reason)));
  }
  for (int value = 1; value <= static_cast<int>(RejectReason::instrument_halted); ++value) {
    const auto reason = static_cast<RejectReason>(value);
    if (reason == RejectReason::quarantined) {
      continue;
    }
    const bool of_an_order = reason >= RejectReason::unknown_order && reason < RejectReason::quarantined;
    if (!of_an_order) {
      kinds.push_back("new: " + std::string(name_of(reason)));
    }
    kinds.push_back("replace: " + std::string(name_of(reason)));
    if (of_an_order || reason <= RejectReason::duplicate_cl_ord_id) {
      kinds.push_back("cancel: " + std::string(name_of(reason)));
    }
  }
  return kinds;
}

void compare_with_model(const HistorySettings& settings, Counts& counts) {
  History history(settings);
  MatchingApplication matching;
  MatchingApplication twin;
  CreditMachine alone;
  NaiveVenue naive;
  PublisherSeq compared(1);
  history.venue().add(matching, matching_id);
  history.venue().add(twin, matching_id);
  history.venue().add(alone);
  history.venue().listen([&](const Event& event) {
    const std::vector<Outcome> expected = naive.apply(event);
    std::vector<Outcome> wished;
    const WishQueue& wishes = matching.wishes();
    for (; compared < wishes.next_number(); compared = compared.next()) {
      wished.push_back(outcome_at(wishes, compared.get() - wishes.first_number().get()));
      ++counts[kind_of(wished.back())];
    }
    ASSERT_EQ(wished.size(), expected.size()) << "at " << event.header->seq.get();
    for (std::size_t i = 0; i < wished.size(); ++i) {
      ASSERT_EQ(line_of(wished[i].type, wished[i].payload), line_of(expected[i].type, expected[i].payload));
      ASSERT_EQ(wished[i], expected[i]) << "at " << event.header->seq.get();
    }
    expect_same_credit(matching, alone, naive);
    expect_same_books(matching, naive);
    ASSERT_EQ(matching.digest(), twin.digest());
  });
  history.run();
  EXPECT_EQ(matching.unanswered(), naive.unanswered());
}

TEST(Model, OutcomesCreditAndBooksEqualTheNaiveVenues) {
  Counts counts;
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    for (const int admitted : {100, 70, 30, 8}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", admitted " + std::to_string(admitted));
      HistorySettings settings;
      settings.seed = seed * 10 + static_cast<std::uint32_t>(admitted);
      settings.admitted_percent = admitted;
      settings.operators_per_mille = 12;
      if (seed % 2 == 0) {  // clients that repeat their ids, and chains of changes whose outcomes are not known
        settings.ids_again_percent = 30;
        settings.chains_percent = 40;
        settings.days_per_mille = 10;
      }
      compare_with_model(settings, counts);
      if (::testing::Test::HasFatalFailure()) {
        return;
      }
    }
  }
  for (const std::string& kind : kinds_of_outcome()) {
    EXPECT_GT(counts[kind], 0) << "the histories never lead to " << kind;
  }
}

std::vector<std::string> lines_of(const HistorySettings& settings) {
  History history(settings);
  MatchingApplication matching;
  std::vector<std::string> lines;
  history.venue().add(matching, matching_id);
  history.venue().listen([&](const Event& event) {
    if (event.header->publisher == matching_id) {
      lines.push_back(line_of(event.header->type, event.bytes()));
    }
  });
  history.run();
  return lines;
}

TEST(Delay, WithoutCreditLimitsResultsDoNotDependOnWhenOutcomesComeOntoTheLog) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    HistorySettings settings;
    settings.seed = seed;
    settings.limits = false;
    settings.names_by_order_id = false;
    settings.admitted_percent = 100;
    const std::vector<std::string> at_once = lines_of(settings);
    settings.admitted_percent = 40;
    EXPECT_EQ(lines_of(settings), at_once);
    settings.admitted_percent = 0;
    EXPECT_EQ(lines_of(settings), at_once);
    EXPECT_GT(at_once.size(), 500U);
  }
}

}  // namespace
}  // namespace cantus::test
