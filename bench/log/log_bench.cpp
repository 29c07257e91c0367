#include "bench/log/log_bench.h"

#include <sys/statfs.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

#include "bench/log/actors.h"
#include "bench/log/measures.h"
#include "bench/scratch.h"
#include "runtime/background_thread.h"
#include "runtime/scheduling.h"

namespace cantus::bench {
namespace {

std::string file_system_of(const std::filesystem::path& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) {
    return "unknown";
  }
  switch (static_cast<std::uint64_t>(status.f_type)) {
    case 0xEF53:
      return "ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x794C7630:
      return "overlayfs";
    case 0x01021994:
      return "tmpfs (nothing is made durable)";
    default:
      return "type " + std::to_string(status.f_type);
  }
}

// The core that devices have interrupted least so far; nothing where that cannot be told, or where there is one only.
std::optional<unsigned> quietest_core() {
  std::ifstream table("/proc/interrupts");
  std::string line;
  if (!std::getline(table, line)) {
    return {};
  }
  std::istringstream heading(line);
  std::vector<std::uint64_t> counts;
  std::vector<unsigned> cores;
  for (std::string name; heading >> name;) {
    cores.push_back(static_cast<unsigned>(std::strtoul(name.c_str() + std::string_view("CPU").size(), nullptr, 10)));
    counts.push_back(0);
  }
  while (std::getline(table, line)) {
    std::istringstream row(line);
    std::string name;
    row >> name;
    if (name.find_first_not_of("0123456789:") != std::string::npos) {
      continue;  // the kernel's own
    }
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < counts.size() && row >> count; ++i) {
      counts[i] += count;
    }
  }
  if (cores.size() < 2) {
    return {};
  }
  return cores[static_cast<std::size_t>(std::ranges::min_element(counts) - counts.begin())];
}

// Removed at the end, whatever happens.
class MemoryFolder {
 public:
  explicit MemoryFolder(const std::filesystem::path& scratch) : path_("/dev/shm" / scratch.filename()) {}
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One run: results in the order of the table.
class Run {
 public:
  Run(const LogBenchOptions& options, const LogPlace& place) : options_(options), place_(place) {}

  Status all() {
    Status status = on_one_log();
    const auto own_log = [&](const char* name, auto measure) {
      if (status) {
        status = add(name, [&] {
          const LogPlace place{place_.data / name, place_.memory / name};
          Result<Measured> measured = measure(options_, place);
          remove(place);
          return measured;
        });
      }
    };
    own_log("throughput_1", measure_burst);
    own_log("throughput_sustained", measure_sustained);
    own_log("throughput_sustained_64", measure_sustained_64);
    own_log("throughput_4x3", measure_4x3);
    own_log("skip", measure_skip);
    own_log("attached_200", measure_attached);
    own_log("loop", measure_loop);
    return status;
  }
  [[nodiscard]] const Json& results() const { return results_; }

 private:
  [[nodiscard]] bool wanted(const char* name) const {
    return options_.only.empty() || std::ranges::find(options_.only, name) != options_.only.end();
  }

  template <class Measure>
  Status add(const char* name, Measure measure) {
    if (!wanted(name)) {
      return {};
    }
    if (options_.progress) {
      options_.progress(name);
    }
    Result<Measured> measured = measure();
    if (!measured) {
      return std::move(measured).error().context(name);
    }
    results_.push_back(to_json(*measured));
    return {};
  }

  // Several measurements share a log, and what they wrote is read back.
  Status on_one_log() {
    constexpr const char* names[] = {"round_trip",          "wish_applied", "wish_synced",
                                     "throughput_1_synced", "read_back",    "read_back_packed"};
    if (std::ranges::none_of(names, [this](const char* name) { return wanted(name); })) {
      return {};
    }
    LogSettings settings = LogSettings::of(options_);
    settings.writer_spins = options_.spinning && options_.layout == LogBenchLayout::one;
    Result<std::unique_ptr<LogVenue>> started = LogVenue::start(options_, settings, place_.data, place_.memory);
    if (!started) {
      return std::move(started).error();
    }
    LogVenue& venue = **started;
    Status status = add(names[0], [&] { return measure_round_trip(venue, options_.round_trips); });
    if (status) {
      status = add(names[1], [&] {
        return measure_wishes(venue, WishMeasure{names[1], applied_machine, options_.round_trips});
      });
    }
    if (status) {
      status = add(names[2], [&] { return wish_synced(venue); });
    }
    if (status) {
      status = add(names[3], [&] {
        return measure_throughput(
            venue, ThroughputMeasure{names[3], options_.messages, std::numeric_limits<std::int64_t>::max()});
      });
    }
    if (status) {
      status = venue.close();
    }
    if (status) {
      status = add(names[4], [&] { return measure_read_back(place_.data / "journal", place_.memory); });
    }
    return status ? add(names[5], [&] { return measure_read_back_packed(place_.data / "journal", place_.memory); })
                  : status;
  }

  // The disk alone before and behind it: what it needs changes within a second.
  Result<Measured> wish_synced(LogVenue& venue) {
    const std::int64_t period_ns = 1'000'000'000 / synced_wishes_a_second;
    std::vector<std::int64_t> floor;
    Status status = add_sync_floor(period_ns, floor);
    if (!status) {
      return std::move(status).error();
    }
    Result<Measured> measured =
        measure_wishes(venue, WishMeasure{"wish_synced", synced_machine, options_.syncs, period_ns, true});
    if (!measured) {
      return measured;
    }
    if (status = add_sync_floor(period_ns, floor); !status) {
      return std::move(status).error();
    }
    measured->floor = quantile(std::move(floor), 500);
    return measured;
  }

  // On a thread that is scheduled as the journal's writer is, beside the publisher's core.
  Status add_sync_floor(std::int64_t period_ns, std::vector<std::int64_t>& floor) const {
    Result<std::vector<std::int64_t>> measured = std::vector<std::int64_t>();
    {
      const runtime::OnCore on_core(options_.spinning ? options_.core : std::nullopt);
      const runtime::BackgroundThread thread("floor", [&] {
        runtime::take_share(runtime::Share::moments);
        measured = measure_sync_floor(place_.data, std::max<std::uint64_t>(options_.syncs / 2, 1), period_ns);
      });
    }
    if (!measured) {
      return Error(measured.error());
    }
    floor.insert(floor.end(), measured->begin(), measured->end());
    return {};
  }

  // What a measurement wrote may be gigabytes that the next one needs.
  static void remove(const LogPlace& place) {
    std::error_code ignored;
    std::filesystem::remove_all(place.data, ignored);
    std::filesystem::remove_all(place.memory, ignored);
  }

  const LogBenchOptions& options_;
  LogPlace place_;
  Json results_ = Json::array();
};

}  // namespace

LogBenchLayout default_log_bench_layout() {
  return std::thread::hardware_concurrency() < 3 ? LogBenchLayout::one : LogBenchLayout::two;
}

Result<Json> run_log_bench(const LogBenchOptions& asked) {
  LogBenchOptions options = asked;
  if (!options.core && options.spinning) {
    options.core = quietest_core();
  }
  const Scratch scratch(options.data);
  if (scratch.path().empty()) {
    return Error{ErrorCode::failed, "cannot make a folder in " + options.data.string()};
  }
  const MemoryFolder memory(scratch.path());
  Run run(options, LogPlace{scratch.path(), memory.path()});
  if (Status status = run.all(); !status) {
    return std::move(status).error();
  }
  return Json{
      {"machine", machine_description()},
      {"build", options.build},
      {"settings",
       {{"wait", options.spinning
                     ? "spinning; throughput_sustained, throughput_4x3 and the readers of attached_200: adaptive"
                     : "adaptive"},
        {"layout", options.layout == LogBenchLayout::one ? "one: sequencer and publisher in one loop"
                                                         : "two: sequencer and publisher on a thread each"},
        {"core", options.core ? Json(*options.core) : Json("any")},
        {"acknowledgement_level", "throughput_1, throughput_4x3: sequenced; all others: synced"},
        {"file_system", file_system_of(scratch.path())},
        {"payload_bytes", sizeof(BenchPayload)},
        {"round_trips", options.round_trips},
        {"syncs", options.syncs},
        {"messages", options.messages},
        {"burst_ns", options.burst_ns},
        {"burst_segments", std::to_string(unsealed_segments_max) + " unsealed at most, of " +
                               std::to_string(options.burst_segment_bytes) + " bytes"},
        {"sustained_ns", options.sustained_ns},
        {"readers", options.readers}}},
      {"results", run.results()}};
}

}  // namespace cantus::bench
