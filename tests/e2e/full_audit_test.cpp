// The disk of the audit database is full while the venue trades: nothing ends, and once there is room the database
// holds all of it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "examples/participant/market.h"
#include "tests/e2e/audit_rows.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

class FullAudit : public testing::TestWithParam<const char*> {
 protected:
  FullAudit() : ports_(make_ports()), venue_(folder_, configuration(ports_), GetParam()) {}

  // `cantus up` with calls that fail as long as full() is there.
  void start() {
    ::setenv("CANTUS_FAILING_CALLS", full().c_str(), 1);
    const char* const options = std::getenv("ASAN_OPTIONS");
    ::setenv("ASAN_OPTIONS", (std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0").c_str(), 1);
    ::setenv("LD_PRELOAD", CANTUS_FAILING_CALLS_LIBRARY, 1);
    venue_.start();
    ::unsetenv("LD_PRELOAD");
  }
  [[nodiscard]] std::filesystem::path full() const { return folder_.path() / "full"; }
  [[nodiscard]] bool said(const std::string& text) const {
    std::ifstream file(venue_.data() / "logs" / (venue_.site().process_of.at("audit") + ".log"));
    return std::string(std::istreambuf_iterator<char>(file), {}).find(text) != std::string::npos;
  }
  [[nodiscard]] std::int64_t orders_in_database() const { return audit_rows(venue_, "orders"); }

  TestFolder folder_;
  Ports ports_;
  Venue venue_;
};

TEST_P(FullAudit, IsWaitedOut) {
  start();
  Peer alpha(folder_, "ALPHA1", {ports_.gateway_1});
  alpha.log_on();
  std::int64_t orders = 0;
  const auto trade = [&](int count) {
    for (int i = 0; i < count; ++i, ++orders) {
      alpha.wait_report(alpha.enter({"AAPL", '1', '2', '0', 1, 189 * one}), "0");
    }
  };
  trade(10);
  venue_.wait_until([&] { return orders_in_database() == orders; });
  std::ofstream(full().string() + ".new") << "pwrite /audit/ full";
  std::filesystem::rename(full().string() + ".new", full());
  trade(10);
  venue_.wait_until([&] { return said("the audit database cannot be written and is tried again"); });
  trade(10);
  EXPECT_LT(orders_in_database(), orders);
  std::filesystem::remove(full());
  venue_.wait_until([&] { return orders_in_database() == orders; });
  EXPECT_TRUE(said("the audit database is written again"));
  EXPECT_EQ(venue_.unasked_deaths(), std::vector<std::string>());
  EXPECT_EQ(alpha.session().results().complaints(), 0u);
  alpha.drop();
  EXPECT_EQ(venue_.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Layouts, FullAudit, testing::Values("one", "two"),
                         [](const auto& layout) { return std::string(layout.param); });

}  // namespace
}  // namespace cantus::e2e
