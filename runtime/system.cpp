#include "runtime/system.h"

#include <atomic>
#include <utility>

#include "runtime/background_thread.h"
#include "runtime/scheduling.h"

namespace cantus::runtime {
namespace {

void take(Share share) {
  constexpr int least_share = 19;
  switch (share) {
    case Share::ordinary:
      return;
    case Share::less:
      return give_way();
    case Share::least:
      return give_way(least_share);
    case Share::what_is_left:
      return take_what_is_left();
  }
}

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
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(time);
    if (whole.count() > 0 && !ending_.load()) {
      wakeup_.wait_at_most(whole);
    }
    return !ending_.load();
  }

 private:
  void run(Share share) {
    take(share);
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
