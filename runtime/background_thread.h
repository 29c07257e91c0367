// Threads that work behind the loop: copying, sealing, hashing. They take no signals but
// those that their own instructions cause, and whoever starts one waits for its end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
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

// Wakes a waiting thread. A wake that comes while nobody waits is kept for the next wait; several count as one.
class Wakeup {
 public:
  void wake();
  void wait();
  void wait_at_most(std::chrono::milliseconds time);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace cantus::runtime
