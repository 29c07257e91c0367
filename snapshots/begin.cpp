#include "snapshots/begin.h"

#include <utility>

namespace cantus::snapshots {

Starts starts_of(const host::VenuePaths& paths) {
  return {runtime::system_files(), eventlog::snapshot_folder(paths.data),
          [paths] { return eventlog::open_log(paths.journal(), paths.memory); },
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

Result<std::unique_ptr<LaterBegin>> LaterBegin::find(const host::VenuePaths& paths, Seq through) {
  const Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(paths.journal(), paths.memory);
  if (!log) {
    return Error(log.error());
  }
  if ((*log)->first() == Seq(1)) {
    return std::unique_ptr<LaterBegin>();
  }
  std::unique_ptr<LaterBegin> begin(new LaterBegin(paths));
  const eventlog::Snapshot* snapshot = begin->starts_.at(0);
  for (std::size_t i = 0; snapshot != nullptr && snapshot->info.taken_at.position.seq() > through;) {
    snapshot = begin->starts_.at(++i);
  }
  if (snapshot == nullptr) {
    return std::unique_ptr<LaterBegin>();
  }
  Result<SnapshotSections> sections = SnapshotSections::parse(snapshot->info.taken_at, snapshot->sections);
  if (!sections) {
    return std::move(sections).error();
  }
  begin->sections_ = *std::move(sections);
  return begin;
}

}  // namespace cantus::snapshots
