#include "tests/sim/program/shrink.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/sim/program/plan_text.h"

namespace cantus::sim {
namespace {

class Shrinking {
 public:
  Shrinking(Plan plan, const std::function<bool(const Plan&)>& fails, std::size_t plays_max)
      : fails_(fails), plays_max_(plays_max), best_{std::move(plan), 0} {}

  Shrunk run() {
    // What one step leaves may let an earlier one go further.
    bool smaller = true;
    while (smaller && !tired()) {
      smaller = fewer_faults();
      smaller = simpler_layout() || smaller;
      smaller = more_usual() || smaller;
      smaller = fewer(&Plan::orders) || smaller;
      smaller = fewer(&Plan::desk_orders) || smaller;
      smaller = fewer(&Plan::commands) || smaller;
      smaller = fewer(&Plan::oddities) || smaller;
    }
    return best_;
  }

 private:
  [[nodiscard]] bool tired() const { return best_.plays >= plays_max_; }

  bool keep_if_it_fails(const Plan& smaller) {
    if (tired()) {
      return false;
    }
    ++best_.plays;
    if (!fails_(smaller)) {
      return false;
    }
    best_.plan = smaller;
    return true;
  }

  // Halves first, then quarters, to the last one: many are mostly not needed at all.
  bool fewer_faults() {
    bool smaller = false;
    for (std::size_t part = best_.plan.faults.size(); part != 0; part /= 2) {
      for (std::size_t begin = 0; begin < best_.plan.faults.size();) {
        Plan plan = best_.plan;
        const std::size_t end = std::min(begin + part, plan.faults.size());
        plan.faults.erase(plan.faults.begin() + static_cast<std::ptrdiff_t>(begin),
                          plan.faults.begin() + static_cast<std::ptrdiff_t>(end));
        if (keep_if_it_fails(plan)) {
          smaller = true;
        } else {
          begin += part;
        }
      }
    }
    return smaller;
  }

  bool simpler_layout() {
    constexpr std::array simplest_first{cli::Layout::one, cli::Layout::two, cli::Layout::each};
    for (const cli::Layout layout : simplest_first) {
      Plan plan = best_.plan;
      plan.layout = layout;
      if (layout == best_.plan.layout) {
        return false;
      }
      if (keep_if_it_fails(plan)) {
        return true;
      }
    }
    return false;
  }

  bool more_usual() {
    bool smaller = false;
    for (const RareSetting& setting : rare_settings) {
      const std::uint64_t usual = setting.get(Rare{});
      if (setting.get(best_.plan.rare) != usual) {
        Plan plan = best_.plan;
        setting.set(plan.rare, usual);
        smaller = keep_if_it_fails(plan) || smaller;
      }
    }
    return smaller;
  }

  // The least number for which it fails need not lie where halves lead; what they find is small enough. Without any at
  // all is tried first.
  bool fewer(std::size_t Plan::*what) {
    Plan without = best_.plan;
    without.*what = 0;
    if (best_.plan.*what != 0 && keep_if_it_fails(without)) {
      return true;
    }
    bool smaller = false;
    std::size_t good = 0;  // so few were enough to pass
    while (best_.plan.*what > good + 1 && !tired()) {
      Plan plan = best_.plan;
      plan.*what = good + (best_.plan.*what - good) / 2;
      if (keep_if_it_fails(plan)) {
        smaller = true;
      } else {
        good = plan.*what;
      }
    }
    return smaller;
  }

  const std::function<bool(const Plan&)>& fails_;
  const std::size_t plays_max_;
  Shrunk best_;
};

}  // namespace

Shrunk shrink(Plan plan, const std::function<bool(const Plan&)>& fails, std::size_t plays_max) {
  return Shrinking(std::move(plan), fails, plays_max).run();
}

}  // namespace cantus::sim
