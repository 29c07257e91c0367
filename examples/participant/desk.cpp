#include "examples/participant/desk.h"

#include <optional>

namespace cantus::participant {

Desk::Desk(DeskOptions options, const Market& market)
    : options_(std::move(options)),
      market_(market),
      random_(options_.seed),
      ids_("q"),
      session_(StockSession::Kind::initiator, options_.session, this) {
  orders_ = OpenOrders::recover(read_results(session_.results().path()));
  for (const auto& [cl_ord_id, order] : orders_.all()) {
    leftovers_.push_back(cl_ord_id);
  }
  for (std::size_t i = 0; i < market_.instruments().size(); ++i) {
    quotes_.push_back({i, '1', ""});
    quotes_.push_back({i, '2', ""});
  }
}

Desk::~Desk() { stop(); }

void Desk::start() {
  session_.start();
  pacer_.start(options_.updates_per_second, [this] { act(); });
}

void Desk::stop() {
  pacer_.stop();
  session_.stop();
}

std::size_t Desk::unanswered() const {
  const std::lock_guard lock(mutex_);
  return orders_.unanswered();
}

void Desk::on_logon() {
  std::vector<FIX::Message> cancels;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& cl_ord_id : leftovers_) {
      if (const OpenOrder* order = orders_.find(cl_ord_id)) {
        const std::string id = ids_.next();
        cancels.push_back(cancel_request(options_.session.begin_string, id, *order));
        orders_.change_sent(cl_ord_id, id);
      }
    }
    leftovers_.clear();
  }
  for (FIX::Message& cancel : cancels) {
    session_.send(std::move(cancel));
  }
}

void Desk::on_message(const FIX::Message& message) {
  const Line line = line_of(message);
  const std::lock_guard lock(mutex_);
  std::string before = line.cl_ord_id;
  if (line.exec_type == "5" || line.exec_type == "4") {
    before = line.orig_cl_ord_id;
  }
  const std::string now = orders_.apply(line);
  for (Quote& quote : quotes_) {
    if (!quote.cl_ord_id.empty() && (quote.cl_ord_id == before || quote.cl_ord_id == now)) {
      quote.cl_ord_id = orders_.find(now) != nullptr ? now : "";
    }
  }
}

std::int64_t Desk::price_of(const Quote& quote) const {
  const Best best = market_.best(quote.instrument);
  return quote.side == '1' ? best.bid : best.ask;
}

// One quote a turn, so that the rate of messages is the rate of turns.
void Desk::act() {
  if (!session_.logged_on()) {
    return;
  }
  std::optional<FIX::Message> message;
  {
    const std::lock_guard lock(mutex_);
    Quote& quote = quotes_[turn_++ % quotes_.size()];
    const Instrument& instrument = market_.instruments()[quote.instrument];
    const std::int64_t price = price_of(quote);
    const OpenOrder* order = orders_.find(quote.cl_ord_id);
    const std::string id = ids_.next();
    if (order == nullptr) {
      const OrderRequest request{instrument.symbol, quote.side, '2', '0', options_.quote_lots * instrument.lot, price};
      message = new_order(options_.session.begin_string, id, request);
      orders_.sent(id, request);
      quote.cl_ord_id = id;
    } else if (order->acknowledged && order->pending_id.empty() && random_() % 50 == 0) {
      message = cancel_request(options_.session.begin_string, id, *order);
      orders_.change_sent(quote.cl_ord_id, id);
    } else if (order->acknowledged && order->pending_id.empty() && order->request.price != price) {
      // OrderQty counts what is executed: the open part goes back to the full size.
      const std::int64_t qty = order->cum_qty + options_.quote_lots * instrument.lot;
      message = replace_request(options_.session.begin_string, id, *order, qty, price);
      orders_.change_sent(quote.cl_ord_id, id);
    }
  }
  if (message) {
    session_.send(std::move(*message));
  }
}

}  // namespace cantus::participant
