#include "tests/sim/plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>

#include "runtime/ring.h"
#include "tests/sim/draws.h"

namespace cantus::sim {
namespace {

constexpr std::size_t smallest_ring = runtime::ring_bytes_min;
// A trader that enters its orders 5 ms apart is busy for about so long.
constexpr std::int64_t trading_ns = 900'000'000;

// Poison is drawn by itself.
std::vector<FaultKind> kinds_that_end(bool in_recovery) {
  std::vector<FaultKind> kinds;
  for (const FaultKindInfo& info : all_fault_kinds) {
    if ((info.end == Expected::recovered) == in_recovery && info.kind != FaultKind::poison) {
      kinds.push_back(info.kind);
    }
  }
  return kinds;
}

// So many, of any kinds that are recovered from.
std::vector<FaultKind> some(std::size_t count, Draws& draws) {
  const std::vector<FaultKind> from = kinds_that_end(true);
  std::vector<FaultKind> kinds;
  while (kinds.size() < count) {
    kinds.push_back(from[draws.below(from.size())]);
  }
  return kinds;
}

// Two that matter most together: what the first leaves behind shows when the power fails.
std::vector<FaultKind> some_and_power(Draws& draws) {
  constexpr std::array first{FaultKind::sync_fails,      FaultKind::clock_small, FaultKind::clock_hour,
                             FaultKind::disk_full_short, FaultKind::slow,        FaultKind::kill_all};
  constexpr std::array then{FaultKind::power_cut, FaultKind::power_in_call, FaultKind::power_twice};
  const FaultKind before = first[draws.below(first.size())];
  const FaultKind behind = then[draws.below(then.size())];
  return {before, before, behind};
}

// What nobody recovers from comes alone: whatever came behind it could not be asked for anything.
std::vector<FaultKind> draw_kinds(Trouble trouble, Draws& draws) {
  switch (trouble) {
    case Trouble::none:
      return {};
    case Trouble::few:
      return some(1 + draws.below(3), draws);
    case Trouble::all:
      return kinds_that_end(true);
    case Trouble::as_drawn:
      break;
  }
  switch (draws.below(10)) {
    case 0:
      return {};
    case 1: {
      const std::vector<FaultKind> final = kinds_that_end(false);
      return {final[draws.below(final.size())]};
    }
    case 2:
      return some(8 + draws.below(8), draws);
    case 3:
      return draws.one_in(3) ? kinds_that_end(true) : some(5, draws);
    case 4:
      return some_and_power(draws);
    default:
      return some(3, draws);
  }
}

Rare draw_rare(Draws draws) {
  Rare rare;
  if (!draws.one_in(3)) {
    return rare;
  }
  const auto set = [&draws](auto& what, std::int64_t least, std::int64_t most) {
    if (draws.one_in(2)) {
      what = static_cast<std::remove_reference_t<decltype(what)>>(draws.between(least, most));
    }
  };
  constexpr std::size_t page = 4096;
  std::size_t pages = rare.segment_bytes / page;
  set(pages, 4, 8);
  rare.segment_bytes = pages * page;
  set(rare.unsealed_max, 2, 3);
  set(rare.snapshot_every_records, 40, 200);
  set(rare.backlog_max, 4, 40);
  set(rare.takeover_interval_ms, 0, 200);
  set(rare.kernel_bytes, 200, 4000);
  set(rare.piece_bytes_max, 1, 100);
  rare.appends_short = draws.one_in(2);
  unsigned doublings = std::countr_zero(rare.ring_bytes / smallest_ring);
  set(doublings, 0, 2);
  rare.ring_bytes = smallest_ring << doublings;
  set(rare.in_flight_max, 16, 64);
  rare.wakes_for_nothing = draws.one_in(2);
  return rare;
}

// Beside other faults: it takes a while until somebody has done something about it.
void add_poison(Plan& plan, Trouble trouble) {
  Draws draws(plan.seed, "poison");
  const bool recovered = !plan.faults.empty() && std::ranges::all_of(plan.faults, [](const Fault& fault) {
    return info_of(fault.kind).end == Expected::recovered;
  });
  if (recovered && (trouble == Trouble::all || draws.one_in(5))) {
    plan.faults.push_back({FaultKind::poison, draws.between(1'000'000, trading_ns), draws.next()});
  }
}

// None in half of the seeds.
std::size_t draw_some(std::size_t most, Draws draws) { return draws.one_in(2) ? 0 : 1 + draws.below(most); }

}  // namespace

bool has_operators(const Plan& plan) { return plan.commands != 0 || expects_poison(plan); }
bool expects_poison(const Plan& plan) {
  return std::ranges::find(plan.faults, FaultKind::poison, &Fault::kind) != plan.faults.end();
}

Plan draw_plan(std::uint64_t seed, Trouble trouble) {
  Draws draws(seed, "plan");
  Plan plan;
  plan.seed = seed;
  constexpr std::array layouts{cli::Layout::one, cli::Layout::two, cli::Layout::each};
  plan.layout = layouts[draws.below(layouts.size())];
  Draws faults(seed, "faults");
  for (const FaultKind kind : draw_kinds(trouble, draws)) {
    plan.faults.push_back({kind, faults.between(1'000'000, trading_ns), faults.next()});
  }
  add_poison(plan, trouble);
  std::ranges::stable_sort(plan.faults, {}, &Fault::at_ns);
  if (trouble != Trouble::none) {
    plan.rare = draw_rare(Draws(seed, "rare"));
    plan.commands = draw_some(8, Draws(seed, "operators"));
    plan.oddities = draw_some(12, Draws(seed, "oddities"));
  }
  make_possible(plan);
  return plan;
}

void make_possible(Plan& plan) {
  if (std::ranges::find(plan.faults, FaultKind::ring_full, &Fault::kind) != plan.faults.end()) {
    plan.rare.ring_bytes = std::min(plan.rare.ring_bytes, smallest_ring);
  }
}

}  // namespace cantus::sim
