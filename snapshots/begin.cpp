#include "snapshots/begin.h"

#include <utility>

#include "eventlog/paced_reader.h"

namespace cantus::snapshots {

Starts starts_of(runtime::Files& files, const host::VenuePaths& paths, const runtime::Pace& pace) {
  return {files, eventlog::snapshot_folder(paths.data),
          [&files, paths, pace] {
            Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(files, paths.journal(), paths.memory);
            return log && pace ? Result(eventlog::paced(*std::move(log), pace)) : std::move(log);
          },
          [](const std::string& text) { runtime::log_warning(text); }};
}

Result<std::shared_ptr<const host::StartFrom>> start_from(const SnapshotSections& sections) {
  auto from = std::make_shared<host::StartFrom>();
  from->position = sections.taken_at().position.seq();
  if (Status restored = from->facts.restore(sections); !restored) {
    return std::move(restored).error();
  }
  return std::shared_ptr<const host::StartFrom>(std::move(from));
}

Result<std::unique_ptr<LaterBegin>> LaterBegin::find_if_removed(runtime::Files& files, const host::VenuePaths& paths) {
  const Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(files, paths.journal(), paths.memory);
  if (!log) {
    return Error(log.error());
  }
  return (*log)->first() == Seq(1) ? Result(std::unique_ptr<LaterBegin>()) : find(files, paths);
}

Result<std::unique_ptr<LaterBegin>> LaterBegin::find(runtime::Files& files, const host::VenuePaths& paths, Seq through,
                                                     const Takes& takes) {
  if (const auto log = eventlog::open_log(files, paths.journal(), paths.memory); !log) {
    return Error(log.error());
  }
  std::unique_ptr<LaterBegin> begin(new LaterBegin(files, paths));
  const eventlog::Snapshot* snapshot = nullptr;
  for (std::size_t i = 0; (snapshot = begin->starts_.at(i)) != nullptr; ++i) {
    if (snapshot->info.taken_at.position.seq() > through) {
      continue;
    }
    Result<SnapshotSections> sections = SnapshotSections::parse(snapshot->info.taken_at, snapshot->sections);
    if (sections && takes(*sections)) {
      begin->sections_ = *std::move(sections);
      return begin;
    }
  }
  return std::unique_ptr<LaterBegin>();
}

}  // namespace cantus::snapshots
