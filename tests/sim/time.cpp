#include "tests/sim/time.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <ctime>

namespace cantus::sim {
namespace {

const runtime::Clock* shown = nullptr;

constexpr std::int64_t second_ns = 1'000'000'000;

timespec shown_time(clockid_t which) {
  const bool wall = which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE;
  const std::int64_t ns = wall ? shown->utc().get() : shown->monotonic_ns();
  return {ns / second_ns, ns % second_ns};
}

}  // namespace

void show_time_of(const runtime::Clock* clock) { shown = clock; }

}  // namespace cantus::sim

extern "C" {

int clock_gettime(clockid_t which, timespec* into) noexcept {
  if (cantus::sim::shown == nullptr || which == CLOCK_PROCESS_CPUTIME_ID || which == CLOCK_THREAD_CPUTIME_ID) {
    return static_cast<int>(::syscall(SYS_clock_gettime, which, into));
  }
  *into = cantus::sim::shown_time(which);
  return 0;
}

int gettimeofday(timeval* into, void*) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  *into = {now.tv_sec, now.tv_nsec / 1'000};
  return result;
}

time_t time(time_t* into) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr) {
    *into = now.tv_sec;
  }
  return now.tv_sec;
}
}
