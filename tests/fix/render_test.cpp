// The bytes of every kind of message, as they stand in docs/rules-of-engagement.md: that page shows these texts, and a
// test compares it with them. A change here changes what replay re-creates of old logs: it needs an activation.
#include "fix/render.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "base/civil_time.h"
#include "fix/reasons.h"
#include "tests/fix/fix_text.h"

namespace cantus::fix {
namespace {

using test::bar_text;

const TimeNs event_time = *time_from({2026, 11, 21, 14, 30, 5, 123'456'789});

// Reference data with AAPL, client ALPHA, desk DESK, their sessions, a drop copy and a regulator.
class Render : public ::testing::Test {
 protected:
  Render() {
    VenueDefined venue;
    venue.open_orders_max = venue.cl_ord_ids_max = venue.backlog_max = 10;
    venue.ack_level = AckLevel::synced;
    venue.name = FixedString<32>("test");
    apply(venue);
    InstrumentDefined instrument;
    instrument.instrument = InstrumentId(1);
    instrument.tick = Price(price_one / 100);
    instrument.lot = Qty(1);
    instrument.symbol = FixedString<16>("AAPL");
    apply(instrument);
    define_party(1, PartyKind::client, "ALPHA");
    define_party(2, PartyKind::desk, "DESK");
    define_session(1, SessionRole::client, 1, "ALPHA1");
    define_session(2, SessionRole::desk, 2, "DESK1");
    define_session(3, SessionRole::drop_copy, 2, "DROP1");
    define_session(4, SessionRole::regulator, 0, "REG");
  }

  void define_party(std::uint32_t id, PartyKind kind, const char* name) {
    PartyDefined party;
    party.party = PartyId(id);
    party.kind = kind;
    party.name = FixedString<32>(name);
    apply(party);
  }
  void define_session(std::uint32_t id, SessionRole role, std::uint32_t party, const char* name) {
    SessionDefined session;
    session.session = SessionId(id);
    session.party = PartyId(party);
    session.role = role;
    session.reset_policy = ResetPolicy::allowed;
    session.heartbeat_min_s = 5;
    session.heartbeat_max_s = 60;
    session.reset_time_s = -1;
    session.begin_string = FixedString<16>("FIX.4.4");
    session.our_comp_id = FixedString<32>("CANTUS");
    session.their_comp_id = FixedString<32>(name);
    apply(session);
  }

  template <class M>
  Event event_of(const M& message, std::uint64_t seq) {
    header_.length = sizeof(RecordHeader) + sizeof(M);
    header_.type = M::type;
    header_.version = M::version;
    header_.topic = M::topic;
    header_.seq = Seq(seq);
    header_.log = LogNumber(3);
    header_.time = event_time;
    return Event{&header_, reinterpret_cast<const std::byte*>(&message)};
  }
  template <class M>
  void apply(const M& message) {
    refdata_.apply(event_of(message, 1));
  }

  // The message that a cause at position 1042 yields for a session as its number 7, first sent in time.
  template <class M>
  std::string text(const M& message, ReportRef ref, MachineSet quarantined = {}) {
    Event event = event_of(message, 1042);
    event.quarantined = quarantined;
    Rendered rendered;
    if (!render(event, refdata_, ref, rendered)) {
      return "nothing";
    }
    const OutboundInputs inputs{MsgSeqNum(7), event_time};
    return bar_text(compose(names_of(*refdata_.session(ref.session)), rendered.msg_type,
                            first_sending(inputs, rendered.poss_resend, event_time), rendered.body));
  }

  // A client's limit order to buy 100 at 190.25, of which 40 are filled at 190.2 and 20 at 190.25.
  static OrderView partly_filled() {
    OrderView view;
    view.order_id = OrderId(LogNumber(3), Seq(1040));
    view.price = Price(19025 * price_one / 100);
    view.order_qty = Qty(100);
    view.cum_qty = Qty(60);
    view.leaves_qty = Qty(40);
    view.cum_notional =
        notional_of(Price(1902 * price_one / 10), Qty(40)) + notional_of(Price(19025 * price_one / 100), Qty(20));
    view.session = SessionId(1);
    view.party = PartyId(1);
    view.instrument = InstrumentId(1);
    view.side = Side::buy;
    view.ord_type = OrdType::limit;
    view.time_in_force = TimeInForce::day;
    view.ord_status = OrdStatus::partially_filled;
    view.cl_ord_id = FixedString<32>("order-1");
    view.account = FixedString<16>("ACC1");
    return view;
  }
  static OrderView fresh() {
    OrderView view = partly_filled();
    view.cum_qty = Qty(0);
    view.leaves_qty = Qty(100);
    view.cum_notional = Notional();
    view.ord_status = OrdStatus::new_;
    return view;
  }
  static OrderView of_desk() {
    OrderView view = partly_filled();
    view.order_id = OrderId(LogNumber(3), Seq(900));
    view.session = SessionId(2);
    view.party = PartyId(2);
    view.side = Side::sell;
    view.cl_ord_id = FixedString<32>("quote-9");
    view.account = FixedString<16>();
    return view;
  }
  static Trade trade() {
    Trade trade;
    trade.cause = Seq(1041);
    trade.price = Price(19025 * price_one / 100);
    trade.qty = Qty(20);
    trade.instrument = InstrumentId(1);
    trade.aggressor_is_first = 1;
    trade.first = partly_filled();
    trade.second = of_desk();
    return trade;
  }
  static ReportSubmit submit(std::uint32_t attempt) {
    ReportSubmit report;
    report.trade = TradeId(LogNumber(3), Seq(1042));
    report.price = Price(19025 * price_one / 100);
    report.qty = Qty(20);
    report.trade_time = event_time;
    report.buy_order_id = OrderId(LogNumber(3), Seq(1040));
    report.sell_order_id = OrderId(LogNumber(3), Seq(900));
    report.buyer = PartyId(1);
    report.seller = PartyId(2);
    report.instrument = InstrumentId(1);
    report.attempt = TradeAttempt(attempt);
    report.session = SessionId(4);
    report.trade_date = 20261121;
    return report;
  }
  static ReportSubmit withdrawal() {
    ReportSubmit report = submit(1);
    report.withdraws = report.trade;
    report.trade = TradeId(LogNumber(3), Seq(1090));
    return report;
  }
  static ReportRef to(std::uint32_t session, ReportKind kind, std::uint8_t side = 0) {
    return {SessionId(session), kind, side, side};
  }

  // Every example, by the name it has in the rules of engagement.
  std::vector<std::pair<std::string, std::string>> examples();

  RecordHeader header_;
  ReferenceData refdata_;
};

std::vector<std::pair<std::string, std::string>> Render::examples() {
  std::vector<std::pair<std::string, std::string>> list;
  OrderAccepted accepted;
  accepted.cause = Seq(1040);
  accepted.order = fresh();
  list.emplace_back("accepted", text(accepted, to(1, ReportKind::execution)));
  OrderRejected rejected;
  rejected.order_id = OrderId(LogNumber(3), Seq(1041));
  rejected.side = '1';
  rejected.ord_type = '2';
  rejected.time_in_force = '0';
  rejected.reason = RejectReason::unknown_instrument;
  rejected.session = SessionId(1);
  rejected.party = PartyId(1);
  rejected.price = Price(5 * price_one);
  rejected.order_qty = Qty(10);
  rejected.cl_ord_id = FixedString<32>("order-2");
  rejected.symbol = FixedString<16>("XXXX");
  list.emplace_back("rejected", text(rejected, to(1, ReportKind::execution)));
  list.emplace_back("fill of the client", text(trade(), to(1, ReportKind::execution, 0)));
  list.emplace_back("fill of the desk", text(trade(), to(2, ReportKind::execution, 1)));
  list.emplace_back("drop copy of the desk's fill", text(trade(), to(3, ReportKind::drop_copy, 1)));
  OrderCancelled cancelled;
  cancelled.cause = Seq(1041);
  cancelled.cancelled_qty = Qty(40);
  cancelled.reason = CancelReason::requested;
  cancelled.order = partly_filled();
  cancelled.order.leaves_qty = Qty(0);
  cancelled.order.ord_status = OrdStatus::canceled;
  cancelled.order.cl_ord_id = FixedString<32>("cancel-1");
  cancelled.order.orig_cl_ord_id = FixedString<32>("order-1");
  list.emplace_back("cancelled", text(cancelled, to(1, ReportKind::execution)));
  cancelled.reason = CancelReason::disconnected;
  cancelled.order.cl_ord_id = FixedString<32>("order-1");
  cancelled.order.orig_cl_ord_id = FixedString<32>();
  list.emplace_back("cancelled on disconnect", text(cancelled, to(1, ReportKind::execution)));
  cancelled.reason = CancelReason::trading_day_over;
  list.emplace_back("cancelled at the end of the day", text(cancelled, to(1, ReportKind::execution)));
  OrderReplaced replaced;
  replaced.cause = Seq(1041);
  replaced.order = partly_filled();
  replaced.order.order_qty = Qty(150);
  replaced.order.leaves_qty = Qty(90);
  replaced.order.cl_ord_id = FixedString<32>("replace-1");
  replaced.order.orig_cl_ord_id = FixedString<32>("order-1");
  list.emplace_back("replaced", text(replaced, to(1, ReportKind::execution)));
  OrderStatus status;
  status.cause = Seq(1041);
  status.ord_status_req_id = FixedString<32>("status-1");
  status.symbol = FixedString<16>("AAPL");
  status.found = 1;
  status.order = partly_filled();
  list.emplace_back("status", text(status, to(1, ReportKind::execution)));
  status.found = 0;
  status.order = OrderView();
  status.order.session = SessionId(1);
  status.order.party = PartyId(1);
  status.order.side = Side::buy;
  status.order.cl_ord_id = FixedString<32>("order-7");
  list.emplace_back("status of an unknown order", text(status, to(1, ReportKind::execution)));
  CancelRejected refused;
  refused.cause = Seq(1041);
  refused.session = SessionId(1);
  refused.party = PartyId(1);
  refused.cl_ord_id = FixedString<32>("cancel-2");
  refused.orig_cl_ord_id = FixedString<32>("order-7");
  refused.response_to = RequestKind::cancel;
  refused.ord_status = OrdStatus::rejected;
  refused.reason = RejectReason::unknown_order;
  list.emplace_back("cancel rejected", text(refused, to(1, ReportKind::cancel_reject)));
  ClientRefused gateway;
  gateway.client.session = SessionId(1);
  gateway.client.number = MsgSeqNum(12);
  gateway.business_reject_reason = 5;
  gateway.ref_tag_id = 38;
  gateway.ref_msg_type = FixedString<4>("D");
  gateway.business_reject_ref_id = FixedString<64>("order-3");
  gateway.text = FixedString<96>("OrderQty (38) is missing");
  list.emplace_back("refused by the gateway", text(gateway, to(1, ReportKind::business_reject)));
  list.emplace_back("trade report", text(submit(1), to(4, ReportKind::trade_capture)));
  list.emplace_back("trade report withdrawn", text(withdrawal(), to(4, ReportKind::trade_capture)));
  return list;
}

TEST_F(Render, GoldenBytes) {
  // Read from the page that clients read, so that neither can change without the other.
  std::ifstream page(CANTUS_SOURCE_DIR "/docs/rules-of-engagement.md");
  ASSERT_TRUE(page.good());
  std::stringstream whole;
  whole << page.rdbuf();
  for (const auto& [name, bytes] : examples()) {
    std::string block = "<!-- example: " + name + " -->\n```\n" + bytes + "\n```\n";
    EXPECT_NE(whole.str().find(block), std::string::npos) << block;
  }
}

TEST_F(Render, ExecIdsOfTheTwoSidesDifferAndACopyCarriesItsExecutions) {
  const std::string client = text(trade(), to(1, ReportKind::execution, 0));
  const std::string desk = text(trade(), to(2, ReportKind::execution, 1));
  const std::string copy = text(trade(), to(3, ReportKind::drop_copy, 1));
  EXPECT_NE(client.find("|17=3-1042-0|"), std::string::npos);
  EXPECT_NE(desk.find("|17=3-1042-1|"), std::string::npos);
  EXPECT_NE(copy.find("|17=3-1042-1|"), std::string::npos);
}

TEST_F(Render, ALaterAttemptOfATradeReportIsAPossibleResendWithTheSameId) {
  const std::string first = text(submit(1), to(4, ReportKind::trade_capture));
  const std::string second = text(submit(2), to(4, ReportKind::trade_capture));
  EXPECT_EQ(first.find("|97=Y|"), std::string::npos);
  EXPECT_NE(second.find("|97=Y|"), std::string::npos);
  EXPECT_NE(second.find("|571=3-1042|"), std::string::npos);
}

// Plain or not, a withdrawal is never taken for a trade.
TEST_F(Render, APlainReportSaysWhetherItReportsOrWithdraws) {
  const MachineSet quarantined = MachineSet::of(MachineName::gateway);
  const std::string report = text(submit(1), to(4, ReportKind::trade_capture), quarantined);
  EXPECT_NE(report.find("|150=F|487=0|"), std::string::npos) << report;
  EXPECT_NE(report.find("|570=N|571=3-1042|856=0|880=3-1042|"), std::string::npos) << report;
  const std::string taken_back = text(withdrawal(), to(4, ReportKind::trade_capture), quarantined);
  EXPECT_NE(taken_back.find("|150=H|487=1|"), std::string::npos) << taken_back;
  EXPECT_NE(taken_back.find("|570=Y|571=3-1090|572=3-1042|856=6|880=3-1042|"), std::string::npos) << taken_back;
}

TEST_F(Render, WhatIsNoCauseOfAMessageYieldsNothing) {
  EXPECT_EQ(text(TimeTick{}, to(1, ReportKind::execution)), "nothing");
  EXPECT_EQ(text(trade(), to(1, ReportKind::cancel_reject)), "nothing");
  EXPECT_EQ(text(trade(), to(1, ReportKind::business_reject)), "nothing");
  EXPECT_EQ(text(trade(), to(1, ReportKind::trade_capture)), "nothing");
}

TEST_F(Render, SendingTimeIsTheCausesUntilItIsTooLate) {
  const OutboundInputs inputs{MsgSeqNum(7), event_time};
  const TimeNs in_time(event_time.get() + first_sending_max_ns);
  const TimeNs late(in_time.get() + 1);
  const HeaderInputs first = first_sending(inputs, false, in_time);
  EXPECT_EQ(first.sending_time, event_time);
  EXPECT_FALSE(first.poss_dup);
  EXPECT_EQ(first.orig_sending_time, std::nullopt);
  const HeaderInputs delayed = first_sending(inputs, false, late);
  EXPECT_EQ(delayed.sending_time, late);
  EXPECT_TRUE(delayed.poss_dup);
  EXPECT_EQ(delayed.orig_sending_time, event_time);
  // A clock that is behind never puts 52 before 122.
  const HeaderInputs behind = resending(inputs, false, TimeNs(event_time.get() - 5));
  EXPECT_EQ(behind.sending_time, event_time);
  EXPECT_EQ(behind.orig_sending_time, event_time);
  EXPECT_TRUE(resending({MsgSeqNum(7), event_time, true}, false, late).poss_resend);
}

TEST_F(Render, RejectsSayWhatTheirRecordSays) {
  SessionAdminSent record;
  record.ref_seq_num = MsgSeqNum(9);
  record.ref_tag_id = 38;
  record.session_reject_reason = 7;
  record.ref_msg_type = FixedString<4>("D");
  record.text = FixedString<96>("Incorrect data format for value");
  const Rendered reject = render_reject(record);
  EXPECT_EQ(reject.msg_type, "3");
  EXPECT_EQ(bar_text(reject.body), "45=9|58=Incorrect data format for value|371=38|372=D|373=6|");
  EXPECT_EQ(bar_text(render_reject(SessionAdminSent{}).body), "45=0|");
}

TEST(Reasons, EveryReasonHasATextAndCodesOfFix44) {
  for (std::uint8_t number = 1; number <= 22; ++number) {
    const auto reason = enum_from<RejectReason>(number);
    ASSERT_TRUE(reason.has_value()) << int{number};
    const ReasonText& text = text_of(*reason);
    EXPECT_EQ(text.reason, *reason);
    EXPECT_FALSE(text.text.empty());
    EXPECT_TRUE(text.ord_rej_reason <= 15 || text.ord_rej_reason == 99);
    EXPECT_TRUE(text.cxl_rej_reason <= 6 || text.cxl_rej_reason == 99);
  }
  EXPECT_FALSE(enum_from<RejectReason>(23).has_value()) << "a new reason needs a line in the table";
}

}  // namespace
}  // namespace cantus::fix
