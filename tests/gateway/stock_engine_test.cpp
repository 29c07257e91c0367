// Somebody else's engine over real sockets: a stock QuickFIX initiator with its own threads, store and dictionary
// checks, which notices every wrong number.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>

#include "fix-specs/dictionary.h"
#include "fix/quickfix.h"
#include "tests/gateway/quickfix_initiator.h"
#include "tests/gateway/test_venue.h"

namespace cantus::test {
namespace {

// What a client's own application notes of its session.
class Client final : public FIX::Application {
 public:
  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID&) override { ++logons; }
  void onLogout(const FIX::SessionID&) override { ++logouts; }
  void toAdmin(FIX::Message& message, const FIX::SessionID&) override {
    const std::string type = message.getHeader().getField(FIX::FIELD::MsgType);
    if (type == "3" || type == "5") {
      note(complaints, type + " " + (message.isSetField(58) ? message.getField(58) : ""));
    }
  }
  void toApp(FIX::Message&, const FIX::SessionID&) override {}
  void fromAdmin(const FIX::Message& message, const FIX::SessionID&) override {
    const std::string type = message.getHeader().getField(FIX::FIELD::MsgType);
    if (type == "3" || type == "5") {
      note(complaints, "received " + type + " " + (message.isSetField(58) ? message.getField(58) : ""));
    }
  }
  void fromApp(const FIX::Message& message, const FIX::SessionID&) override {
    note(reports, message.getHeader().getField(FIX::FIELD::MsgType) + " " + message.getField(11) + " " +
                      message.getField(150) + " " + message.getField(17));
  }
  std::vector<std::string> reports_now() {
    const std::scoped_lock lock(mutex_);
    return reports;
  }
  std::vector<std::string> complaints_now() {
    const std::scoped_lock lock(mutex_);
    return complaints;
  }

  std::atomic<int> logons{0};
  std::atomic<int> logouts{0};

 private:
  void note(std::vector<std::string>& list, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    list.push_back(text);
  }
  std::mutex mutex_;
  std::vector<std::string> reports;
  std::vector<std::string> complaints;
};

class StockEngine : public ::testing::Test {
 protected:
  StockEngine() {
    dictionary_ = ::testing::TempDir() + "cantus-stock-engine-FIX44.xml";
    std::ofstream(dictionary_) << fix_specs::fix44_xml();
  }

  FIX::SessionSettings settings(const std::vector<std::string>& comp_ids, std::uint16_t port, std::uint16_t other_port,
                                const std::string& more = "") const {
    std::stringstream text;
    text << "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nStartTime=00:00:00\nEndTime=00:00:00\n"
         << "HeartBtInt=30\nUseDataDictionary=Y\nDataDictionary=" << dictionary_ << "\nSocketConnectHost=127.0.0.1\n"
         << "SocketConnectPort=" << port << "\nSocketConnectHost1=127.0.0.1\nSocketConnectPort1=" << other_port << "\n"
         << more;
    for (const std::string& comp_id : comp_ids) {
      text << "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=" << comp_id << "\nTargetCompID=CANTUS\n";
    }
    return FIX::SessionSettings(text);
  }

  // Moves the venue until the condition holds; false if it does not within some seconds.
  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!condition()) {
      venue_.run();
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
    }
    return true;
  }

  void send_order(const std::string& comp_id, const std::string& cl_ord_id, char side, const std::string& price) {
    FIX::Message order;
    order.getHeader().setField(FIX::FIELD::MsgType, "D");
    order.setField(11, cl_ord_id);
    order.setField(38, "10");
    order.setField(40, "2");
    order.setField(44, price);
    order.setField(54, std::string(1, side));
    order.setField(55, "AAPL");
    order.setField(60, venue_.time_text());
    FIX::Session::sendToTarget(order, FIX::SessionID("FIX.4.4", comp_id, "CANTUS"));
  }

  TestVenue venue_{TestVenue::Options{.real_sockets = true}};
  std::string dictionary_;
};

TEST_F(StockEngine, TradesAndContinuesAtTheOtherGatewayWithEveryNumberRight) {
  TestVenue::Station& first = venue_.add_gateway("gateway-1");
  TestVenue::Station& second = venue_.add_gateway("gateway-2");
  Client client;
  FIX::MemoryStoreFactory store;
  const FIX::SessionSettings client_settings = settings({"ALPHA1"}, first.gateway->port(), second.gateway->port());
  FIX::SocketInitiator initiator(client, store, client_settings);
  initiator.start();
  ASSERT_TRUE(until([&] { return client.logons == 1; }));
  send_order("ALPHA1", "c1", '1', "99");
  ASSERT_TRUE(until([&] { return client.reports_now().size() == 1; }));

  // Killed with an order on its way and a report not yet sent.
  send_order("ALPHA1", "c2", '1', "99.01");
  ASSERT_TRUE(until([&] { return client.reports_now().size() == 2; }));
  venue_.kill(first);
  ASSERT_TRUE(until([&] { return client.logouts == 1; }));
  send_order("ALPHA1", "c3", '1', "99.02");  // while nobody is there: the engine keeps it
  ASSERT_TRUE(until([&] { return client.logons == 2; }));
  ASSERT_TRUE(until([&] { return client.reports_now().size() == 3; }));

  // A desk trades against the resting orders; the client gets its fills in order.
  FixPeer trader(venue_, second, "DESK1");
  trader.log_on();
  ASSERT_TRUE(until([&] { return !trader.received.empty(); }));
  trader.send("D", order_text("q1", '2', 30, "99"));
  ASSERT_TRUE(until([&] { return client.reports_now().size() == 6; }));
  EXPECT_EQ(client.complaints_now(), std::vector<std::string>{});
  std::vector<std::string> ids;
  for (const std::string& report : client.reports_now()) {
    ids.push_back(report.substr(0, report.rfind(' ')));
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"8 c1 0", "8 c2 0", "8 c3 0", "8 c3 F", "8 c2 F", "8 c1 F"}));
  EXPECT_EQ(venue_.all<NewOrder>().size(), 4U);

  initiator.stop();
}

// Gateways die again and again with orders in their rings, records on their way and reports unsent. Every order has one
// outcome at its client, every fill is at client, desk and drop copy once, and no engine ever complains of a number.
TEST_F(StockEngine, NothingIsLostOrDoubledWhileGatewaysDieUnderLoad) {
  TestVenue::Station* gateways[] = {&venue_.add_gateway("gateway-1"), &venue_.add_gateway("gateway-2")};
  Client engines;
  FIX::MemoryStoreFactory store;
  const FIX::SessionSettings all =
      settings({"ALPHA1", "DESK1", "DROP1"}, gateways[0]->gateway->port(), gateways[1]->gateway->port());
  FIX::SocketInitiator initiator(engines, store, all);
  initiator.start();
  ASSERT_TRUE(until([&] { return engines.logons >= 3; }));
  int sent = 0;
  constexpr int rounds = 4;
  constexpr int orders_a_round = 40;
  for (int round = 0; round < rounds; ++round) {
    const int logons = engines.logons;
    TestVenue::Station& victim = *gateways[round % 2];
    for (int i = 0; i < orders_a_round; ++i) {
      const std::string number = std::to_string(sent++);
      send_order("DESK1", "q" + number, '2', "99");
      send_order("ALPHA1", "c" + number, '1', "99");
      if (i == orders_a_round / 2) {
        // Proposals are in the ring, some are on the log, little of it is stable.
        venue_.settle();
        venue_.admit_one(victim);
        venue_.admit_wishes();
        venue_.apply();
        venue_.settle();
        venue_.kill(victim);
      }
      venue_.run();
    }
    ASSERT_TRUE(until([&] { return engines.logons > logons; }));
    venue_.restart(victim);
    ASSERT_TRUE(until([&] {
      return venue_.all<Trade>().size() == static_cast<std::size_t>(sent) &&
             engines.reports_now().size() >= static_cast<std::size_t>(5 * sent);
    })) << venue_.all<Trade>().size()
        << " of " << sent;
  }
  initiator.stop();
  EXPECT_EQ(engines.complaints_now(), std::vector<std::string>(3, "5 ")) << "only the Logouts of the end";
  // What each session got: an acceptance and a fill of every order, and a copy of every fill of the desk.
  std::map<std::string, int> counts;
  for (const std::string& report : engines.reports_now()) {
    ++counts[report];
  }
  EXPECT_EQ(counts.size(), static_cast<std::size_t>(4 * sent)) << "distinct reports";
  for (const auto& [report, count] : counts) {
    const bool desk_fill = report.substr(0, 3) == "8 q" && report.find(" F ") != std::string::npos;
    EXPECT_EQ(count, desk_fill ? 2 : 1) << report;
  }
  EXPECT_EQ(venue_.all<NewOrder>().size(), static_cast<std::size_t>(2 * sent));
}

}  // namespace
}  // namespace cantus::test
