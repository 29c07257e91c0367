// Checks passwords off the loop: scrypt takes tens of milliseconds by intent, and no session may wait for another's
// logon. The queue is bounded, and attempts are limited by address, so that a flood of wrong passwords costs a thread
// and nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "messages/messages.h"
#include "runtime/system.h"

namespace cantus::gateway {

struct PasswordPoolOptions {
  std::size_t queued_max = 64;             // checks waiting; more are refused
  std::size_t attempts_per_address = 8;    // failed checks after which an address must wait
  std::int64_t refill_ns = 1'000'000'000;  // an address may fail once more after this time
  std::size_t addresses_max = 10'000;      // remembered; beyond it unknown addresses wait
};

// How many failures an address has left. On the loop's thread; time is handed in.
class AttemptLimit {
 public:
  explicit AttemptLimit(const PasswordPoolOptions& options) : options_(options) {}

  // False if the address failed too often lately.
  [[nodiscard]] bool may_try(const std::string& address, std::int64_t now_ns);
  void failed(const std::string& address, std::int64_t now_ns);

 private:
  struct Failures {
    std::size_t count = 0;
    std::int64_t since_ns = 0;  // of the oldest that still counts
  };
  void forget_old(Failures& failures, std::int64_t now_ns) const;
  void forget_all_old(std::int64_t now_ns);

  PasswordPoolOptions options_;
  std::map<std::string, Failures> by_address_;
  std::int64_t look_again_ns_ = 0;
};

class PasswordPool {
 public:
  // Answers are called on the loop's thread, and not at all once the pool is destroyed. `system` and `loop`
  // outlive the pool.
  PasswordPool(runtime::System& system, runtime::Loop& loop, PasswordPoolOptions options);
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;
  ~PasswordPool();

  using Answer = std::function<void(bool right)>;
  // False if the queue is full: the connection is then dropped like one with a wrong password. What was checked is
  // wiped (not what moving a short text leaves behind).
  [[nodiscard]] bool check(const PasswordVerifier& verifier, std::string password, Answer answer);

 private:
  struct Job;
  void work(Job& job);

  runtime::Loop& loop_;
  PasswordPoolOptions options_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // read and written on the loop's thread only
  std::atomic<std::size_t> queued_{0};
  // Below: the aside's own.
  runtime::Aside* on_ = nullptr;
  std::unique_ptr<runtime::Aside> aside_;  // waited for before all else goes
};

}  // namespace cantus::gateway
