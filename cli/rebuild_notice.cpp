#include "cli/rebuild_notice.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "eventlog/reader.h"
#include "messages/handling.h"
#include "snapshots/begin.h"

namespace cantus::cli {
namespace {

Status read_through(eventlog::LogReader& log, Seq last) {
  Status read = log.seek(Seq(1));
  while (read && log.position() < last) {
    const Result<std::optional<Event>> next = log.next();
    read = next ? Status() : Status(next.error());
  }
  return read;
}

}  // namespace

std::string folders_of(const eventlog::Removed& removed) {
  std::vector<std::string> folders;
  std::string text;
  for (const eventlog::RemovedRange& range : removed.ranges) {
    if (std::ranges::find(folders, range.backup) == folders.end()) {
      folders.push_back(range.backup);
      text += (text.empty() ? "" : ", ") + range.backup;
    }
  }
  return text;
}

std::optional<Seq> first_concerned(std::span<const Quarantine> quarantines) {
  std::optional<Seq> first;
  for (const Quarantine& one : quarantines) {
    if (one.machine != MachineName::gateway) {
      first = std::min(first.value_or(one.position), one.position);
    }
    if (!one.first.is_zero()) {
      first = std::min(first.value_or(one.first), one.first);
    }
  }
  return first;
}

Status tell_of_rebuild(const VenuePlace& place, Seq concerned) {
  snapshots::Starts starts = snapshots::starts_of(runtime::system_files(), place.paths());
  for (std::size_t i = 0; const eventlog::Snapshot* const snapshot = starts.at(i); ++i) {
    if (snapshot->info.taken_at.position.seq() < concerned) {
      return {};
    }
  }
  const Result<std::unique_ptr<eventlog::LogReader>> log =
      eventlog::open_log(place.paths().journal(), place.paths().memory);
  if (!log) {
    return log.error();
  }
  const Seq first = (*log)->first();
  if (first > Seq(1)) {
    if (const Status read = read_through(**log, Seq(first.get() - 1)); !read) {
      return read.error();
    }
  }
  std::printf(
      "no snapshot is older than record %llu: with this none is of use, and who computes outcomes reads the log once\n"
      "from record 1, until there is a new one (`cantus snapshot list`)\n",
      static_cast<unsigned long long>(concerned.get()));
  if (first > Seq(1)) {
    const auto removed = eventlog::read_removed(runtime::system_files(), place.paths().journal());
    std::printf("records before %llu were removed from here: keep the backup attached until then, in %s\n",
                static_cast<unsigned long long>(first.get()), removed ? folders_of(*removed).c_str() : "");
  }
  std::fflush(stdout);
  return {};
}

}  // namespace cantus::cli
