// The loop of a simulated process: the same round as the host's (runtime/loop.cpp), as events of the world. A round
// takes a little time; where there is nothing to do it arms its tasks and sleeps until a doorbell, a socket or a timer
// wakes it, and a wake-up that is forgotten leaves it asleep.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/loop.h"
#include "runtime/unique_fd.h"
#include "tests/sim/deadly_records.h"
#include "tests/sim/descriptors.h"
#include "tests/sim/draws.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/wire.h"

namespace cantus::sim {

class End;

// What all loops share.
struct Ground {
  explicit Ground(std::uint64_t seed) : queue(seed), wire(queue, seed) {}

  EventQueue queue;
  Wire wire;
  Descriptors descriptors;

  // The next event, and whom it woke.
  bool step() {
    const bool ran = queue.run_next();
    descriptors.look();
    return ran;
  }
};

// How late everything of a process is: what its loops and workers would do happens later, or not for a while.
struct ProcessPace {
  std::int64_t stuck_until_ns = 0;
  std::int64_t slow_until_ns = 0;
  std::int64_t slowness = 1;  // by this factor
  // Who waits there is woken for nothing, as by a doorbell that rang for what was read meanwhile: before what it waits
  // for, and before the time that it gave itself.
  bool wakes_for_nothing = false;
  static constexpr std::int64_t woken_within_ns = 5'000'000;

  [[nodiscard]] bool is_stuck(std::int64_t now_ns) const { return now_ns < stuck_until_ns; }
  // When something happens that would happen at `when_ns`. Timers of a slow process are late, but not by their length.
  [[nodiscard]] std::int64_t late(std::int64_t now_ns, std::int64_t when_ns) const {
    constexpr std::int64_t step_max_ns = 200'000;
    const std::int64_t step_ns = std::clamp<std::int64_t>(when_ns - now_ns, 1'000, step_max_ns);
    const std::int64_t slower_ns = now_ns < slow_until_ns ? step_ns * (slowness - 1) : 0;
    return std::max(when_ns + slower_ns, stuck_until_ns);
  }
};

class SimLoop final : public runtime::Loop {
 public:
  // `clock` is its host's; `pace` its process's, null where nothing is ever late. `whose` code it runs, if that is
  // somebody who may die of a record.
  SimLoop(Ground& ground, const runtime::Clock& clock, std::uint64_t seed, const std::string& name,
          const ProcessPace* pace = nullptr, Mortal* whose = nullptr);
  ~SimLoop() override;
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  void add(runtime::Task& task) override;
  void remove(runtime::Task& task) override;
  [[nodiscard]] runtime::Network& network() override { return network_; }
  [[nodiscard]] int doorbell_fd() const override { return doorbell_.get(); }
  [[nodiscard]] std::unique_ptr<runtime::Watch> watch_readable(int fd, std::function<void()> f) override;
  void post(std::function<void()> f) override { soon(std::move(f)); }
  // Until stop(), while everything else goes on, too: for work that is done in one go, such as an orderly end.
  void run() override;
  void stop() override { stopped_ = true; }
  // A round, and whatever happens elsewhere meanwhile.
  bool run_once() override;

  // Where those to whom it connects see it come from.
  [[nodiscard]] const std::string& address() const { return address_; }
  void sit_at(std::string address) { address_ = std::move(address); }

  [[nodiscard]] bool stopped() const { return stopped_; }
  void go_on() { stopped_ = false; }  // for what is to be done behind run()
  // Its process died: nothing of it runs any more, and nothing of what it holds says a word.
  void die();

  // For Wire and its ends.
  [[nodiscard]] std::weak_ptr<SimLoop*> itself() const { return itself_; }
  void soon(std::function<void()> f);
  void take(std::shared_ptr<End> end) { ends_.push_back(std::move(end)); }
  void wake();

 private:
  struct TimerState;
  class OwnedTimer;
  class OwnedWatch;
  struct Watching {
    Descriptors::Id id = 0;
    std::function<void()> f;
    bool ready = false;
  };

  class Links final : public runtime::Network {
   public:
    explicit Links(SimLoop& loop) : loop_(loop) {}
    Result<std::unique_ptr<runtime::Listener>> listen(const runtime::Address& address, OnAccept on_accept) override;
    void connect(const runtime::Address& address, OnConnect on_connect) override;
    std::unique_ptr<runtime::Timer> after(std::chrono::nanoseconds delay, std::function<void()> f) override;
    std::unique_ptr<runtime::Timer> every(std::chrono::nanoseconds period, std::function<void()> f) override;

   private:
    SimLoop& loop_;
  };

  [[nodiscard]] std::unique_ptr<runtime::Timer> start_timer(std::int64_t delay_ns, std::int64_t period_ns,
                                                            std::function<void()> f);
  void round();
  void round_alive();
  bool poll_tasks();
  void pass_on();
  bool poll_io();
  bool run_timers();
  void arm();
  void disarm();
  void schedule(std::int64_t when_ns);
  void schedule_timer();
  void schedule_nothing();

  Ground& ground_;
  const runtime::Clock& clock_;
  Draws draws_;
  const std::uint64_t what_;  // for the hash
  const ProcessPace* const pace_;
  Mortal* const whose_;
  std::string address_ = "127.0.0.1";
  runtime::UniqueFd doorbell_;
  Links network_{*this};
  std::vector<runtime::Task*> tasks_;
  std::vector<std::function<void()>> posted_;
  std::vector<std::shared_ptr<End>> ends_;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::weak_ptr<TimerState>> timers_;  // by time, then age
  std::vector<std::shared_ptr<Watching>> watching_;
  std::unique_ptr<runtime::Watch> doorbell_watch_;
  std::uint64_t last_timer_ = 0;
  std::int64_t scheduled_ns_ = INT64_MAX;
  std::uint64_t schedule_ = 0;  // the one that counts
  bool armed_ = false;
  bool moved_ = false;  // since the last pass_on
  bool in_round_ = false;
  bool stopped_ = false;
  bool dead_ = false;
  std::shared_ptr<SimLoop*> itself_ = std::make_shared<SimLoop*>(this);  // gone with it
};

}  // namespace cantus::sim
