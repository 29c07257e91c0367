// A regulator without an engine: accepts the venue's connections one after the other, takes every report, keeps all
// that comes as it came, and asks for it again when it is told to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/raw_fix.h"

namespace cantus::e2e {

class RawRegulator {
 public:
  // Listens on the port of loopback; `next_number`: what its session sends next, unless the venue resets it.
  explicit RawRegulator(std::uint16_t port, std::uint64_t next_number = 1);
  ~RawRegulator();
  RawRegulator(const RawRegulator&) = delete;
  RawRegulator& operator=(const RawRegulator&) = delete;

  // Returns once the venue has logged on and has heard so.
  void wait_logged_on();
  // 2 with 7=1 and 16=0; what came until all of it was there.
  [[nodiscard]] std::vector<RawMessage> ask_for_everything();
  // Everything that came so far, in order.
  [[nodiscard]] std::vector<RawMessage> received() const;
  [[nodiscard]] std::uint64_t next_number() const;

 private:
  void accept_all();
  void serve();
  void answer(const RawMessage& message);
  std::vector<RawMessage> drain(std::unique_lock<std::mutex>& lock);

  int listener_ = -1;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::unique_ptr<RawFix> venue_;  // the connection, while there is one
  bool logged_on_ = false;
  bool ending_ = false;
  std::uint64_t next_number_;
  std::uint64_t logged_on_as_ = 1;  // number of its last Logon
  std::uint64_t asked_ = 0;
  std::vector<RawMessage> received_;
  std::thread thread_;
};

}  // namespace cantus::e2e
