// A simulated machine: its disk and memory, its clocks. Processes die alone; a power cut takes all of them and what was
// not synced.
#pragma once

#include <cstdint>
#include <filesystem>

#include "runtime/clock.h"
#include "runtime/simulated_files.h"
#include "tests/sim/database_files.h"
#include "tests/sim/event_queue.h"

namespace cantus::sim {

// Both clocks run with the world's time; UTC may be wrong by as much as somebody sets.
class HostClock final : public runtime::Clock {
 public:
  explicit HostClock(const EventQueue& queue) : queue_(queue) {}

  [[nodiscard]] TimeNs utc() const override { return TimeNs(begin_ns + queue_.now_ns() + utc_step_ns); }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return 1'000'000'000 + queue_.now_ns(); }

  std::int64_t utc_step_ns = 0;

 private:
  static constexpr std::int64_t begin_ns = 1'795'000'000'000'000'000;  // in November 2026
  const EventQueue& queue_;
};

struct SimHost {
  SimHost(const EventQueue& queue, const std::filesystem::path& memory) : clock(queue), files(memory) {}

  HostClock clock;
  runtime::SimulatedFiles files;
  DatabaseLocks database_locks;
};

}  // namespace cantus::sim
