#include "tests/sim/faults/injector.h"

#include <algorithm>
#include <utility>

namespace cantus::sim {
namespace {

constexpr std::uint64_t what_goes_wrong = 0x6661756c;

const FaultKindInfo& info_of(FaultKind kind) { return *std::ranges::find(all_fault_kinds, kind, &FaultKindInfo::kind); }

}  // namespace

Injector::Injector(World& world, std::vector<Fault> faults) : world_(world), faults_(std::move(faults)) {
  for (const Fault& fault : faults_) {
    world_.ground().queue.after(fault.at_ns, what_goes_wrong, [this, &fault] { happen(fault); });
  }
}

Expected Injector::expected() const {
  Expected weakest = Expected::recovered;
  for (const Fault& fault : faults_) {
    weakest = std::max(weakest, info_of(fault.kind).end);
  }
  return weakest;
}

void Injector::happen(const Fault& fault) {
  ++happened_;
  ++by_kind_[info_of(fault.kind).name];
  switch (fault.kind) {
    case FaultKind::kill: {
      const std::vector<std::string> names = world_.processes();
      world_.kill(names[fault.arg % names.size()]);
      return;
    }
    case FaultKind::power_cut:
      world_.cut_power();
      return;
  }
}

}  // namespace cantus::sim
