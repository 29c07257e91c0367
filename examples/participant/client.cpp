#include "examples/participant/client.h"

namespace cantus::participant {

Client::Client(ClientOptions options, const Market& market)
    : options_(std::move(options)),
      market_(market),
      random_(options_.seed),
      ids_("c"),
      session_(StockSession::Kind::initiator, options_.session, this) {
  orders_ = OpenOrders::recover(read_results(session_.results().path()));
}

Client::~Client() { stop(); }

void Client::start() {
  session_.start();
  pacer_.start(options_.orders_per_second, [this] { act(); });
}

void Client::stop() {
  pacer_.stop();
  session_.stop();
}

std::uint64_t Client::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::size_t Client::unanswered() const {
  const std::lock_guard lock(mutex_);
  return orders_.unanswered();
}

void Client::on_message(const FIX::Message& message) {
  const std::lock_guard lock(mutex_);
  orders_.apply(line_of(message));
}

void Client::act() {
  if (!session_.logged_on()) {
    return;
  }
  FIX::Message message;
  {
    const std::lock_guard lock(mutex_);
    if (options_.orders_max != 0 && sent_ >= options_.orders_max) {
      return;
    }
    ++sent_;
    std::size_t resting = 0;
    for (const auto& [id, order] : orders_.all()) {
      resting += order.acknowledged && order.pending_id.empty() ? 1 : 0;
    }
    message = resting > options_.resting_max || (resting > 0 && random_() % 10 == 0) ? change_one() : order_one();
  }
  session_.send(std::move(message));
}

// Cancels or replaces the oldest order that rests. There is one.
FIX::Message Client::change_one() {
  const OpenOrder* order = nullptr;
  for (const auto& [id, candidate] : orders_.all()) {
    if (candidate.acknowledged && candidate.pending_id.empty()) {
      order = &candidate;
      break;
    }
  }
  const std::string id = ids_.next();
  const std::string cl_ord_id = order->cl_ord_id;
  FIX::Message message = random_() % 3 != 0 ? cancel_request(options_.session.begin_string, id, *order)
                                            : replace_request(options_.session.begin_string, id, *order,
                                                              order->request.qty, order->request.price);
  orders_.change_sent(cl_ord_id, id);
  return message;
}

FIX::Message Client::order_one() {
  const std::size_t i = random_() % market_.instruments().size();
  const Instrument& instrument = market_.instruments()[i];
  const Best best = market_.best(i);
  OrderRequest order{instrument.symbol, random_() % 2 == 0 ? '1' : '2', '2', '0', 0, 0};
  order.qty = instrument.lot * static_cast<std::int64_t>(1 + random_() % 3);
  const std::uint64_t draw = random_() % 100;
  const std::int64_t direction = order.side == '1' ? 1 : -1;  // towards paying more
  const std::int64_t touch = order.side == '1' ? best.ask : best.bid;
  if (draw < 55) {
    order.price = touch + direction * instrument.tick;  // crosses the desk's quote
  } else if (draw < 75) {
    order.price = touch;
    order.time_in_force = draw < 70 ? '3' : '4';
  } else if (draw < 85) {
    order.ord_type = '1';
    order.time_in_force = '3';
  } else {
    order.price = touch - direction * 8 * instrument.tick;  // rests
  }
  const std::string id = ids_.next();
  orders_.sent(id, order);
  return new_order(options_.session.begin_string, id, order);
}

}  // namespace cantus::participant
