#include "bench/log/log_bench.h"

#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <limits>
#include <thread>

#include "bench/log/venue.h"
#include "bench/scratch.h"
#include "eventlog/reader.h"
#include "runtime/background_thread.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/scheduling.h"

namespace cantus::bench {
namespace {

constexpr std::uint64_t warm_up_max = 2000;
constexpr std::size_t record_bytes = sizeof(RecordHeader) + sizeof(BenchPayload);

[[nodiscard]] std::int64_t now_ns() { return runtime::system_clock().monotonic_ns(); }

// As many samples are measured first and forgotten.
std::uint64_t warm_up_of(std::uint64_t count) { return std::min(count, warm_up_max); }

// Latencies of `count` samples behind the warm-up.
class Samples {
 public:
  explicit Samples(std::uint64_t count) : warm_up_(warm_up_of(count)), wanted_(count + warm_up_) {
    taken_.reserve(wanted_);
  }
  void add(std::int64_t ns) { taken_.push_back(ns); }
  [[nodiscard]] bool full() const { return taken_.size() >= wanted_; }
  [[nodiscard]] std::vector<std::int64_t> latencies() const {
    return {taken_.begin() + static_cast<std::ptrdiff_t>(warm_up_), taken_.end()};
  }

 private:
  std::uint64_t warm_up_;
  std::uint64_t wanted_;
  std::vector<std::int64_t> taken_;
};

// An edge that speaks whenever `drive` says so and sees its own words come back.
class Speaker final : public host::EdgeApplication, public runtime::Task {
 public:
  host::EdgeProposer* proposer = nullptr;
  std::function<void()> on_own;   // one of ours was applied
  std::function<bool()> on_turn;  // once in each round of the loop, while proposals may be made

  void apply(const Event& event) override {
    if (event.header->publisher == bench_edge.id && event.is<BenchPayload>()) {
      on_own();
    }
  }
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment&) override { attached_ = true; }
  void on_lost() override { attached_ = false; }
  void on_refused(PublisherSeq, const std::string&) override {}
  bool poll() override { return attached_ && on_turn(); }

 private:
  bool attached_ = false;
};

// A machine that wishes for one payload at a time. It reads a clock, which no machine of the venue may.
class Wisher final : public Application {
 public:
  explicit Wisher(PublisherId publisher) : publisher_(publisher) {}
  std::function<void()> on_own;
  void wish() {
    BenchPayload payload;
    payload.stamp = static_cast<std::uint64_t>(now_ns());
    wishes_.push(payload);
  }
  void apply(const Event& event) override {
    if (event.header->publisher == publisher_ && event.is<BenchPayload>()) {
      own = event.header->seq;
      on_own();
    }
  }
  [[nodiscard]] Digest digest() const override { return DigestBuilder().add(own).digest(); }
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }

  Seq own;  // position of the last one that was applied

 private:
  PublisherId publisher_;
  WishQueue wishes_{16, sizeof(BenchPayload)};
};

// A task that is only a function.
class Turn final : public runtime::Task {
 public:
  explicit Turn(std::function<bool()> f) : f_(std::move(f)) {}
  bool poll() override { return f_(); }

 private:
  std::function<bool()> f_;
};

struct Hosted {
  Hosted(runtime::Loop& loop_in, std::unique_ptr<host::Participant> participant_in)
      : loop(loop_in), participant(std::move(participant_in)) {}
  Hosted(const Hosted&) = delete;
  Hosted& operator=(const Hosted&) = delete;
  ~Hosted() { loop.remove(*participant); }
  runtime::Loop& loop;
  std::unique_ptr<host::Participant> participant;
};

Result<std::unique_ptr<Hosted>> host_speaker(LogVenue& venue, Speaker& speaker) {
  auto participant = host::host_edge(
      venue.loop(), runtime::system_clock(), venue.participant(bench_edge), speaker,
      [&speaker](host::EdgeProposer& proposer) { speaker.proposer = &proposer; }, venue.on_fatal());
  if (!participant) {
    return std::move(participant).error();
  }
  return std::make_unique<Hosted>(venue.loop(), *std::move(participant));
}

Result<Measured> measure_round_trip(LogVenue& venue, std::uint64_t count) {
  Samples samples(count);
  Speaker speaker;
  std::int64_t asked = 0;
  speaker.on_own = [&] {
    samples.add(now_ns() - asked);
    asked = 0;
    if (samples.full()) {
      venue.loop().stop();
    }
  };
  speaker.on_turn = [&] {
    if (asked != 0 || samples.full() || !speaker.proposer->can_propose()) {
      return false;
    }
    BenchPayload payload;
    asked = now_ns();
    payload.stamp = static_cast<std::uint64_t>(asked);
    speaker.proposer->propose(payload);
    return true;
  };
  const auto hosted = host_speaker(venue, speaker);
  if (!hosted) {
    return Error(hosted.error());
  }
  venue.loop().add(speaker);
  const Status status = venue.run();
  venue.loop().remove(speaker);
  return status ? Result<Measured>(Measured{"round_trip", "ns", samples.latencies(), {}, {}}) : Error(status.error());
}

// Proposes for as long as `burst_ns`, at most `count_max`, and waits until all of it is back.
Result<Measured> measure_throughput(LogVenue& venue, const char* name, std::uint64_t count_max, std::int64_t burst_ns) {
  Speaker speaker;
  std::uint64_t asked = 0;
  std::uint64_t seen = 0;
  std::int64_t begun = 0;
  std::int64_t ended = 0;
  bool all_asked = false;
  speaker.on_own = [&] {
    if (begun == 0) {
      return;  // of an earlier measurement on the same log
    }
    if (++seen == asked && all_asked) {
      ended = now_ns();
      venue.loop().stop();
    }
  };
  speaker.on_turn = [&] {
    if (all_asked) {
      return false;
    }
    const std::int64_t now = now_ns();
    begun = begun == 0 ? now : begun;
    constexpr std::uint64_t at_once = 64;
    const std::uint64_t end = std::min(count_max, asked + at_once);
    const std::uint64_t before = asked;
    while (asked < end && speaker.proposer->can_propose()) {
      speaker.proposer->propose(BenchPayload{});
      ++asked;
    }
    all_asked = asked == count_max || (now - begun >= burst_ns && asked != before);
    return asked != before;
  };
  const auto hosted = host_speaker(venue, speaker);
  if (!hosted) {
    return Error(hosted.error());
  }
  venue.loop().add(speaker);
  const Status status = venue.run();
  venue.loop().remove(speaker);
  if (!status) {
    return Error(status.error());
  }
  const auto a_second = static_cast<std::int64_t>(asked) * 1'000'000'000 / std::max<std::int64_t>(ended - begun, 1);
  return Measured{name, "messages/s", {}, a_second, {}};
}

// Of a log of its own, the unsealed segments of which hold all of it: the disk's speed is not in it.
Result<Measured> measure_burst(const LogBenchOptions& options, const std::filesystem::path& data,
                               const std::filesystem::path& memory) {
  const LogSettings settings{AckLevel::sequenced, options.burst_segment_bytes};
  const Result<std::unique_ptr<LogVenue>> venue = LogVenue::start(options, settings, data, memory);
  if (!venue) {
    return Error(venue.error());
  }
  // One of them is left over: the segment ahead is always one of the unsealed ones, too.
  const std::uint64_t count_max = (unsealed_segments_max - 1) * (options.burst_segment_bytes / record_bytes);
  Result<Measured> measured = measure_throughput(**venue, "throughput_1", count_max, options.burst_ns);
  if (Status closed = (*venue)->close(); !closed && measured) {
    return std::move(closed).error();
  }
  return measured;
}

// From a wish to its being applied, or to its being stable as well.
Result<Measured> measure_wishes(LogVenue& venue, const char* name, const BenchPublisher& publisher, std::uint64_t count,
                                bool stable) {
  Samples samples(count);
  Wisher wisher(publisher.id);
  std::int64_t wished = 0;
  bool applied = false;
  wisher.on_own = [&] { applied = true; };
  auto participant =
      host::host_machine(venue.loop(), runtime::system_clock(), venue.participant(publisher), wisher, venue.on_fatal());
  if (!participant) {
    return std::move(participant).error();
  }
  const Hosted hosted(venue.loop(), *std::move(participant));
  Turn turn([&] {
    if (!hosted.participant->attached()) {
      return false;
    }
    if (wished != 0) {
      if (!applied || (stable && hosted.participant->stable() < wisher.own)) {
        return false;
      }
      samples.add(now_ns() - wished);
      if (samples.full()) {
        venue.loop().stop();
        return true;
      }
    }
    applied = false;
    wished = now_ns();
    wisher.wish();
    return true;
  });
  venue.loop().add(turn);
  const Status status = venue.run();
  venue.loop().remove(turn);
  return status ? Result<Measured>(Measured{name, "ns", samples.latencies(), {}, {}}) : Error(status.error());
}

// What the disk itself needs for a record: one pwrite and one fdatasync into space that is reserved.
Result<std::int64_t> measure_floor(const std::filesystem::path& folder, std::uint64_t count) {
  auto file = runtime::system_files().create(folder / "floor");
  if (!file) {
    return std::move(file).error();
  }
  const std::uint64_t total = count + warm_up_of(count);
  if (Status status = (*file)->reserve(total * record_bytes); !status) {
    return std::move(status).error();
  }
  if (Status status = (*file)->sync(); !status) {
    return std::move(status).error();
  }
  Samples samples(count);
  const std::array<std::byte, record_bytes> record{};
  for (std::uint64_t i = 0; i < total; ++i) {
    const std::int64_t begun = now_ns();
    Status status = (*file)->write_at(i * record_bytes, record);
    if (status) {
      status = (*file)->sync();
    }
    if (!status) {
      return std::move(status).error();
    }
    samples.add(now_ns() - begun);
  }
  return quantile(samples.latencies(), 500);
}

Result<Measured> measure_read_back(const std::filesystem::path& journal, const std::filesystem::path& memory) {
  const auto reader = eventlog::open_log(journal, memory);
  if (!reader) {
    return Error(reader.error());
  }
  const std::int64_t begun = now_ns();
  for (;;) {
    const auto event = (*reader)->next();
    if (!event) {
      return Error(event.error());
    }
    if (!event->has_value()) {
      break;
    }
  }
  const auto count = static_cast<std::int64_t>((*reader)->position().get());
  return Measured{
      "read_back", "records/s", {}, count * 1'000'000'000 / std::max<std::int64_t>(now_ns() - begun, 1), {}};
}

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

}  // namespace

LogBenchLayout default_log_bench_layout() {
  return std::thread::hardware_concurrency() < 3 ? LogBenchLayout::one : LogBenchLayout::two;
}

Result<Json> run_log_bench(const LogBenchOptions& options) {
  const Scratch scratch(options.data);
  if (scratch.path().empty()) {
    return Error{ErrorCode::failed, "cannot make a folder in " + options.data.string()};
  }
  const MemoryFolder memory(scratch.path());
  Result<std::unique_ptr<LogVenue>> venue = LogVenue::start(options, {}, scratch.path(), memory.path());
  if (!venue) {
    return std::move(venue).error();
  }
  Json results = Json::array();
  const auto add = [&](const char* what, auto measure) -> Status {
    if (options.progress) {
      options.progress(what);
    }
    Result<Measured> measured = measure();
    if (!measured) {
      return std::move(measured).error().context(what);
    }
    results.push_back(to_json(*measured));
    return {};
  };
  const auto wish_synced = [&]() -> Result<Measured> {
    Result<std::int64_t> floor = 0;
    {
      // On a thread that is scheduled as the journal's writer is.
      const runtime::BackgroundThread thread("floor", [&] {
        runtime::take_short_turns();
        floor = measure_floor(scratch.path(), options.syncs);
      });
    }
    if (!floor) {
      return std::move(floor).error();
    }
    Result<Measured> measured = measure_wishes(**venue, "wish_synced", synced_machine, options.syncs, true);
    if (measured) {
      measured->floor = *floor;
    }
    return measured;
  };
  Status status = add("round_trip", [&] { return measure_round_trip(**venue, options.round_trips); });
  if (status) {
    status = add("wish_applied",
                 [&] { return measure_wishes(**venue, "wish_applied", applied_machine, options.round_trips, false); });
  }
  if (status) {
    status = add("wish_synced", wish_synced);
  }
  if (status) {
    status = add("throughput_1_synced", [&] {
      return measure_throughput(**venue, "throughput_1_synced", options.messages,
                                std::numeric_limits<std::int64_t>::max());
    });
  }
  if (status) {
    status = (*venue)->close();
  }
  if (status) {
    status =
        add("throughput_1", [&] { return measure_burst(options, scratch.path() / "burst", memory.path() / "burst"); });
  }
  if (status) {
    status = add("read_back", [&] { return measure_read_back(scratch.path() / "journal", memory.path()); });
  }
  if (!status) {
    return std::move(status).error();
  }
  return Json{{"machine", machine_description()},
              {"build", options.build},
              {"settings",
               {{"wait", options.spinning ? "spinning" : "adaptive"},
                {"layout", options.layout == LogBenchLayout::one ? "one: sequencer and publisher in one loop"
                                                                 : "two: sequencer and publisher on a thread each"},
                {"acknowledgement_level", "throughput_1: sequenced; all others: synced"},
                {"file_system", file_system_of(scratch.path())},
                {"payload_bytes", sizeof(BenchPayload)},
                {"round_trips", options.round_trips},
                {"syncs", options.syncs},
                {"messages", options.messages},
                {"burst_ns", options.burst_ns},
                {"burst_segments", std::to_string(unsealed_segments_max) + " unsealed at most, of " +
                                       std::to_string(options.burst_segment_bytes) + " bytes"}}},
              {"results", results}};
}

}  // namespace cantus::bench
