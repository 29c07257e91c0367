#include "tests/regreport/app/trading_history.h"

#include <algorithm>

namespace cantus::test {

TradingHistory::TradingHistory(TestLog& log, std::uint32_t seed) : log_(log), random_(seed) {
  put_reference_data(log_, 0);
  gateway_ = attach(log_, gateway_1);
  for (const SessionId session : {client_session, desk_session, regulator_session}) {
    log_on(session);
  }
}

void TradingHistory::log_on(SessionId session) {
  const Epoch last = sessions_.contains(session) ? sessions_[session].owner.epoch : Epoch{};
  const Seq seq = log_.put(takeover(session, Generation(1), last, gateway_), gateway_1);
  sessions_[session].owner = Owner{session, Generation(1), TestLog::position(seq)};
}

void TradingHistory::play(int steps) {
  for (int i = 0; i < steps; ++i) {
    log_.time = TimeNs(log_.time.get() + draw(20) * 1'000'000);
    switch (draw(12)) {
      case 0:
        log_.put(TimeTick{}, sequencer_publisher);
        break;
      case 1:
        log_on(draw(2) == 0 ? client_session : desk_session);
        break;
      case 2:
      case 3:
      case 4:
        enter_order();
        break;
      case 5:
      case 6:
        fill();
        break;
      case 7:
        end_order();
        break;
      case 8:
        replace_order();
        break;
      case 9:
        refuse();
        break;
      case 10:
        ask_status();
        break;
      default:
        report_trade();
        answer_report();
    }
  }
}

void TradingHistory::enter_order() {
  Connected& session = sessions_[draw(2) == 0 ? client_session : desk_session];
  const bool of_desk = session.owner.session == desk_session;
  NewOrder entered = session.owner.order(session.next_number++);
  entered.price = Price(price_one * (100 + draw(5)));
  entered.order_qty = Qty(1 + draw(50));
  entered.side = static_cast<std::uint8_t>(of_desk ? Side::sell : Side::buy);
  entered.ord_type = static_cast<std::uint8_t>(OrdType::limit);
  entered.time_in_force = static_cast<std::uint8_t>(TimeInForce::day);
  entered.cl_ord_id = FixedString<32>("c" + std::to_string(log_.last().get()));
  entered.account = FixedString<16>(draw(2) == 0 ? "acc" : "");
  entered.transact_time = log_.time;
  const Seq seq = log_.put(entered, gateway_1);
  if (draw(8) == 0) {
    --session.next_number;
    log_.put(session.owner.order(session.next_number++), gateway_1);  // the same number again counts for nothing
  }

  Order& order = orders_[seq];
  order.view.order_id = TestLog::position(seq);
  order.view.price = entered.price;
  order.view.order_qty = entered.order_qty;
  order.view.session = session.owner.session;
  order.view.party = PartyId(of_desk ? 2 : 1);
  order.view.instrument = InstrumentId(1);
  order.view.side = of_desk ? Side::sell : Side::buy;
  order.view.ord_type = OrdType::limit;
  order.view.time_in_force = TimeInForce::day;
  order.view.cl_ord_id = entered.cl_ord_id;
  order.view.account = entered.account;
  if (draw(5) == 0) {
    OrderRejected rejected;
    rejected.order_id = TestLog::position(seq);
    rejected.side = entered.side;
    rejected.ord_type = entered.ord_type;
    rejected.time_in_force = entered.time_in_force;
    rejected.reason = RejectReason::gross_notional_limit;
    rejected.session = session.owner.session;
    rejected.party = order.view.party;
    rejected.price = entered.price;
    rejected.order_qty = entered.order_qty;
    rejected.cl_ord_id = entered.cl_ord_id;
    rejected.symbol = entered.symbol;
    const Seq outcome = log_.put(rejected, matching_publisher);
    order.status = "rejected";
    order.reason = "gross_notional_limit";
    execution(outcome, 0, session.owner.session, false, "8", order.view, Qty(0));
    return;
  }
  order.view.leaves_qty = entered.order_qty;
  order.view.ord_status = OrdStatus::new_;
  order.view.worst_price = entered.price;
  OrderAccepted outcome;
  outcome.cause = seq;
  outcome.order = order.view;
  order.status = "new";
  execution(log_.put(outcome, matching_publisher), 0, session.owner.session, false, "0", order.view, Qty(0));
}

OrderView* TradingHistory::open_order(bool of_desk) {
  std::vector<OrderView*> open;
  for (auto& [seq, order] : orders_) {
    if (order.view.leaves_qty.get() > 0 && (order.view.session == desk_session) == of_desk) {
      open.push_back(&order.view);
    }
  }
  return open.empty() ? nullptr : open[draw(static_cast<std::uint32_t>(open.size()))];
}

void TradingHistory::fill() {
  OrderView* const client = open_order(false);
  OrderView* const desk = open_order(true);
  if (client == nullptr || desk == nullptr) {
    return;
  }
  const std::int64_t most = std::min(client->leaves_qty.get(), desk->leaves_qty.get());
  const Qty qty(1 + draw(static_cast<std::uint32_t>(most)));
  const Price price(price_one * (100 + draw(3)) + 12'345'678);
  for (OrderView* order : {client, desk}) {
    order->cum_qty = Qty(order->cum_qty.get() + qty.get());
    order->leaves_qty = Qty(order->leaves_qty.get() - qty.get());
    order->cum_notional = order->cum_notional + notional_of(price, qty);
    order->ord_status = order->leaves_qty.get() == 0 ? OrdStatus::filled : OrdStatus::partially_filled;
    orders_[order->order_id.seq()].status = std::string(name_of(order->ord_status));
    orders_[order->order_id.seq()].reason.clear();
  }
  Trade trade;
  trade.cause = Seq(1);
  trade.price = price;
  trade.qty = qty;
  trade.instrument = InstrumentId(1);
  trade.first = *client;
  trade.second = *desk;
  const Seq seq = log_.put(trade, matching_publisher);
  execution(seq, 0, client_session, false, "F", *client, qty);
  execution(seq, 1, desk_session, false, "F", *desk, qty);
  execution(seq, 1, copy_session, true, "F", *desk, qty);
  trades_[seq] = id(seq) + "|AAPL|" + to_text(price) + "|" + to_text(qty) + "|" + id(client->order_id.seq()) + "|" +
                 id(desk->order_id.seq()) + "|1|2\n";
}

void TradingHistory::end_order() {
  OrderView* const order = open_order(draw(2) == 0);
  if (order == nullptr) {
    return;
  }
  OrderCancelled cancelled;
  cancelled.cause = Seq(1);
  cancelled.cancelled_qty = order->leaves_qty;
  cancelled.reason = CancelReason::disconnected;
  order->leaves_qty = Qty(0);
  order->ord_status = OrdStatus::canceled;
  cancelled.order = *order;
  orders_[order->order_id.seq()].status = "canceled";
  orders_[order->order_id.seq()].reason = "disconnected";
  execution(log_.put(cancelled, matching_publisher), 0, order->session, false, "4", *order, Qty(0));
}

void TradingHistory::replace_order() {
  OrderView* const order = open_order(false);
  if (order == nullptr) {
    return;
  }
  order->orig_cl_ord_id = order->cl_ord_id;
  order->cl_ord_id = FixedString<32>("r" + std::to_string(log_.last().get()));
  order->order_qty = Qty(order->order_qty.get() + 3);
  order->leaves_qty = Qty(order->leaves_qty.get() + 3);
  OrderReplaced replaced;
  replaced.cause = Seq(1);
  replaced.order = *order;
  execution(log_.put(replaced, matching_publisher), 0, order->session, false, "5", *order, Qty(0));
}

void TradingHistory::refuse() {
  Connected& session = sessions_[client_session];
  if (draw(2) == 0) {
    ClientRefused refused = session.owner.refused(session.next_number++);
    refused.business_reject_reason = 3;
    refused.business_reject_ref_id = FixedString<64>("ref");
    refused.text = FixedString<96>("unsupported");
    refusals_ += std::to_string(log_.put(refused, gateway_1).get()) + "|1|j|ref|3|unsupported\n";
    log_.put(refused, gateway_1);  // not accepted: no refusal
    return;
  }
  CancelRejected rejected;
  rejected.cause = Seq(1);
  rejected.session = client_session;
  rejected.party = PartyId(1);
  rejected.cl_ord_id = FixedString<32>("x");
  rejected.orig_cl_ord_id = FixedString<32>("y");
  rejected.response_to = RequestKind::cancel;
  rejected.ord_status = OrdStatus::rejected;
  rejected.reason = RejectReason::unknown_order;
  refusals_ += std::to_string(log_.put(rejected, matching_publisher).get()) + "|1|9|x|1|";
  refusals_ += "*\n";  // the text is the edge's own
}

void TradingHistory::ask_status() {
  OrderView* const order = open_order(true);
  if (order == nullptr) {
    return;
  }
  OrderStatus status;
  status.cause = Seq(1);
  status.found = 1;
  status.order = *order;
  execution(log_.put(status, matching_publisher), 0, order->session, false, "I", *order, Qty(0));
}

void TradingHistory::report_trade() {
  for (const auto& [trade, row] : trades_) {
    Report& report = reports_[trade];
    if (report.attempts < 2 && draw(2) == 0) {
      ReportSubmit submit = report_submit();
      submit.trade = TestLog::position(trade);
      submit.attempt = TradeAttempt(++report.attempts);
      submit.instrument = InstrumentId(1);
      submit.buyer = PartyId(1);
      submit.seller = PartyId(2);
      report.session = regulator_session;
      report.status = "submitted";
      log_.put(submit, PublisherId(4));
      return;
    }
  }
}

void TradingHistory::answer_report() {
  Connected& session = sessions_[regulator_session];
  for (auto& [trade, report] : reports_) {
    if (report.status == "submitted" && draw(3) == 0) {
      ReportAnswered answered;
      answered.client = session.owner.client(session.next_number++);
      answered.trade = TestLog::position(trade);
      answered.status = draw(4) == 0 ? ReportStatus::rejected : ReportStatus::accepted;
      answered.text = FixedString<64>("said so");
      log_.put(answered, gateway_1);
      report.status = std::string(name_of(answered.status));
      report.text = "said so";
      answered.status = ReportStatus::duplicate;
      log_.put(answered, gateway_1);  // its number is behind: it counts for nothing
      return;
    }
  }
}

void TradingHistory::execution(Seq seq, std::uint32_t index, SessionId session, bool copy, const char* exec_type,
                               const OrderView& order, Qty last_qty) {
  const std::string exec_id = id(seq) + "-" + std::to_string(index);
  executions_[{exec_id, session}] = exec_id + "|" + std::to_string(session.get()) + "|" + (copy ? "1" : "0") + "|" +
                                    id(order.order_id.seq()) + "|" + exec_type + "|" + order.cl_ord_id.str() + "|" +
                                    (last_qty.get() > 0 ? to_text(last_qty) : "") + "|" + to_text(order.cum_qty) + "|" +
                                    to_text(order.leaves_qty) + "\n";
}

std::string TradingHistory::orders() const {
  std::string rows;
  for (const auto& [seq, order] : orders_) {
    const OrderView& view = order.view;
    rows += id(seq) + "|" + std::to_string(view.session.get()) + "|" + std::to_string(view.party.get()) + "|" +
            view.account.str() + "|AAPL|" + std::string(name_of(view.side)) + "|" + view.cl_ord_id.str() + "|" +
            to_text(view.price) + "|" + to_text(view.order_qty) + "|" + to_text(view.cum_qty) + "|" +
            to_text(view.leaves_qty) + "|" + to_text(view.cum_notional) + "|" + order.status + "|" + order.reason +
            "\n";
  }
  return rows;
}

std::string TradingHistory::executions() const {
  std::string rows;
  for (const auto& [key, row] : executions_) {
    rows += row;
  }
  return rows;
}

std::string TradingHistory::trades() const {
  std::string rows;
  for (const auto& [seq, row] : trades_) {
    rows += row;
  }
  return rows;
}

std::string TradingHistory::reports() const {
  std::string rows;
  for (const auto& [trade, report] : reports_) {
    if (report.attempts > 0) {
      rows += id(trade) + "|" + std::to_string(report.session.get()) + "|" + std::to_string(report.attempts) + "|" +
              report.status + "|" + report.text + "\n";
    }
  }
  return rows;
}

}  // namespace cantus::test
