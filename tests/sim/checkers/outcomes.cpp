#include "tests/sim/checkers/outcomes.h"

#include <string>
#include <utility>

#include "messages/describe.h"

namespace cantus::sim {
namespace {

std::string at(const Event& event) { return "at " + std::to_string(event.header->seq.get()); }

Int128 open_notional(const OrderView& view) {
  return Int128{view.leaves_qty.get()} * view.worst_price.get() + view.cum_notional.get();
}

}  // namespace

void Outcomes::on_stable(const Event& event) {
  const std::span<const std::byte> bytes = event.bytes();
  kept_.push_back({*event.header, {bytes.begin(), bytes.end()}});
  take(event);
  if (event.is<Quarantine>()) {
    take_quarantine(event.as<Quarantine>());
  }
}

void Outcomes::take(Event event) {
  const auto quarantined = quarantined_.find(event.header->seq);
  event.quarantined = quarantined == quarantined_.end() ? MachineSet() : quarantined->second;
  if (event.carries<PublisherDefined>() && event.as<PublisherDefined>().name.view() == "matching") {
    state_->matching = event.as<PublisherDefined>().publisher;
  }
  if (event.carries<PartyDefined>()) {
    state_->limits[event.as<PartyDefined>().party] = event.as<PartyDefined>().gross_notional_max;
  }
  if (event.header->publisher == state_->matching && event.header->topic != topic::control) {
    compare(event);
    follow(event);
  }
  for (test::Outcome& outcome : state_->naive.apply(event)) {
    state_->expected.push_back(std::move(outcome));
  }
}

// All of a command take effect together. What stood on the log before must come of it with them as well: here matching
// says nothing behind what it dies of.
void Outcomes::take_quarantine(const Quarantine& quarantine) {
  begun_.push_back(quarantine);
  if (quarantine.rest != 0) {
    return;
  }
  for (const Quarantine& one : std::exchange(begun_, {})) {
    quarantined_[one.position].add(one.machine);
  }
  state_ = std::make_unique<State>();
  for (const Kept& kept : kept_) {
    take({&kept.header, kept.payload.data()});
  }
}

void Outcomes::compare(const Event& event) {
  if (state_->expected.empty()) {
    findings_.add("outcomes by the rules", at(event) + " matching says what nothing led to");
    return;
  }
  const test::Outcome& wanted = state_->expected.front();
  const std::span<const std::byte> bytes = event.bytes();
  if (wanted.type != event.header->type || !std::ranges::equal(wanted.payload, bytes)) {
    findings_.add("outcomes by the rules", at(event) + " matching says another thing than it should");
  }
  state_->expected.pop_front();
}

void Outcomes::follow(const Event& event) {
  if (event.carries<OrderAccepted>()) {
    const OrderView& view = event.as<OrderAccepted>().order;
    if (!state_->orders.emplace(view.order_id, view).second) {
      findings_.add("an order is accepted once", at(event));
    }
    look_at_credit(view.party, at(event));
  } else if (event.carries<Trade>()) {
    const auto& trade = event.as<Trade>();
    executed(trade.first, trade, at(event));
    executed(trade.second, trade, at(event));
  } else if (event.carries<OrderReplaced>()) {
    follow(event.as<OrderReplaced>().order, at(event));
    look_at_credit(event.as<OrderReplaced>().order.party, at(event));
  } else if (event.carries<OrderCancelled>()) {
    follow(event.as<OrderCancelled>().order, at(event));
  }
}

// An order that has ended says nothing any more.
void Outcomes::follow(const OrderView& view, const std::string& where) {
  const auto known = state_->orders.find(view.order_id);
  if (known == state_->orders.end() || known->second.leaves_qty.get() == 0) {
    findings_.add("an order has one end", where + " something happens to an order that is not open");
    return;
  }
  if (view.cum_qty != known->second.cum_qty) {
    findings_.add("no order is executed twice", where + " what is executed changes without a trade");
  }
  known->second = view;
}

void Outcomes::executed(const OrderView& view, const Trade& trade, const std::string& where) {
  const auto known = state_->orders.find(view.order_id);
  if (known == state_->orders.end()) {
    findings_.add("no order is executed twice", where + " an order trades that was not accepted");
    return;
  }
  OrderView& before = known->second;
  if (view.cum_qty.get() != before.cum_qty.get() + trade.qty.get() ||
      view.leaves_qty.get() != before.leaves_qty.get() - trade.qty.get() || view.leaves_qty.get() < 0) {
    findings_.add("no order is executed twice", where + " quantities do not add up");
  }
  const bool dearer = view.side == Side::buy && view.price.get() != 0 && trade.price > view.price;
  const bool cheaper = view.side == Side::sell && view.price.get() != 0 && trade.price < view.price;
  if (dearer || cheaper) {
    findings_.add("no order is executed beyond its limit", where);
  }
  before = view;
}

// What the outcomes alone tell; what is reserved between an order and its outcome is the naive venue's to judge.
void Outcomes::look_at_credit(PartyId party, const std::string& where) {
  const auto limit = state_->limits.find(party);
  if (limit == state_->limits.end() || limit->second.is_zero()) {
    return;
  }
  Int128 used = 0;
  for (const auto& [id, view] : state_->orders) {
    used += view.party == party ? open_notional(view) : 0;
  }
  if (used > limit->second.get()) {
    findings_.add("credit is never exceeded", where + " by party " + std::to_string(party.get()));
  }
}

void Outcomes::at_quiet() {
  if (!state_->expected.empty()) {
    findings_.add("outcomes by the rules", std::to_string(state_->expected.size()) + " outcomes are missing");
  }
}

}  // namespace cantus::sim
