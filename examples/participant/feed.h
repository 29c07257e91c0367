// A feed of best prices elsewhere, over TCP: who connects writes `next,<feed_seq>` and a line break, and gets the lines
//   feed_seq,symbol,bid,bid_qty,ask,ask_qty
// from that number on. Numbers count without a gap; a feed that begins its life counts on from what the first listener
// asks for, as the original feed would have.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "examples/participant/market.h"
#include "examples/participant/role.h"
#include "examples/participant/session.h"

namespace cantus::participant {

struct FeedOptions {
  Endpoint listen;  // port 0: any, see port()
  double updates_per_second = 20;
};

class Feed final : public Role {
 public:
  // `market` outlives the feed, which is what moves it. Throws std::runtime_error if the port cannot be had.
  Feed(FeedOptions options, Market& market);
  ~Feed() override;

  void start() override;
  void stop() override;
  [[nodiscard]] bool is_server() const override { return true; }
  void pause() { pacer_.stop(); }  // publishes nothing more, but serves what there is
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  static constexpr std::size_t kept_max = 100'000;  // lines that a late listener can still ask for

  void publish();
  void accept();
  void serve(int socket);
  void add_line(std::size_t instrument);

  FeedOptions options_;
  Market& market_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool begun_ = false;       // a listener has said where to begin
  std::uint64_t first_ = 1;  // number of the first line kept
  std::deque<std::string> lines_;
  Pacer pacer_;
  std::thread acceptor_;
  std::vector<std::thread> servers_;
  std::vector<int> sockets_;
};

}  // namespace cantus::participant
