// The book that is made of the log finds what does not add up there.
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/sim/checkers/log_book.h"

namespace cantus::sim {
namespace {

// A log that is written by hand, in which everything is as it should be unless a test changes it.
class LogBooks : public ::testing::Test {
 protected:
  void SetUp() override {
    put(session(1, "ALPHA1", SessionRole::client, 1));
    put(session(2, "DESK1", SessionRole::desk, 2));
    put(session(3, "DESK1DC", SessionRole::drop_copy, 2));
    buy_ = enter(1, 30, Side::buy);
    sell_ = enter(2, 100, Side::sell);
  }

  template <class M>
  LogSeq put(const M& message) {
    header_.seq = header_.seq.next();
    header_.type = M::type;
    header_.version = M::version;
    header_.topic = M::topic;
    header_.log = LogNumber(1);
    header_.length = sizeof(RecordHeader) + sizeof(M);
    const Event event(&header_, payload_of(message).data());
    book_.take(event);
    return event.position();
  }
  static SessionDefined session(std::uint32_t id, const char* comp_id, SessionRole role, std::uint32_t party) {
    SessionDefined defined;
    defined.session = SessionId(id);
    defined.their_comp_id = FixedString<32>(comp_id);
    defined.role = role;
    defined.party = PartyId(party);
    return defined;
  }
  OrderView enter(std::uint32_t session, std::int64_t qty, Side side) {
    NewOrder order;
    order.client.session = SessionId(session);
    order.order_qty = Qty(qty);
    order.cl_ord_id = FixedString<32>(session == 1 ? "ALPHA1-1" : "DESK1-1");
    OrderAccepted accepted;
    accepted.order.order_id = put(order);
    accepted.order.session = SessionId(session);
    accepted.order.party = PartyId(session);
    accepted.order.side = side;
    accepted.order.ord_type = OrdType::limit;
    accepted.order.price = Price((side == Side::buy ? 100 : 90) * price_one);
    accepted.order.order_qty = accepted.order.leaves_qty = Qty(qty);
    accepted.order.cl_ord_id = order.cl_ord_id;
    accepted.order.ord_status = OrdStatus::new_;
    put(accepted);
    return accepted.order;
  }
  Trade trade(std::int64_t qty, std::int64_t price) {
    Trade made;
    made.price = Price(price * price_one);
    made.qty = Qty(qty);
    for (OrderView* const view : {&buy_, &sell_}) {
      view->cum_qty = Qty(view->cum_qty.get() + qty);
      view->leaves_qty = Qty(view->leaves_qty.get() - qty);
      view->cum_notional = view->cum_notional + notional_of(made.price, made.qty);
      view->ord_status = view->leaves_qty.get() == 0 ? OrdStatus::filled : OrdStatus::partially_filled;
    }
    made.first = buy_;
    made.second = sell_;
    return made;
  }
  [[nodiscard]] const LogBook::Session& session_of(std::uint32_t id) const {
    return book_.sessions().at(SessionId(id));
  }

  LogBook book_;
  OrderView buy_;
  OrderView sell_;

 private:
  RecordHeader header_;
};

TEST_F(LogBooks, WhatAddsUpIsGivenToBothSidesAndTheDesksCopy) {
  put(trade(10, 100));
  const std::string id = to_text(put(trade(20, 99)));
  EXPECT_EQ(book_.complaints(), std::vector<std::string>());
  EXPECT_EQ(session_of(1).executions.at(id + "-0"), "6=99.33333333|11=ALPHA1-1|14=30|17=" + id +
                                                        "-0|31=99|32=20|37=1-4|38=30|39=2|44=100|54=1|55=[N/A]|150=F|"
                                                        "151=0|");
  EXPECT_EQ(session_of(1).executions.size(), 3U);
  EXPECT_EQ(session_of(3).executions.size(), 2U);
  EXPECT_EQ(session_of(3).executions.at(id + "-1"), session_of(2).executions.at(id + "-1"));
  EXPECT_FALSE(book_.orders().at("1-4").open);
  EXPECT_TRUE(book_.orders().at("1-6").open);
}

TEST_F(LogBooks, AFillAboveTheLimitOrTheQuantityIsFound) {
  put(trade(10, 101));
  EXPECT_EQ(book_.complaints().size(), 1U) << "the buyer's limit is 100";
  put(trade(21, 100));
  EXPECT_GT(book_.complaints().size(), 1U) << "he wanted 30";
}

TEST_F(LogBooks, AViewThatForgetsAFillIsFound) {
  put(trade(10, 100));
  Trade second = trade(5, 100);
  second.second.cum_qty = Qty(5);
  put(second);
  EXPECT_EQ(book_.complaints().size(), 1U);
}

TEST_F(LogBooks, ASecondAcceptanceAndAReportOfNothingAreFound) {
  put(OrderAccepted{Seq(4), buy_});
  EXPECT_EQ(book_.complaints().size(), 1U);
  ReportSubmit submit;
  submit.trade = LogSeq(LogNumber(1), Seq(99));
  put(submit);
  EXPECT_EQ(book_.complaints().size(), 2U);
}

TEST(FieldsThatMatter, StandInOrderAndLeaveOutTheRest) {
  EXPECT_EQ(fields_that_matter("35=8|151=3|34=9|11=a|60=t|41=|55=AAPL|448=x|"), "11=a|55=AAPL|151=3|");
}

}  // namespace
}  // namespace cantus::sim
