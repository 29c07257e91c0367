// `cantus bench log`: how long a publisher waits for its own words to come back over the log, and what the log carries
// in a second. Shipped code only: the real sequencer, journal, rings, hosts and reader, on real files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

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
  bool spinning = true;                   // else adaptive waits
  std::uint64_t round_trips = 100'000;    // also of wish_applied
  std::uint64_t syncs = 10'000;           // of wish_synced, and of its floor
  std::uint64_t messages = 2'000'000;     // of throughput_1_synced
  std::int64_t burst_ns = 1'000'000'000;  // throughput_1 proposes for so long …
  // … into a log with segments of this size: what one holds while the next is reserved, and no more than the unsealed
  // ones hold.
  std::size_t burst_segment_bytes = std::size_t{512} << 20;
  std::function<void(const std::string&)> progress;
};

// The whole JSON object, or why it could not be measured. Results:
//   round_trip     64 bytes: publisher, ring, sequencer, log, publisher; one at a time
//   wish_applied   a machine's wish, until the machine applies it; one at a time
//   wish_synced    until it is synced; floor: one pwrite of as many bytes and one fdatasync, in the same folder
//   throughput_1_synced  one publisher that keeps what is not synced, at most 8,192, until it has them all back
//   throughput_1   a burst of one publisher at the level `sequenced`, on a log of its own whose unsealed segments hold
//                  all of it, until it has them all back
//   read_back      a reader of the first log as a whole, every record checked
[[nodiscard]] Result<Json> run_log_bench(const LogBenchOptions& options);

}  // namespace cantus::bench
