// The host's clock that is wrong, until somebody sets it right; everybody else's is right all the time.
#include "tests/sim/faults/happenings.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t hour_ns = std::int64_t{3600} * 1000 * ms;

}  // namespace

void happen_to_clocks(Happening now) {
  // A host that starts has the right time. One that got a wrong one before its venue ran would need days to be right.
  if (!now.world.log_is_open()) {
    return;
  }
  HostClock& clock = now.world.host().clock;
  const std::int64_t for_ns = now.draws.between(50 * ms, fault_lasts_at_most_ns);
  if (now.kind == FaultKind::clock_frozen) {
    clock.frozen_at_ns = now.world.ground().queue.now_ns();
  } else if (now.kind == FaultKind::clock_hour) {
    clock.utc_step_ns = now.draws.one_in(2) ? hour_ns : -hour_ns;
  } else {
    clock.utc_step_ns = now.draws.between(-900 * ms, 900 * ms);
  }
  now.after(for_ns, [&clock] {
    clock.frozen_at_ns.reset();
    clock.utc_step_ns = 0;
  });
  now.took();
}

}  // namespace cantus::sim
