// Where a venue lives on this host, and who runs it there (docs/operations.md lists the files).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/types.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/host/participant.h"
#include "runtime/system.h"
#include "runtime/unique_fd.h"

namespace cantus::cli {

inline constexpr const char* default_data_directory = "cantus-data";

class VenuePlace {
 public:
  VenuePlace() = default;  // nowhere
  // The directory need not exist; it is made absolute, so that every spelling of it is the same venue. In memory the
  // venue has a folder named after a hash of that path.
  [[nodiscard]] static Result<VenuePlace> at(const std::filesystem::path& data);
  // In these folders of another host than this program's: a simulated one, which outlives it.
  VenuePlace(runtime::System& host, host::VenuePaths paths) : host_(&host), paths_(std::move(paths)) {}
  // Likewise of one that has been started: not_found if there is no log.
  [[nodiscard]] static Result<VenuePlace> with_log(const std::filesystem::path& data);

  [[nodiscard]] runtime::System& host() const { return *host_; }
  [[nodiscard]] runtime::Files& files() const { return host_->files(); }
  [[nodiscard]] const host::VenuePaths& paths() const { return paths_; }
  [[nodiscard]] std::filesystem::path run() const { return paths_.data / "run"; }
  [[nodiscard]] std::filesystem::path logs() const { return paths_.data / "logs"; }
  [[nodiscard]] std::filesystem::path audit_database() const { return paths_.data / "audit" / "audit.db"; }
  [[nodiscard]] std::filesystem::path fix_logs() const { return paths_.data / "fix"; }
  [[nodiscard]] std::filesystem::path evidence() const { return paths_.data / "evidence"; }
  [[nodiscard]] std::filesystem::path participants() const { return paths_.data / "participants"; }
  [[nodiscard]] std::filesystem::path clients() const { return paths_.data / "clients"; }  // of `cantus client`
  // The configuration that the running venue uses: a copy of what `cantus up` was given.
  [[nodiscard]] std::filesystem::path configuration() const { return run() / "venue.json"; }
  // Names of the processes that the last end had to kill, one a line; not there if it was orderly.
  [[nodiscard]] std::filesystem::path killed() const { return run() / "killed"; }
  // Records that kill processes, in words for the operator, one a line; not there if none does.
  [[nodiscard]] std::filesystem::path poisons() const { return run() / "poisons"; }
  // How often each process ended unasked since `cantus up` (cli/ends.h); not there if none did.
  [[nodiscard]] std::filesystem::path ends() const { return run() / "ends"; }
  [[nodiscard]] bool has_log() const;
  // Refused to any user but the one to whom the venue's directory belongs: what another one makes there or in memory
  // would keep that user from his own venue. Good if it is not there yet.
  [[nodiscard]] Status check_owner() const;

  // Makes every folder below the venue's directory (for the owner only). Errors: failed, no_space.
  [[nodiscard]] Status make_data_folders() const;
  // The same and the one in memory.
  [[nodiscard]] Status make_folders() const;
  // Behind an orderly end: the log's memory is given up (eventlog::give_up_memory), and the folder in memory removed.
  // Refused, and what is needed stays: the log was not ended in good order, or somebody still works in the folder.
  [[nodiscard]] Status give_up_memory() const;
  // The venue's id, drawn at its first start and kept in `<data>/venue-id`.
  [[nodiscard]] Result<VenueId> venue_id(runtime::Random& random) const;
  // The same without drawing one: not_found if there is none yet.
  [[nodiscard]] Result<VenueId> venue_id() const;

 private:
  runtime::System* host_ = &runtime::host_system();
  host::VenuePaths paths_;
};

// The files of a log that somebody wants to read: a venue's, or a copy of its journal folder alone.
struct LogFolders {
  std::filesystem::path journal;
  std::filesystem::path memory;    // need not be there; empty for a copy
  std::filesystem::path fix_logs;  // likewise
};
// not_found if there is no log.
[[nodiscard]] Result<LogFolders> log_folders_at(const std::filesystem::path& data);
inline constexpr const char* log_folder_summary =
    "the venue's directory, or a copy of its journal folder (cantus-data)";

// The lock of whoever changes `file`, in a file beside it, as soon as nobody has it: whoever else changes it is done in
// no time, unless he is stopped. already_in_use names him once patience is at its end.
[[nodiscard]] Result<std::unique_ptr<runtime::FileLock>> lock_beside(runtime::Files& files,
                                                                     const std::filesystem::path& file,
                                                                     std::chrono::seconds patience);

// The supervisor's exclusive hold of a venue: a locked file with its process id. Let go of with the process.
class SupervisorLock {
 public:
  // already_in_use names the holder. The venue's folders must be there.
  [[nodiscard]] static Result<SupervisorLock> take(const VenuePlace& place);
  // Who holds it; nothing if nobody does.
  [[nodiscard]] static std::optional<pid_t> holder(const VenuePlace& place);
  // The error that says who does.
  [[nodiscard]] static Error in_use(const VenuePlace& place, pid_t holder);

 private:
  explicit SupervisorLock(runtime::UniqueFd fd) : fd_(std::move(fd)) {}
  runtime::UniqueFd fd_;
};

}  // namespace cantus::cli
