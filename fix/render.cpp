#include "fix/render.h"

#include <algorithm>

#include "base/mutant.h"
#include "base/text.h"
#include "fix/plain_report.h"
#include "fix/reasons.h"

namespace cantus::fix {

namespace {

constexpr std::string_view none_known = "NONE";    // OrderID (37), OrigClOrdID (41) of an order that is not known
constexpr std::string_view no_symbol = "[N/A]";    // Symbol (55) where none was given
constexpr char party_id_source_proprietary = 'D';  // PartyIDSource (447)
constexpr std::uint64_t exec_restatement_reason_other = 99;
constexpr std::string_view void_text = "void: the venue computed it wrongly";
constexpr std::string_view restated_text = "what was told of this order before is void: it stands as said here";
constexpr std::uint64_t party_role_executing_firm = 1;  // PartyRole (452): a desk of the venue's firm
constexpr std::uint64_t party_role_client_id = 3;       // a client
constexpr std::uint64_t party_role_entering_firm = 7;   // the CompID that entered the order

char as_char(auto value) { return static_cast<char>(value); }

std::string order_id_text(OrderId id) { return id.is_zero() ? std::string(none_known) : to_text(id); }

std::string_view symbol_of(const ReferenceData& refdata, InstrumentId id) {
  const InstrumentDefined* instrument = refdata.instrument(id);
  return instrument == nullptr ? no_symbol : instrument->symbol.view();
}

void write_party(FieldWriter& fields, std::string_view id, std::uint64_t role) {
  fields.text(448, id);
  fields.character(447, party_id_source_proprietary);
  fields.number(452, role);
}

std::uint64_t role_of(const PartyDefined& party) {
  return party.kind == PartyKind::desk ? party_role_executing_firm : party_role_client_id;
}

// The parties of a drop copy: whose order it is, and the CompID that entered it.
void write_original_parties(FieldWriter& fields, const ReferenceData& refdata, PartyId party_id, SessionId session_id) {
  const PartyDefined* party = refdata.party(party_id);
  const SessionDefined* session = refdata.session(session_id);
  const std::uint64_t count = (party != nullptr ? 1U : 0U) + (session != nullptr ? 1U : 0U);
  if (count == 0) {
    return;
  }
  fields.number(453, count);
  if (party != nullptr) {
    write_party(fields, party->name.view(), role_of(*party));
  }
  if (session != nullptr) {
    write_party(fields, session->their_comp_id.view(), party_role_entering_firm);
  }
}

// Everything that ExecutionReports (35=8) of different causes have in common or not; written once, in order of tags.
struct Execution {
  std::string exec_id;
  std::string exec_ref_id;  // of what is void
  std::string order_id;
  std::string_view cl_ord_id;
  std::string_view orig_cl_ord_id;
  std::string_view account;
  std::string_view symbol;
  std::string_view text;
  std::string_view ord_status_req_id;
  char exec_type = '0';
  char ord_status = '0';
  char side = '1';
  char ord_type = '\0';       // '\0': not told
  char time_in_force = '\0';  // '\0': not told
  Price price;                // 0: none
  Qty order_qty;
  Qty cum_qty;
  Qty leaves_qty;
  Price avg_px;
  Price last_px;  // with last_qty above 0
  Qty last_qty;
  std::uint32_t ord_rej_reason = 0;
  bool rejected = false;
  bool restated = false;
  TimeNs transact_time;
  // Of a drop copy.
  bool copy = false;
  PartyId party;
  SessionId session;
};

void write_execution(const Execution& e, const ReferenceData& refdata, Rendered& out) {
  out.msg_type = "8";
  FieldWriter fields(out.body);
  fields.text_if_any(1, e.account);
  fields.price(6, e.avg_px);
  fields.text_if_any(11, e.cl_ord_id);
  fields.qty(14, e.cum_qty);
  fields.text(17, e.exec_id);
  fields.text_if_any(19, e.exec_ref_id);
  if (e.last_qty.get() > 0) {
    fields.price(31, e.last_px);
    fields.qty(32, e.last_qty);
  }
  fields.text(37, e.order_id);
  if (e.order_qty.get() > 0) {
    fields.qty(38, e.order_qty);
  }
  fields.character(39, e.ord_status);
  if (e.ord_type != '\0') {
    fields.character(40, e.ord_type);
  }
  fields.text_if_any(41, e.orig_cl_ord_id);
  if (!e.price.is_zero()) {
    fields.price(44, e.price);
  }
  fields.character(54, e.side);
  fields.text(55, e.symbol.empty() ? no_symbol : e.symbol);
  fields.text_if_any(58, e.text);
  if (e.time_in_force != '\0') {
    fields.character(59, e.time_in_force);
  }
  fields.time(60, e.transact_time);
  if (e.rejected) {
    fields.number(103, e.ord_rej_reason);
  }
  fields.character(150, e.exec_type);
  fields.qty(151, e.leaves_qty);
  if (e.restated) {
    fields.number(378, exec_restatement_reason_other);
  }
  if (e.copy) {
    write_original_parties(fields, refdata, e.party, e.session);
  }
  fields.text_if_any(790, e.ord_status_req_id);
  if (e.copy) {
    fields.character(797, 'Y');
  }
}

// The execution that an order's view tells; the caller adds what is special about its cause.
Execution execution_of(const OrderView& view, char exec_type, const ReferenceData& refdata) {
  Execution e;
  e.order_id = order_id_text(view.order_id);
  e.cl_ord_id = view.cl_ord_id.view();
  e.orig_cl_ord_id = view.orig_cl_ord_id.view();
  e.account = view.account.view();
  e.symbol = symbol_of(refdata, view.instrument);
  e.exec_type = exec_type;
  e.ord_status = as_char(view.ord_status);
  e.side = as_char(view.side);
  e.ord_type = as_char(view.ord_type);
  e.time_in_force = as_char(view.time_in_force);
  e.price = view.price;
  e.order_qty = view.order_qty;
  e.cum_qty = view.cum_qty;
  e.leaves_qty = view.leaves_qty;
  if (view.cum_qty.get() > 0) {
    e.avg_px = average_price(view.cum_notional, view.cum_qty);
  }
  e.party = view.party;
  e.session = view.session;
  return e;
}

Execution execution_of(const OrderRejected& rejected) {
  Execution e;
  e.order_id = to_text(rejected.order_id);
  e.cl_ord_id = rejected.cl_ord_id.view();
  e.account = rejected.account.view();
  e.symbol = rejected.symbol.view();
  e.exec_type = '8';
  e.ord_status = '8';
  e.side = as_char(rejected.side);
  e.ord_type = as_char(rejected.ord_type);
  e.time_in_force = as_char(rejected.time_in_force);
  e.price = rejected.price;
  e.order_qty = rejected.order_qty;
  e.rejected = true;
  e.ord_rej_reason = text_of(rejected.reason).ord_rej_reason;
  e.text = text_of(rejected.reason).text;
  e.party = rejected.party;
  e.session = rejected.session;
  return e;
}

Execution execution_of(const OrderStatus& status, const ReferenceData& refdata) {
  Execution e;
  if (status.found != 0) {
    e = execution_of(status.order, 'I', refdata);
  } else {
    const ReasonText& reason = text_of(RejectReason::unknown_order);
    e.order_id = none_known;
    e.cl_ord_id = status.order.cl_ord_id.view();
    e.exec_type = 'I';
    e.ord_status = '8';
    e.side = as_char(status.order.side) == '\0' ? '1' : as_char(status.order.side);
    e.symbol = status.symbol.view();
    e.rejected = true;
    e.ord_rej_reason = reason.ord_rej_reason;
    e.text = reason.text;
    e.party = status.order.party;
    e.session = status.order.session;
  }
  e.ord_status_req_id = status.ord_status_req_id.view();
  return e;
}

// The execution that the event tells to `side`, if it tells one.
bool execution_at(const Event& event, std::uint8_t side, const ReferenceData& refdata, Execution& e) {
  if (event.is<OrderAccepted>()) {
    e = execution_of(event.as<OrderAccepted>().order, '0', refdata);
  } else if (event.is<OrderRejected>()) {
    e = execution_of(event.as<OrderRejected>());
  } else if (event.is<Trade>()) {
    const auto& trade = event.as<Trade>();
    e = execution_of(side == 0 ? trade.first : trade.second, 'F', refdata);
    e.last_px = trade.price;
    e.last_qty = trade.qty;
  } else if (event.is<TradeVoided>()) {
    const auto& voided = event.as<TradeVoided>();
    e = execution_of(side == 0 ? voided.first : voided.second, 'H', refdata);
    e.exec_ref_id = exec_id_text(voided.trade, side);
    e.last_px = voided.price;
    e.last_qty = voided.qty;
    e.text = void_text;
  } else if (event.is<OrderRestated>()) {
    e = execution_of(event.as<OrderRestated>().order, 'D', refdata);
    e.restated = true;
    e.text = restated_text;
  } else if (event.is<OrderCancelled>()) {
    const auto& cancelled = event.as<OrderCancelled>();
    e = execution_of(cancelled.order, '4', refdata);
    e.text = text_of(cancelled.reason);
  } else if (event.is<OrderReplaced>()) {
    e = execution_of(event.as<OrderReplaced>().order, '5', refdata);
  } else if (event.is<OrderStatus>()) {
    e = execution_of(event.as<OrderStatus>(), refdata);
  } else {
    return false;
  }
  e.transact_time = event.header->time;
  return true;
}

bool render_execution(const Event& event, const ReferenceData& refdata, const ReportRef& report, Rendered& out) {
  Execution e;
  if (!execution_at(event, report.side, refdata, e)) {
    return false;
  }
  e.exec_id = exec_id_text(event.position(), report.index);
  e.copy = report.kind == ReportKind::drop_copy;
  write_execution(e, refdata, out);
  return true;
}

bool render_cancel_reject(const Event& event, Rendered& out) {
  if (!event.is<CancelRejected>()) {
    return false;
  }
  const auto& rejected = event.as<CancelRejected>();
  const ReasonText& reason = text_of(rejected.reason);
  out.msg_type = "9";
  FieldWriter fields(out.body);
  fields.text(11, rejected.cl_ord_id.view());
  fields.text(37, order_id_text(rejected.order_id));
  fields.character(39, as_char(rejected.ord_status));
  fields.text(41, rejected.orig_cl_ord_id.empty() ? none_known : rejected.orig_cl_ord_id.view());
  fields.text_if_any(58, reason.text);
  fields.time(60, event.header->time);
  fields.number(102, reason.cxl_rej_reason);
  fields.character(434, as_char(rejected.response_to));
  return true;
}

bool render_business_reject(const Event& event, Rendered& out, bool reissued) {
  if (!event.is<ClientRefused>()) {
    return false;
  }
  const auto& refused = event.as<ClientRefused>();
  out.msg_type = "j";
  FieldWriter fields(out.body);
  if (!reissued) {
    fields.number(45, refused.client.number.get());
  }
  fields.text_if_any(58, refused.text.view());
  fields.text(372, refused.ref_msg_type.view());
  fields.text_if_any(379, refused.business_reject_ref_id.view());
  fields.number(380, refused.business_reject_reason);
  return true;
}

void write_trade_side(FieldWriter& fields, const ReferenceData& refdata, Side side, OrderId order, PartyId party_id) {
  const PartyDefined* party = refdata.party(party_id);
  fields.character(54, as_char(side));
  fields.text(37, order_id_text(order));
  if (party != nullptr) {
    fields.number(453, 1);
    write_party(fields, party->name.view(), role_of(*party));
  }
}

bool render_trade_capture(const Event& event, const ReferenceData& refdata, Rendered& out) {
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
  fields.text(55, symbol_of(refdata, submit.instrument));
  fields.time(60, submit.trade_time);
  fields.number(75, submit.trade_date);
  fields.character(150, withdraws ? 'H' : 'F');
  fields.number(487, withdraws ? 1 : 0);  // TradeReportTransType: cancel, new
  fields.number(552, 2);
  write_trade_side(fields, refdata, Side::buy, submit.buy_order_id, submit.buyer);
  write_trade_side(fields, refdata, Side::sell, submit.sell_order_id, submit.seller);
  fields.character(570, withdraws ? 'Y' : 'N');  // PreviouslyReported
  fields.text(571, CANTUS_MUTANT(report_id_of_attempt)
                       ? exec_id_text(submit.trade, static_cast<std::uint8_t>(submit.attempt.get() - 1))
                       : to_text(submit.trade));
  if (withdraws) {
    fields.text(572, match);
  }
  fields.number(856, withdraws ? 6 : 0);  // TradeReportType: trade report cancel, submit
  fields.text(880, match);
  return true;
}

}  // namespace

bool render(const Event& event, const ReferenceData& refdata, const ReportRef& report, Rendered& out, bool reissued) {
  out.msg_type.clear();
  out.body.clear();
  out.poss_resend = false;
  if (!event.handled_by(MachineName::gateway)) {
    return render_plain(event, report, out);
  }
  switch (report.kind) {
    case ReportKind::execution:
    case ReportKind::drop_copy:
      return render_execution(event, refdata, report, out);
    case ReportKind::cancel_reject:
      return render_cancel_reject(event, out);
    case ReportKind::business_reject:
      return render_business_reject(event, out, reissued);
    case ReportKind::trade_capture:
      return render_trade_capture(event, refdata, out);
  }
  return false;
}

Rendered render_reject(const SessionAdminSent& record) {
  Rendered out;
  out.msg_type = "3";
  FieldWriter fields(out.body);
  fields.number(45, record.ref_seq_num.get());
  fields.text_if_any(58, record.text.view());
  if (record.ref_tag_id != 0) {
    fields.number(371, record.ref_tag_id);
  }
  fields.text_if_any(372, record.ref_msg_type.view());
  if (record.session_reject_reason != 0) {
    fields.number(373, record.session_reject_reason - 1);
  }
  return out;
}

Rendered render_gap_fill(MsgSeqNum new_seq_no) {
  Rendered out;
  out.msg_type = "4";
  FieldWriter fields(out.body);
  fields.number(36, new_seq_no.get());
  fields.character(123, 'Y');
  return out;
}

std::string exec_id_text(LogSeq outcome, std::uint8_t index) {
  std::string text = to_text(outcome);
  text += '-';
  append_number(text, CANTUS_MUTANT(sides_share_exec_id) ? 0 : index);
  return text;
}

SessionNames names_of(const SessionDefined& session) {
  return {session.begin_string.str(), session.our_comp_id.str(), session.their_comp_id.str()};
}

HeaderInputs first_sending(const OutboundInputs& inputs, bool poss_resend, TimeNs now) {
  if (now.get() - inputs.position_time.get() > first_sending_max_ns) {
    return resending(inputs, poss_resend, now);
  }
  HeaderInputs header;
  header.number = inputs.number;
  header.sending_time = inputs.position_time;
  header.poss_resend = poss_resend || inputs.reissued;
  return header;
}

HeaderInputs resending(const OutboundInputs& inputs, bool poss_resend, TimeNs now) {
  HeaderInputs header;
  header.number = inputs.number;
  header.poss_dup = true;
  header.poss_resend = poss_resend || inputs.reissued;
  header.orig_sending_time = inputs.position_time;
  header.sending_time = std::max(now, inputs.position_time);
  return header;
}

}  // namespace cantus::fix
