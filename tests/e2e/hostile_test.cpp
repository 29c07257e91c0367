// Strangers and clients that mean harm, over real sockets: what the gateway holds stays bounded, and whoever behaves
// trades on and sees every outcome.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "examples/participant/market.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

#if defined(CANTUS_SANITIZED)
constexpr std::size_t growth_max_kb = 1024 * 1024;  // what was freed is kept, and watched
#else
constexpr std::size_t growth_max_kb = 48 * 1024;
#endif

class Hostile : public testing::Test {
 protected:
  Hostile()
      : ports_(make_ports()),
        venue_(folder_, configuration(ports_), "one"),
        alpha_(folder_, "ALPHA1", {ports_.gateway_1}) {}

  void SetUp() override {
    venue_.start();
    rlimit files{};  // for the strangers' ends; the venue has what it was started with
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    alpha_.log_on();
    const auto process = venue_.process(venue_.site().process_of.at("gateway-1"));
    ASSERT_TRUE(process.has_value());
    gateway_ = *process;
    before_kb_ = memory_kb("VmRSS:");
    trader_ = std::thread([this] { trade(); });
  }
  void TearDown() override {
    const std::uint64_t seen = trades_;
    venue_.wait_until([&] { return trades_ > seen; });  // it trades on behind all of it
    stop_ = true;
    trader_.join();
    EXPECT_EQ(alpha_.session().results().complaints(), 0u);
    EXPECT_LT(memory_kb("VmHWM:"), before_kb_ + growth_max_kb) << "at its highest, " << before_kb_ << " before";
    const auto process = venue_.process(venue_.site().process_of.at("gateway-1"));
    EXPECT_EQ(process, gateway_) << "the gateway lived through it";
    EXPECT_EQ(venue_.stop(), 0);
    alpha_.drop();
  }

  // One order after the other, each with its outcome.
  void trade() {
    while (!stop_) {
      const OrderRequest order{"AAPL", '1', '2', '0', 1, 189 * one};
      const std::string id = alpha_.enter(order);
      alpha_.wait_report(id, "0");
      alpha_.wait_report(alpha_.cancel(id, order), "4");
      ++trades_;
    }
  }
  [[nodiscard]] std::size_t memory_kb(const std::string& which) const {
    std::ifstream status("/proc/" + std::to_string(gateway_) + "/status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.starts_with(which)) {
        return std::stoul(line.substr(which.size()));
      }
    }
    ADD_FAILURE() << "no " << which;
    return 0;
  }
  [[nodiscard]] std::unique_ptr<RawFix> stranger() const {
    return std::make_unique<RawFix>(ports_.gateway_1, "BETA1", "CANTUS");
  }
  [[nodiscard]] std::unique_ptr<RawFix> beta() const {
    auto peer = stranger();
    peer->logon(password_of("BETA1"));
    const auto logon = peer->receive();
    EXPECT_TRUE(logon && logon->get(35) == "A") << (logon ? logon->visible() : "closed");
    return peer;
  }
  // What comes until the venue has said Logout or closed; it would wait for the answer to its Logout.
  static std::vector<RawMessage> until_logout(RawFix& peer) {
    std::vector<RawMessage> messages;
    while (auto message = peer.receive()) {
      messages.push_back(std::move(*message));
      if (messages.back().get(35) == "5") {
        break;
      }
    }
    return messages;
  }
  // BETA1 can log on and trade.
  void expect_open() const {
    const auto peer = beta();
    peer->send(
        "D",
        {{11, "open" + utc_now()}, {55, "AAPL"}, {54, "1"}, {38, "1"}, {40, "2"}, {44, "190.00"}, {60, utc_now()}});
    const auto report = peer->receive_application();
    EXPECT_TRUE(report && report->get(35) == "8") << (report ? report->visible() : "closed");
  }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
  Peer alpha_;
  pid_t gateway_ = -1;
  std::size_t before_kb_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> trades_ = 0;
  std::thread trader_;
};

TEST_F(Hostile, AThousandSilentConnectionsKeepNobodyOut) {
  std::vector<std::unique_ptr<RawFix>> silent;
  for (int i = 0; i < 1000; ++i) {
    silent.push_back(stranger());
    if (i % 2 == 0) {
      silent.back()->send_bytes(
          "8=FIX.4.4\x01"
          "9=400\x01"
          "35=A\x01"
          "34=1\x01");  // and the rest never comes
    }
  }
  expect_open();
}

TEST_F(Hostile, FiftyMegabytesBeforeALogonAreNotHeld) {
  const std::string much(std::size_t{50} << 20, 'x');
  for (const char* const begin : {"",
                                  "8=FIX.4.4\x01"
                                  "9=52428800\x01"
                                  "35=A\x01",
                                  "8=FIX.4.4\x01"
                                  "9=4000\x01"
                                  "35=A\x01"
                                  "58=",
                                  "8=FIX"}) {
    const auto peer = stranger();
    peer->send_bytes(begin + much);
    EXPECT_TRUE(peer->receive_all().empty());
  }
  expect_open();
}

TEST_F(Hostile, GarbageInASessionIsIgnoredOrEndsIt) {
  const std::string wrong_sum =
      "8=FIX.4.4\x01"
      "9=5\x01"
      "35=0\x01"
      "10=000\x01";
  const std::string wrong_length =
      "8=FIX.4.4\x01"
      "9=999\x01"
      "35=0\x01"
      "10=161\x01";
  {
    const auto peer = beta();
    for (int i = 0; i < 1000; ++i) {
      peer->send_bytes(i % 2 == 0 ? wrong_sum : "noise" + wrong_sum);
    }
    for (const RawMessage& message : until_logout(*peer)) {
      EXPECT_EQ(message.get(35), "5") << message.visible();
    }
  }
  {
    const auto peer = beta();
    peer->send_bytes(wrong_length);
    peer->send_bytes(std::string(std::size_t{10} << 20, '\x01'));
    (void)until_logout(*peer);
  }
  expect_open();
}

TEST_F(Hostile, NumbersBeyondTheirRangeAreRefused) {
  const char* const numbers[] = {"99999999999999999999", "2147483648", "-1", "0", "1e9", "4294967297", ""};
  for (const char* const number : numbers) {
    SCOPED_TRACE(number);
    {
      const auto peer = stranger();
      peer->send("A", {{34, number}, {98, "0"}, {108, "30"}, {553, "BETA1"}, {554, password_of("BETA1")}});
      EXPECT_TRUE(peer->receive_all().empty());
    }
    {
      const auto peer = stranger();
      peer->send("A", {{98, "0"}, {108, number}, {141, "Y"}, {553, "BETA1"}, {554, password_of("BETA1")}});
      for (const RawMessage& message : until_logout(*peer)) {
        EXPECT_EQ(message.get(35), "5") << message.visible();
      }
    }
    {
      const auto peer = beta();
      peer->send("D",
                 {{34, number}, {11, "x"}, {55, "AAPL"}, {54, "1"}, {38, "1"}, {40, "2"}, {44, "1"}, {60, utc_now()}});
      for (const RawMessage& message : until_logout(*peer)) {
        EXPECT_EQ(message.get(35), "5") << message.visible();
      }
    }
    for (const int tag : {7, 16, 36}) {  // a ResendRequest's and a SequenceReset's
      const auto peer = beta();
      if (tag == 36) {
        peer->send("4", {{36, number}});
      } else {
        peer->send("2", {{7, tag == 7 ? number : "1"}, {16, tag == 16 ? number : "0"}});
      }
      peer->send("5", {});
      bool ended = false;
      for (const RawMessage& message : until_logout(*peer)) {
        EXPECT_NE(message.get(35), "8") << message.visible();
        ended = ended || message.get(35) == "5";
      }
      EXPECT_TRUE(ended) << tag;
    }
  }
  const auto peer = beta();
  const std::string digits(4000, '9');
  int orders = 0;
  for (const int tag : {38, 44, 60, 54, 40, 59}) {
    for (const std::string& value :
         {std::string("99999999999999999999"), std::string("-1"), std::string("1e300"),
          std::string("92233720368547758.08"), std::string("20269999-99:99:99.999"), digits}) {
      RawFields fields = {{11, "n" + std::to_string(++orders)},
                          {55, "AAPL"},
                          {54, "1"},
                          {38, "1"},
                          {40, "2"},
                          {44, "190.00"},
                          {59, "0"},
                          {60, utc_now()}};
      for (auto& [field, text] : fields) {
        text = field == tag ? value : text;
      }
      peer->send("D", fields);
      const auto answer = peer->receive_application();
      ASSERT_TRUE(answer) << tag << "=" << value.substr(0, 30);
      EXPECT_TRUE(answer->get(35) == "3" || answer->get(35) == "j" || answer->get(150) == "8") << answer->visible();
    }
  }
  peer->send("D", {{11, "sane"}, {55, "AAPL"}, {54, "1"}, {38, "1"}, {40, "2"}, {44, "190.00"}, {60, utc_now()}});
  const auto answer = peer->receive_application();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->get(150), "0") << answer->visible();
}

TEST_F(Hostile, WhatIsSentAheadOfAGapDoesNotGather) {
  const auto peer = beta();
  const RawFields order = {{55, "AAPL"}, {54, "1"}, {38, "1"}, {40, "2"}, {44, "190.00"}, {58, std::string(4000, 'x')}};
  // Numbers that a SequenceReset then goes past.
  std::uint64_t number = 2;
  for (int round = 0; round < 40; ++round) {
    for (std::uint64_t ahead = number + 1; ahead < number + 251; ++ahead) {
      RawFields fields = order;
      fields.insert(fields.begin(), {{34, std::to_string(ahead)}, {11, "g" + std::to_string(ahead)}, {60, utc_now()}});
      peer->send("D", fields);
    }
    number += 300;
    peer->send("4", {{34, std::to_string(number)}, {36, std::to_string(number)}});
  }
  // ResendRequests, which are answered at once, each in its place.
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    peer->send("2", {{34, std::to_string(number + 1 + i)}, {7, "1"}, {16, "1"}});
  }
  peer->send("4", {{34, "1"}, {36, "800000"}});
  peer->send("1", {{34, "800000"}, {112, "still here"}});
  bool answered = false;
  while (!answered) {
    const auto message = peer->receive();
    ASSERT_TRUE(message) << "closed";
    answered = message->get(112) == "still here";
  }
}

}  // namespace
}  // namespace cantus::e2e
