// Measurements with many processes: publishers and readers beside each other, readers that nothing concerns, a
// publisher that loops.
#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <limits>
#include <numeric>

#include "bench/log/actors.h"
#include "bench/log/child.h"
#include "bench/log/measures.h"

namespace cantus::bench {
namespace {

constexpr std::size_t publishers_4x3 = 4;
constexpr std::size_t readers_4x3 = 3;
constexpr BenchPublisher looping_publisher{PublisherId(15), "looping"};
constexpr std::array<BenchPublisher, publishers_4x3> speaking_publishers{
    BenchPublisher{PublisherId(11), "speaking-1"}, BenchPublisher{PublisherId(12), "speaking-2"},
    BenchPublisher{PublisherId(13), "speaking-3"}, BenchPublisher{PublisherId(14), "speaking-4"}};

using Children = std::vector<std::unique_ptr<Child>>;

// Ends the loop with a text when something is fatal.
class Fatal {
 public:
  explicit Fatal(runtime::Loop& loop) : loop_(loop) {}
  [[nodiscard]] host::OnFatal handler() {
    return [this](const std::string& why) {
      why_ = why;
      loop_.stop();
    };
  }
  [[nodiscard]] Status status() const { return why_.empty() ? Status() : Status(Error{ErrorCode::failed, why_}); }

 private:
  runtime::Loop& loop_;
  std::string why_;
};

// Proposes `count` payloads once it may go, as fast as they are taken, and waits until `all` of everybody's came by.
Status speak(const Child::Side& side, const host::VenuePaths& paths, const BenchPublisher& who, std::uint64_t count,
             std::uint64_t all) {
  Fatal fatal(side.loop);
  Speaker speaker(who.id);
  std::uint64_t asked = 0;
  std::uint64_t seen = 0;
  speaker.on_own = [] {};
  speaker.on_payload = [&] {
    if (++seen == all) {
      side.counters.finished_ns.store(now_ns());
    }
  };
  speaker.on_turn = [&] {
    side.counters.attached.store(1, std::memory_order_relaxed);
    const std::uint64_t before = asked;
    constexpr std::uint64_t at_once = 256;
    while (side.go && asked < count && asked - before < at_once && speaker.proposer->can_propose()) {
      speaker.proposer->propose(BenchPayload{});
      ++asked;
    }
    return asked != before;
  };
  const auto hosted = host_speaker(side.loop, participant_options(paths, who), speaker, fatal.handler());
  if (!hosted) {
    return Error(hosted.error());
  }
  side.loop.add(speaker);
  side.loop.run();
  side.loop.remove(speaker);
  return fatal.status();
}

// Counts what it is given of one message.
template <class Message>
class Counting final : public Machine {
 public:
  Counting(ChildCounters& counters, std::uint64_t all) : counters_(counters), all_(all) {}
  void apply(const Event& event) override {
    if (event.is<Message>() && ++seen_ == all_) {
      counters_.seen.store(seen_);
      counters_.finished_ns.store(now_ns());
    }
  }
  [[nodiscard]] Digest digest() const override { return DigestBuilder().add(seen_).digest(); }

 private:
  ChildCounters& counters_;
  std::uint64_t all_;
  std::uint64_t seen_ = 0;
};

// Reads until `all` messages came by, and longer.
template <class Message>
Status listen(const Child::Side& side, const host::ParticipantOptions& options, std::uint64_t all) {
  Fatal fatal(side.loop);
  Counting<Message> machine(side.counters, all);
  auto participant = host::host_reader(side.loop, runtime::host_system(), options, machine, false, fatal.handler());
  if (!participant) {
    return std::move(participant).error();
  }
  const Hosted hosted(side.loop, *std::move(participant));
  Turn look([&] {
    side.counters.attached.store(hosted.participant->attached() ? 1 : 0, std::memory_order_relaxed);
    return false;
  });
  side.loop.add(look);
  side.loop.run();
  side.loop.remove(look);
  return fatal.status();
}

[[nodiscard]] bool all_attached(const Children& children) {
  return std::ranges::all_of(children, [](const auto& child) { return child->counters().attached.load() != 0; });
}
[[nodiscard]] bool all_finished(const Children& children) {
  return std::ranges::all_of(children, [](const auto& child) { return child->counters().finished_ns.load() != 0; });
}

[[nodiscard]] std::int64_t cpu_of(const Children& children) {
  return std::accumulate(children.begin(), children.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& child) { return sum + child->cpu_ns(); });
}

// Runs the venue's loop until `done`, which is asked a thousand times a second.
Status run_until(LogVenue& venue, Children& children, const char* what, const std::function<bool()>& done) {
  constexpr std::int64_t period_ns = 1'000'000;
  constexpr std::int64_t patience_ns = 120'000'000'000;
  const std::int64_t begun = now_ns();
  std::int64_t asked = 0;
  Status status;
  Turn turn([&] {
    const std::int64_t now = now_ns();
    if (now - asked < period_ns) {
      return false;
    }
    asked = now;
    const bool ended = !std::ranges::all_of(children, [](const auto& child) { return child->running(); });
    if (ended || now - begun > patience_ns) {
      status = Error{ErrorCode::failed, std::string(ended ? "a process of the benchmark ended: " : "in vain: ") + what};
    }
    if (!status || done()) {
      venue.loop().stop();
    }
    return false;
  });
  venue.loop().add(turn);
  // An adaptive loop would sleep between the questions.
  const auto timer = venue.loop().network().every(std::chrono::nanoseconds(period_ns), [] {});
  const Status ran = venue.run();
  venue.loop().remove(turn);
  return status ? ran : status;
}

Result<Measured> close_behind(LogVenue& venue, Result<Measured> measured) {
  if (Status closed = venue.close(); !closed && measured) {
    return std::move(closed).error();
  }
  return measured;
}

// Proposes one record of another topic than everything else that is measured.
Status say_something_else(LogVenue& venue, Children& children, const std::function<bool()>& done) {
  Speaker speaker;
  bool asked = false;
  speaker.on_own = [] {};
  speaker.on_turn = [&] {
    if (asked) {
      return false;
    }
    speaker.proposer->propose(ReportSubmit{});
    return asked = true;
  };
  const auto hosted = host_speaker(venue.loop(), venue.participant(bench_edge), speaker, venue.on_fatal());
  if (!hosted) {
    return Error(hosted.error());
  }
  venue.loop().add(speaker);
  Status status = run_until(venue, children, "a record of their topic at every reader", done);
  venue.loop().remove(speaker);
  return status;
}

Result<Measured> attached(LogVenue& venue, Children& readers, std::uint64_t round_trips) {
  Result<Measured> before = measure_round_trip(venue, round_trips);
  if (!before) {
    return before;
  }
  for (const auto& reader : readers) {
    reader->begin();
  }
  if (Status status = run_until(venue, readers, "readers attach", [&] { return all_attached(readers); }); !status) {
    return std::move(status).error();
  }
  const std::int64_t cpu_before = cpu_of(readers);
  const std::int64_t begun = now_ns();
  Result<Measured> with = measure_round_trip(venue, round_trips);
  const std::int64_t span = now_ns() - begun;
  const std::int64_t cpu = cpu_of(readers) - cpu_before;
  if (!with) {
    return with;
  }
  const std::int64_t cpu_all_before = cpu_of(readers);
  const std::int64_t said = now_ns();
  if (Status status = say_something_else(venue, readers, [&] { return all_finished(readers); }); !status) {
    return std::move(status).error();
  }
  const std::int64_t said_ns = now_ns() - said;
  const std::int64_t said_cpu_ns = cpu_of(readers) - cpu_all_before;
  const std::size_t count = readers.size();
  readers.clear();
  Result<Measured> after = measure_round_trip(venue, round_trips);
  if (!after) {
    return after;
  }
  before->samples.insert(before->samples.end(), after->samples.begin(), after->samples.end());
  with->name = "attached_200";
  with->floor = quantile(before->samples, 500);
  with->more = {{"readers", count},
                {"readers_cpu_per_mille_of_a_core", cpu * 1000 / std::max<std::int64_t>(span, 1)},
                {"span_ns", span},
                {"a_record_of_their_topic_at_all_ns", said_ns},
                {"and_took_cpu_ns", said_cpu_ns}};
  return with;
}

// Of the calling thread.
std::int64_t faults_of_thread() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

Result<Measured> looped(LogVenue& venue, Children& looper, std::uint64_t round_trips) {
  constexpr int rounds = 3;
  looper.front()->begin();
  if (Status status = run_until(venue, looper, "the publisher attaches", [&] { return all_attached(looper); });
      !status) {
    return std::move(status).error();
  }
  std::array<std::vector<std::int64_t>, 2> samples;  // busy, looping
  std::array<std::int64_t, 2> faults{};              // pages that the measured thread had to wait for, likewise
  const std::uint64_t admitted_before = looper.front()->counters().seen.load();
  for (int i = 0; i < 2 * rounds; ++i) {
    const bool looping = i % 2 != 0;
    looping ? looper.front()->go() : looper.front()->rest();
    const std::int64_t faults_before = faults_of_thread();
    Result<Measured> measured = measure_round_trip(venue, round_trips);
    if (!measured) {
      return measured;
    }
    faults[looping ? 1 : 0] += faults_of_thread() - faults_before;
    auto& into = samples[looping ? 1 : 0];
    into.insert(into.end(), measured->samples.begin(), measured->samples.end());
  }
  Measured result{"loop", "ns", samples[1], {}, quantile(samples[0], 990), {}};
  result.compared_per_mille = 990;
  result.more = {{"looped_records", looper.front()->counters().seen.load() - admitted_before},
                 {"p50_not_looping", quantile(samples[0], 500)},
                 {"page_faults", faults[1]},
                 {"page_faults_not_looping", faults[0]}};
  return result;
}

// Busy all the time; proposes without end while it may go.
Status loop_without_end(const Child::Side& side, const host::VenuePaths& paths) {
  Fatal fatal(side.loop);
  Speaker speaker(looping_publisher.id);
  speaker.on_own = [&] { side.counters.seen.fetch_add(1, std::memory_order_relaxed); };
  speaker.on_turn = [&] {
    side.counters.attached.store(1, std::memory_order_relaxed);
    while (side.go && speaker.proposer->can_propose()) {
      speaker.proposer->propose(BenchPayload{});
    }
    return true;
  };
  const auto hosted = host_speaker(side.loop, participant_options(paths, looping_publisher), speaker, fatal.handler());
  if (!hosted) {
    return Error(hosted.error());
  }
  side.loop.add(speaker);
  side.loop.run();
  side.loop.remove(speaker);
  return fatal.status();
}

}  // namespace

Result<Measured> measure_4x3(const LogBenchOptions& options, const LogPlace& place) {
  const std::uint64_t each = options.messages / publishers_4x3;
  const std::uint64_t all = each * publishers_4x3;
  const host::VenuePaths paths{place.data, place.memory};
  Children children;
  for (std::size_t i = 0; i < publishers_4x3 + readers_4x3; ++i) {
    auto child = Child::fork(runtime::WaitMode::adaptive, [&](Child::Side side) {
      if (i < publishers_4x3) {
        return speak(side, paths, speaking_publishers[i], each, all);
      }
      host::ParticipantOptions reader;
      reader.paths = paths;
      reader.publisher = "reader";
      reader.place = PlaceId(static_cast<std::uint16_t>(i));
      return listen<BenchPayload>(side, reader, all);
    });
    if (!child) {
      return Error(child.error());
    }
    children.push_back(*std::move(child));
  }
  LogSettings settings = LogSettings::of(options);
  settings.ack_level = AckLevel::sequenced;
  settings.segment_bytes = options.burst_segment_bytes;
  settings.layout = LogBenchLayout::two;  // this thread only looks on
  settings.spinning = false;
  settings.speakers.assign(speaking_publishers.begin(), speaking_publishers.end());
  const Result<std::unique_ptr<LogVenue>> venue = LogVenue::start(options, settings, place.data, place.memory);
  if (!venue) {
    return Error(venue.error());
  }
  for (const auto& child : children) {
    child->begin();
  }
  if (Status status = await(children, "all attached", [&] { return all_attached(children); }); !status) {
    return std::move(status).error();
  }
  const std::int64_t begun = now_ns();
  for (const auto& child : children) {
    child->go();
  }
  if (Status status = await(children, "all had everything", [&] { return all_finished(children); }); !status) {
    return std::move(status).error();
  }
  std::int64_t ended = begun + 1;
  for (const auto& child : children) {
    ended = std::max(ended, child->counters().finished_ns.load());
  }
  const std::int64_t cpu = cpu_of(children);
  children.clear();
  Measured measured{
      "throughput_4x3", "messages/s", {}, static_cast<std::int64_t>(all) * 1'000'000'000 / (ended - begun), {}, {}};
  measured.more = {{"messages", all}, {"processes_cpu_ns_per_message", cpu / static_cast<std::int64_t>(all)}};
  return close_behind(**venue, std::move(measured));
}

Result<Measured> measure_attached(const LogBenchOptions& options, const LogPlace& place) {
  Children readers;
  for (std::uint64_t i = 0; i < options.readers; ++i) {
    auto child = Child::fork(runtime::WaitMode::adaptive, [&](Child::Side side) {
      host::ParticipantOptions reader;
      reader.paths = {place.data, place.memory};
      reader.publisher = "reader";
      reader.place = PlaceId(static_cast<std::uint16_t>(i));
      reader.topics = TopicSet::of(topic::reports);
      return listen<ReportSubmit>(side, reader, 1);
    });
    if (!child) {
      return Error(child.error());
    }
    readers.push_back(*std::move(child));
  }
  const Result<std::unique_ptr<LogVenue>> venue =
      LogVenue::start(options, LogSettings::of(options), place.data, place.memory);
  if (!venue) {
    return Error(venue.error());
  }
  return close_behind(**venue, attached(**venue, readers, options.round_trips * options.attached_times));
}

Result<Measured> measure_loop(const LogBenchOptions& options, const LogPlace& place) {
  Children looper;
  const host::VenuePaths paths{place.data, place.memory};
  auto child =
      Child::fork(runtime::WaitMode::spinning, [&](Child::Side side) { return loop_without_end(side, paths); });
  if (!child) {
    return Error(child.error());
  }
  looper.push_back(*std::move(child));
  LogSettings settings = LogSettings::of(options);
  settings.speakers.push_back(looping_publisher);
  const Result<std::unique_ptr<LogVenue>> venue = LogVenue::start(options, settings, place.data, place.memory);
  if (!venue) {
    return Error(venue.error());
  }
  Result<Measured> measured = looped(**venue, looper, options.round_trips);
  looper.clear();
  return close_behind(**venue, std::move(measured));
}

}  // namespace cantus::bench
