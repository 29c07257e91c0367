// A random history of a venue of matching: orders, replaces and cancels of every kind, quotes, disconnects, days, and
// outcomes that come onto the log late.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/matching/script.h"
#include "tests/refdata/two_signers.h"

namespace cantus::test {

inline constexpr std::uint32_t free_instrument = 3;  // without a collar

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
  bool reports = false;
  int operators_per_mille = 0;  // steps in which operators block, halt, or change limits, or end it
};

// A random history, driven by its own generator: what is asked never depends on when outcomes come. With `reports`
// there is a regulator, too, who answers now and then and whose session is reset.
class History {
 public:
  explicit History(const HistorySettings& settings)
      : settings_(settings),
        venue_(settings_of(settings, operators_)),
        asked_(settings.seed),
        admitted_(settings.seed + 1000) {
    venue_.add(refdata_);
  }

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
      if (settings_.reports) {
        report();
      }
    }
    venue_.admit();
  }

 private:
  static ScriptSettings settings_of(const HistorySettings& from, const TwoSigners& operators) {
    ScriptSettings settings;
    settings.operators = operators.defined();
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
    if (from.reports) {
      settings.session(0, SessionRole::regulator);
    }
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

  // ---- operators

  template <class M>
  void sign(OperatorRole role, const M& change) {
    operators_.run(refdata_, role, {part_of(change, 0)},
                   [this](const auto& message) { venue_.put(message, operators_publisher); });
  }
  // What is in force of such a kind, now and then; else anything.
  template <class Id>
  std::pair<Id, ChangeId> marked(const Marks<Id>& marks, std::uint32_t things) {
    if (marks.all().empty() || chance(10)) {
      const Id id(static_cast<std::uint32_t>(1 + pick(static_cast<int>(things))));
      return {id, marks.find(id)};
    }
    const auto& mark = marks.all()[static_cast<std::size_t>(pick(static_cast<int>(marks.all().size())))];
    return {mark.id, mark.since};
  }
  void operate() {
    const Restrictions& now = refdata_.restrictions();
    const PartyId party(static_cast<std::uint32_t>(1 + pick(5)));
    const SessionId session(static_cast<std::uint32_t>(1 + pick(6)));
    switch (pick(10)) {
      case 0:
        return chance(50) ? sign(OperatorRole::trader, TradingBlocked{party, {}})
                          : sign(OperatorRole::trader, TradingBlocked{{}, session});
      case 1:
      case 2: {
        const auto [blocked, since] = marked(now.blocked_parties(), 5);
        sign(OperatorRole::risk, TradingUnblocked{since, blocked, {}});
        const auto [blocked_session, session_since] = marked(now.blocked_sessions(), 6);
        return sign(OperatorRole::risk, TradingUnblocked{session_since, {}, blocked_session});
      }
      case 3:
        return sign(OperatorRole::trader, InstrumentHalted{InstrumentId(static_cast<std::uint32_t>(1 + pick(4))), {}});
      case 4: {
        const auto [halted, since] = marked(now.halted(), 4);
        return sign(OperatorRole::trader, InstrumentResumed{since, halted, {}});
      }
      case 5:
        return sign(OperatorRole::risk, *refdata_.party(party));
      case 6: {  // an order stays open, and what was to change it is still on its way
        const std::string id = new_id();
        venue_.put(venue_.order(session.get(), id, Side::buy, 4, cents(500), free_instrument), gateway_id);
        sign(OperatorRole::risk, SessionDisabled{session, {}});
        venue_.put(venue_.replace(session.get(), new_id(), id, Side::buy, 2, cents(490), free_instrument), gateway_id);
        return;
      }
      case 7: {
        const auto [disabled, since] = marked(now.disabled(), 6);
        return sign(OperatorRole::operations, SessionEnabled{since, disabled, {}});
      }
      default: {
        const std::int64_t ends = refdata_.time().get() + 2'000 * (1 + pick(20'000));
        sign(OperatorRole::risk,
             PartyLimitsUntil{TimeNs(ends), Qty(pick(30)), money(pick(300)), money(pick(4000)), party, {}});
      }
    }
  }

  void step() {
    if (settings_.operators_per_mille > 0 && pick(1000) < settings_.operators_per_mille) {
      operate();
    }
    if (settings_.names_by_order_id && chance(2)) {
      contest();
    }
    if (++steps_ % 64 == 0) {  // on a running venue, and back
      const auto set = static_cast<std::uint16_t>(1 + steps_ / 64 % 2);
      venue_.put(activation_of(*rule_named("closed_by_order_id"), set), sequencer_id);
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

  // Reports come onto the log late as well; they are answered in any order, some by a refusal, some twice.
  void report() {
    constexpr std::uint32_t regulator = 8;
    if (pick(admitted_, 100) < settings_.admitted_percent) {
      venue_.admit(reporter_id, static_cast<std::size_t>(pick(admitted_, 4)));
    }
    if (pick(admitted_, 100) < 40) {
      const Event event = venue_.at(Seq(1 + admitted_() % venue_.last().get()));
      if (event.is<ReportSubmit>()) {
        ReportAnswered answered;
        answered.client = venue_.client(SessionId(regulator));
        answered.trade = event.as<ReportSubmit>().trade;
        answered.status = pick(admitted_, 3) == 0 ? ReportStatus::rejected : ReportStatus::accepted;
        venue_.put(answered, gateway_id);
      }
    }
    if (pick(admitted_, 200) == 0) {
      venue_.reset(regulator);
    }
  }

  HistorySettings settings_;
  TwoSigners operators_{Script::venue_id, LogNumber(1)};
  ReferenceData refdata_;  // follows the log
  Script venue_;
  std::mt19937 asked_;
  int steps_ = 0;
  std::mt19937 admitted_;
  std::vector<std::string> ids_;
  std::vector<Asked> requests_;
  std::uint32_t day_ = 0;
  int contests_ = 0;
};

}  // namespace cantus::test
