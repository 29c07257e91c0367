#include "runtime/worker.h"

#include <thread>
#include <utility>

#include "runtime/background_thread.h"

namespace cantus::runtime {
namespace {

class ThreadWorker final : public Worker {
 public:
  ThreadWorker(std::string name, Share share) : name_(std::move(name)), share_(share) {}

  void begin(std::function<Next()> step) override {
    thread_.emplace(name_, [this, step = std::move(step)] { run(step); });
  }
  void wake() override { wakeup_.wake(); }
  void join() override { thread_.reset(); }

 private:
  void run(const std::function<Next()>& step) {
    take_share(share_);
    for (Next next = step(); !next.is_nothing(); next = step()) {
      if (next.is_step()) {
        continue;
      }
      if (const auto at_most = next.at_most()) {
        wakeup_.wait_at_most(*at_most);
      } else {
        wakeup_.wait();
      }
    }
  }

  const std::string name_;
  const Share share_;
  Wakeup wakeup_;
  std::optional<BackgroundThread> thread_;  // waited for before all else goes
};

class Threads final : public Workers {
 public:
  [[nodiscard]] std::unique_ptr<Worker> make(const std::string& name, Share share) override {
    return std::make_unique<ThreadWorker>(name, share);
  }
  void let_work() override { std::this_thread::yield(); }
};

}  // namespace

Workers& threads() {
  static Threads threads;
  return threads;
}

}  // namespace cantus::runtime
