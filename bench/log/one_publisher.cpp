// What one publisher sees of the log: round trips, wishes, bursts.
#include <ctime>
#include <limits>

#include "bench/log/actors.h"
#include "bench/log/measures.h"

namespace cantus::bench {
namespace {

// Of the calling thread: what it would have needed had nobody taken its core from it.
std::int64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

Result<Measured> measure_round_trip(LogVenue& venue, std::uint64_t count) {
  Samples samples(count);
  Speaker speaker;
  std::int64_t asked = 0;
  speaker.on_own = [&] {
    if (asked == 0) {
      return;  // of an earlier measurement on the same log
    }
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
  const auto hosted = host_speaker(venue.loop(), venue.participant(bench_edge), speaker, venue.on_fatal());
  if (!hosted) {
    return Error(hosted.error());
  }
  venue.loop().add(speaker);
  const Status status = venue.run();
  venue.loop().remove(speaker);
  return status ? Result<Measured>(Measured{"round_trip", "ns", samples.latencies(), {}, {}, {}})
                : Error(status.error());
}

Result<Measured> measure_throughput(LogVenue& venue, const ThroughputMeasure& what) {
  Speaker speaker;
  std::uint64_t asked = 0;
  std::uint64_t seen = 0;
  std::int64_t begun = 0;
  std::int64_t ended = 0;
  std::int64_t cpu = 0;
  bool all_asked = false;
  auto next = what.said.begin();
  speaker.on_own = [&] {
    if (begun == 0) {
      return;  // of an earlier measurement on the same log
    }
    if (++seen == asked && all_asked) {
      ended = now_ns();
      cpu += thread_cpu_ns();
      venue.loop().stop();
    }
  };
  speaker.on_turn = [&] {
    if (all_asked) {
      return false;
    }
    const std::int64_t now = now_ns();
    if (begun == 0) {
      begun = now;
      cpu = -thread_cpu_ns();
    }
    constexpr std::uint64_t at_once = 64;
    const std::uint64_t end = std::min(what.count_max, asked + at_once);
    const std::uint64_t before = asked;
    while (asked < end && speaker.proposer->can_propose()) {
      speaker.proposer->propose(next->type, next->version, next->topic, next->payload);
      ++asked;
      if (++next == what.said.end()) {
        next = what.said.begin();
      }
    }
    all_asked = asked == what.count_max || (now - begun >= what.burst_ns && asked != before);
    return asked != before;
  };
  const auto hosted = host_speaker(venue.loop(), venue.participant(bench_edge), speaker, venue.on_fatal());
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
  Measured measured{what.name, "messages/s", {}, a_second, {}, {}};
  measured.more = {{"cpu_ns_per_message", cpu / static_cast<std::int64_t>(std::max<std::uint64_t>(asked, 1))}};
  return measured;
}

Result<Measured> measure_burst(const LogBenchOptions& options, const LogPlace& place) {
  LogSettings settings = LogSettings::of(options);
  settings.ack_level = AckLevel::sequenced;
  settings.segment_bytes = options.burst_segment_bytes;
  settings.in_flight_max = host::ParticipantOptions{}.in_flight_max;
  // As a venue has it: sequencer and publisher each on a core, and who writes and seals waits for a turn.
  settings.layout = LogBenchLayout::two;
  settings.spinning = false;
  const Result<std::unique_ptr<LogVenue>> venue = LogVenue::start(options, settings, place.data, place.memory);
  if (!venue) {
    return Error(venue.error());
  }
  // One of them is left over: the segment ahead is always one of the unsealed ones, too.
  const std::uint64_t count_max = (unsealed_segments_max - 1) * (options.burst_segment_bytes / record_bytes);
  const std::optional<std::int64_t> line = measure_line_there_and_back();
  Result<Measured> measured =
      measure_throughput(**venue, ThroughputMeasure{"throughput_1", count_max, options.burst_ns});
  if (Status closed = (*venue)->close(); !closed && measured) {
    return std::move(closed).error();
  }
  if (measured) {
    if (line) {
      measured->more["line_there_and_back_ns"] = *line;
    }
    measured->more["segment_mib"] = options.burst_segment_bytes >> 20U;
    measured->more["unsealed_segments_max"] = unsealed_segments_max;
  }
  return measured;
}

Result<Measured> measure_wishes(LogVenue& venue, const WishMeasure& what) {
  Samples samples(what.count);
  Wisher wisher(what.publisher.id);
  std::int64_t due = 0;  // of the wish under way
  bool wished = false;
  bool applied = false;
  wisher.on_own = [&] { applied = true; };
  auto participant = host::host_machine(venue.loop(), runtime::host_system(), venue.participant(what.publisher), wisher,
                                        venue.on_fatal());
  if (!participant) {
    return std::move(participant).error();
  }
  const Hosted hosted(venue.loop(), *std::move(participant));
  Turn turn([&] {
    if (!hosted.participant->attached()) {
      return false;
    }
    if (wished) {
      if (!applied || (what.stable && hosted.participant->stable() < wisher.own)) {
        return false;
      }
      const std::int64_t now = now_ns();
      samples.add(now - due);
      if (samples.full()) {
        venue.loop().stop();
        return true;
      }
      wished = false;
      due = what.period_ns == 0 ? now : due + what.period_ns;
    }
    const std::int64_t now = now_ns();
    due = due == 0 ? now : due;
    if (now < due) {
      return !venue.spinning();  // an adaptive loop is to come back
    }
    due = what.period_ns == 0 ? now : due;
    applied = false;
    wished = true;
    wisher.wish();
    return true;
  });
  venue.loop().add(turn);
  const Status status = venue.run();
  venue.loop().remove(turn);
  return status ? Result<Measured>(Measured{what.name, "ns", samples.latencies(), {}, {}, {}}) : Error(status.error());
}

}  // namespace cantus::bench
