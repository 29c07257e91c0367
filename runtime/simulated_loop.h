// A loop whose time and network are simulated: single-threaded, deterministic, without a system call. Everything that
// runs on a Loop runs on it unchanged; time stands still until the test moves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/loop.h"

namespace cantus::runtime {

// Both clocks move together, by hand. UTC may be stepped besides.
class SimulatedClock final : public Clock {
 public:
  [[nodiscard]] TimeNs utc() const override { return TimeNs(utc_ns_); }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return monotonic_ns_; }

  void advance(std::chrono::nanoseconds by) {
    monotonic_ns_ += by.count();
    utc_ns_ += by.count();
  }
  void step_utc(std::chrono::nanoseconds by) { utc_ns_ += by.count(); }

 private:
  std::int64_t utc_ns_ = 1'700'000'000'000'000'000;
  std::int64_t monotonic_ns_ = 1'000'000'000;
};

// Numbers that are the same in every run of one seed.
class SimulatedRandom final : public Random {
 public:
  explicit SimulatedRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

class SimulatedStreamState;
struct SimulatedListenerState;
struct SimulatedTimerState;

// Streams within one loop. A stream's bytes lie with "the kernel" until the peer reads them; what exceeds its room
// stays unsent, as with a peer that does not read.
class SimulatedNetwork final : public Network {
 public:
  explicit SimulatedNetwork(SimulatedClock& clock) : clock_(clock) {}

  Result<std::unique_ptr<Listener>> listen(const Address& address, OnAccept on_accept) override;
  void connect(const Address& address, OnConnect on_connect) override;
  std::unique_ptr<Timer> after(std::chrono::nanoseconds delay, std::function<void()> f) override;
  std::unique_ptr<Timer> every(std::chrono::nanoseconds period, std::function<void()> f) override;

  // Most bytes that a handler is given at once (at most stream_read_bytes_max), and that the kernel holds of a
  // direction.
  void set_read_bytes(std::size_t bytes) { read_bytes_ = bytes; }
  void set_kernel_bytes(std::size_t bytes) { kernel_bytes_ = bytes; }
  // Where connections made from now on come from; "127.0.0.1" unless set.
  void set_own_host(std::string host) { own_host_ = std::move(host); }

  // Moves what can be moved, once; true if anything was.
  bool deliver();
  // Runs the timers that are due; true if there were any.
  bool run_timers();
  // When the next timer is due, on the monotonic clock; nothing if there is none.
  [[nodiscard]] std::optional<std::int64_t> next_timer_ns() const;
  void soon(std::function<void()> f) { soon_.push_back(std::move(f)); }

 private:
  friend class SimulatedStreamState;

  std::unique_ptr<Timer> start_timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                                     std::function<void()> f);

  SimulatedClock& clock_;
  std::size_t read_bytes_ = stream_read_bytes_max;
  std::size_t kernel_bytes_ = 256 * 1024;
  std::uint16_t next_port_ = 40'000;
  std::string own_host_ = "127.0.0.1";
  std::uint64_t next_timer_ = 0;
  std::deque<std::function<void()>> soon_;
  std::map<std::uint16_t, std::weak_ptr<SimulatedListenerState>> listeners_;
  std::vector<std::shared_ptr<SimulatedStreamState>> streams_;  // in the order of their making
  std::map<std::pair<std::int64_t, std::uint64_t>, std::weak_ptr<SimulatedTimerState>> timers_;  // by time, then age
};

class SimulatedLoop final : public Loop {
 public:
  void add(Task& task) override;
  void remove(Task& task) override;
  [[nodiscard]] SimulatedNetwork& network() override { return network_; }
  [[nodiscard]] int doorbell_fd() const override { return -1; }
  // Descriptors are not simulated: what needs one is replaced behind a seam of its own.
  [[nodiscard]] std::unique_ptr<Watch> watch_readable(int fd, std::function<void()> f) override;
  void post(std::function<void()> f) override { network_.soon(std::move(f)); }
  // Until stop(); where a real loop would sleep, time jumps to the next timer. With no timer left it returns.
  void run() override;
  void stop() override { stopping_ = true; }
  bool run_once() override;

  [[nodiscard]] SimulatedClock& clock() { return clock_; }
  // Rounds until nothing is left to do; time stands still. Asserts that this comes to an end.
  void settle();
  // Moves time from timer to timer, settling at each.
  void advance(std::chrono::nanoseconds by);

 private:
  SimulatedClock clock_;
  SimulatedNetwork network_{clock_};
  std::vector<Task*> tasks_;
  bool stopping_ = false;
};

}  // namespace cantus::runtime
