#include "runtime/simulated_loop.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/bounded.h"

namespace cantus::runtime {
namespace {

constexpr int rounds_max = 1'000'000;

}  // namespace

std::uint64_t SimulatedRandom::next() {
  state_ += 0x9e3779b97f4a7c15;
  return mix_bits(state_);
}

// ---- streams -----------------------------------------------------------------------------------------------------

// One end. Its inbound bytes are what the peer's kernel has sent.
class SimulatedStreamState {
 public:
  SimulatedStreamState(const SimulatedNetwork& network, Address peer_address)
      : network_(network), peer_address_(std::move(peer_address)) {}

  void join(const std::shared_ptr<SimulatedStreamState>& peer) { peer_ = peer; }
  void set_handler(StreamHandler* handler) { handler_ = handler; }
  void set_reading(bool reading) { reading_ = reading; }
  void set_gate(std::weak_ptr<SendGate> gate) {
    gate_ = std::move(gate);
    gated_ = true;
  }
  [[nodiscard]] const Address& peer_address() const { return peer_address_; }
  [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }
  [[nodiscard]] bool over() const { return !open_ && unsent_.empty(); }

  void write(std::span<const std::byte> bytes) {
    if (open_ && !ending_) {
      unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    }
  }
  void close_after_sending() {
    handler_ = nullptr;
    reading_ = false;
    ending_ = true;
  }
  void owner_gone() {
    handler_ = nullptr;
    if (!ending_) {
      close_now();
    }
  }

  // One step of each direction; true if anything happened.
  bool step() {
    if (!open_) {
      return false;
    }
    const bool sent = (unsent_.empty() || gate_open()) && open_ && send();
    const bool received = open_ && receive();
    return sent || received;
  }

 private:
  // While the gate is asked anything may happen to this stream.
  bool gate_open() {
    const std::shared_ptr<SendGate> gate = gate_.lock();
    if (gated_ && gate == nullptr) {
      close_now();
    }
    return !gated_ || (gate != nullptr && gate->open());
  }

  void close_now() {
    open_ = false;
    unsent_.clear();
    inbound_.clear();
    if (const auto peer = peer_.lock()) {
      peer->peer_closed_ = true;
    }
  }

  bool send() {
    const auto peer = peer_.lock();
    if (unsent_.empty()) {
      if (ending_) {
        close_now();
      }
      return ending_;
    }
    if (!peer || !peer->open_) {
      unsent_.clear();
      return true;
    }
    const std::size_t room = network_.kernel_bytes_ - std::min(network_.kernel_bytes_, peer->inbound_.size());
    const std::size_t count = std::min(room, unsent_.size());
    const auto end = unsent_.begin() + static_cast<std::ptrdiff_t>(count);
    peer->inbound_.insert(peer->inbound_.end(), unsent_.begin(), end);
    unsent_.erase(unsent_.begin(), end);
    if (unsent_.empty() && handler_ != nullptr) {
      handler_->on_sent();
    }
    return count != 0;
  }

  bool receive() {
    if (!reading_) {
      return false;
    }
    if (!inbound_.empty()) {
      const std::size_t count = std::min(network_.read_bytes_, inbound_.size());
      const std::vector<std::byte> bytes(inbound_.begin(), inbound_.begin() + static_cast<std::ptrdiff_t>(count));
      inbound_.erase(inbound_.begin(), inbound_.begin() + static_cast<std::ptrdiff_t>(count));
      if (handler_ != nullptr) {
        handler_->on_bytes(bytes);
      }
      return true;
    }
    if (!peer_closed_) {
      return false;
    }
    open_ = false;
    if (StreamHandler* const handler = std::exchange(handler_, nullptr)) {
      handler->on_closed("closed by the peer");
    }
    return true;
  }

  const SimulatedNetwork& network_;
  Address peer_address_;
  std::weak_ptr<SimulatedStreamState> peer_;
  StreamHandler* handler_ = nullptr;
  std::weak_ptr<SendGate> gate_;
  bool gated_ = false;
  std::deque<std::byte> unsent_;
  std::deque<std::byte> inbound_;
  bool reading_ = false;
  bool open_ = true;
  bool ending_ = false;
  bool peer_closed_ = false;
};

struct SimulatedListenerState {
  std::uint16_t port = 0;
  Network::OnAccept on_accept;
};

struct SimulatedTimerState {
  std::chrono::nanoseconds period{0};
  std::function<void()> f;
};

namespace {

class SimulatedStream final : public Stream {
 public:
  explicit SimulatedStream(std::shared_ptr<SimulatedStreamState> state) : state_(std::move(state)) {}
  ~SimulatedStream() override { state_->owner_gone(); }

  void set_handler(StreamHandler* handler) override { state_->set_handler(handler); }
  void resume_reading() override { state_->set_reading(true); }
  void pause_reading() override { state_->set_reading(false); }
  void set_gate(std::weak_ptr<SendGate> gate) override { state_->set_gate(std::move(gate)); }
  void write(std::span<const std::byte> bytes) override { state_->write(bytes); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return state_->unsent(); }
  void close_after_sending() override { state_->close_after_sending(); }
  [[nodiscard]] const Address& peer() const override { return state_->peer_address(); }

 private:
  std::shared_ptr<SimulatedStreamState> state_;
};

class SimulatedListener final : public Listener {
 public:
  explicit SimulatedListener(std::shared_ptr<SimulatedListenerState> state) : state_(std::move(state)) {}
  [[nodiscard]] std::uint16_t port() const override { return state_->port; }

 private:
  std::shared_ptr<SimulatedListenerState> state_;
};

class SimulatedTimer final : public Timer {
 public:
  explicit SimulatedTimer(std::shared_ptr<SimulatedTimerState> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<SimulatedTimerState> state_;
};

class NoWatch final : public Watch {};

}  // namespace

Result<std::unique_ptr<Listener>> SimulatedNetwork::listen(const Address& address, OnAccept on_accept) {
  const std::uint16_t port = address.port == 0 ? next_port_++ : address.port;
  if (!listeners_[port].expired()) {
    return Error{ErrorCode::already_in_use, "port " + address.text() + " is in use"};
  }
  auto state = std::make_shared<SimulatedListenerState>(SimulatedListenerState{port, std::move(on_accept)});
  listeners_[port] = state;
  return std::unique_ptr<Listener>(std::make_unique<SimulatedListener>(std::move(state)));
}

void SimulatedNetwork::connect(const Address& address, OnConnect on_connect) {
  soon([this, address, f = std::move(on_connect)] {
    const auto listener = listeners_[address.port].lock();
    if (!listener) {
      f(Error{ErrorCode::not_found, "connect to " + address.text() + ": Connection refused"});
      return;
    }
    auto ours = std::make_shared<SimulatedStreamState>(*this, address);
    auto theirs = std::make_shared<SimulatedStreamState>(*this, Address{own_host_, next_port_++});
    ours->join(theirs);
    theirs->join(ours);
    streams_.push_back(ours);
    streams_.push_back(theirs);
    listener->on_accept(std::make_unique<SimulatedStream>(std::move(theirs)));
    f(std::unique_ptr<Stream>(std::make_unique<SimulatedStream>(std::move(ours))));
  });
}

std::unique_ptr<Timer> SimulatedNetwork::start_timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                                                     std::function<void()> f) {
  auto state = std::make_shared<SimulatedTimerState>(SimulatedTimerState{period, std::move(f)});
  timers_[{clock_.monotonic_ns() + delay.count(), next_timer_++}] = state;
  return std::make_unique<SimulatedTimer>(std::move(state));
}

std::unique_ptr<Timer> SimulatedNetwork::after(std::chrono::nanoseconds delay, std::function<void()> f) {
  return start_timer(delay, std::chrono::nanoseconds{0}, std::move(f));
}

std::unique_ptr<Timer> SimulatedNetwork::every(std::chrono::nanoseconds period, std::function<void()> f) {
  CANTUS_ASSERT(period.count() > 0, "a repeated timer has a period");
  return start_timer(period, period, std::move(f));
}

bool SimulatedNetwork::deliver() {
  bool worked = false;
  for (std::size_t left = soon_.size(); left > 0; --left) {
    const std::function<void()> f = std::move(soon_.front());
    soon_.pop_front();
    f();
    worked = true;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {  // handlers may open others
    const std::shared_ptr<SimulatedStreamState> stream = streams_[i];
    worked = stream->step() || worked;
  }
  std::erase_if(streams_, [](const auto& stream) { return stream->over(); });
  return worked;
}

bool SimulatedNetwork::run_timers() {
  bool worked = false;
  while (!timers_.empty() && timers_.begin()->first.first <= clock_.monotonic_ns()) {
    const std::int64_t due_ns = timers_.begin()->first.first;
    const std::shared_ptr<SimulatedTimerState> timer = timers_.begin()->second.lock();
    timers_.erase(timers_.begin());
    if (!timer) {
      continue;
    }
    if (timer->period.count() > 0) {
      timers_[{due_ns + timer->period.count(), next_timer_++}] = timer;
    }
    timer->f();
    worked = true;
  }
  return worked;
}

std::optional<std::int64_t> SimulatedNetwork::next_timer_ns() const {
  for (const auto& [when, timer] : timers_) {
    if (!timer.expired()) {
      return when.first;
    }
  }
  return std::nullopt;
}

// ---- the loop ----------------------------------------------------------------------------------------------------

void SimulatedLoop::add(Task& task) {
  if (std::ranges::find(tasks_, &task) == tasks_.end()) {
    tasks_.push_back(&task);
  }
}

void SimulatedLoop::remove(Task& task) { std::ranges::replace(tasks_, &task, static_cast<Task*>(nullptr)); }

std::unique_ptr<Watch> SimulatedLoop::watch_readable(int, std::function<void()>) { return std::make_unique<NoWatch>(); }

bool SimulatedLoop::run_once() {
  bool worked = network_.run_timers();
  std::erase(tasks_, nullptr);
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i] != nullptr && tasks_[i]->poll()) {
      worked = true;
    }
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i] != nullptr) {
      tasks_[i]->pass_on();
    }
  }
  return network_.deliver() || worked;
}

void SimulatedLoop::settle() {
  for (int round = 0; run_once(); ++round) {
    CANTUS_ASSERT(round < rounds_max, "what runs on a simulated loop comes to rest");
  }
}

void SimulatedLoop::advance(std::chrono::nanoseconds by) {
  const std::int64_t until_ns = clock_.monotonic_ns() + by.count();
  settle();
  for (auto next = network_.next_timer_ns(); next && *next <= until_ns; next = network_.next_timer_ns()) {
    clock_.advance(std::chrono::nanoseconds(std::max<std::int64_t>(0, *next - clock_.monotonic_ns())));
    settle();
  }
  clock_.advance(std::chrono::nanoseconds(until_ns - clock_.monotonic_ns()));
  settle();
}

void SimulatedLoop::run() {
  while (!stopping_) {
    if (!run_once() && !stopping_) {
      const auto next = network_.next_timer_ns();
      if (!next) {
        break;
      }
      clock_.advance(std::chrono::nanoseconds(std::max<std::int64_t>(0, *next - clock_.monotonic_ns())));
    }
  }
  stopping_ = false;
}

}  // namespace cantus::runtime
