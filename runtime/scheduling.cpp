#include "runtime/scheduling.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace cantus::runtime {
namespace {

// sched_setattr(2) of its first version; the C library has no declaration of it.
struct SchedulerAttributes {
  std::uint32_t size = sizeof(SchedulerAttributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of ordinary threads since Linux 6.12: length of a turn; ignored before
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(SchedulerAttributes) == 48);

constexpr std::uint64_t short_turn_ns = 100'000;     // the shortest that Linux grants
constexpr std::uint64_t long_turn_ns = 100'000'000;  // the longest
constexpr int nicest = 19;

thread_local std::optional<cpu_set_t> before_keeping;  // of this thread
// ioprio_set(2), of which the C library knows nothing: the calling thread, the last of the ordinary ranks.
constexpr int io_of_process = 1;
constexpr int io_last = (2 << 13) | 7;
// Steps of niceness: 5 leave a third of an ordinary thread's share, 10 a tenth.
constexpr int steps_to_less = 5;
constexpr int steps_to_the_rest = 10;

void set(const SchedulerAttributes& attributes) {
  const int saved = errno;
  static_cast<void>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
  errno = saved;
}

void give_way(int steps) {
  SchedulerAttributes attributes;
  attributes.policy = SCHED_BATCH;
  attributes.nice = std::min(::getpriority(PRIO_PROCESS, 0) + steps, nicest);  // of this thread
  attributes.runtime = long_turn_ns;
  set(attributes);
}

void take_what_is_left() {
  // Not the idle classes of scheduler and disk: such a thread stands still for as long as anybody else is busy, and
  // whoever waits for its end, or for a lock of the kernel or the library that it holds, stands still with it.
  give_way(steps_to_the_rest);
  const int saved = errno;
  static_cast<void>(::syscall(SYS_ioprio_set, io_of_process, 0, io_last));
  errno = saved;
}

void take_short_turns() {
  SchedulerAttributes attributes;
  attributes.policy = SCHED_OTHER;
  attributes.nice = ::getpriority(PRIO_PROCESS, 0);
  attributes.runtime = short_turn_ns;
  set(attributes);
}

}  // namespace

void take_share(Share share) {
  if (::sched_getscheduler(0) != SCHED_OTHER) {
    return;
  }
  switch (share) {
    case Share::ordinary:
      return;
    case Share::moments:
      return take_short_turns();
    case Share::long_turns:
      return give_way(0);
    case Share::less:
      return give_way(steps_to_less);
    case Share::least:
      return give_way(nicest);
    case Share::what_is_left:
      return take_what_is_left();
  }
}

OnCore::OnCore(std::optional<unsigned> core) {
  cpu_set_t before;
  if (!core || *core >= cores_max || before_keeping || ::sched_getaffinity(0, sizeof(before), &before) != 0) {
    return;
  }
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  CPU_SET(*core, &wanted);
  if (::sched_setaffinity(0, sizeof(wanted), &wanted) == 0) {
    before_keeping = before;
    kept_ = true;
  }
}

OnCore::~OnCore() {
  if (kept_) {
    static_cast<void>(::sched_setaffinity(0, sizeof(*before_keeping), &*before_keeping));
    before_keeping.reset();
  }
}

std::optional<cpu_set_t> OnCore::cores_of_others() {
  cpu_set_t own;
  if (!before_keeping || ::sched_getaffinity(0, sizeof(own), &own) != 0) {
    return before_keeping;
  }
  cpu_set_t others;
  CPU_AND(&others, &*before_keeping, &own);  // it may not be one of those that the thread had before
  CPU_XOR(&others, &*before_keeping, &others);
  return CPU_COUNT(&others) == 0 ? before_keeping : others;
}

}  // namespace cantus::runtime
