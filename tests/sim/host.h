// A simulated machine: its disk and memory, its clocks. Processes die alone; a power cut takes all of them and what was
// not synced.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "runtime/clock.h"
#include "runtime/simulated_files.h"
#include "tests/sim/database_files.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/process_files.h"

namespace cantus::sim {

// Both clocks run with the world's time; UTC may be wrong by as much as somebody sets, and stand still.
class HostClock final : public runtime::Clock {
 public:
  explicit HostClock(const EventQueue& queue) : queue_(queue) {}

  [[nodiscard]] TimeNs utc() const override {
    const std::int64_t now_ns = frozen_at_ns ? std::min(*frozen_at_ns, queue_.now_ns()) : queue_.now_ns();
    return TimeNs(begin_ns + now_ns + utc_step_ns);
  }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return 1'000'000'000 + queue_.now_ns(); }

  std::int64_t utc_step_ns = 0;
  std::optional<std::int64_t> frozen_at_ns;  // UTC stands where it was at that moment of the world

 private:
  static constexpr std::int64_t begin_ns = 1'795'000'000'000'000'000;  // in November 2026
  const EventQueue& queue_;
};

struct SimHost {
  SimHost(const EventQueue& queue, const std::filesystem::path& memory) : clock(queue), files(memory) {}

  HostClock clock;
  runtime::SimulatedFiles files;
  DiskFaults disk;
  DatabaseLocks database_locks;
};

}  // namespace cantus::sim
