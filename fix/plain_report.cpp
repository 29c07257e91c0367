#include "fix/plain_report.h"

#include <string_view>

#include "base/text.h"

namespace cantus::fix {
namespace {

constexpr std::string_view plain_text = "plain report: ask for the order's status";
constexpr std::string_view none_known = "NONE";
constexpr std::string_view no_symbol = "[N/A]";
constexpr std::uint64_t other_reason = 99;  // 102, 103

char character_or(auto value, char otherwise) {
  const char c = static_cast<char>(value);
  return c > ' ' && c < 0x7f ? c : otherwise;
}

// A ClOrdID as it can stand in a message, or none.
std::string_view id_or(const FixedString<32>& id, std::string_view otherwise) {
  const std::string_view text = id.view();
  for (const char c : text) {
    if (c < ' ' || c >= 0x7f) {
      return otherwise;
    }
  }
  return text.empty() ? otherwise : text;
}

struct Status {
  OrderId order_id;
  FixedString<32> cl_ord_id;
  char exec_type = '0';
  char ord_status = '0';
  char side = '1';
  Qty order_qty;
  Qty last_qty;
  Qty cum_qty;
  Qty leaves_qty;
};

Status status_of(const OrderView& view, char exec_type) {
  Status status;
  status.order_id = view.order_id;
  status.cl_ord_id = view.cl_ord_id;
  status.exec_type = exec_type;
  status.ord_status = character_or(view.ord_status, '0');
  status.side = character_or(view.side, '1');
  status.order_qty = view.order_qty;
  status.cum_qty = view.cum_qty;
  status.leaves_qty = view.leaves_qty;
  return status;
}

bool status_at(const Event& event, std::uint8_t side, Status& status) {
  if (event.is<OrderAccepted>()) {
    status = status_of(event.as<OrderAccepted>().order, '0');
  } else if (event.is<OrderRejected>()) {
    const auto& rejected = event.as<OrderRejected>();
    status.order_id = rejected.order_id;
    status.cl_ord_id = rejected.cl_ord_id;
    status.exec_type = status.ord_status = '8';
    status.side = character_or(rejected.side, '1');
    status.order_qty = rejected.order_qty;
  } else if (event.is<Trade>()) {
    const auto& trade = event.as<Trade>();
    status = status_of(side == 0 ? trade.first : trade.second, 'F');
    status.last_qty = trade.qty;
  } else if (event.is<OrderCancelled>()) {
    status = status_of(event.as<OrderCancelled>().order, '4');
  } else if (event.is<OrderReplaced>()) {
    status = status_of(event.as<OrderReplaced>().order, '5');
  } else if (event.is<OrderStatus>()) {
    status = status_of(event.as<OrderStatus>().order, 'I');
  } else {
    return false;
  }
  return true;
}

bool render_execution(const Event& event, const ReportRef& report, Rendered& out) {
  Status status;
  if (!status_at(event, report.side, status)) {
    return false;
  }
  out.msg_type = "8";
  FieldWriter fields(out.body);
  fields.price(6, Price{});
  fields.text_if_any(11, id_or(status.cl_ord_id, {}));
  fields.qty(14, status.cum_qty);
  fields.text(17, exec_id_text(event.position(), report.index));
  if (status.last_qty.get() > 0) {
    fields.qty(32, status.last_qty);
  }
  fields.text(37, status.order_id.is_zero() ? std::string(none_known) : to_text(status.order_id));
  if (status.order_qty.get() > 0) {
    fields.qty(38, status.order_qty);
  }
  fields.character(39, status.ord_status);
  fields.character(54, status.side);
  fields.text(55, no_symbol);
  fields.text(58, plain_text);
  fields.time(60, event.header->time);
  if (status.ord_status == '8') {
    fields.number(103, other_reason);
  }
  fields.character(150, status.exec_type);
  fields.qty(151, status.leaves_qty);
  if (report.kind == ReportKind::drop_copy) {
    fields.character(797, 'Y');
  }
  return true;
}

bool render_cancel_reject(const Event& event, Rendered& out) {
  if (!event.is<CancelRejected>()) {
    return false;
  }
  const auto& rejected = event.as<CancelRejected>();
  out.msg_type = "9";
  FieldWriter fields(out.body);
  fields.text(11, id_or(rejected.cl_ord_id, none_known));
  fields.text(37, rejected.order_id.is_zero() ? std::string(none_known) : to_text(rejected.order_id));
  fields.character(39, character_or(rejected.ord_status, '8'));
  fields.text(41, id_or(rejected.orig_cl_ord_id, none_known));
  fields.text(58, plain_text);
  fields.time(60, event.header->time);
  fields.number(102, other_reason);
  fields.character(434, character_or(rejected.response_to, '1'));
  return true;
}

bool render_business_reject(const Event& event, Rendered& out) {
  if (!event.is<ClientRefused>()) {
    return false;
  }
  const auto& refused = event.as<ClientRefused>();
  out.msg_type = "j";
  FieldWriter fields(out.body);
  fields.text(58, "refused");
  fields.text(372, refused.ref_msg_type.view());
  fields.number(380, 0);  // other
  return true;
}

// A trade that is reported says at least what was traded, and by which orders.
bool render_trade_capture(const Event& event, Rendered& out) {
  if (!event.is<ReportSubmit>()) {
    return false;
  }
  const auto& submit = event.as<ReportSubmit>();
  const bool withdraws = !submit.withdraws.is_zero();
  const std::string match = to_text(withdraws ? submit.withdraws : submit.trade);
  out.msg_type = "AE";
  out.poss_resend = submit.attempt.get() > 1;
  FieldWriter fields(out.body);
  fields.price(31, submit.price);
  fields.qty(32, submit.qty);
  fields.text(55, no_symbol);
  fields.time(60, submit.trade_time);
  fields.number(75, submit.trade_date);
  fields.character(150, withdraws ? 'H' : 'F');
  fields.number(487, withdraws ? 1 : 0);
  fields.number(552, 2);
  fields.character(54, '1');
  fields.text(37, to_text(submit.buy_order_id));
  fields.character(54, '2');
  fields.text(37, to_text(submit.sell_order_id));
  fields.character(570, withdraws ? 'Y' : 'N');
  fields.text(571, to_text(submit.trade));
  if (withdraws) {
    fields.text(572, match);
  }
  fields.number(856, withdraws ? 6 : 0);
  fields.text(880, match);
  return true;
}

}  // namespace

bool render_plain(const Event& event, const ReportRef& report, Rendered& out) {
  switch (report.kind) {
    case ReportKind::execution:
    case ReportKind::drop_copy:
      return render_execution(event, report, out);
    case ReportKind::cancel_reject:
      return render_cancel_reject(event, out);
    case ReportKind::business_reject:
      return render_business_reject(event, out);
    case ReportKind::trade_capture:
      return render_trade_capture(event, out);
  }
  return false;
}

}  // namespace cantus::fix
