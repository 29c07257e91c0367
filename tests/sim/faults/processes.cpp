// Processes that die, are slow or stand still, and power that fails.
#include <array>

#include "messages/messages.h"
#include "tests/sim/faults/happenings.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t calls_within = 60;  // of a process's life so many calls are likely to come soon
constexpr std::int64_t calls_of_a_start = 40;
constexpr std::uint64_t lives_most = 4;

CallEnd some_death(Draws& draws) {
  constexpr std::array ends{CallEnd::dies_before, CallEnd::dies_within, CallEnd::dies_after};
  return ends[draws.below(ends.size())];
}

void crash_in_call(Happening& now, CallEnd end) {
  const auto n = static_cast<std::uint64_t>(now.draws.between(1, calls_within));
  now.world.plan_call(now.some_process(), {n, end, "", now.took});
}

void kill_late(Happening& now) {
  const std::string process = now.some_process();
  now.world.kill(process, now.draws.between(100 * ms, fault_lasts_at_most_ns));
}

void crash_in_start(Happening& now) {
  const std::string process = now.some_process();
  now.world.kill(process);
  const auto n = static_cast<std::uint64_t>(now.draws.between(1, calls_of_a_start));
  const CallEnd end = some_death(now.draws);
  now.world.plan_call(process, {n, end, "", now.took}, 1 + now.draws.below(lives_most));
}

void power_twice(Happening& now) {
  now.world.cut_power();
  const auto n = static_cast<std::uint64_t>(now.draws.between(1, calls_of_a_start));
  now.world.plan_call(now.world.processes().front(), {n, CallEnd::power_within, "", now.took}, 1);
}

// The next record of one kind, for one machine.
void poison(Happening& now) {
  struct Kind {
    MachineName machine;
    MessageType type;
  };
  static constexpr std::array kinds{
      Kind{MachineName::matching, NewOrder::type},       Kind{MachineName::matching, CancelRequest::type},
      Kind{MachineName::matching, ReplaceRequest::type}, Kind{MachineName::credit, NewOrder::type},
      Kind{MachineName::credit, ReplaceRequest::type},   Kind{MachineName::credit, Trade::type},
      Kind{MachineName::credit, OrderCancelled::type},   Kind{MachineName::gateway, OrderAccepted::type},
      Kind{MachineName::gateway, Trade::type},           Kind{MachineName::gateway, OrderRejected::type},
      Kind{MachineName::gateway, OrderCancelled::type},  Kind{MachineName::gateway, OrderReplaced::type},
      Kind{MachineName::gateway, CancelRejected::type},
  };
  const auto log = now.world.open_log();
  if (!log) {  // nobody knows what was taken already
    now.after(ms, [now]() mutable { poison(now); });
    return;
  }
  const Kind& kind = kinds[now.draws.below(kinds.size())];
  now.world.deadly().plant(kind.machine, kind.type, (*log)->last(), now.took);
}

void be_late(Happening& now) {
  ProcessPace* const pace = now.world.pace_of(now.some_process());
  if (pace == nullptr) {
    return;
  }
  const std::int64_t time_ns = now.world.ground().queue.now_ns();
  if (now.kind == FaultKind::stuck) {
    pace->stuck_until_ns = time_ns + now.draws.between(20 * ms, fault_lasts_at_most_ns);
  } else {
    pace->slowness = now.draws.between(2, 100);
    pace->slow_until_ns = time_ns + now.draws.between(50 * ms, fault_lasts_at_most_ns);
  }
  now.took();
}

}  // namespace

void happen_to_processes(Happening now) {
  switch (now.kind) {
    case FaultKind::kill_all:
      now.world.kill_all();
      break;
    case FaultKind::kill_late:
      kill_late(now);
      break;
    case FaultKind::crash_in_call:
      crash_in_call(now, some_death(now.draws));
      return;
    case FaultKind::crash_in_start:
      crash_in_start(now);
      return;
    case FaultKind::poison:
      poison(now);
      return;
    case FaultKind::power_cut:
      now.world.cut_power();
      break;
    case FaultKind::power_in_call:
      crash_in_call(now, CallEnd::power_within);
      return;
    case FaultKind::power_twice:
      power_twice(now);
      return;
    case FaultKind::slow:
    case FaultKind::stuck:
      be_late(now);
      return;
    default:
      now.world.kill(now.some_process());
      break;
  }
  now.took();
}

}  // namespace cantus::sim
