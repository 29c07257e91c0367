#include "tests/sim/actors/trader.h"

#include <algorithm>
#include <utility>

namespace cantus::sim {
namespace {

constexpr std::int64_t ms_ns = 1'000'000;
constexpr std::chrono::nanoseconds taking_back_pause = std::chrono::milliseconds(4);  // between two cancels at the end

std::string price_text(std::int64_t cents) {
  return std::to_string(cents / 100) + "." + (cents % 100 < 10 ? "0" : "") + std::to_string(cents % 100);
}

std::string text_of(const fix::FieldList& fields, std::uint32_t tag) {
  return std::string(fields.find(tag).value_or(""));
}

std::int64_t number_of(const fix::FieldList& fields, std::uint32_t tag) {
  return static_cast<std::int64_t>(fix::parse_digits(fields.find(tag).value_or("0"), INT64_MAX).value_or(0));
}

bool is_final(char status) { return status == '2' || status == '4' || status == '8' || status == 'C' || status == '3'; }

std::string limit_fields(std::int64_t qty, const std::string& price, const std::string& side,
                         const std::string& symbol = "AAPL") {
  return "38=" + std::to_string(qty) + "|40=2|44=" + price + "|54=" + side + "|55=" + symbol + "|";
}

}  // namespace

Trader::Trader(World& world, TraderPlan plan)
    : plan_(std::move(plan)),
      draws_(world.seed(), plan_.comp_id + " trades"),
      member_(world, plan_.comp_id, plan_.ports),
      to_enter_(plan_.orders),
      odd_draws_(world.seed(), plan_.comp_id + " oddities"),
      oddities_(plan_.oddities) {
  member_.client().on_execution([this](const fix::FieldList& fields) { take(fields); });
  member_.client().on_refusal([this](const fix::FieldList& fields) { take_refusal(fields); });
  member_.client().on_status([this](const fix::FieldList& fields) { take_status(fields); });
  act();
  act_oddly();
}

// What was asked before the numbers began anew may never have arrived, and is then never answered.
bool Trader::done() const {
  return to_enter_ == 0 && open_.empty() && std::ranges::none_of(asked_, [this](const auto& asked) {
           return asked.second.generation == member_.client().generation();
         });
}

// ---- what it does ------------------------------------------------------------------------------------------------

// Alone or several together, as a program speaks that has much to say: what arrives together is recorded together.
void Trader::act() {
  const std::int64_t messages = draws_.one_in(3) ? 1 : draws_.between(2, 8);
  for (std::int64_t i = 0; i < messages && member_.keep_up(); ++i) {
    speak();
  }
  const std::int64_t usual_ns = messages * (to_enter_ > 0 ? plan_.pause : taking_back_pause).count();
  next_ = member_.seat().network().after(std::chrono::nanoseconds(draws_.between(0, 2 * usual_ns)), [this] { act(); });
}

void Trader::speak() {
  if (to_enter_ == 0) {
    cancel_one();
  } else if (draws_.one_in(5) && !open_.empty()) {
    draws_.one_in(plan_.desk ? 2 : 4) ? change_one() : cancel_one();
  } else if (draws_.one_in(60)) {
    do_something_odd();
  } else {
    draws_.one_in(30) ? enter_by_mistake() : enter();
  }
}

Trader::Order Trader::draw_order() {
  Order order;
  order.side = draws_.one_in(2) ? "1" : "2";
  order.cents = draws_.between(9'950, 10'050);
  order.qty = plan_.desk ? draws_.between(50, 400) : draws_.between(1, 40);
  return order;
}

// Most are limit orders for the day; some may not rest.
void Trader::enter() {
  const Order order = draw_order();
  std::string body = limit_fields(order.qty, price_text(order.cents), order.side) + "59=0|";
  if (draws_.one_in(12)) {
    body = "38=" + std::to_string(order.qty) + "|40=1|54=" + order.side + "|55=AAPL|59=0|";
  } else if (draws_.one_in(10)) {
    body = limit_fields(order.qty, price_text(order.cents), order.side) + (draws_.one_in(3) ? "59=4|" : "59=3|");
  }
  note(member_.client().change("D", body + time_field()), order);
}

// Whatever a machine of the venue must refuse; only a desk may enter as much as it likes.
void Trader::enter_by_mistake() {
  Order order = draw_order();
  std::string price = price_text(order.cents);
  std::string symbol = "AAPL";
  switch (draws_.below(5)) {
    case 0:
      order.qty = 5'000;
      break;
    case 1:
      order.qty = 0;
      break;
    case 2:
      price = "250";
      break;
    case 3:
      price += "5";
      break;
    default:
      symbol = "NOWHERE";
      break;
  }
  note(member_.client().change("D", limit_fields(order.qty, price, order.side, symbol) + "59=0|" + time_field()),
       order);
}

void Trader::note(const std::optional<std::string>& id, const Order& order) {
  if (id) {
    --to_enter_;
    open_[*id] = order;
    open_[*id].cl_ord_id = *id;
    sides_[*id] = order.side;
  }
}

Trader::Orders::iterator Trader::any() {
  auto at = open_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draws_.below(open_.size())));
  return at;
}

bool Trader::is_asked(const std::string& order) const {
  return std::ranges::any_of(asked_, [&](const auto& asked) {
    return asked.second.order == order && asked.second.generation == member_.client().generation();
  });
}

void Trader::ask(const std::string& msg_type, const std::string& order, const std::string& body) {
  if (const auto id = member_.client().change(msg_type, body + time_field())) {
    asked_[*id] = {order, member_.client().generation()};
  }
}

// One request at a time for an order, but now and then two race.
void Trader::cancel_one() {
  if (open_.empty()) {
    return;
  }
  const auto at = any();
  if (!is_asked(at->first) || draws_.one_in(10)) {
    ask("F", at->first, "41=" + at->second.cl_ord_id + "|54=" + at->second.side + "|55=AAPL|");
  }
}

void Trader::change_one() {
  const auto at = any();
  const Order& order = at->second;
  if (is_asked(at->first) && !draws_.one_in(10)) {
    return;
  }
  const std::int64_t cents = draws_.one_in(3) ? order.cents : order.cents + draws_.between(-20, 20);
  const std::int64_t qty = std::max<std::int64_t>(1, order.qty + draws_.between(-order.qty / 2, order.qty / 2));
  ask("G", at->first, limit_fields(qty, price_text(cents), order.side) + "41=" + order.cl_ord_id + "|59=0|");
}

void Trader::do_something_odd() {
  if (draws_.one_in(2)) {
    ask_for_nothing();
  } else if (draws_.one_in(4)) {
    member_.begin_anew();
  } else {
    member_.move();
  }
}

// What it does beside its orders: asks for what it knows already, and what nobody takes.
void Trader::act_oddly() {
  if (oddities_ == 0) {
    return;
  }
  if (member_.client().logged_on()) {
    --oddities_;
    switch (odd_draws_.below(4)) {
      case 0:
        member_.client().blunder();
        break;
      case 1:
        static_cast<void>(member_.client().change("F", "54=1|55=AAPL|" + time_field()));  // of which order?
        break;
      default:
        ask_status();
        break;
    }
  }
  next_odd_ = member_.seat().network().after(std::chrono::nanoseconds(odd_draws_.between(1, 80) * ms_ns),
                                             [this] { act_oddly(); });
}

// By OrderID, of any order that it was ever told of.
void Trader::ask_status() {
  if (names_.empty()) {
    return;
  }
  auto at = names_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(odd_draws_.below(names_.size())));
  member_.client().say("H", "37=" + at->first + "|54=" + sides_[at->second] + "|55=AAPL|790=asked|");
}

void Trader::ask_for_nothing() {
  const std::string none = "41=" + plan_.comp_id + "-NONE|";
  draws_.one_in(2) ? ask("F", "", none + "54=1|55=AAPL|") : ask("G", "", limit_fields(1, "100", "1") + none + "59=0|");
}

// ---- what it is told ---------------------------------------------------------------------------------------------

void Trader::take(const fix::FieldList& fields) {
  if (fields.find(35) == "9") {
    take_refused_request(fields);
    return;
  }
  const std::string id = text_of(fields, 11);
  const std::string order_id = text_of(fields, 37);
  const std::string name = names_.try_emplace(order_id, id).first->second;
  if (const std::string& first = order_ids_.try_emplace(name, order_id).first->second; first != order_id) {
    complaints_.push_back(plan_.comp_id + ": " + name + " has OrderID " + order_id + ", where it had OrderID " + first);
  }
  asked_.erase(id);
  const auto order = open_.find(name);
  if (order != open_.end()) {
    take_report(name, order->second, fields);
  }
  if (const char status = text_of(fields, 39)[0]; is_final(status)) {
    const std::string report = text_of(fields, 17) + " " + text_of(fields, 60);
    if (const auto [end, fresh] = ends_.try_emplace(name, report); !fresh && end->second == report) {
      told_twice_.insert(name);
    }
    close(name, status);
  } else if (order == open_.end()) {
    complaints_.push_back(plan_.comp_id + ": a report of " + name + ", which was at its end or never entered");
  }
}

void Trader::take_report(const std::string& name, Order& order, const fix::FieldList& fields) {
  order.heard_of = true;
  order.executed += number_of(fields, 32);
  if (fields.find(150) == "5") {
    order.cl_ord_id = text_of(fields, 11);
    order.qty = number_of(fields, 38);
  }
  const bool ended = is_final(text_of(fields, 39)[0]);
  const std::int64_t leaves = ended ? 0 : order.qty - order.executed;
  if (number_of(fields, 14) != order.executed || number_of(fields, 151) != leaves) {
    complaints_.push_back(plan_.comp_id + ": " + name + " should have 14=" + std::to_string(order.executed) +
                          " and 151=" + std::to_string(leaves) + ", it is told " + text_of(fields, 14) + " and " +
                          text_of(fields, 151) + " by " + text_of(fields, 17));
  }
}

// It comes in its place among the reports, so it says what they add up to.
void Trader::take_status(const fix::FieldList& fields) {
  const auto known = names_.find(text_of(fields, 37));
  if (known == names_.end()) {
    return;
  }
  const char status = text_of(fields, 39)[0];
  const auto order = open_.find(known->second);
  const auto end = outcomes_.find(known->second);
  const bool right = order == open_.end() ? end != outcomes_.end() && end->second.front() == status
                                          : number_of(fields, 14) == order->second.executed &&
                                                number_of(fields, 151) == order->second.qty - order->second.executed;
  if (!right) {
    complaints_.push_back(plan_.comp_id + ": the status of " + known->second + " is another one than it was told: 39=" +
                          status + ", 14=" + text_of(fields, 14) + ", 151=" + text_of(fields, 151));
  }
}

// An order of which nothing was ever heard and that is not known was under way when the numbers began anew.
void Trader::take_refused_request(const fix::FieldList& fields) {
  const std::string id = text_of(fields, 11);
  refused_requests_.insert(id);
  const auto asked = asked_.find(id);
  if (asked == asked_.end()) {
    return;
  }
  const auto order = open_.find(asked->second.order);
  asked_.erase(asked);
  if (order != open_.end() && !order->second.heard_of && fields.find(37) == "NONE") {
    const bool began_anew = member_.client().generation() > 1;
    close(std::string(order->first), began_anew ? '-' : '?');
  }
}

// Of an order, or of a request about one: none of them is what the machines refuse, which is told otherwise.
void Trader::take_refusal(const fix::FieldList& fields) {
  const std::string id = text_of(fields, 379);
  asked_.erase(id);
  if (open_.contains(id)) {
    close(id, 'j');
  }
}

void Trader::close(const std::string& name, char status) {
  outcomes_[name].push_back(status);
  open_.erase(name);
}

}  // namespace cantus::sim
