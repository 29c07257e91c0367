// A log with a sequencer and three publishers on this host, for measurements: `bench` is an edge, the others are
// machines, each hosted once, because a machine that replays must wish again what it wished. They may propose payloads
// of 64 bytes and nothing else; `bench` has a topic as well that nobody else uses, and those on which orders trade.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/log/log_bench.h"
#include "runtime/background_thread.h"
#include "runtime/host/participant.h"
#include "runtime/loop.h"
#include "sequencer/app/sequencer_task.h"

namespace cantus::bench {

struct BenchPublisher {
  PublisherId id;
  const char* name;
};
inline constexpr BenchPublisher configuration{PublisherId(2), "configuration"};
inline constexpr BenchPublisher bench_edge{PublisherId(7), "bench"};
inline constexpr BenchPublisher applied_machine{PublisherId(8), "wish-applied"};
inline constexpr BenchPublisher synced_machine{PublisherId(9), "wish-synced"};

inline constexpr std::size_t unsealed_segments_max = 8;

// What differs between the logs of a benchmark.
struct LogSettings {
  AckLevel ack_level = AckLevel::synced;  // until when the publisher keeps what it proposed
  std::size_t segment_bytes = 0;
  std::size_t in_flight_max = 8192;
  LogBenchLayout layout = LogBenchLayout::one;
  bool spinning = true;
  std::optional<unsigned> core{};  // of the publisher's loop
  bool writer_spins = false;       // as a spinning venue's does: where that leaves it a core, and others nothing to do
  std::vector<BenchPublisher> speakers{};  // edges of further processes

  [[nodiscard]] static LogSettings of(const LogBenchOptions& options) {
    LogSettings settings;
    settings.layout = options.layout;
    settings.spinning = options.spinning;
    settings.core = options.core;
    settings.segment_bytes = options.segment_bytes;
    return settings;
  }
};

// How a benchmark's process takes part.
[[nodiscard]] host::ParticipantOptions participant_options(const host::VenuePaths& paths,
                                                           const BenchPublisher& publisher,
                                                           std::size_t in_flight_max = 8192);

class LogVenue {
 public:
  // `data` and `memory` are folders of the benchmark's own.
  [[nodiscard]] static Result<std::unique_ptr<LogVenue>> start(const LogBenchOptions& options,
                                                               const LogSettings& settings,
                                                               const std::filesystem::path& data,
                                                               const std::filesystem::path& memory);
  LogVenue(const LogVenue&) = delete;
  LogVenue& operator=(const LogVenue&) = delete;
  ~LogVenue();

  // On which the publisher of a measurement is hosted.
  [[nodiscard]] runtime::Loop& loop() { return *publisher_loop_; }
  [[nodiscard]] bool spinning() const { return spinning_; }
  [[nodiscard]] host::ParticipantOptions participant(const BenchPublisher& publisher) const;
  // For hosts and the sequencer: ends the measurement with this text.
  [[nodiscard]] host::OnFatal on_fatal();
  // Runs the publisher's loop until stop() is called on it; an error if something was fatal meanwhile.
  Status run();
  // An orderly end; the log's folder stays for readers.
  Status close();

 private:
  LogVenue() = default;
  [[nodiscard]] Status await_reserved(std::size_t segment_bytes) const;

  host::VenuePaths paths_;
  std::size_t in_flight_max_ = 0;
  bool spinning_ = true;
  std::optional<unsigned> core_;
  std::unique_ptr<runtime::Loop> sequencer_loop_;  // none in the layout `one`
  std::unique_ptr<runtime::Loop> publisher_loop_;
  std::unique_ptr<sequencer::SequencerTask> sequencer_;
  std::optional<runtime::BackgroundThread> thread_;
  std::atomic<bool> failed_{false};
  std::string why_;  // written once, before failed_
};

}  // namespace cantus::bench
