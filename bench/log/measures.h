// The measurements of `cantus bench log`, one function a result (bench/README.md says what each means).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"
#include "bench/log/log_bench.h"
#include "bench/log/venue.h"
#include "bench/report.h"
#include "messages/record.h"

namespace cantus::bench {

// Where a measurement has a log of its own.
struct LogPlace {
  std::filesystem::path data;
  std::filesystem::path memory;  // on a tmpfs
};

// ---- one publisher, on a venue that runs (one_publisher.cpp)
[[nodiscard]] Result<Measured> measure_round_trip(LogVenue& venue, std::uint64_t count);
struct WishMeasure {
  const char* name;
  BenchPublisher publisher;
  std::uint64_t count = 0;
  // One wish each so many nanoseconds, and its latency counts from when it was due; 0: one at a time.
  std::int64_t period_ns = 0;
  bool stable = false;  // until it is stable as well, not only applied
};
[[nodiscard]] Result<Measured> measure_wishes(LogVenue& venue, const WishMeasure& what);
// One of the messages that a publisher proposes in turns.
struct Said {
  template <class M>
  explicit Said(const M& message)
      : type(M::type),
        version(M::version),
        topic(M::topic),
        payload(payload_of(message).begin(), payload_of(message).end()) {}
  MessageType type;
  std::uint8_t version;
  TopicId topic;
  std::vector<std::byte> payload;
};
struct ThroughputMeasure {
  const char* name;
  std::uint64_t count_max = 0;
  std::int64_t burst_ns = 0;
  std::vector<Said> said = {Said(BenchPayload{})};
};
// Proposes for as long as `burst_ns`, at most `count_max`, and waits until all of it is back.
[[nodiscard]] Result<Measured> measure_throughput(LogVenue& venue, const ThroughputMeasure& what);
// Nanoseconds until a line that one core has written is back from another (cores 0 and 1); nothing where there is one
// core only. Where a host moves a guest's cores apart it is five times what it is on neighbours, and a burst, all of
// which goes from core to core twice, has half its speed.
[[nodiscard]] std::optional<std::int64_t> measure_line_there_and_back();
// Of a log whose unsealed segments hold all of it: the disk's speed is not in it.
[[nodiscard]] Result<Measured> measure_burst(const LogBenchOptions& options, const LogPlace& place);

// ---- the disk (disk.cpp)
// What the disk itself needs for a record, in nanoseconds each: one pwrite and one fdatasync into space that is
// reserved; one each `period_ns`.
[[nodiscard]] Result<std::vector<std::int64_t>> measure_sync_floor(const std::filesystem::path& folder,
                                                                   std::uint64_t count, std::int64_t period_ns);
// As fast as the log becomes durable; floor: the disk alone, a pwrite and a fdatasync for each MiB. Of what an order
// that trades leaves on the log, and of the payloads that all other measurements propose.
[[nodiscard]] Result<Measured> measure_sustained(const LogBenchOptions& options, const LogPlace& place);
[[nodiscard]] Result<Measured> measure_sustained_64(const LogBenchOptions& options, const LogPlace& place);

// ---- readers of a log that was written (reading.cpp)
[[nodiscard]] Result<Measured> measure_read_back(const std::filesystem::path& journal,
                                                 const std::filesystem::path& memory);
// The same once its memory is given up and every segment is packed; `more`: to what share, and how fast that went.
[[nodiscard]] Result<Measured> measure_read_back_packed(const std::filesystem::path& journal,
                                                        const std::filesystem::path& memory);
[[nodiscard]] Result<Measured> measure_skip(const LogBenchOptions& options, const LogPlace& place);

// ---- many processes (many.cpp). To be called while this process has no other thread: they are forked.
[[nodiscard]] Result<Measured> measure_4x3(const LogBenchOptions& options, const LogPlace& place);
[[nodiscard]] Result<Measured> measure_attached(const LogBenchOptions& options, const LogPlace& place);
[[nodiscard]] Result<Measured> measure_loop(const LogBenchOptions& options, const LogPlace& place);

}  // namespace cantus::bench
