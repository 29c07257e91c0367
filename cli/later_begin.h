// How the program's own views of a venue's log begin (snapshots/begin.h): with the state of a snapshot, else with the
// first record.
#pragma once

#include <optional>

#include "refdata/app/recorded.h"
#include "snapshots/begin.h"

namespace cantus::cli {

// What `log`, which is the venue's, holds of its configuration, through a position or to its end.
[[nodiscard]] Status read_recorded(const host::VenuePaths& paths, eventlog::LogReader& log,
                                   refdata::RecordedConfiguration& recorded, std::optional<Seq> through = {});

// The newest state at or before `through` that every one of these machines can be restored from.
template <class... Machines>
[[nodiscard]] Result<std::unique_ptr<snapshots::LaterBegin>> begin_of(const host::VenuePaths& paths,
                                                                      Seq through = Seq(~std::uint64_t{0})) {
  return snapshots::LaterBegin::find(runtime::system_files(), paths, through, [](const SnapshotSections& state) {
    return (std::make_unique<Machines>()->restore(state).ok() && ...);
  });
}

// Of the venue in `data`; null where the first record lies there, and if that is a copy of a journal folder.
[[nodiscard]] Result<std::unique_ptr<snapshots::LaterBegin>> later_begin_in(const std::filesystem::path& data);

[[nodiscard]] inline const SnapshotSections* sections_of(const std::unique_ptr<snapshots::LaterBegin>& begin) {
  return begin == nullptr ? nullptr : &begin->sections();
}

// Restores each of these in order and stands `log` behind the state; stands it before its first record if nothing is to
// be restored. Of machines that have applied nothing.
template <class... Machines>
[[nodiscard]] Status begin_behind(const snapshots::LaterBegin* begin, eventlog::LogReader& log, Machines&... machines) {
  if (begin == nullptr) {
    return log.seek(Seq(1));
  }
  Status restored;
  ((restored = restored ? machines.restore(begin->sections()) : std::move(restored)), ...);
  return restored ? log.seek(begin->position().next()) : std::move(restored);
}

}  // namespace cantus::cli
