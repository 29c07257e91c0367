#include "runtime/loop.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "runtime/asio_network.h"
#include "runtime/doorbell.h"

namespace cantus::runtime {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Looking at sockets and timers is a system call: while tasks are busy it is made only so often.
constexpr int busy_rounds_per_io = 8;
// While waiting without sleeping, likewise: rounds of polling shared memory for one look at sockets.
constexpr int idle_rounds_per_io = 16;

// Rounds of the adaptive mode before it sleeps. Spinning takes the core from whoever would bring the work, unless there
// are cores to spare.
int spin_rounds() {
  const unsigned cores = std::thread::hardware_concurrency();
  return cores <= 2 ? 0 : cores <= 4 ? 256 : 2048;
}

struct WatchState : std::enable_shared_from_this<WatchState> {
  WatchState(asio::io_context& io, int fd, std::function<void()> f_in) : descriptor(io, fd), f(std::move(f_in)) {}

  void wait() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read, [self = shared_from_this()](error_code error) {
      if (error || self->ended) {
        return;
      }
      self->f();
      if (!self->ended) {
        self->wait();
      }
    });
  }
  void end() {
    ended = true;
    if (descriptor.is_open()) {
      descriptor.release();  // the descriptor is the caller's
    }
  }

  asio::posix::stream_descriptor descriptor;
  std::function<void()> f;
  bool ended = false;
};

class AsioWatch final : public Watch {
 public:
  explicit AsioWatch(std::shared_ptr<WatchState> state) : state_(std::move(state)) {}
  ~AsioWatch() override { state_->end(); }

 private:
  std::shared_ptr<WatchState> state_;
};

class AsioLoop final : public Loop {
 public:
  explicit AsioLoop(WaitMode mode, UniqueFd doorbell)
      : mode_(mode), spin_rounds_(spin_rounds()), doorbell_(std::move(doorbell)), network_(io_) {
    doorbell_watch_ = watch_readable(doorbell_.get(), [this] { quiet_doorbell(doorbell_.get()); });
  }

  void add(Task& task) override {
    if (std::ranges::find(tasks_, &task) == tasks_.end()) {
      tasks_.push_back(&task);
    }
  }
  // A slot is emptied first, because the task may be removed by one that is being polled.
  void remove(Task& task) override { std::ranges::replace(tasks_, &task, static_cast<Task*>(nullptr)); }
  [[nodiscard]] Network& network() override { return network_; }
  [[nodiscard]] int doorbell_fd() const override { return doorbell_.get(); }
  [[nodiscard]] std::unique_ptr<Watch> watch_readable(int fd, std::function<void()> f) override {
    auto state = std::make_shared<WatchState>(io_, fd, std::move(f));
    state->wait();
    return std::make_unique<AsioWatch>(std::move(state));
  }
  void post(std::function<void()> f) override { asio::post(io_, std::move(f)); }

  void run() override {
    int idle_rounds = 0;
    while (!stopping_.load(std::memory_order_relaxed)) {
      if (poll_tasks()) {
        idle_rounds = 0;
        if (++rounds_without_io_ >= busy_rounds_per_io) {
          pass_on();
          poll_io();
        }
        continue;
      }
      pass_on();
      ++idle_rounds;
      if (mode_ == WaitMode::spinning || idle_rounds < spin_rounds_) {
        if (++rounds_without_io_ >= idle_rounds_per_io && poll_io()) {
          idle_rounds = 0;
        }
        continue;
      }
      // Sockets are looked at before the tasks are armed: they may bring work, and sleeping is dear.
      if (!poll_io()) {
        sleep();
      }
      idle_rounds = 0;
    }
    pass_on();
    network_.flush();
    stopping_ = false;
  }

  void stop() override {
    stopping_.store(true);
    ring_doorbell(doorbell_.get());
  }

  bool run_once() override {
    const bool tasks_worked = poll_tasks();
    pass_on();
    const bool io_worked = poll_io();
    return tasks_worked || io_worked;
  }

 private:
  bool poll_tasks() {
    std::erase(tasks_, nullptr);
    bool worked = false;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {  // one that is polled may add or remove others
      if (tasks_[i] != nullptr && tasks_[i]->poll()) {
        worked = true;
      }
    }
    network_.flush();
    moved_ = moved_ || worked;
    return worked;
  }

  void pass_on() {
    if (!std::exchange(moved_, false)) {
      return;
    }
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i] != nullptr) {
        tasks_[i]->pass_on();
      }
    }
  }

  bool poll_io() {
    rounds_without_io_ = 0;
    network_.listen_on();
    const bool worked = io_.poll() != 0;
    return network_.flush() || worked;
  }

  void sleep() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i] != nullptr) {
        tasks_[i]->arm();
      }
    }
    if (!poll_tasks() && !stopping_.load()) {
      io_.run_one();
    }
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i] != nullptr) {
        tasks_[i]->disarm();
      }
    }
    network_.flush();
  }

  WaitMode mode_;
  int spin_rounds_;
  asio::io_context io_{1};
  UniqueFd doorbell_;
  std::unique_ptr<Watch> doorbell_watch_;
  AsioNetwork network_;
  std::vector<Task*> tasks_;
  int rounds_without_io_ = 0;
  bool moved_ = false;  // since the last pass_on
  std::atomic<bool> stopping_{false};
};

}  // namespace

std::unique_ptr<Loop> make_loop(WaitMode mode) {
  Result<UniqueFd> doorbell = make_doorbell();
  CANTUS_ASSERT(doorbell.ok(), "a process can make the doorbell of its loop");
  return std::make_unique<AsioLoop>(mode, std::move(doorbell).value());
}

}  // namespace cantus::runtime
