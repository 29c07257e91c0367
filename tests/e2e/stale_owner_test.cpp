// A gateway that is stopped (SIGSTOP) while another takes its sessions, and wakes up (SIGCONT) behind that: what it
// still does changes nothing, and nothing of it reaches a client.
#include <gtest/gtest.h>
#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "sessions/session_machine.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

class StaleOwner : public testing::Test {
 protected:
  StaleOwner() : ports_(make_ports()), venue_(folder_, configuration(ports_), "each") {}
  void SetUp() override { venue_.start(); }
  void TearDown() override { EXPECT_EQ(venue_.stop(), 0); }

  [[nodiscard]] std::uint16_t port_of(int gateway) const { return gateway == 1 ? ports_.gateway_1 : ports_.gateway_2; }
  void signal(int gateway, int number) const {
    const auto process = venue_.process(venue_.site().process_of.at("gateway-" + std::to_string(gateway)));
    ASSERT_TRUE(process.has_value());
    ASSERT_EQ(::kill(*process, number), 0);
  }
  // Each of its threads.
  void wait_until_stopped(int gateway) const {
    const auto process = venue_.process(venue_.site().process_of.at("gateway-" + std::to_string(gateway)));
    const std::filesystem::path threads = "/proc/" + std::to_string(process.value()) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator(threads)) {
      for (std::string text; text.find(") T ") == std::string::npos;) {
        std::ifstream stat(thread.path() / "stat");
        std::getline(stat, text);
        std::this_thread::yield();
      }
    }
  }
  // Logged on in the numbers that stand: nothing but accepted orders counts, so `number` is the first that was not.
  [[nodiscard]] std::unique_ptr<RawFix> logged_on(int gateway, std::uint64_t number, bool narrow = false) const {
    auto peer = std::make_unique<RawFix>(port_of(gateway), "BETA1", "CANTUS", narrow);
    peer->send("A",
               {{34, std::to_string(number)}, {98, "0"}, {108, "30"}, {553, "BETA1"}, {554, password_of("BETA1")}});
    const auto answer = peer->receive();
    EXPECT_TRUE(answer && answer->get(35) == "A") << (answer ? answer->visible() : "closed");
    return peer;
  }
  static RawFields order(std::uint64_t number, const std::string& cl_ord_id, bool again = false) {
    RawFields fields = {{34, std::to_string(number)}};
    if (again) {
      fields.emplace_back(43, "Y");
      fields.emplace_back(122, utc_now());
    }
    for (const auto& [tag, value] :
         RawFields{{11, cl_ord_id}, {55, "AAPL"}, {54, "1"}, {38, "1"}, {40, "2"}, {44, "190.00"}, {60, utc_now()}}) {
      fields.emplace_back(tag, value);
    }
    return fields;
  }
  static RawMessage report_of(RawFix& peer, const std::string& cl_ord_id) {
    while (const auto message = peer.receive()) {
      if (message->get(35) == "8" && message->get(11) == cl_ord_id) {
        return *message;
      }
    }
    ADD_FAILURE() << "the connection ended without a report of " << cl_ord_id;
    return {};
  }
  // Calls f(event, effect) for the whole log.
  template <class F>
  void for_each_effect(F f) const {
    ReferenceData refdata;
    SessionMachine sessions(refdata);
    venue_.for_each_record([&](const Event& event) {
      refdata.apply(event);
      sessions.apply(event);
      f(event, sessions.effect());
    });
  }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
};

TEST_F(StaleOwner, ChangesNothingAndSendsNothingWhenItWakesUp) {
  auto stale = logged_on(1, 1);
  signal(1, SIGSTOP);
  stale->send("D", order(2, "lost"));
  stale->send("1", {{34, "3"}, {112, "are you there"}});
  auto fresh = logged_on(2, 1);
  fresh->send("D", order(2, "kept"));
  EXPECT_EQ(report_of(*fresh, "kept").get(150), "0");
  const Seq taken = venue_.last();
  signal(1, SIGCONT);
  EXPECT_TRUE(stale->receive_all().empty()) << "the loser closes in silence";
  fresh->send("D", order(3, "after"));
  EXPECT_EQ(report_of(*fresh, "after").get(150), "0");

  std::optional<PublisherId> of_stale;
  for_each_effect([&](const Event& event, Effect effect) {
    if (event.is<Takeover>() && effect == Effect::took && !of_stale) {
      of_stale = event.header->publisher;
    }
    if (event.header->seq > taken && event.header->publisher == of_stale) {
      EXPECT_EQ(effect, Effect::ignored) << "record " << event.header->seq.get();
    }
  });
}

// In the middle of a resend, with the rest of a slice waiting for a socket that takes no more.
TEST_F(StaleOwner, SendsNoMoreOfAResendThatItWasStoppedIn) {
  constexpr int reports = 1500;  // more than the kernel holds of them, and than one slice
  std::uint64_t number = 1;
  auto stale = logged_on(1, number, true);
  for (int i = 0; i < reports; ++i) {
    stale->send("H", {{34, std::to_string(++number)}, {11, "none" + std::to_string(i)}, {55, "AAPL"}, {54, "1"}});
    ASSERT_TRUE(stale->receive_application());
  }
  for (int round = 0; round < 4; ++round) {
    stale->send("2", {{34, std::to_string(++number)}, {7, "1"}, {16, "0"}});
    ASSERT_TRUE(stale->receive());
    signal(1, SIGSTOP);
    wait_until_stopped(1);
    auto fresh = logged_on(2, 1'000'000 * (round + 1));
    const std::string before = stale->drain();
    EXPECT_EQ(before.find("\x01"
                          "34=" +
                          std::to_string(reports) + "\x01"),
              std::string::npos)
        << "stopped too late";
    signal(1, SIGCONT);
    EXPECT_EQ(stale->rest().size(), 0U) << "round " << round << ", behind " << before.size() << " bytes";
    fresh.reset();
    number = 1'000'000 * (static_cast<std::uint64_t>(round) + 1) + 500'000;
    stale = logged_on(1, number, true);
  }
}

// Each order is on its way through a gateway that is stopped at that moment; its client sends it again to the other.
TEST_F(StaleOwner, AnOrderOnItsWayThroughItIsExecutedOnce) {
  constexpr int rounds = 12;
  std::uint64_t number = 1;
  auto owner = logged_on(1, number);
  for (int round = 0; round < rounds; ++round) {
    const int from = 1 + round % 2;
    const int to = 3 - from;
    const std::string id = "order" + std::to_string(round);
    owner->send("D", order(++number, id));
    if (round % 3 == 1) {
      (void)report_of(*owner, id);
    }
    signal(from, SIGSTOP);
    auto next = logged_on(to, 1'000 + number);  // behind everything, so that what was not taken is asked for
    while (const auto message = next->receive()) {
      if (message->get(35) != "2") {
        continue;
      }
      if (std::stoull(message->get(7)) <= number) {
        next->send("4", {{34, message->get(7)}, {43, "Y"}, {122, utc_now()}, {36, std::to_string(number)}, {123, "Y"}});
        next->send("D", order(number, id, true));
      }
      next->send("4", {{34, std::to_string(number + 1)},
                       {43, "Y"},
                       {122, utc_now()},
                       {36, std::to_string(1'001 + number)},
                       {123, "Y"}});
      break;
    }
    number += 1'001;
    next->send("D", order(number, id + "b"));
    EXPECT_EQ(report_of(*next, id + "b").get(150), "0");
    signal(from, SIGCONT);
    (void)owner->receive_all();
    owner = std::move(next);
  }
  std::map<std::string, int> taken;
  std::map<std::string, int> answered;
  for_each_effect([&](const Event& event, Effect effect) {
    if (event.is<NewOrder>() && effect == Effect::took) {
      ++taken[event.as<NewOrder>().cl_ord_id.str()];
    } else if (event.is<OrderAccepted>()) {
      ++answered[event.as<OrderAccepted>().order.cl_ord_id.str()];
    } else if (event.is<OrderRejected>()) {
      ++answered[event.as<OrderRejected>().cl_ord_id.str()];
    }
  });
  for (int round = 0; round < rounds; ++round) {
    for (const char* const suffix : {"", "b"}) {
      const std::string id = "order" + std::to_string(round) + suffix;
      EXPECT_EQ(taken[id], 1) << id;
      EXPECT_EQ(answered[id], 1) << id;
    }
  }
}

}  // namespace
}  // namespace cantus::e2e
