// A source of best prices that says a line when it is told to, and nothing else (protocol: marketdata/app/injector.h).
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cantus::e2e {

class FeedSource {
 public:
  explicit FeedSource(std::uint16_t port);
  ~FeedSource();
  FeedSource(const FeedSource&) = delete;
  FeedSource& operator=(const FeedSource&) = delete;

  // "symbol,bid,bid_qty,ask,ask_qty", under the next number, which is returned. Whoever connects later gets it, too.
  std::uint64_t send(const std::string& line);

 private:
  void serve();
  void write_from(std::size_t first);

  int listener_ = -1;
  std::mutex mutex_;
  int socket_ = -1;  // of the injector
  bool ending_ = false;
  std::vector<std::string> lines_;
  std::size_t sent_ = 0;  // of them to the injector that is connected now
  std::thread thread_;
};

}  // namespace cantus::e2e
