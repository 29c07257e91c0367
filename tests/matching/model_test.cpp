// Matching against the naive venue on random histories: every outcome, every account and every book compared, with
// outcomes that come onto the log late. The same seeds drive replicas, and the same history without credit limits must
// give the same outcomes however late they come.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "credit/credit_machine.h"
#include "matching/matching_application.h"
#include "tests/matching/naive_venue.h"
#include "tests/matching/script.h"

namespace cantus::test {
namespace {

struct HistorySettings {
  std::uint32_t seed = 1;
  bool limits = true;
  std::uint32_t open_orders_max = 40;
  std::uint32_t cl_ord_ids_max = 500;
  std::size_t steps = 900;
  int admitted_percent = 50;  // chance that some outcomes are admitted after a step; 100: all are, at once
  int ids_again_percent = 4;  // an id that was used before
  int chains_percent = 10;    // of replaces: whole chains of them at once
  int days_per_mille = 3;
  bool names_by_order_id = true;  // positions depend on what was admitted
};

constexpr std::uint32_t free_instrument = 3;  // without a collar

// A random history, driven by its own generator: what is asked never depends on when outcomes come.
class History {
 public:
  explicit History(const HistorySettings& settings)
      : settings_(settings), venue_(settings_of(settings)), asked_(settings.seed), admitted_(settings.seed + 1000) {}

  Script& venue() { return venue_; }

  void run() {
    venue_.open();
    for (std::size_t i = 0; i < settings_.steps; ++i) {
      step();
      if (settings_.admitted_percent == 100) {
        venue_.admit();
      } else if (pick(admitted_, 100) < settings_.admitted_percent) {
        venue_.admit(matching_id, static_cast<std::size_t>(pick(admitted_, 6)));
      }
    }
    venue_.admit();
  }

 private:
  static ScriptSettings settings_of(const HistorySettings& from) {
    ScriptSettings settings;
    settings.open_orders_max = from.open_orders_max;
    settings.cl_ord_ids_max = from.cl_ord_ids_max;
    settings.instrument("XYZ", false, 500, cents(1000), cents(5));
    settings.instrument("ABC", true, 400, cents(1000), cents(5), Qty(2));
    settings.instrument("FREE", true);
    settings.instrument("LATE", true, 500, Price{}, cents(5));  // no reference until the market says one
    const auto limit = [&](std::int64_t whole) { return from.limits ? money(whole) : Notional{}; };
    settings.party("ALPHA", PartyKind::client, from.limits ? Qty(25) : Qty{}, limit(240), limit(1500));
    settings.party("BETA", PartyKind::client, Qty{}, Notional{}, limit(3000));
    settings.party("GAMMA", PartyKind::client);
    settings.party("DESK1", PartyKind::desk);
    settings.party("DESK2", PartyKind::desk, Qty{}, Notional{}, limit(5000));
    settings.session(1, SessionRole::client);
    settings.session(2, SessionRole::client);
    settings.session(3, SessionRole::client, false);
    settings.session(4, SessionRole::desk);
    settings.session(5, SessionRole::desk);
    settings.session(1, SessionRole::client);
    settings.session(4, SessionRole::drop_copy);  // may not trade
    return settings;
  }

  static int pick(std::mt19937& generator, int below) {
    return static_cast<int>(generator() % static_cast<unsigned>(below));
  }
  int pick(int below) { return pick(asked_, below); }
  bool chance(int percent) { return pick(100) < percent; }

  std::string new_id() {
    if (chance(settings_.ids_again_percent) && !ids_.empty()) {
      if (chance(50)) {
        return recent().id;
      }
      return ids_[static_cast<std::size_t>(pick(static_cast<int>(ids_.size())))];
    }
    ids_.push_back("I" + std::to_string(ids_.size()));
    return ids_.back();
  }
  // A request that was made: what a later one may mean by its id.
  struct Asked {
    std::uint32_t session = 1;
    std::string id = "NONE";
    Side side = Side::buy;
    std::uint32_t instrument = 1;
    std::int64_t qty = 10;
    Price price = cents(1000);
  };
  Asked recent() {
    const int span = std::min<int>(static_cast<int>(requests_.size()), chance(80) ? 8 : 60);
    return span == 0 ? Asked{} : requests_[requests_.size() - 1 - static_cast<std::size_t>(pick(span))];
  }
  Side side() { return chance(50) ? Side::buy : Side::sell; }
  std::uint32_t session() { return static_cast<std::uint32_t>(chance(2) ? 7 : 1 + pick(6)); }
  std::uint32_t instrument() { return static_cast<std::uint32_t>(chance(2) ? 5 : 1 + pick(4)); }
  std::int64_t qty() { return chance(3) ? pick(3) - 1 : 2 * (1 + pick(14)); }
  Price price(Side of) {
    return chance(5) ? cents(chance(20) ? pick(3) - 1 : pick(2000))
                     : cents((of == Side::buy ? 965 : 995) + 10 * pick(5));
  }
  FixedString<16> account() { return FixedString<16>(chance(70) ? "" : chance(50) ? "ACCOUNT1" : "ACCOUNT2"); }

  template <class Request>
  void name_by_id(Request& request) {
    if (settings_.names_by_order_id && chance(15)) {
      request.order_id = Script::position(Seq(1 + asked_() % venue_.last().get()));
      if (chance(50)) {
        request.orig_cl_ord_id = FixedString<32>();
      }
    }
  }

  void enter() {
    Asked asked{session(), new_id(), side(), instrument(), qty(), Price{}};
    asked.price = chance(10) ? Price{} : price(asked.side);
    NewOrder order = venue_.order(asked.session, asked.id, asked.side, asked.qty, asked.price, asked.instrument);
    const int force = pick(100);
    order.time_in_force = force < 75 ? '0' : force < 85 ? '3' : force < 97 ? '4' : '1';
    order.ord_type = chance(2) ? '3' : chance(2) ? '1' : chance(2) ? '2' : order.ord_type;  // with a price or without
    order.side = chance(2) ? '7' : order.side;
    order.account = account();
    requests_.push_back(asked);
    venue_.put(order, gateway_id);
  }
  void cancel() {
    const Asked asked = recent();
    CancelRequest request = venue_.cancel(chance(5) ? session() : asked.session, new_id(), asked.id);
    request.symbol = FixedString<16>(chance(3) ? "NONE" : "");
    request.side = chance(20) ? '1' : 0;
    request.instrument = InstrumentId(chance(20) ? instrument() : 0);
    name_by_id(request);
    venue_.put(request, gateway_id);
  }
  // Now and then a whole chain of replaces, each of the one before, whose outcomes are not known yet.
  void replace() {
    Asked asked = recent();
    for (int left = chance(settings_.chains_percent) ? 8 + pick(5) : 1; left > 0; --left) {
      const std::string id = new_id();
      asked.qty = chance(30) ? asked.qty : qty();
      asked.price = chance(30) && !asked.price.is_zero() ? asked.price : price(asked.side);
      ReplaceRequest request =
          venue_.replace(chance(3) ? session() : asked.session, id, asked.id, chance(3) ? side() : asked.side,
                         asked.qty, asked.price, chance(3) ? instrument() : asked.instrument);
      name_by_id(request);
      request.ord_type = chance(2) ? '1' : request.ord_type;
      request.side = chance(2) ? '7' : request.side;
      request.time_in_force = chance(20) ? 0 : chance(2) ? '3' : request.time_in_force;
      request.account = account();
      venue_.put(request, gateway_id);
      asked.id = id;
      requests_.push_back(asked);
    }
  }

  // Two orders of one party, and changes of them that no outcome has answered yet: ids that both want, or more changes
  // of one than are told apart, after dearer ones that are answered already.
  void contest() {
    const auto of = static_cast<std::uint32_t>(2 + pick(2));
    const std::string ids[] = {"X" + std::to_string(contests_), "Y" + std::to_string(contests_)};
    ++contests_;
    Seq orders[2];
    for (int i = 0; i < 2; ++i) {
      venue_.put(venue_.order(of, ids[i], Side::buy, 20, cents(500), free_instrument), gateway_id);
      orders[i] = venue_.last();
    }
    const auto change = [&](const std::string& id, int order, std::int64_t to, bool by_id = false) {
      ReplaceRequest request =
          venue_.replace(of, id, ids[order], Side::buy, to, cents(490 + pick(20)), free_instrument);
      request.order_id = by_id ? OrderId{} : Script::position(orders[order]);
      venue_.put(request, gateway_id);
    };
    if (chance(50)) {
      for (int left = 2 + pick(3); left > 0; --left) {
        change(ids[0], pick(2), qty());
      }
      change("Z" + ids[0], 0, qty(), true);
    } else {
      for (const std::int64_t to : {40, 6}) {
        change(std::to_string(to) + ids[0], 0, to);
        venue_.admit();
      }
      for (int left = 8 + pick(5); left > 0; --left) {
        change("Z" + std::to_string(left) + ids[0], 0, 2 * (1 + pick(8)));
      }
    }
  }

  void step() {
    if (settings_.names_by_order_id && chance(2)) {
      contest();
    }
    const int kind = pick(1000);
    if (kind < 500) {
      enter();
    } else if (kind < 600) {
      cancel();
    } else if (kind < 850) {
      replace();
    } else if (kind < 880) {
      const Asked asked = recent();
      StatusRequest request = venue_.status(chance(10) ? session() : asked.session, asked.id);
      request.side = '1';
      venue_.put(request, gateway_id);
    } else if (kind < 960) {
      const std::int64_t mid = 980 + pick(40);
      venue_.quote(instrument(), chance(10) ? Price{} : cents(mid), chance(10) ? Price{} : cents(mid + 1 + pick(4)));
    } else if (kind < 970) {
      const std::uint32_t gone = session();
      venue_.down(gone);
      venue_.pass(chance(50) ? 400'000'000 : 1'200'000'000);
      venue_.take(gone);
    } else if (kind < 1000 - settings_.days_per_mille) {
      venue_.pass(10'000'000);
    } else {
      venue_.start_day(20260106 + day_++);
    }
  }

  HistorySettings settings_;
  Script venue_;
  std::mt19937 asked_;
  std::mt19937 admitted_;
  std::vector<std::string> ids_;
  std::vector<Asked> requests_;
  std::uint32_t day_ = 0;
  int contests_ = 0;
};

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
// yet.
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
  for (const CancelReason reason :
       {CancelReason::requested, CancelReason::immediate_or_cancel, CancelReason::fill_or_kill,
        CancelReason::market_rest, CancelReason::disconnected, CancelReason::trading_day_over}) {
    kinds.push_back("ended: " + std::string(name_of(reason)));
  }
  for (int value = 1; value < static_cast<int>(RejectReason::quarantined); ++value) {
    const auto reason = static_cast<RejectReason>(value);
    const bool of_an_order = reason >= RejectReason::unknown_order;
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
