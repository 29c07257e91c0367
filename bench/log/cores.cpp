// How far the cores are from each other.
#include <atomic>
#include <thread>

#include "bench/log/actors.h"
#include "bench/log/measures.h"
#include "runtime/background_thread.h"
#include "runtime/scheduling.h"

namespace cantus::bench {

std::optional<std::int64_t> measure_line_there_and_back() {
  if (std::thread::hardware_concurrency() < 2) {
    return {};
  }
  constexpr std::uint64_t rounds = 20'000;
  alignas(64) std::atomic<std::uint64_t> asked{0};
  alignas(64) std::atomic<std::uint64_t> answered{0};
  const runtime::BackgroundThread other("bench-far-core", [&] {
    const runtime::OnCore on_core(1);
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      while (asked.load(std::memory_order_acquire) != round) {
      }
      answered.store(round, std::memory_order_release);
    }
  });
  const runtime::OnCore on_core(0);
  std::int64_t begun = 0;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    if (round == rounds / 2) {
      begun = now_ns();
    }
    asked.store(round, std::memory_order_release);
    while (answered.load(std::memory_order_acquire) != round) {
    }
  }
  return (now_ns() - begun) / static_cast<std::int64_t>(rounds / 2);
}

}  // namespace cantus::bench
