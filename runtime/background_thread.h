// Threads that work behind the loop: copying, sealing, hashing. They take no signals but
// those that their own instructions cause, and whoever starts one waits for its end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <string>
#include <thread>

namespace cantus::runtime {

// Runs `work` on a thread of its own; its destruction waits for the end of `work`, which must have been told to end.
class BackgroundThread {
 public:
  // `name` is for people (at most 15 bytes are shown).
  BackgroundThread(std::string name, std::function<void()> work);
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;
  ~BackgroundThread() { thread_.join(); }

 private:
  std::thread thread_;
};

// Wakes the one thread that waits here. A wake that comes while it does not is kept for the next wait; several count as
// one. Who wakes takes no lock, so a thread that is interrupted as it begins to wait keeps nobody waiting.
class Wakeup {
 public:
  void wake();
  void wait();
  void wait_at_most(std::chrono::nanoseconds time);

 private:
  static constexpr std::uint32_t none = 0;
  static constexpr std::uint32_t kept = 1;
  static constexpr std::uint32_t waiting = 2;

  // True: a wake was taken.
  [[nodiscard]] bool take_or_wait(const timespec* at_most);

  std::atomic<std::uint32_t> state_{none};  // a futex
};

}  // namespace cantus::runtime
