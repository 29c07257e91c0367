#include "runtime/system.h"

#include <atomic>
#include <utility>

#include "runtime/background_thread.h"

namespace cantus::runtime {
namespace {

class AsideThread final : public Aside {
 public:
  AsideThread(const std::string& name, Share share, AsideWork work)
      : work_(std::move(work)), thread_(name, [this, share] { run(share); }) {}
  ~AsideThread() override {
    ending_.store(true);
    wakeup_.wake();
    loop_->stop();
  }

  [[nodiscard]] Loop& loop() override { return *loop_; }
  [[nodiscard]] bool rest(std::chrono::nanoseconds time) override {
    if (time.count() > 0 && !ending_.load()) {
      wakeup_.wait_at_most(time);
    }
    return !ending_.load();
  }

 private:
  void run(Share share) {
    take_share(share);
    if (work_.begin) {
      work_.begin(*this);
    }
    loop_->run();
    if (work_.end) {
      work_.end();
    }
  }

  const AsideWork work_;
  const std::unique_ptr<Loop> loop_ = make_loop(WaitMode::adaptive);
  std::atomic<bool> ending_{false};
  Wakeup wakeup_;
  BackgroundThread thread_;  // waited for before all else goes
};

class HostSystem final : public System {
 public:
  [[nodiscard]] const Clock& clock() const override { return system_clock(); }
  [[nodiscard]] Files& files() override { return system_files(); }
  [[nodiscard]] Random& random() override { return system_random(); }
  [[nodiscard]] const char* database_files() const override { return nullptr; }
  [[nodiscard]] Workers& workers() override { return threads(); }
  [[nodiscard]] std::unique_ptr<Aside> run_aside(const std::string& name, Share share, AsideWork work) override {
    return std::make_unique<AsideThread>(name, share, std::move(work));
  }
};

}  // namespace

System& host_system() {
  static HostSystem system;
  return system;
}

}  // namespace cantus::runtime
