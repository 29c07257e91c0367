#include "tests/sim/loop.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "runtime/doorbell.h"
#include "tests/sim/process_files.h"
#include "tests/sim/stream_end.h"

namespace cantus::sim {

namespace {
constexpr std::int64_t time_of_a_round_ns = 10'000;
constexpr std::int64_t time_of_an_idle_round_ns = 500'000;  // in which it had nothing to do
constexpr std::uint64_t what_passes = 0x74696d65;
}  // namespace

struct SimLoop::TimerState {
  std::int64_t period_ns = 0;
  std::function<void()> f;
};

class SimLoop::OwnedTimer final : public runtime::Timer {
 public:
  explicit OwnedTimer(std::shared_ptr<TimerState> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<TimerState> state_;
};

class SimLoop::OwnedWatch final : public runtime::Watch {
 public:
  OwnedWatch(SimLoop& loop, std::shared_ptr<Watching> watching) : loop_(loop), watching_(std::move(watching)) {}
  OwnedWatch(const OwnedWatch&) = delete;
  OwnedWatch& operator=(const OwnedWatch&) = delete;
  ~OwnedWatch() override {
    loop_.ground_.descriptors.forget(watching_->id);
    watching_->f = nullptr;
    std::erase(loop_.watching_, watching_);
  }

 private:
  SimLoop& loop_;
  std::shared_ptr<Watching> watching_;
};

SimLoop::SimLoop(Ground& ground, const runtime::Clock& clock, std::uint64_t seed, const std::string& name,
                 const ProcessPace* pace, Mortal* whose)
    : ground_(ground), clock_(clock), draws_(seed, name), what_(draws_.next()), pace_(pace), whose_(whose) {
  Result<runtime::UniqueFd> bell = runtime::make_doorbell();
  CANTUS_ASSERT(bell.ok(), "there is a descriptor for a doorbell");
  doorbell_ = std::move(bell).value();
  doorbell_watch_ = watch_readable(doorbell_.get(), [this] { runtime::quiet_doorbell(doorbell_.get()); });
  schedule(ground_.queue.now_ns());
}

SimLoop::~SimLoop() {
  for (const std::shared_ptr<End>& end : ends_) {
    end->abandon();
  }
}

void SimLoop::add(runtime::Task& task) {
  if (std::ranges::find(tasks_, &task) == tasks_.end()) {
    tasks_.push_back(&task);
    wake();
  }
}

// A slot is emptied first, because the task may be removed by one that is being polled.
void SimLoop::remove(runtime::Task& task) { std::ranges::replace(tasks_, &task, static_cast<runtime::Task*>(nullptr)); }

std::unique_ptr<runtime::Watch> SimLoop::watch_readable(int fd, std::function<void()> f) {
  auto watching = std::make_shared<Watching>();
  watching->f = std::move(f);
  watching->id = ground_.descriptors.watch(fd, [this, watching = watching.get()] {
    watching->ready = true;
    wake();
  });
  watching_.push_back(watching);
  return std::make_unique<OwnedWatch>(*this, std::move(watching));
}

void SimLoop::soon(std::function<void()> f) {
  posted_.push_back(std::move(f));
  wake();
}

void SimLoop::wake() {
  if (!in_round_) {
    schedule(ground_.queue.now_ns() + draws_.between(500, 30'000));
  }
}

void SimLoop::schedule(std::int64_t when_ns) {
  if (pace_ != nullptr) {
    when_ns = pace_->late(ground_.queue.now_ns(), when_ns);
  }
  if (dead_ || when_ns >= scheduled_ns_) {
    return;
  }
  scheduled_ns_ = when_ns;
  ground_.queue.at(when_ns, what_, [itself = itself(), mine = ++schedule_] {
    const std::shared_ptr<SimLoop*> loop = itself.lock();
    if (loop && (*loop)->schedule_ == mine) {
      (*loop)->round();
    }
  });
}

void SimLoop::round() {
  scheduled_ns_ = INT64_MAX;
  if (dead_ || stopped_ || in_round_) {
    return;
  }
  if (pace_ != nullptr && pace_->is_stuck(ground_.queue.now_ns())) {
    schedule(ground_.queue.now_ns());
    return;
  }
  in_round_ = true;
  const CodeOf code(whose_);
  try {
    round_alive();
  } catch (const Died&) {
    in_round_ = false;
  }
}

// As AsioLoop::run: while anything moves the next round follows; else it sleeps.
void SimLoop::round_alive() {
  disarm();
  bool worked = poll_tasks();
  if (!worked || draws_.one_in(8)) {
    pass_on();
  }
  worked = poll_io() || worked;
  if (!worked) {
    arm();
    worked = poll_tasks();
    if (worked) {
      disarm();
    }
  }
  in_round_ = false;
  if (worked) {
    schedule(ground_.queue.now_ns() + draws_.between(300, 5'000));
  } else {
    schedule_timer();
    schedule_nothing();
  }
}

bool SimLoop::run_once() {
  round();
  bool passed = false;
  const bool idle = scheduled_ns_ > ground_.queue.now_ns() + time_of_a_round_ns;
  ground_.queue.after(idle ? time_of_an_idle_round_ns : time_of_a_round_ns, what_passes, [&passed] { passed = true; });
  while (!passed) {
    ground_.step();
  }
  return scheduled_ns_ != INT64_MAX;
}

void SimLoop::run() {
  while (!stopped_ && !dead_ && ground_.step()) {
  }
}

void SimLoop::die() {
  dead_ = true;
  for (const std::shared_ptr<Watching>& watching : watching_) {
    ground_.descriptors.hang_up(watching->id);
  }
}

bool SimLoop::poll_tasks() {
  std::erase(tasks_, nullptr);
  bool worked = false;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {  // one that is polled may add or remove others
    if (tasks_[i] != nullptr && tasks_[i]->poll()) {
      worked = true;
    }
  }
  moved_ = moved_ || worked;
  return worked;
}

void SimLoop::pass_on() {
  if (!std::exchange(moved_, false)) {
    return;
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i] != nullptr) {
      tasks_[i]->pass_on();
    }
  }
}

void SimLoop::arm() {
  armed_ = true;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i] != nullptr) {
      tasks_[i]->arm();
    }
  }
}

void SimLoop::disarm() {
  if (!std::exchange(armed_, false)) {
    return;
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i] != nullptr) {
      tasks_[i]->disarm();
    }
  }
}

bool SimLoop::poll_io() {
  bool worked = run_timers();
  for (std::size_t i = 0; i < watching_.size(); ++i) {
    const std::shared_ptr<Watching> watching = watching_[i];
    if (std::exchange(watching->ready, false) && watching->f) {
      watching->f();
      worked = true;
    }
  }
  const std::vector<std::function<void()>> posted = std::exchange(posted_, {});
  for (const std::function<void()>& f : posted) {
    f();
    worked = true;
  }
  for (std::size_t i = 0; i < ends_.size() && !dead_; ++i) {  // handlers may open others
    const std::shared_ptr<End> end = ends_[i];
    worked = end->move() || worked;
  }
  std::erase_if(ends_, [](const std::shared_ptr<End>& end) { return end->over(); });
  return worked;
}

// ---- timers ------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<runtime::Listener>> SimLoop::Links::listen(const runtime::Address& address, OnAccept on_accept) {
  return loop_.ground_.wire.listen(loop_, address, std::move(on_accept));
}
void SimLoop::Links::connect(const runtime::Address& address, OnConnect on_connect) {
  loop_.ground_.wire.connect(loop_, address, std::move(on_connect));
}
std::unique_ptr<runtime::Timer> SimLoop::Links::after(std::chrono::nanoseconds delay, std::function<void()> f) {
  return loop_.start_timer(delay.count(), 0, std::move(f));
}
std::unique_ptr<runtime::Timer> SimLoop::Links::every(std::chrono::nanoseconds period, std::function<void()> f) {
  CANTUS_ASSERT(period.count() > 0, "a repeated timer has a period");
  return loop_.start_timer(period.count(), period.count(), std::move(f));
}

std::unique_ptr<runtime::Timer> SimLoop::start_timer(std::int64_t delay_ns, std::int64_t period_ns,
                                                     std::function<void()> f) {
  auto state = std::make_shared<TimerState>(TimerState{period_ns, std::move(f)});
  timers_[{clock_.monotonic_ns() + std::max<std::int64_t>(delay_ns, 0), ++last_timer_}] = state;
  if (!in_round_) {
    schedule_timer();
  }
  return std::make_unique<OwnedTimer>(std::move(state));
}

// The monotonic clock runs as the world's does; it only begins elsewhere.
void SimLoop::schedule_timer() {
  while (!timers_.empty() && timers_.begin()->second.expired()) {
    timers_.erase(timers_.begin());
  }
  if (!timers_.empty()) {
    schedule(ground_.queue.now_ns() + std::max<std::int64_t>(0, timers_.begin()->first.first - clock_.monotonic_ns()));
  }
}

// A round without a reason. What is due later stays due then: no timer is early.
void SimLoop::schedule_nothing() {
  if (pace_ != nullptr && pace_->wakes_for_nothing && draws_.one_in(4)) {
    schedule(ground_.queue.now_ns() + draws_.between(1'000, ProcessPace::woken_within_ns));
  }
}

bool SimLoop::run_timers() {
  bool worked = false;
  while (!timers_.empty() && timers_.begin()->first.first <= clock_.monotonic_ns()) {
    const std::shared_ptr<TimerState> timer = timers_.begin()->second.lock();
    const std::int64_t due_ns = timers_.begin()->first.first;
    timers_.erase(timers_.begin());
    if (!timer) {
      continue;
    }
    if (timer->period_ns > 0) {  // calls that were missed are not made up for
      timers_[{std::max(due_ns + timer->period_ns, clock_.monotonic_ns() + 1), ++last_timer_}] = timer;
    }
    timer->f();
    worked = true;
  }
  return worked;
}

}  // namespace cantus::sim
