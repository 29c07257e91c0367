// What the disk can do, and how much of it the log makes use of.
#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <numeric>
#include <system_error>
#include <thread>

#include "bench/log/actors.h"
#include "bench/log/measures.h"
#include "runtime/background_thread.h"
#include "runtime/files.h"
#include "runtime/scheduling.h"

namespace cantus::bench {
namespace {

// What the journal's writer writes at once when there is more than enough.
constexpr std::size_t part_bytes = std::size_t{1} << 20;
constexpr std::size_t floor_file_bytes = std::size_t{1} << 30;

enum class Path { through_the_page_cache, past_it };

// Bytes a second of the disk alone: parts of 1 MiB, each followed by a sync, into space that is reserved.
Result<std::int64_t> measure_write_rate(const std::filesystem::path& folder, std::int64_t duration_ns, Path way) {
  const std::filesystem::path path = folder / "rate";
  struct alignas(runtime::file_block_bytes) Part {
    std::array<std::byte, part_bytes> bytes;
  };
  const auto part = std::make_unique<Part>();
  part->bytes.fill(std::byte{0x5a});
  std::int64_t spent_ns = 0;
  std::uint64_t written = 0;
  while (spent_ns < duration_ns) {
    auto file = runtime::system_files().create(path);
    if (!file) {
      return std::move(file).error();
    }
    Status status = (*file)->reserve(floor_file_bytes);
    if (status) {
      status = (*file)->sync();
    }
    const std::int64_t begun = now_ns();
    for (std::uint64_t at = 0; status && at < floor_file_bytes && spent_ns + now_ns() - begun < duration_ns;
         at += part_bytes) {
      status = way == Path::past_it ? (*file)->write_blocks_at(at, part->bytes) : (*file)->write_at(at, part->bytes);
      if (status) {
        status = (*file)->sync();
      }
      written += part_bytes;
    }
    spent_ns += now_ns() - begun;
    file->reset();
    if (Status removed = runtime::system_files().remove(path); status && !removed) {
      status = std::move(removed);
    }
    if (!status) {
      return std::move(status).error();
    }
  }
  return static_cast<std::int64_t>(static_cast<double>(written) * 1e9 /
                                   static_cast<double>(std::max<std::int64_t>(spent_ns, 1)));
}

// Half a minute writes tens of gigabytes. Where the disk has no room for them, the oldest segments go: the reader is
// ahead of them, in memory, and the log is thrown away behind the measurement. Not elsewhere: a file system that tells
// its disk of what it removes (mounted with `discard`) lets every sync wait meanwhile.
class Trimmer {
 public:
  explicit Trimmer(std::filesystem::path journal)
      : journal_(std::move(journal)), thread_("bench-trimmer", [this] {
          runtime::take_share(runtime::Share::least);
          while (!ending_.load()) {
            if (disk_is_short()) {
              trim();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
          }
        }) {}
  Trimmer(const Trimmer&) = delete;
  Trimmer& operator=(const Trimmer&) = delete;
  ~Trimmer() { ending_.store(true); }

  [[nodiscard]] std::uint64_t removed() const { return removed_.load(); }

 private:
  static constexpr std::size_t kept = 16;  // more than are unsealed
  static constexpr std::uintmax_t left_free = std::uintmax_t{8} << 30;

  [[nodiscard]] bool disk_is_short() const {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(journal_, error);
    return !error && space.available < left_free;
  }

  void trim() {
    const auto names = runtime::system_files().list(journal_);
    std::vector<std::string> segments;
    if (names) {
      std::ranges::copy_if(*names, std::back_inserter(segments),
                           [](const std::string& name) { return name.starts_with("segment-"); });
    }
    for (std::size_t i = 0; i + kept < segments.size(); ++i) {
      if (runtime::system_files().remove(journal_ / segments[i])) {
        ++removed_;
      }
    }
  }

  std::filesystem::path journal_;
  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> removed_{0};
  runtime::BackgroundThread thread_;
};

// What an order that trades at once leaves on the log: it is entered, accepted, traded, and both sides prove that they
// have the execution. Sequencer and journal do not look into it.
std::vector<Said> order_that_trades() {
  return {Said(NewOrder{}), Said(OrderAccepted{}), Said(Trade{}), Said(Delivered{}), Said(Delivered{})};
}

// Bytes of a record on the log, in the mean.
std::int64_t mean_record_bytes(const std::vector<Said>& said) {
  const std::size_t all = std::accumulate(
      said.begin(), said.end(), std::size_t{0},
      [](std::size_t sum, const Said& one) { return sum + aligned_record(sizeof(RecordHeader) + one.payload.size()); });
  return static_cast<std::int64_t>(all / said.size());
}

Result<Measured> measure_durable(const LogBenchOptions& options, const LogPlace& place, const ThroughputMeasure& what) {
  LogSettings settings = LogSettings::of(options);
  settings.in_flight_max = 262'144;
  // As a venue has it (measure_burst); writer, sealer and preparer are busy, too: who waits must not take a core from
  // them.
  settings.layout = LogBenchLayout::two;
  settings.spinning = false;
  const Result<std::unique_ptr<LogVenue>> venue = LogVenue::start(options, settings, place.data, place.memory);
  if (!venue) {
    return Error(venue.error());
  }
  std::uint64_t removed = 0;
  Result<Measured> measured = [&] {
    const Trimmer trimmer(place.data / "journal");
    Result<Measured> throughput = measure_throughput(**venue, what);
    removed = trimmer.removed();
    return throughput;
  }();
  if (Status closed = (*venue)->close(); !closed && measured) {
    return std::move(closed).error();
  }
  if (!measured) {
    return measured;
  }
  const std::int64_t floor_ns = std::min(options.sustained_ns, std::int64_t{5'000'000'000}) / 2;
  const Result<std::int64_t> rate = measure_write_rate(place.data, floor_ns, Path::through_the_page_cache);
  const Result<std::int64_t> direct = measure_write_rate(place.data, floor_ns, Path::past_it);
  if (!rate || !direct) {
    return Error(rate ? direct.error() : rate.error());
  }
  const std::int64_t record = mean_record_bytes(what.said);
  measured->floor = *rate / record;
  measured->more.update({{"record_bytes", record},
                         {"bytes_per_second", *measured->value * record},
                         {"disk_bytes_per_second", *rate},
                         {"disk_bytes_per_second_past_the_page_cache", *direct},
                         {"segments_removed_meanwhile", removed},
                         {"duration_ns", options.sustained_ns}});
  return measured;
}

}  // namespace

Result<std::vector<std::int64_t>> measure_sync_floor(const std::filesystem::path& folder, std::uint64_t count,
                                                     std::int64_t period_ns) {
  const std::filesystem::path path = folder / "floor";
  auto file = runtime::system_files().create(path);
  if (!file) {
    return std::move(file).error();
  }
  Samples samples(count);
  if (Status status = (*file)->reserve(samples.wanted() * record_bytes); !status) {
    return std::move(status).error();
  }
  if (Status status = (*file)->sync(); !status) {
    return std::move(status).error();
  }
  const std::array<std::byte, record_bytes> record{};
  std::int64_t due = now_ns();
  for (std::uint64_t i = 0; i < samples.wanted(); ++i, due += period_ns) {
    while (now_ns() < due) {
    }
    const std::int64_t begun = due;
    Status status = (*file)->write_at(i * record_bytes, record);
    if (status) {
      status = (*file)->sync();
    }
    if (!status) {
      return std::move(status).error();
    }
    samples.add(now_ns() - begun);
  }
  if (Status removed = runtime::system_files().remove(path); !removed) {
    return std::move(removed).error();
  }
  return samples.latencies();
}

Result<Measured> measure_sustained(const LogBenchOptions& options, const LogPlace& place) {
  return measure_durable(
      options, place,
      {"throughput_sustained", std::numeric_limits<std::uint64_t>::max(), options.sustained_ns, order_that_trades()});
}

Result<Measured> measure_sustained_64(const LogBenchOptions& options, const LogPlace& place) {
  return measure_durable(options, place,
                         {"throughput_sustained_64", std::numeric_limits<std::uint64_t>::max(), options.sustained_ns});
}

}  // namespace cantus::bench
