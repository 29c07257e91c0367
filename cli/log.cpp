// `cantus log`: prints the records of a log, running or not, and follows it. Read-only.
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <thread>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/log_query.h"
#include "cli/venue_place.h"
#include "eventlog/reader.h"
#include "messages/json.h"

namespace cantus::cli {
namespace {

// How often a follower looks for more: a person's eye, not a participant, so it is not worth a doorbell.
constexpr std::chrono::milliseconds follow_interval{20};

int failed(const Arguments& arguments, const Error& error) { return fail(arguments, "log", error); }

// What is refused of the query itself is what was typed.
int not_understood(const Arguments& arguments, const Error& error) {
  return fail(arguments, "log", error.text, error.code == ErrorCode::refused ? exit_usage : exit_code_of(error));
}

void print_all(std::deque<std::string>& lines) {
  for (const std::string& line : lines) {
    std::printf("%s\n", line.c_str());
  }
  lines.clear();
}

int print(const Arguments& arguments, eventlog::LogReader& reader, LogQuery query) {
  const bool json = arguments.has("json");
  const bool follow = arguments.has("follow");
  const Result<PublisherNames> opening = read_names(reader);
  if (!opening) {
    return failed(arguments, opening.error());
  }
  PublisherNames names = *opening;
  if (Status status = query.resolve_publisher(names); !status) {
    return not_understood(arguments, status.error());
  }
  const Result<Seq> from = first_of(reader, query.from);
  const Result<Seq> to = last_of(reader, query.to);
  if (!from || !to) {
    return failed(arguments, !from ? from.error() : to.error());
  }
  const bool everything = !query.from.seq && !query.from.time && !query.from.end && !query.tail;
  if (everything && reader.first() > Seq(1)) {
    std::fprintf(stderr, "cantus log: what stands before record %llu is in a backup only; --from 1 reads it there\n",
                 static_cast<unsigned long long>(reader.first().get()));
  }
  // What is kept back until the end that the log has now is reached: the last lines of it.
  const Seq end = reader.last();
  std::deque<std::string> tail;
  Seq first = *from;
  if (query.tail && query.wants_all()) {
    first = std::max(first, Seq(end.get() - std::min(end.get(), *query.tail)).next());
  }
  const bool keeps_back = query.tail && !query.wants_all();
  if (Status status = reader.seek(std::min(first, end.next())); !status) {
    return failed(arguments, status.error());
  }
  while (reader.position() < *to) {
    if (keeps_back && reader.position() >= end) {
      print_all(tail);
    }
    const Result<std::optional<Event>> event = reader.next();
    if (!event) {
      return failed(arguments, event.error());
    }
    if (!event->has_value()) {
      if (std::fflush(stdout) != 0 || !follow) {
        break;
      }
      std::this_thread::sleep_for(follow_interval);
      continue;
    }
    names.observe(**event);
    if ((*event)->header->seq >= first && query.wants(*(*event)->header)) {
      std::string line = json ? to_json(**event) : log_line(**event, names);
      if (!keeps_back || (*event)->header->seq > end) {
        std::printf("%s\n", line.c_str());
        continue;
      }
      tail.push_back(std::move(line));
      if (tail.size() > *query.tail) {
        tail.pop_front();
      }
    }
  }
  print_all(tail);
  return std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

int run(const Arguments& arguments) {
  const Result<LogQuery> query = LogQuery::from_arguments(arguments);
  if (!query) {
    return not_understood(arguments, query.error());
  }
  const Result<LogFolders> folders = log_folders_at(arguments.text_or("data", default_data_directory));
  if (!folders) {
    return failed(arguments, folders.error());
  }
  const Result<std::unique_ptr<eventlog::LogReader>> reader = eventlog::open_log(folders->journal, folders->memory);
  if (!reader) {
    return failed(arguments, reader.error());
  }
  return print(arguments, **reader, *query);
}

constexpr Option options[] = {
    {"data", OptionKind::text, "DIR", log_folder_summary},
    {"from", OptionKind::text, "PLACE", "first record (1): a position, a time as 2026-11-21T09:30:15.25Z, or end"},
    {"to", OptionKind::text, "PLACE", "last record, likewise"},
    {"type", OptionKind::text, "NAMES", "only these message types, by name or number, with commas"},
    {"topic", OptionKind::text, "PATHS", "only these topics, with commas; 'venue' stands for all below it"},
    {"publisher", OptionKind::text, "NAME", "only what this publisher said, by name or number"},
    {"json", OptionKind::flag, "", "one JSON object a line, header included"},
    {"tail", OptionKind::number, "N", "only the last N of the records asked for"},
    {"follow", OptionKind::flag, "", "go on as the log grows; with --from end or --tail 10 not from the beginning"},
};

}  // namespace

const Command log_command = {
    .name = "log",
    .summary = "Print the log, and follow it.",
    .details = "Times are UTC. Every record is checked before it is shown; secrets are masked.",
    .options = options,
    .run = run};

}  // namespace cantus::cli
