// What a participant program runs: roles, each with a thread of its own where it acts by the clock.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace cantus::participant {

class Role {
 public:
  virtual ~Role() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
  // The venue connects to it: it ends after those who still trade.
  [[nodiscard]] virtual bool is_server() const { return false; }
};

// Calls `f` so many times a second on a thread of its own, until stopped or destroyed. What is late is not made up for.
class Pacer {
 public:
  ~Pacer() { stop(); }

  void start(double per_second, std::function<void()> f) {
    const auto period =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1 / per_second));
    thread_ = std::thread([this, period, f = std::move(f)] {
      std::unique_lock lock(mutex_);
      auto due = std::chrono::steady_clock::now() + period;
      while (!changed_.wait_until(lock, due, [this] { return stopping_; })) {
        lock.unlock();
        f();
        lock.lock();
        due = std::max(due + period, std::chrono::steady_clock::now());
      }
    });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cantus::participant
