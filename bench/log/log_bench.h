// `cantus bench log`: how long a publisher waits for its own words to come back over the log, and what the log carries
// in a second. Shipped code only: the real sequencer, journal, rings, hosts and reader, on real files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/report.h"

namespace cantus::bench {

enum class LogBenchLayout : std::uint8_t {
  one,  // sequencer and publisher in one loop
  two,  // each in a loop and on a thread of its own, as processes would be
};

// Two threads that spin need a third core for the journal's writer.
[[nodiscard]] LogBenchLayout default_log_bench_layout();

struct LogBenchOptions {
  std::filesystem::path data;  // on the disk to be measured; a folder is made in it and removed
  std::string build;           // name of this build
  LogBenchLayout layout = default_log_bench_layout();
  bool spinning = true;  // else adaptive waits
  std::optional<unsigned>
      core;  // on which the publisher's loop stays; else, if it spins, on the one that devices interrupt least
  std::uint64_t round_trips = 100'000;                // also of wish_applied
  std::uint64_t syncs = 10'000;                       // of wish_synced, and of its floor
  std::uint64_t messages = 4'000'000;                 // of throughput_1_synced, throughput_4x3 and skip
  std::size_t segment_bytes = std::size_t{64} << 20;  // of all logs but those of throughput_1 and throughput_4x3
  std::int64_t burst_ns = 1'000'000'000;              // throughput_1 proposes for so long …
  // … into a log with segments of this size: what one holds while the next is reserved, and no more than the unsealed
  // ones hold.
  std::size_t burst_segment_bytes = std::size_t{2048} << 20;
  std::int64_t sustained_ns = 30'000'000'000;  // throughput_sustained; then the disk alone, for at most 5 s
  std::uint64_t readers = 200;                 // of attached_200
  std::uint64_t attached_times = 20;           // its round trips are so many times those of round_trip
  std::vector<std::string> only;               // names of results; empty: all
  std::function<void(const std::string&)> progress;
};

// Of wish_synced.
inline constexpr std::int64_t synced_wishes_a_second = 10'000;

// The whole JSON object, or why it could not be measured; bench/README.md says what each result is. Forks processes, so
// it is to be called while there is one thread.
[[nodiscard]] Result<Json> run_log_bench(const LogBenchOptions& options);

}  // namespace cantus::bench
