#include "examples/participant/orders.h"

#include <chrono>

#include "examples/participant/market.h"

namespace cantus::participant {
namespace {

std::string now_text() { return FIX::UtcTimeStampConvertor::convert(FIX::UtcTimeStamp(), 3); }

FIX::Message message_of(const std::string& begin_string, const char* type) {
  FIX::Message message;
  message.getHeader().setField(8, begin_string);
  message.getHeader().setField(35, type);
  message.setField(60, now_text());
  return message;
}

std::int64_t whole(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

std::int64_t price_or_zero(const std::string& text) { return text.empty() ? 0 : parse_decimal(text); }

}  // namespace

FIX::Message new_order(const std::string& begin_string, const std::string& cl_ord_id, const OrderRequest& order) {
  FIX::Message message = message_of(begin_string, "D");
  message.setField(11, cl_ord_id);
  message.setField(21, "1");
  message.setField(55, order.symbol);
  message.setField(54, std::string(1, order.side));
  message.setField(38, std::to_string(order.qty));
  message.setField(40, std::string(1, order.ord_type));
  message.setField(59, std::string(1, order.time_in_force));
  if (order.ord_type != '1') {
    message.setField(44, decimal_text(order.price));
  }
  return message;
}

FIX::Message cancel_request(const std::string& begin_string, const std::string& cl_ord_id, const OpenOrder& order) {
  FIX::Message message = message_of(begin_string, "F");
  message.setField(11, cl_ord_id);
  message.setField(41, order.cl_ord_id);
  message.setField(55, order.request.symbol);
  message.setField(54, std::string(1, order.request.side));
  message.setField(38, std::to_string(order.request.qty));
  return message;
}

FIX::Message replace_request(const std::string& begin_string, const std::string& cl_ord_id, const OpenOrder& order,
                             std::int64_t qty, std::int64_t price) {
  OrderRequest changed = order.request;
  changed.qty = qty;
  changed.price = price;
  FIX::Message message = new_order(begin_string, cl_ord_id, changed);
  message.getHeader().setField(35, "G");
  message.setField(41, order.cl_ord_id);
  return message;
}

FIX::Message status_request(const std::string& begin_string, const OpenOrder& order) {
  FIX::Message message = message_of(begin_string, "H");
  message.removeField(60);
  message.setField(11, order.cl_ord_id);
  message.setField(55, order.request.symbol);
  message.setField(54, std::string(1, order.request.side));
  return message;
}

void OpenOrders::sent(const std::string& cl_ord_id, const OrderRequest& request) {
  orders_[cl_ord_id] = OpenOrder{cl_ord_id, "", request, 0, false};
}

void OpenOrders::change_sent(const std::string& cl_ord_id, const std::string& pending_id) {
  const auto found = orders_.find(cl_ord_id);
  if (found != orders_.end()) {
    found->second.pending_id = pending_id;
    changes_[pending_id] = cl_ord_id;
  }
}

std::string OpenOrders::apply(const Line& line) {
  if (line.msg_type != "8" && line.msg_type != "9" && line.msg_type != "j") {
    return {};
  }
  // A report names the order by its own ClOrdID, or by that of the cancel or replace that led to it.
  std::string key = line.cl_ord_id;
  if (const auto change = changes_.find(key); change != changes_.end()) {
    key = change->second;
    changes_.erase(change);
    if (const auto order = orders_.find(key); order != orders_.end()) {
      order->second.pending_id.clear();
    }
  }
  const auto found = orders_.find(key);
  if (found == orders_.end() || line.msg_type == "j") {
    return found == orders_.end() ? std::string() : key;
  }
  OpenOrder& order = found->second;
  if (line.msg_type == "9") {
    const bool gone = line.ord_status == "2" || line.ord_status == "4" || line.ord_status == "8";
    if (gone) {
      orders_.erase(found);
    }
    return key;
  }
  if (line.exec_type == "I") {
    return key;
  }
  order.acknowledged = true;
  order.cum_qty = std::max(order.cum_qty, whole(line.cum_qty));
  if (line.exec_type == "5") {
    OpenOrder replaced = order;
    replaced.cl_ord_id = line.cl_ord_id;
    replaced.request.qty = line.order_qty.empty() ? replaced.request.qty : whole(line.order_qty);
    replaced.request.price = line.price.empty() ? replaced.request.price : price_or_zero(line.price);
    orders_.erase(found);
    key = line.cl_ord_id;
    orders_[key] = std::move(replaced);
  }
  if (line.ord_status == "2" || line.ord_status == "4" || line.ord_status == "8" || line.ord_status == "C") {
    orders_.erase(key);
  }
  return key;
}

OpenOrders OpenOrders::recover(const std::vector<Line>& lines) {
  OpenOrders result;
  for (const Line& line : lines) {
    if (line.kind == LineKind::received) {
      result.apply(line);
      continue;
    }
    if (line.kind != LineKind::sent || line.side.empty() || line.poss.starts_with("dup")) {
      continue;
    }
    if (line.msg_type == "D") {
      result.sent(line.cl_ord_id, {line.symbol, line.side[0], line.ord_type.empty() ? '2' : line.ord_type[0], '0',
                                   whole(line.order_qty), price_or_zero(line.price)});
    } else if (line.msg_type == "F" || line.msg_type == "G") {
      result.change_sent(line.orig_cl_ord_id, line.cl_ord_id);
    }
  }
  return result;
}

const OpenOrder* OpenOrders::find(const std::string& cl_ord_id) const {
  const auto found = orders_.find(cl_ord_id);
  return found == orders_.end() ? nullptr : &found->second;
}

std::size_t OpenOrders::unanswered() const {
  std::size_t count = 0;
  for (const auto& [id, order] : orders_) {
    count += !order.acknowledged || !order.pending_id.empty() ? 1 : 0;
  }
  return count;
}

ClOrdIds::ClOrdIds(std::string prefix) : prefix_(std::move(prefix)) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto life = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::string text;
  for (; life != 0; life /= 36) {
    text.insert(text.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[life % 36]);
  }
  prefix_ += text + "-";
}

std::string ClOrdIds::next() { return prefix_ + std::to_string(++count_); }

}  // namespace cantus::participant
