// The board between participants and gateways: bytes as they are, to where the line is routed, and deaths at messages.
#include "campaign/switchboard.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>

#include "campaign/venue.h"

namespace cantus::campaign {
namespace {

using runtime::UniqueFd;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd listen_on(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(socket.get(), 4), 0);
  return socket;
}

UniqueFd accept_on(const UniqueFd& listener) {
  return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

UniqueFd connect_to(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

void send_to(const UniqueFd& socket, const std::string& bytes) {
  EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

// So many bytes, or fewer if the other side ends before.
std::string receive(const UniqueFd& socket, std::size_t count) {
  std::string bytes(count, '\0');
  const ssize_t got = ::recv(socket.get(), bytes.data(), count, MSG_WAITALL);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

std::string message(const std::string& type, const std::string& more = {}) {
  return "8=FIX.4.4\x01"
         "9=5\x01"
         "35=" +
         type + "\x01" + more + "10=000\x01";
}

class Board : public testing::Test {
 protected:
  Board() { board_.route(0, ports_[0]); }

  std::vector<std::uint16_t> ports_ = free_ports(2);
  UniqueFd one_ = listen_on(ports_[0]);
  UniqueFd other_ = listen_on(ports_[1]);
  Switchboard board_{2};
};

TEST_F(Board, PassesBytesBothWaysAndEnds) {
  const UniqueFd peer = connect_to(board_.port(0));
  UniqueFd venue = accept_on(one_);
  const std::string half = message("D").substr(0, 12);
  send_to(peer, message("A") + half);
  EXPECT_EQ(receive(venue, message("A").size()), message("A"));
  send_to(venue, message("A") + message("8"));
  EXPECT_EQ(receive(peer, 2 * message("A").size()), message("A") + message("8"));
  send_to(venue, half);
  venue.reset();
  EXPECT_EQ(receive(peer, 1000), half) << "what was sent before the end arrives, and then the end";
}

TEST_F(Board, AConnectionWaitsForAVenueThatIsNotThere) {
  one_.reset();
  const UniqueFd peer = connect_to(board_.port(0));
  send_to(peer, message("A"));
  one_ = listen_on(ports_[0]);
  const UniqueFd venue = accept_on(one_);
  EXPECT_EQ(receive(venue, message("A").size()), message("A"));
}

TEST_F(Board, AHeldConnectionGoesWhereTheLineIsRoutedWhenItIsLetGo) {
  board_.hold(0, true);
  const UniqueFd peer = connect_to(board_.port(0));
  send_to(peer, message("A"));
  board_.route(0, ports_[1]);
  board_.hold(0, false);
  const UniqueFd venue = accept_on(other_);
  EXPECT_EQ(receive(venue, message("A").size()), message("A"));
}

TEST_F(Board, ACutClosesBothEnds) {
  const UniqueFd peer = connect_to(board_.port(0));
  const UniqueFd venue = accept_on(one_);
  send_to(peer, message("A"));
  EXPECT_EQ(receive(venue, message("A").size()), message("A"));
  board_.cut(0);
  EXPECT_EQ(receive(peer, 1), "");
  EXPECT_EQ(receive(venue, 1), "");
}

TEST_F(Board, AnOrphanStaysOpenAtTheVenueUntilItIsReleased) {
  const UniqueFd peer = connect_to(board_.port(0));
  const UniqueFd venue = accept_on(one_);
  send_to(peer, message("A"));
  EXPECT_EQ(receive(venue, message("A").size()), message("A"));
  board_.orphan(0);
  EXPECT_EQ(receive(peer, 1), "");
  send_to(venue, message("0"));
  const UniqueFd again = connect_to(board_.port(0));
  const UniqueFd second = accept_on(one_);
  send_to(again, message("A"));
  EXPECT_EQ(receive(second, message("A").size()), message("A"));
  char nothing = 0;
  EXPECT_EQ(::recv(venue.get(), &nothing, 1, MSG_DONTWAIT), -1) << "the venue does not know";
  board_.release_orphans();
  EXPECT_EQ(receive(venue, 1), "");
}

TEST_F(Board, AWatchSeesEachMessageAndMayCutTheStreamThere) {
  std::atomic<int> seen{0};
  board_.watch([&](const Switchboard::Passing& passing) {
    ++seen;
    return !passing.to_venue && passing.msg_type == "8" && passing.poss_dup ? Switchboard::Verdict::cut
                                                                            : Switchboard::Verdict::pass;
  });
  const UniqueFd peer = connect_to(board_.port(0));
  const UniqueFd venue = accept_on(one_);
  send_to(peer, message("2"));
  EXPECT_EQ(receive(venue, message("2").size()), message("2"));
  send_to(venue, message("8") + message("8", "43=Y\x01") + message("8"));
  EXPECT_EQ(receive(peer, 1000), message("8")) << "nothing from that message on";
  EXPECT_EQ(receive(venue, 1), "");
  board_.watch({});
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace cantus::campaign
