// A venue in one process with as few descriptors as may be, and more silent strangers than those: what it needs for
// itself, files of new segments above all, is kept. The limit is of this program and all that it starts, hence a
// program of its own.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "examples/participant/market.h"
#include "runtime/unique_fd.h"
#include "tests/e2e/peer.h"
#include "tests/e2e/raw_fix.h"
#include "tests/e2e/venue.h"

namespace cantus::e2e {
namespace {

using participant::one;

constexpr rlim_t descriptors_max = 448;
constexpr int strangers = 400;

void limit_descriptors() {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max = std::min(files.rlim_max, descriptors_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
}

// Connected from one of many addresses, and silent.
runtime::UniqueFd stranger(int number, std::uint16_t port) {
  runtime::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(number % 7 + 1) * 256);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

Json with_small_segments(Json json) {
  json["journal"]["segment_bytes"] = 65536;
  return json;
}

TEST(Descriptors, StrangersLeaveTheVenueWhatItNeeds) {
  limit_descriptors();
  const TestFolder folder;
  const Ports ports = make_ports();
  Venue venue(folder, with_small_segments(configuration(ports)), "one");
  venue.start();
  Peer alpha(folder, "ALPHA1", {ports.gateway_1});
  alpha.log_on();
  std::vector<runtime::UniqueFd> silent;
  silent.reserve(strangers);
  for (int i = 0; i < strangers; ++i) {
    silent.push_back(stranger(i, i % 2 == 0 ? ports.gateway_1 : ports.gateway_2));
  }
  // Through several segments.
  for (int i = 0; i < 250; ++i) {
    const OrderRequest order{"AAPL", '1', '2', '0', 1, 189 * one};
    const std::string id = alpha.enter(order);
    alpha.wait_report(id, "0");
    alpha.wait_report(alpha.cancel(id, order), "4");
  }
  RawFix beta(ports.gateway_2, "BETA1", "CANTUS");
  beta.logon(password_of("BETA1"));
  const auto logon = beta.receive();
  EXPECT_TRUE(logon && logon->get(35) == "A") << (logon ? logon->visible() : "closed");
  EXPECT_EQ(alpha.session().results().complaints(), 0u);
  EXPECT_EQ(venue.unasked_deaths(), std::vector<std::string>());
  beta.close();
  alpha.drop();
  EXPECT_EQ(venue.stop(), 0);
}

}  // namespace
}  // namespace cantus::e2e
