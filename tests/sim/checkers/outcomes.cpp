#include "tests/sim/checkers/outcomes.h"

#include <string>

#include "messages/describe.h"

namespace cantus::sim {
namespace {

std::string at(const Event& event) { return "at " + std::to_string(event.header->seq.get()); }

Int128 open_notional(const OrderView& view) {
  return Int128{view.leaves_qty.get()} * view.worst_price.get() + view.cum_notional.get();
}

}  // namespace

void Outcomes::on_stable(const Event& event) {
  if (event.carries<PublisherDefined>() && event.as<PublisherDefined>().name.view() == "matching") {
    matching_ = event.as<PublisherDefined>().publisher;
  }
  if (event.carries<PartyDefined>()) {
    limits_[event.as<PartyDefined>().party] = event.as<PartyDefined>().gross_notional_max;
  }
  if (event.header->publisher == matching_ && event.header->topic != topic::control) {
    compare(event);
    follow(event);
  }
  for (test::Outcome& outcome : naive_.apply(event)) {
    expected_.push_back(std::move(outcome));
  }
}

void Outcomes::compare(const Event& event) {
  if (expected_.empty()) {
    findings_.add("outcomes by the rules", at(event) + " matching says what nothing led to");
    return;
  }
  const test::Outcome& wanted = expected_.front();
  const std::span<const std::byte> bytes = event.bytes();
  if (wanted.type != event.header->type || !std::ranges::equal(wanted.payload, bytes)) {
    findings_.add("outcomes by the rules", at(event) + " matching says another thing than it should");
  }
  expected_.pop_front();
}

void Outcomes::follow(const Event& event) {
  if (event.carries<OrderAccepted>()) {
    const OrderView& view = event.as<OrderAccepted>().order;
    if (!orders_.emplace(view.order_id, view).second) {
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
  const auto known = orders_.find(view.order_id);
  if (known == orders_.end() || known->second.leaves_qty.get() == 0) {
    findings_.add("an order has one end", where + " something happens to an order that is not open");
    return;
  }
  if (view.cum_qty != known->second.cum_qty) {
    findings_.add("no order is executed twice", where + " what is executed changes without a trade");
  }
  known->second = view;
}

void Outcomes::executed(const OrderView& view, const Trade& trade, const std::string& where) {
  const auto known = orders_.find(view.order_id);
  if (known == orders_.end()) {
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
  const auto limit = limits_.find(party);
  if (limit == limits_.end() || limit->second.is_zero()) {
    return;
  }
  Int128 used = 0;
  for (const auto& [id, view] : orders_) {
    used += view.party == party ? open_notional(view) : 0;
  }
  if (used > limit->second.get()) {
    findings_.add("credit is never exceeded", where + " by party " + std::to_string(party.get()));
  }
}

void Outcomes::at_quiet() {
  if (!expected_.empty()) {
    findings_.add("outcomes by the rules", std::to_string(expected_.size()) + " outcomes are missing");
  }
}

}  // namespace cantus::sim
