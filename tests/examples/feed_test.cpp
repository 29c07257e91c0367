// The feed's lines: numbered without a gap from where the listener asks, the same line for the same number.
#include "examples/participant/feed.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cantus::participant {
namespace {

class FeedClient {
 public:
  explicit FeedClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~FeedClient() { ::close(socket_); }

  void ask(std::uint64_t next) {
    const std::string text = "next," + std::to_string(next) + "\n";
    EXPECT_EQ(::send(socket_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  std::string line() {
    std::string text;
    char c = 0;
    while (::recv(socket_, &c, 1, 0) == 1 && c != '\n') {
      text += c;
    }
    return text;
  }
  bool closed() {
    char c = 0;
    return ::recv(socket_, &c, 1, 0) == 0;
  }

 private:
  int socket_;
};

class FeedTest : public testing::Test {
 protected:
  FeedTest() : market_({{"AAPL", one / 100, 1, 190 * one}, {"MSFT", one / 100, 1, 400 * one}}, 3) {}
  Market market_;
};

TEST_F(FeedTest, BeginsWhereItIsAskedAndRepeatsWhatItSaid) {
  Feed feed({{"127.0.0.1", 0}, 200}, market_);
  feed.start();
  FeedClient first(feed.port());
  first.ask(41);
  std::vector<std::string> lines;
  for (std::uint64_t number = 41; number < 51; ++number) {
    lines.push_back(first.line());
    EXPECT_TRUE(lines.back().starts_with(std::to_string(number) + ",")) << lines.back();
  }
  EXPECT_TRUE(lines[0].starts_with("41,AAPL,189.99,100,190.01,100")) << lines[0];
  FeedClient second(feed.port());
  second.ask(45);
  for (std::size_t i = 4; i < 10; ++i) {
    EXPECT_EQ(second.line(), lines[i]);
  }
}

TEST_F(FeedTest, ClosesOnWhoDoesNotAskProperly) {
  Feed feed({{"127.0.0.1", 0}, 200}, market_);
  feed.start();
  FeedClient client(feed.port());
  client.ask(0);
  EXPECT_TRUE(client.closed());
}

TEST_F(FeedTest, APortInUseIsSaid) {
  Feed feed({{"127.0.0.1", 0}, 200}, market_);
  EXPECT_THROW(Feed({{"127.0.0.1", feed.port()}, 200}, market_), std::runtime_error);
}

}  // namespace
}  // namespace cantus::participant
