// How an application is made that starts from the newest snapshot that it can be restored from, else from the log's
// begin.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/host/participant.h"
#include "runtime/logging.h"
#include "snapshots/starts.h"

namespace cantus::snapshots {

// Those of a venue on this host; what is passed over goes to the process's log file.
// Judging them reads the log behind each: `pace`, if there is one, is asked meanwhile, and they are of no use once it
// said no.
[[nodiscard]] Starts starts_of(runtime::Files& files, const host::VenuePaths& paths, const runtime::Pace& pace = {});

// The host's part of a state.
[[nodiscard]] Result<std::shared_ptr<const host::StartFrom>> start_from(const SnapshotSections& sections);

// For who wants to know what stands, and reads a venue's log behind a state instead of from its first record. That
// record may not lie here any more (eventlog/removed.h), and any place of an old segment may be damaged.
class LaterBegin {
 public:
  // True if this build takes the state: another one may have written it.
  using Takes = std::function<bool(const SnapshotSections& state)>;
  // The newest usable state at or before `through` that is taken. Null where none is: then the log is read from its
  // first record, and gives it out of a backup or says where it is. Errors: the log's.
  [[nodiscard]] static Result<std::unique_ptr<LaterBegin>> find(
      runtime::Files& files, const host::VenuePaths& paths, Seq through = Seq(~std::uint64_t{0}),
      const Takes& takes = [](const SnapshotSections&) { return true; });
  // The same for who would rather read everything: null also where the first record lies here.
  [[nodiscard]] static Result<std::unique_ptr<LaterBegin>> find_if_removed(runtime::Files& files,
                                                                           const host::VenuePaths& paths);

  [[nodiscard]] const SnapshotSections& sections() const { return *sections_; }
  [[nodiscard]] Seq position() const { return sections_->taken_at().position.seq(); }

 private:
  LaterBegin(runtime::Files& files, const host::VenuePaths& paths) : starts_(starts_of(files, paths)) {}

  Starts starts_;
  std::optional<SnapshotSections> sections_;
};

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
