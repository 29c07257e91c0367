// How an application is made that starts from the newest snapshot that it can be restored from, else from the log's
// begin.
#pragma once

#include <memory>
#include <string>

#include "runtime/host/participant.h"
#include "runtime/logging.h"
#include "snapshots/starts.h"

namespace cantus::snapshots {

// Those of a venue on this host; what is passed over goes to the process's log file.
[[nodiscard]] Starts starts_of(const host::VenuePaths& paths);

// The host's part of a state.
[[nodiscard]] Result<std::shared_ptr<const host::StartFrom>> start_from(const SnapshotSections& sections);

// `make` gives a new application (a pointer to something with `restore`) as often as it is asked: one whose restoring
// failed is not used. Where to begin is put into `options`.
template <class Application, class Make>
[[nodiscard]] std::unique_ptr<Application> begin(Starts& starts, const std::string& name,
                                                 host::ParticipantOptions& options, Make&& make) {
  for (std::size_t i = 0;; ++i) {
    std::unique_ptr<Application> made = make();
    const eventlog::Snapshot* const snapshot = starts.at(i);
    if (snapshot == nullptr) {
      runtime::log_info(name + ": starts from the log's begin");
      return made;
    }
    const std::string position = std::to_string(snapshot->info.taken_at.position.seq().get());
    const Result<SnapshotSections> sections = SnapshotSections::parse(snapshot->info.taken_at, snapshot->sections);
    Status restored = sections ? made->restore(*sections) : sections.error();
    if (restored) {
      Result<std::shared_ptr<const host::StartFrom>> from = start_from(*sections);
      if (from) {
        options.start_from = *std::move(from);
        runtime::log_info(name + ": starts from the snapshot behind " + position);
        return made;
      }
      restored = std::move(from).error();
    }
    runtime::log_warning(name + ": the snapshot behind " + position + " is passed over: " + restored.error().text);
  }
}

}  // namespace cantus::snapshots
