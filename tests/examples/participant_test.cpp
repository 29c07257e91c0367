// The participants themselves: what they record is read back as written, they know their orders, and two stock engines
// find together again at the right numbers.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <filesystem>

#include "examples/participant/client.h"
#include "examples/participant/market.h"
#include "examples/participant/orders.h"
#include "examples/participant/regulator.h"
#include "examples/participant/results.h"

namespace cantus::participant {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "cantus-participant-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Line received(const std::string& id, const std::string& exec_type, const std::string& status) {
  Line line;
  line.msg_type = "8";
  line.cl_ord_id = id;
  line.exec_type = exec_type;
  line.ord_status = status;
  return line;
}

TEST(Results, LinesAreReadAsTheyWereWritten) {
  const Folder folder;
  Line line = received("c1", "F", "2");
  line.text = "a, b\nc";
  line.seq = 7;
  {
    ResultFile file(folder.path() / "x" / "results.csv", "ALPHA1");
    file.add(line);
    file.complain("MsgSeqNum too low");
    EXPECT_EQ(file.complaints(), 1u);
  }
  std::vector<Line> lines = read_results(folder.path() / "x" / "results.csv");
  ASSERT_EQ(lines.size(), 2u);
  line.text = "a; b c";
  line.session = "ALPHA1";
  line.time_ns = lines[0].time_ns;
  EXPECT_EQ(lines[0], line);
  EXPECT_EQ(lines[1].kind, LineKind::complaint);
}

TEST(Results, ATornLineIsLeftOutAndClosed) {
  const Folder folder;
  const fs::path path = folder.path() / "results.csv";
  { std::ofstream(path) << "received,12,ALPHA1"; }
  EXPECT_TRUE(read_results(path).empty());
  { ResultFile(path, "ALPHA1").complain("x"); }
  const std::vector<Line> lines = read_results(path);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].text, "x");
}

TEST(Orders, FollowAnOrderThroughReplaceFillAndCancel) {
  OpenOrders orders;
  orders.sent("1", {"AAPL", '1', '2', '0', 100, 190 * one});
  EXPECT_EQ(orders.apply(received("1", "0", "0")), "1");
  orders.change_sent("1", "2");
  EXPECT_EQ(orders.find("1")->pending_id, "2");
  Line replaced = received("2", "5", "0");
  replaced.order_qty = "150";
  replaced.price = "190.5";
  EXPECT_EQ(orders.apply(replaced), "2");
  EXPECT_EQ(orders.find("1"), nullptr);
  EXPECT_EQ(orders.find("2")->request.qty, 150);
  EXPECT_EQ(orders.find("2")->request.price, 190 * one + one / 2);
  EXPECT_TRUE(orders.find("2")->pending_id.empty());
  Line fill = received("2", "F", "1");
  fill.cum_qty = "40";
  EXPECT_EQ(orders.apply(fill), "2");
  EXPECT_EQ(orders.find("2")->cum_qty, 40);
  orders.change_sent("2", "3");
  EXPECT_EQ(orders.apply(received("3", "4", "4")), "2");
  EXPECT_TRUE(orders.all().empty());
}

TEST(Orders, ARefusedChangeLeavesTheOrderUnlessItIsGone) {
  OpenOrders orders;
  orders.sent("1", {"AAPL", '1', '2', '0', 100, 190 * one});
  orders.apply(received("1", "0", "0"));
  orders.change_sent("1", "2");
  Line refused = received("2", "", "0");
  refused.msg_type = "9";
  EXPECT_EQ(orders.apply(refused), "1");
  ASSERT_NE(orders.find("1"), nullptr);
  EXPECT_TRUE(orders.find("1")->pending_id.empty());
  orders.change_sent("1", "3");
  refused.cl_ord_id = "3";
  refused.ord_status = "2";
  orders.apply(refused);
  EXPECT_TRUE(orders.all().empty());
}

TEST(Orders, AnEarlierLifesOrdersAreFoundInItsLines) {
  const OrderRequest request{"AAPL", '2', '2', '0', 100, 190 * one};
  std::vector<Line> lines;
  for (const char* id : {"1", "2"}) {
    Line sent = line_of(new_order("FIX.4.4", id, request));
    sent.kind = LineKind::sent;
    lines.push_back(sent);
  }
  Line done = received("1", "F", "2");
  lines.push_back(done);
  const OpenOrders orders = OpenOrders::recover(lines);
  ASSERT_EQ(orders.all().size(), 1u);
  EXPECT_EQ(orders.find("2")->request.price, request.price);
  EXPECT_EQ(orders.find("2")->request.side, '2');
}

TEST(Market, WalksWithinReachOfItsReferenceAndRepeatsWithItsSeed) {
  const Instrument instrument{"AAPL", one / 100, 1, 190 * one};
  Market market({instrument}, 7);
  Market twin({instrument}, 7);
  for (int i = 0; i < 20'000; ++i) {
    market.step();
    twin.step();
    const Best best = market.best(0);
    ASSERT_EQ(best.bid, twin.best(0).bid);
    ASSERT_EQ(best.ask - best.bid, 2 * instrument.tick);
    ASSERT_LT(std::abs(best.bid - instrument.reference_price), instrument.reference_price / 50);
  }
}

TEST(Market, DecimalsAreExact) {
  for (const char* text : {"190", "190.25", "0.00000001", "9999999999.5"}) {
    EXPECT_EQ(decimal_text(parse_decimal(text)), text);
  }
  for (const char* text : {"", ".5", "-1", "1e5", "1.123456789", " 1"}) {
    EXPECT_THROW((void)parse_decimal(text), std::invalid_argument) << text;
  }
}

// Two engines of the example itself: the regulator accepts, an initiator reports to it and is acknowledged, across
// restarts of either side, without a complaint.
class TwoEngines : public testing::Test, public Listener {
 protected:
  void on_message(const FIX::Message& message) override {
    const std::lock_guard lock(mutex_);
    answers_.push_back(line_of(message));
    changed_.notify_all();
  }

  [[nodiscard]] std::unique_ptr<Regulator> regulator(std::uint16_t port) const {
    SessionOptions options;
    options.our_comp_id = "REG";
    options.their_comp_id = "CANTUS";
    options.accept_port = port;
    options.directory = folder_.path();
    return std::make_unique<Regulator>(RegulatorOptions{options, 0});
  }

  [[nodiscard]] std::unique_ptr<StockSession> reporter(std::uint16_t port) {
    SessionOptions options;
    options.our_comp_id = "CANTUS";
    options.their_comp_id = "REG";
    options.endpoints = {{"127.0.0.1", port}};
    options.directory = folder_.path();
    return std::make_unique<StockSession>(StockSession::Kind::initiator, options, this);
  }

  static FIX::Message report(const std::string& id) {
    FIX::Message message;
    message.getHeader().setField(8, "FIX.4.4");
    message.getHeader().setField(35, "AE");
    const std::pair<int, const char*> fields[] = {{571, id.c_str()},
                                                  {570, "N"},
                                                  {55, "AAPL"},
                                                  {32, "100"},
                                                  {31, "190.25"},
                                                  {75, "20261121"},
                                                  {60, "20261121-21:22:57.123"}};
    for (const auto& [tag, value] : fields) {
      message.setField(tag, value);
    }
    for (const char* side : {"1", "2"}) {
      FIX::Group group(552, 54);
      group.setField(54, side);
      group.setField(37, std::string("1-") + side);
      message.addGroup(group);
    }
    return message;
  }

  Line wait_answer(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answers_.size() >= count; });
    return answers_[count - 1];
  }

  Folder folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Line> answers_;
};

// The address in /proc/net/tcp of the socket that listens on this port.
std::uint32_t listening_address(std::uint16_t port) {
  std::ifstream table("/proc/net/tcp");
  std::string number;
  std::string local;
  std::string remote;
  std::string state;
  for (std::string line; std::getline(table, line);) {
    std::istringstream(line) >> number >> local >> remote >> state;
    const std::size_t colon = local.find(':');
    if (state == "0A" && colon != std::string::npos && std::stoul(local.substr(colon + 1), nullptr, 16) == port) {
      return ntohl(static_cast<std::uint32_t>(std::stoul(local.substr(0, colon), nullptr, 16)));
    }
  }
  return 0;
}

TEST_F(TwoEngines, ReportsAreAcknowledgedOnceAcrossRestarts) {
  const auto port = static_cast<std::uint16_t>(20'000 + ::getpid() % 10'000);
  auto acceptor = regulator(port);
  acceptor->start();
  auto initiator = reporter(port);
  initiator->start();
  ASSERT_TRUE(initiator->wait_logged_on(std::chrono::seconds(20)));
  EXPECT_EQ(listening_address(port), INADDR_LOOPBACK);  // and nowhere else
  initiator->send(report("T1"));
  EXPECT_EQ(wait_answer(1).ref, "T1");
  initiator->kill();
  initiator.reset();
  acceptor.reset();

  acceptor = regulator(port);
  acceptor->start();
  initiator = reporter(port);
  initiator->start();
  ASSERT_TRUE(initiator->wait_logged_on(std::chrono::seconds(20)));
  initiator->send(report("T1"));
  EXPECT_EQ(wait_answer(2).text, "duplicate TradeReportID");
  initiator->send(report("T2"));
  EXPECT_EQ(wait_answer(3).text, "");
  EXPECT_EQ(initiator->results().complaints(), 0u);
  EXPECT_EQ(acceptor->session().results().complaints(), 0u);
  initiator->stop();
}

}  // namespace
}  // namespace cantus::participant
