// The venue over real sockets: orders meet, and everybody who must know does, once: client, desk, drop copy, regulator,
// audit database.
#include <gtest/gtest.h>

#include "base/text.h"
#include "examples/participant/feed.h"
#include "examples/participant/regulator.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/reconcile.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

class Trading : public testing::Test {
 protected:
  Trading()
      : ports_(make_ports()),
        venue_(folder_, configuration(ports_), "two"),
        market_({{"AAPL", one / 100, 1, 190 * one}, {"MSFT", one / 20, 10, 400 * one}}, 1),
        feed_({{"127.0.0.1", ports_.feed}, 5}, market_),
        regulator_(regulator_options(folder_, ports_)),
        alpha_(folder_, "ALPHA1", {ports_.gateway_1, ports_.gateway_2}),
        desk_(folder_, "DESK1", {ports_.gateway_2, ports_.gateway_1}),
        drop_copy_(folder_, "DESKDC", {ports_.gateway_1}) {}

  void SetUp() override {
    feed_.start();
    regulator_.start();
    venue_.start();
    log_on_all({&alpha_, &desk_, &drop_copy_});
  }
  void TearDown() override {
    for (Peer* peer : {&alpha_, &desk_, &drop_copy_}) {
      EXPECT_EQ(peer->session().results().complaints(), 0u) << peer->session().results().path();
    }
    EXPECT_EQ(regulator_.session().results().complaints(), 0u);
    EXPECT_EQ(venue_.stop(), 0);  // in good order, with a Logout to each
    drop_all({&alpha_, &desk_, &drop_copy_});
  }

  [[nodiscard]] std::vector<Line> reports_at_regulator() {
    std::vector<Line> reports;
    for (Line& line : participant::read_results(regulator_.session().results().path())) {
      if (line.kind == participant::LineKind::received && line.msg_type == "AE") {
        reports.push_back(std::move(line));
      }
    }
    return reports;
  }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
  participant::Market market_;
  participant::Feed feed_;
  participant::Regulator regulator_;
  Peer alpha_;
  Peer desk_;
  Peer drop_copy_;
};

TEST_F(Trading, ATradeReachesEverybodyOnce) {
  const OrderRequest offer{"AAPL", '2', '2', '0', 300, 190 * one};
  const std::string offered = desk_.enter(offer);
  const Received resting = desk_.wait_report(offered, "0");
  EXPECT_EQ(resting.line.ord_status, "0");
  EXPECT_EQ(resting.line.leaves_qty, "300");

  const OrderRequest bid{"AAPL", '1', '2', '0', 100, 190 * one + one / 100};
  const std::string bought = alpha_.enter(bid);
  const Received accepted = alpha_.wait_report(bought, "0");
  const Received filled = alpha_.wait_report(bought, "F");
  EXPECT_EQ(filled.line.order_id, accepted.line.order_id);
  EXPECT_NE(filled.line.exec_id, accepted.line.exec_id);
  EXPECT_EQ(filled.line.ord_status, "2");
  EXPECT_EQ(filled.line.last_qty, "100");
  EXPECT_EQ(filled.line.last_px, "190");
  EXPECT_EQ(filled.line.cum_qty, "100");
  EXPECT_EQ(filled.line.leaves_qty, "0");

  const Received sold = desk_.wait_report(offered, "F");
  EXPECT_EQ(sold.line.ord_status, "1");
  EXPECT_EQ(sold.line.leaves_qty, "200");
  EXPECT_NE(sold.line.exec_id, filled.line.exec_id);
  const Received copy = drop_copy_.wait_report(offered, "F");
  EXPECT_EQ(copy.line.exec_id, sold.line.exec_id);
  EXPECT_EQ(copy.get(797), "Y");

  // The trade itself, its report to the regulator under its own name, and the answer, all on the log.
  TradeId trade;
  venue_.follow([&](const Event& event) {
    if (event.is<Trade>()) {
      trade = event.position();
    }
    return event.is<ReportAnswered>() && event.as<ReportAnswered>().trade == trade && !trade.is_zero();
  });
  const std::vector<Line> reports = reports_at_regulator();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].ref, to_text(trade));
  EXPECT_EQ(reports[0].last_qty, "100");
  EXPECT_EQ(reports[0].last_px, "190");

  venue_.wait_quiet();
  expect_audit_equals_peers(venue_, {&alpha_, &desk_});
}

TEST_F(Trading, OrdersAreReplacedCancelledAndAskedFor) {
  const OrderRequest order{"MSFT", '1', '2', '0', 50, 399 * one};
  const std::string entered = alpha_.enter(order);
  alpha_.wait_report(entered, "0");
  const std::string replaced = alpha_.replace(entered, order, 70, 399 * one + one / 2);
  const Received changed = alpha_.wait_report(replaced, "5");
  EXPECT_EQ(changed.line.orig_cl_ord_id, entered);
  EXPECT_EQ(changed.line.order_qty, "70");
  EXPECT_EQ(changed.line.price, "399.5");
  alpha_.ask(replaced, order);
  const Received status = alpha_.wait_report(replaced, "I");
  EXPECT_EQ(status.line.ord_status, "0");
  EXPECT_EQ(status.line.leaves_qty, "70");
  const std::string cancelled = alpha_.cancel(replaced, order);
  const Received gone = alpha_.wait_report(cancelled, "4");
  EXPECT_EQ(gone.line.orig_cl_ord_id, replaced);
  EXPECT_EQ(gone.line.ord_status, "4");
  EXPECT_EQ(gone.line.leaves_qty, "0");
  const std::string again = alpha_.cancel(replaced, order);
  const Received refused =
      alpha_.wait([&](const Received& r) { return r.line.msg_type == "9" && r.line.cl_ord_id == again; });
  EXPECT_EQ(refused.get(434), "1");
  EXPECT_EQ(refused.get(102), "0");
}

TEST_F(Trading, ImmediateAndMarketOrdersNeverRest) {
  const std::string offered = desk_.enter({"AAPL", '2', '2', '0', 100, 190 * one});
  desk_.wait_report(offered, "0");
  // Half of it is there: the rest of an immediate order goes, an all-or-nothing order goes whole.
  const std::string all_or_none = alpha_.enter({"AAPL", '1', '2', '4', 200, 190 * one});
  EXPECT_EQ(alpha_.wait_report(all_or_none, "4").line.cum_qty, "0");
  const std::string immediate = alpha_.enter({"AAPL", '1', '2', '3', 60, 190 * one});
  EXPECT_EQ(alpha_.wait_report(immediate, "F").line.ord_status, "2");
  const std::string market = alpha_.enter({"AAPL", '1', '1', '3', 60, 0});
  EXPECT_EQ(alpha_.wait_report(market, "F").line.last_qty, "40");
  EXPECT_EQ(alpha_.wait_report(market, "4").line.cum_qty, "40");
}

TEST_F(Trading, AClientThatComesBackToTheOtherGatewayMissesNothing) {
  const std::string bought = alpha_.enter({"AAPL", '1', '2', '0', 100, 190 * one});
  alpha_.wait_report(bought, "0");
  alpha_.drop();
  venue_.wait_for<SessionDown>([](const SessionDown&, const RecordHeader&) { return true; });
  const std::string sold = desk_.enter({"AAPL", '2', '2', '0', 100, 190 * one});
  desk_.wait_report(sold, "F");
  Peer again(folder_, "ALPHA1", {ports_.gateway_2});
  again.log_on();
  const Received fill = again.wait_report(bought, "F");
  EXPECT_EQ(fill.line.poss, "dup");
  EXPECT_EQ(again.session().results().complaints(), 0u);
}

TEST_F(Trading, StatusTellsWhatStands) {
  const std::string offered = desk_.enter({"AAPL", '2', '2', '0', 100, 190 * one});
  desk_.wait_report(offered, "0");
  const std::string bought = alpha_.enter({"AAPL", '1', '2', '0', 40, 190 * one});
  alpha_.wait_report(bought, "F");
  venue_.wait_quiet();
  const Json status = venue_.status();
  EXPECT_EQ(status.at("running"), true);
  EXPECT_EQ(status.at("orders"), 2);
  EXPECT_EQ(status.at("trades"), 1);
  EXPECT_EQ(status.at("reports_outstanding"), 0);
  std::map<std::string, std::string> owners;
  for (const Json& session : status.at("sessions")) {
    owners[session.at("their_comp_id")] = session.at("owner");
  }
  EXPECT_EQ(owners, (std::map<std::string, std::string>{{"ALPHA1", "gateway-1"},
                                                        {"BETA1", ""},
                                                        {"DESK1", "gateway-2"},
                                                        {"DESKDC", "gateway-1"},
                                                        {"REG", "trade-reporter"}}));
}

}  // namespace
}  // namespace cantus::e2e
