// What each hosted participant publishes about itself, so that *slow*, *stuck* and *dead* are told apart from outside:
// one page in a file on tmpfs, `<memory>/places/<name>-<place>`, which it alone writes and holds leased for life.
// Anybody of our user may read it; it survives its writer, so the last position is known after a crash.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fixed_string.h"
#include "base/result.h"
#include "base/types.h"
#include "messages/handling.h"
#include "runtime/files.h"

namespace cantus::runtime {

// How long orders took at an edge from their arrival at its socket until their first reports were given to the socket,
// since its process began.
struct OrderLatency {
  std::uint64_t orders = 0;
  std::uint64_t p50_ns = 0;
  std::uint64_t p99_ns = 0;
  std::uint64_t max_ns = 0;
};

// Whether an edge has the connection that it opens to the outside (runtime/far_end.h).
enum class FarEndFlag : std::uint32_t { none = 0, connected = 1, not_connected = 2 };
struct FarEndReading {
  std::string address;
  bool connected = false;
  TimeNs since;
};

// The page itself. Written by its owner only; each word is stored alone, so a reader may see them a moment apart.
struct PlacePage {
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint32_t process = 0;  // process id
  FixedString<32> name;       // publisher, or the reader's own name
  std::uint32_t place = 0;
  std::uint32_t reserved = 0;

  alignas(64) std::atomic<std::uint64_t> applying{0};  // stored before each event is applied
  std::atomic<std::uint64_t> applied{0};               // last event applied, stored once a batch
  std::atomic<std::int64_t> since_ns{0};               // monotonic clock when the batch of `applying` began
  std::atomic<std::uint64_t> stable{0};                // last position it treats as stable
  std::atomic<std::uint64_t> outstanding{0};           // wishes or proposals not yet seen on the log
  std::atomic<std::int64_t> heartbeat_ns{0};           // monotonic clock, at least every heartbeat_period_ns
  std::atomic<std::uint64_t> incarnation{0};           // 0 while it has none
  std::atomic<std::uint32_t> term{0};                  // of the sequencer it is attached to; 0 while to none

  // OrderLatency of an edge that takes orders; with the heartbeat.
  alignas(64) std::atomic<std::uint64_t> orders_answered{0};
  std::atomic<std::uint64_t> order_p50_ns{0};
  std::atomic<std::uint64_t> order_p99_ns{0};
  std::atomic<std::uint64_t> order_max_ns{0};
  // FarEndState of an edge that connects to somebody. The address is written once, before the state is first stored.
  std::atomic<FarEndFlag> far_end{FarEndFlag::none};
  std::atomic<std::int64_t> far_end_since_ns{0};  // UTC of the last change, as the heartbeat saw it
  FixedString<64> far_end_address;
  std::atomic<std::uint64_t> started_from{0};  // position of the snapshot that it began with; 0: the log's begin
  // Build of its process, written once before the flag.
  std::atomic<std::uint32_t> build_known{0};
  FixedString<40> build;
  std::atomic<std::uint32_t> too_old{0};  // 1: it has stopped for good, because that build does not know enough
  // What it is at work on, by machine: names the message that killed it.
  alignas(64) Cursor cursor;
};

inline constexpr std::int64_t heartbeat_period_ns = 250'000'000;

// A reading of a page.
struct PlaceReading {
  std::string name;
  std::uint32_t place = 0;
  std::uint32_t process = 0;
  Seq applying;
  Seq applied;
  std::int64_t since_ns = 0;
  Seq stable;
  std::uint64_t outstanding = 0;
  std::int64_t heartbeat_ns = 0;
  Incarnation incarnation;
  Term term;
  bool lease_held = false;  // its process lives
  Seq at_work_on;           // the record in hand …
  MachineName machine{};    // … and who had it there; 0: nothing is in hand
  OrderLatency order_latency{};
  Seq started_from{};                      // position of the snapshot that it began with; 0: the log's begin
  std::optional<FarEndReading> far_end{};  // of an edge that connects to somebody
  std::string build{};                     // of its process; empty: not told
  bool too_old = false;                    // it has stopped before something that this build does not know
};

enum class Progress {
  current,  // applies what there is
  slow,     // makes progress, but lags
  stuck,    // lives, but has been at one position, or without a turn of its loop, for too long
  dead,     // has lost its lease
};
struct ProgressLimits {
  std::uint64_t slow_events = 10'000;      // lag from which a place is called slow
  std::int64_t stuck_ns = 1'000'000'000;   // longest time at one event
  std::int64_t silent_ns = 3'000'000'000;  // longest time without a heartbeat
};
// `last`: the log's last position; `now_ns`: the monotonic clock.
[[nodiscard]] Progress judge_progress(const PlaceReading& place, Seq last, std::int64_t now_ns,
                                      const ProgressLimits& limits = {});
[[nodiscard]] const char* to_text(Progress progress);

// The page of a participant of this process.
class PlaceFile {
 public:
  // Makes or takes over `<memory>/places/<name>-<place>`; already_in_use names the process that holds it.
  [[nodiscard]] static Result<PlaceFile> open(Files& files, const std::filesystem::path& memory,
                                              const std::string& name, std::uint32_t place);
  [[nodiscard]] PlacePage& page() const { return *page_; }

 private:
  PlaceFile() = default;

  std::unique_ptr<FileLock> lease_;
  std::unique_ptr<Mapping> mapping_;
  PlacePage* page_ = nullptr;
};

// Every page under `<memory>/places`, by name and place; what is not one of this version is left out.
[[nodiscard]] std::vector<PlaceReading> read_places(Files& files, const std::filesystem::path& memory);

}  // namespace cantus::runtime
