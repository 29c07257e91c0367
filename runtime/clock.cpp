#include "runtime/clock.h"

#include <sys/random.h>

#include <ctime>

#include "base/assert.h"

namespace cantus::runtime {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec time{};
  CANTUS_ASSERT(::clock_gettime(id, &time) == 0, "the host has the clocks that POSIX promises");
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeNs utc() const override { return TimeNs(read_clock(CLOCK_REALTIME)); }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return read_clock(CLOCK_MONOTONIC); }
};

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t bits = 0;
    ssize_t got = 0;
    do {  // so few bytes come whole; only a signal before the pool is ready interrupts
      got = ::getrandom(&bits, sizeof(bits), 0);
    } while (got != static_cast<ssize_t>(sizeof(bits)));
    return bits;
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace cantus::runtime
