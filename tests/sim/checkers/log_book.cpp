#include "tests/sim/checkers/log_book.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace cantus::sim {
namespace {

// AvgPx, ClOrdID, CumQty, ExecID, LastPx, LastQty, OrderID, OrderQty, OrdStatus, OrigClOrdID, Price, Side, Symbol,
// ExecType, LeavesQty. CopyMsgIndicator (797) is for the one who compares.
constexpr std::array<unsigned, 15> tags{6, 11, 14, 17, 31, 32, 37, 38, 39, 41, 44, 54, 55, 150, 151};

void write(std::string& out, unsigned tag, std::string_view value) {
  if (!value.empty()) {
    out += std::to_string(tag);
    out += '=';
    out += value;
    out += '|';
  }
}

std::string price_text(Price price) { return price.is_zero() ? "" : to_text(price); }
std::string qty_text(std::int64_t qty) { return qty == 0 ? "" : std::to_string(qty); }

// An ExecID is "log-seq-index".
bool is_of(std::string_view exec_id, Seq seq) {
  return exec_id.find("-" + std::to_string(seq.get()) + "-") != std::string_view::npos;
}

// No price is told, no name of an instrument, and not which ClOrdID was in force before.
std::string plain(std::string_view fields) {
  std::string text;
  while (!fields.empty()) {
    const std::string_view field = fields.substr(0, fields.find('|'));
    fields.remove_prefix(std::min(fields.size(), field.size() + 1));
    unsigned tag = 0;
    std::from_chars(field.data(), field.data() + field.size(), tag);
    if (tag == 6) {
      write(text, tag, "0");
    } else if (tag == 55) {
      write(text, tag, "[N/A]");
    } else if (tag != 31 && tag != 41 && tag != 44) {
      write(text, tag, field.substr(field.find('=') + 1));
    }
  }
  return text;
}

char as_char(auto value) { return static_cast<char>(value); }

}  // namespace

std::string fields_that_matter(std::string_view message) {
  std::array<std::string_view, tags.size()> found;
  while (!message.empty()) {
    const std::string_view field = message.substr(0, message.find('|'));
    message.remove_prefix(std::min(message.size(), field.size() + 1));
    unsigned tag = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), tag);
    for (std::size_t i = 0; i < tags.size(); ++i) {
      if (tags[i] == tag && found[i].empty()) {
        found[i] = field.substr(static_cast<std::size_t>(end - field.data()) + 1);
      }
    }
  }
  std::string text;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    write(text, tags[i], found[i]);
  }
  return text;
}

void LogBook::take(const Event& event) {
  const TopicId topic = event.header->topic;
  if (topic == topic::orders || topic == topic::outcomes || topic == topic::reports || topic == topic::report_acks) {
    last_ = event.header->seq;
  }
  if (event.is<SessionDefined>()) {
    const auto& session = event.as<SessionDefined>();
    sessions_[session.session] = {session.their_comp_id.str(), session.role, session.party, {}, {}, {}, {}};
  } else if (event.is<InstrumentDefined>()) {
    symbols_[event.as<InstrumentDefined>().instrument] = event.as<InstrumentDefined>().symbol.str();
  } else if (topic == topic::orders) {
    take_request(event);
  } else if (topic == topic::outcomes) {
    take_outcome(event);
  } else if (event.is<ReportSubmit>()) {
    take_submit(event);
  } else if (event.is<Quarantine>()) {
    take_quarantine(event.as<Quarantine>());
  }
}

// All of a command take effect together.
void LogBook::take_quarantine(const Quarantine& quarantine) {
  begun_.push_back(quarantine);
  if (quarantine.rest != 0) {
    return;
  }
  for (const Quarantine& one : std::exchange(begun_, {})) {
    for (auto& [id, session] : sessions_) {
      for (auto& [exec_id, fields] : session.executions) {
        if (one.machine == MachineName::gateway && is_of(exec_id, one.position)) {
          fields = plain(fields);
        }
      }
    }
  }
}

void LogBook::take_request(const Event& event) {
  if (event.is<NewOrder>()) {
    const auto& order = event.as<NewOrder>();
    entered_[to_text(event.position())] = order;
    sessions_[order.client.session].entered.insert(order.cl_ord_id.str());
  } else if (event.is<CancelRequest>()) {
    sessions_[event.as<CancelRequest>().client.session].entered.insert(event.as<CancelRequest>().cl_ord_id.str());
  } else if (event.is<ReplaceRequest>()) {
    sessions_[event.as<ReplaceRequest>().client.session].entered.insert(event.as<ReplaceRequest>().cl_ord_id.str());
  } else if (event.is<ClientRefused>()) {
    const auto& refused = event.as<ClientRefused>();
    if (!refused.business_reject_ref_id.view().empty()) {  // who asks for a status by the OrderID (37) says none
      sessions_[refused.client.session].entered.insert(refused.business_reject_ref_id.str());
    }
  }
}

void LogBook::take_outcome(const Event& event) {
  if (event.is<OrderAccepted>()) {
    const OrderView& view = event.as<OrderAccepted>().order;
    const std::string id = to_text(view.order_id);
    const auto entered = entered_.find(id);
    if (entered == entered_.end()) {
      complain(event, "accepts an order that nobody entered, or for the second time");
      return;
    }
    orders_[id] = {view.session, view.cl_ord_id.str(), entered->second.order_qty.get(), 0, 0, 1, true, '0'};
    entered_.erase(entered);
    take_view(event, view, '0', 0);
  } else if (event.is<OrderRejected>()) {
    take_rejected(event);
  } else if (event.is<cantus::Trade>()) {
    take_trade(event);
  } else if (event.is<OrderCancelled>()) {
    const auto& cancelled = event.as<OrderCancelled>();
    Order& order = orders_[to_text(cancelled.order.order_id)];
    if (!order.open || cancelled.cancelled_qty.get() != order.qty - order.executed) {
      complain(event, "cancels what is not open");
    }
    order.open = false;
    take_view(event, cancelled.order, '4', 0);
  } else if (event.is<OrderReplaced>()) {
    const OrderView& view = event.as<OrderReplaced>().order;
    orders_[to_text(view.order_id)].qty = view.order_qty.get();
    take_view(event, view, '5', 0);
  } else if (event.is<OrderStatus>()) {
    sessions_[event.as<OrderStatus>().order.session].statuses.insert(to_text(event.position()));
  } else if (event.is<CancelRejected>()) {
    const auto& rejected = event.as<CancelRejected>();
    sessions_[rejected.session].refused_requests.insert(rejected.cl_ord_id.str());
  }
}

void LogBook::take_rejected(const Event& event) {
  const auto& rejected = event.as<OrderRejected>();
  const std::string id = to_text(rejected.order_id);
  if (entered_.erase(id) == 0) {
    complain(event, "rejects an order that nobody entered, or for the second time");
  }
  orders_[id] = {rejected.session, rejected.cl_ord_id.str(), rejected.order_qty.get(), 0, 0, 1, false, '8'};
  std::string text;
  write(text, 6, "0");
  write(text, 11, rejected.cl_ord_id.view());
  write(text, 14, "0");
  write(text, 17, to_text(event.position()) + "-0");
  write(text, 37, id);
  write(text, 38, qty_text(rejected.order_qty.get()));
  write(text, 39, "8");
  write(text, 44, price_text(rejected.price));
  write(text, 54, std::string(1, as_char(rejected.side)));
  write(text, 55, rejected.symbol.view());
  write(text, 150, "8");
  write(text, 151, "0");
  give(event, rejected.session, 0, text);
}

void LogBook::take_trade(const Event& event) {
  const auto& trade = event.as<cantus::Trade>();
  const bool first_buys = trade.first.side == Side::buy;
  const OrderView& buy = first_buys ? trade.first : trade.second;
  const OrderView& sell = first_buys ? trade.second : trade.first;
  trades_[to_text(event.position())] = {trade.price, trade.qty, to_text(buy.order_id), to_text(sell.order_id), 0};
  if (buy.side != Side::buy || sell.side != Side::sell || buy.order_id == sell.order_id) {
    complain(event, "does not have a buyer and a seller");
  }
  fill(trade.first, trade);
  fill(trade.second, trade);
  take_view(event, trade.first, 'F', 0);
  take_view(event, trade.second, 'F', 1);
}

// Nobody buys above his limit or sells below it.
void LogBook::fill(const OrderView& view, const cantus::Trade& trade) {
  Order& order = orders_[to_text(view.order_id)];
  order.executed += trade.qty.get();
  order.notional += static_cast<Int128>(trade.price.get()) * trade.qty.get();
  const bool too_dear = view.side == Side::buy && trade.price > view.price;
  const bool too_cheap = view.side == Side::sell && trade.price < view.price;
  if (!order.open || order.executed > order.qty || (view.ord_type == OrdType::limit && (too_dear || too_cheap))) {
    complaints_.push_back("a fill of " + to_text(view.order_id) + " that could not be: open " +
                          std::to_string(order.open) + ", " + std::to_string(order.executed) + " of " +
                          std::to_string(order.qty) + " at " + to_text(trade.price));
  }
}

void LogBook::take_submit(const Event& event) {
  const auto& submit = event.as<ReportSubmit>();
  const auto found = trades_.find(to_text(submit.trade));
  if (found == trades_.end() || submit.price != found->second.price || submit.qty != found->second.qty) {
    complain(event, "reports what was not traded");
  } else if (submit.attempt.get() != ++found->second.attempts) {
    complain(event, "is not the next attempt");
  }
}

void LogBook::take_view(const Event& event, const OrderView& view, char exec_type, std::uint8_t index) {
  Order& order = orders_[to_text(view.order_id)];
  compare(event, view, order);
  std::string text;
  const std::string average =
      order.executed == 0
          ? "0"
          : to_text(Price(static_cast<std::int64_t>((order.notional + order.executed / 2) / order.executed)));
  write(text, 6, average);
  write(text, 11, view.cl_ord_id.view());
  write(text, 14, std::to_string(order.executed));
  write(text, 17, to_text(event.position()) + "-" + std::to_string(index));
  if (event.is<cantus::Trade>()) {
    write(text, 31, to_text(event.as<cantus::Trade>().price));
    write(text, 32, std::to_string(event.as<cantus::Trade>().qty.get()));
  }
  write(text, 37, to_text(view.order_id));
  write(text, 38, qty_text(order.qty));
  write(text, 39, std::string(1, order.status));
  write(text, 41, view.orig_cl_ord_id.view());
  write(text, 44, price_text(view.price));
  write(text, 54, std::string(1, as_char(view.side)));
  write(text, 55, symbol_of(view.instrument));
  write(text, 150, std::string(1, exec_type));
  write(text, 151, std::to_string(order.open ? order.qty - order.executed : 0));
  give(event, view.session, index, text);
}

// The view that an outcome carries must be what the outcomes before it add up to.
void LogBook::compare(const Event& event, const OrderView& view, Order& order) {
  if (order.open && order.executed == order.qty) {
    order.open = false;
    order.status = '2';
  } else {
    order.status = !order.open ? '4' : order.executed > 0 ? '1' : '0';
  }
  const std::int64_t leaves = order.open ? order.qty - order.executed : 0;
  if (view.order_qty.get() != order.qty || view.cum_qty.get() != order.executed || view.leaves_qty.get() != leaves ||
      view.cum_notional.get() != order.notional || as_char(view.ord_status) != order.status ||
      view.session != order.session) {
    complain(event, "says another state of " + to_text(view.order_id) + " than its outcomes add up to");
  }
}

void LogBook::give(const Event& event, SessionId session, std::uint8_t index, const std::string& fields) {
  const std::string exec_id = to_text(event.position()) + "-" + std::to_string(index);
  Session& owner = sessions_[session];
  owner.executions[exec_id] = fields;
  if (!event.is<cantus::Trade>()) {
    return;
  }
  for (auto& [id, copy] : sessions_) {
    if (copy.role == SessionRole::drop_copy && copy.party == owner.party) {
      copy.executions[exec_id] = fields;
    }
  }
}

std::string LogBook::symbol_of(InstrumentId instrument) const {
  const auto found = symbols_.find(instrument);
  return found == symbols_.end() ? "[N/A]" : found->second;
}

void LogBook::complain(const Event& event, const std::string& what) {
  complaints_.push_back("record " + to_text(event.position()) + " " + what);
}

}  // namespace cantus::sim
