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

}  // namespace cantus::snapshots
