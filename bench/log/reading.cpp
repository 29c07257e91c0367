// How fast a log that was written is read.
#include <array>

#include "bench/log/actors.h"
#include "bench/log/measures.h"
#include "eventlog/file_journal.h"
#include "eventlog/reader.h"
#include "eventlog/sealed_file.h"

namespace cantus::bench {

namespace {

// Nanoseconds that it takes to read all of it; the reader stands at the end.
Result<std::int64_t> read_all(eventlog::LogReader& reader) {
  const std::int64_t begun = now_ns();
  for (;;) {
    const auto event = reader.next();
    if (!event) {
      return Error(event.error());
    }
    if (!event->has_value()) {
      return now_ns() - begun;
    }
  }
}

// What the journal writes it writes past the page cache: a first reader brings it there.
Result<Measured> read_twice(const char* name, const std::filesystem::path& journal,
                            const std::filesystem::path& memory) {
  std::array<std::int64_t, 2> took_ns{};
  Seq last;
  for (std::int64_t& took : took_ns) {
    const auto reader = eventlog::open_log(journal, memory);
    if (!reader) {
      return Error(reader.error());
    }
    const Result<std::int64_t> read = read_all(**reader);
    if (!read) {
      return Error(read.error());
    }
    took = std::max<std::int64_t>(*read, 1);
    last = (*reader)->position();
  }
  const auto count = static_cast<std::int64_t>(last.get());
  Measured measured{name, "records/s", {}, count * 1'000'000'000 / took_ns[1], {}, {}};
  measured.more = {{"from_the_disk", count * 1'000'000'000 / took_ns[0]}};
  return measured;
}

}  // namespace

Result<Measured> measure_read_back(const std::filesystem::path& journal, const std::filesystem::path& memory) {
  return read_twice("read_back", journal, memory);
}

Result<Measured> measure_read_back_packed(const std::filesystem::path& journal, const std::filesystem::path& memory) {
  runtime::Files& files = runtime::system_files();
  if (Status given_up = eventlog::give_up_memory(files, journal, memory); !given_up) {
    return std::move(given_up).error();
  }
  const Result<eventlog::Directory> directory = eventlog::read_directory(files, journal);
  if (!directory) {
    return Error(directory.error());
  }
  std::uint64_t plain = 0;
  std::uint64_t packed = 0;
  const std::int64_t begun = now_ns();
  for (const eventlog::SealedSegment& listed : directory->segments) {
    if (Status status = eventlog::pack_sealed(files, journal, directory->identity, listed); !status) {
      return std::move(status).error();
    }
    plain += listed.end;
    packed += std::filesystem::file_size(journal / eventlog::packed_name(listed.number, listed.opening));
  }
  const auto megabytes = static_cast<std::uint64_t>(static_cast<double>(plain) * 1e3 /
                                                    static_cast<double>(std::max<std::int64_t>(now_ns() - begun, 1)));
  Result<Measured> measured = read_twice("read_back_packed", journal, memory);
  if (measured) {
    measured->more["packed_to_percent"] = packed * 100 / std::max<std::uint64_t>(plain, 1);
    measured->more["packing_megabytes_per_s"] = megabytes;
  }
  return measured;
}

namespace {

constexpr std::uint64_t one_in = 100;

// A log of which one record in a hundred is of another topic.
Status write_mixed(LogVenue& venue, std::uint64_t count) {
  Speaker speaker;
  std::uint64_t asked = 0;
  std::uint64_t seen = 0;
  speaker.on_own = [&] {
    if (++seen == count) {
      venue.loop().stop();
    }
  };
  speaker.on_turn = [&] {
    const std::uint64_t before = asked;
    while (asked < count && speaker.proposer->can_propose()) {
      ++asked;
      asked % one_in == 0 ? speaker.proposer->propose(ReportSubmit{}) : speaker.proposer->propose(BenchPayload{});
    }
    return asked != before;
  };
  const auto hosted = host_speaker(venue.loop(), venue.participant(bench_edge), speaker, venue.on_fatal());
  if (!hosted) {
    return Error(hosted.error());
  }
  venue.loop().add(speaker);
  Status status = venue.run();
  venue.loop().remove(speaker);
  return status;
}

}  // namespace

Result<Measured> measure_skip(const LogBenchOptions& options, const LogPlace& place) {
  const Result<std::unique_ptr<LogVenue>> venue =
      LogVenue::start(options, LogSettings::of(options), place.data, place.memory);
  if (!venue) {
    return Error(venue.error());
  }
  Status status = write_mixed(**venue, options.messages);
  if (Status closed = (*venue)->close(); status) {
    status = std::move(closed);
  }
  if (!status) {
    return std::move(status).error();
  }
  const auto reader = eventlog::open_log(place.data / "journal", place.memory);
  if (!reader) {
    return Error(reader.error());
  }
  std::uint64_t found = 0;
  const std::int64_t begun = now_ns();
  for (;;) {
    const auto event = (*reader)->next_on(TopicSet::of(topic::reports));
    if (!event) {
      return Error(event.error());
    }
    if (!event->has_value()) {
      break;
    }
    ++found;
  }
  const std::int64_t span = std::max<std::int64_t>(now_ns() - begun, 1);
  Measured measured{
      "skip", "records/s", {}, static_cast<std::int64_t>((*reader)->position().get()) * 1'000'000'000 / span, {}, {}};
  measured.more = {{"wanted", found}};
  return measured;
}

}  // namespace cantus::bench
