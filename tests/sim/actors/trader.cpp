#include "tests/sim/actors/trader.h"

#include <utility>

namespace cantus::sim {
namespace {

constexpr std::int64_t patience_ns = 2'000'000'000;  // with a connection that is not logged on

std::string price_text(std::int64_t cents) {
  return std::to_string(cents / 100) + "." + (cents % 100 < 10 ? "0" : "") + std::to_string(cents % 100);
}

}  // namespace

Trader::Trader(World& world, TraderPlan plan)
    : plan_(std::move(plan)),
      draws_(world.seed(), plan_.comp_id),
      seat_(world.seat(plan_.comp_id)),
      client_(*seat_, plan_.comp_id),
      to_enter_(plan_.orders) {
  client_.on_execution([this](const fix::FieldList& fields) { take(fields); });
  act();
}

void Trader::act() {
  if (!client_.logged_on()) {
    come_back();
  } else if (to_enter_ > 0) {
    draws_.one_in(5) && !open_.empty() ? cancel_one() : enter();
  } else if (!open_.empty()) {
    cancel_one();
  }
  const std::int64_t pause_ns = draws_.between(0, 2 * plan_.pause.count());
  next_ = seat_->network().after(std::chrono::nanoseconds(pause_ns), [this] { act(); });
}

void Trader::come_back() {
  const std::int64_t now_ns = seat_->clock().monotonic_ns();
  if (client_.connected() && now_ns - tried_at_ns_ < patience_ns) {
    return;
  }
  client_.disconnect();
  tried_at_ns_ = now_ns;
  client_.connect(plan_.ports[draws_.below(plan_.ports.size())], client_.must_reset());
}

void Trader::enter() {
  --to_enter_;
  const std::int64_t cents = draws_.between(9'950, 10'050);
  const std::string side = draws_.one_in(2) ? "1" : "2";
  const std::string body = "38=" + std::to_string(draws_.between(1, 40)) + "|40=2|44=" + price_text(cents) +
                           "|54=" + side + "|55=AAPL|59=0|60=" + seat_->time_text() + "|";
  if (const auto id = client_.change("D", body)) {
    open_[*id] = side;
  }
}

void Trader::cancel_one() {
  auto at = open_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draws_.below(open_.size())));
  for (const auto& [id, order] : asked_) {
    if (order == at->first) {
      return;  // it is under way
    }
  }
  if (const auto id =
          client_.change("F", "41=" + at->first + "|54=" + at->second + "|55=AAPL|60=" + seat_->time_text() + "|")) {
    asked_[*id] = at->first;
  }
}

void Trader::take(const fix::FieldList& fields) {
  const std::string id(fields.find(11).value_or(""));
  const std::string original(fields.find(41).value_or(""));
  const char status = fields.find(39).value_or(" ")[0];
  const std::string order = asked_.contains(id) ? asked_[id] : original.empty() ? id : original;
  asked_.erase(id);
  if (fields.find(35) == "9") {
    return;
  }
  if (status == '2' || status == '4' || status == '8' || status == 'C' || status == '3') {
    open_.erase(order);
    outcomes_[order].push_back(status);
  }
}

}  // namespace cantus::sim
