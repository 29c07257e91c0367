// A disk whose calls fail, that is full, or that lies.
#include "tests/sim/faults/happenings.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t calls_within = 40;

// Half of them in the log, where a failure is final.
void fail_a_call(Happening& now, CallEnd end) {
  const bool of_log = now.draws.one_in(2);
  const std::string process = of_log ? now.world.processes().front() : now.some_process();
  const auto n = static_cast<std::uint64_t>(now.draws.between(1, calls_within));
  now.world.plan_call(process, {n, end, of_log ? now.world.paths().journal().string() : "", now.took});
}

void be_full(Happening& now, std::int64_t for_ns) {
  now.world.host().files.limit_space(0);
  now.after(for_ns, [&world = now.world] { world.host().files.limit_space(UINT64_MAX); });
  now.took();
}

void lie(Happening& now) {
  now.world.host().disk.syncs_lie = true;
  now.after(now.draws.between(1 * ms, 200 * ms), [&world = now.world, took = now.took] {
    world.cut_power();
    world.host().disk.syncs_lie = false;
    took();
  });
}

}  // namespace

void happen_to_disk(Happening now) {
  switch (now.kind) {
    case FaultKind::write_fails:
      fail_a_call(now, CallEnd::write_fails);
      return;
    case FaultKind::sync_fails:
      fail_a_call(now, CallEnd::sync_fails);
      return;
    case FaultKind::disk_full_short:
      be_full(now, now.draws.between(1 * ms, 50 * ms));
      return;
    case FaultKind::disk_full_long:
      be_full(now, now.draws.between(500 * ms, fault_lasts_at_most_ns));
      return;
    default:
      lie(now);
      return;
  }
}

}  // namespace cantus::sim
