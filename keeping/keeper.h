// The keeper of sealed segments: packs them, and reads all of them again and again, because a copy that nobody reads
// may be bad for years. It only touches what the directory record lists, never the directory record itself; it may be
// killed anywhere, and nothing of the venue waits for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "eventlog/directory.h"
#include "eventlog/sealed_file.h"
#include "keeping/backup_list.h"
#include "keeping/state.h"
#include "runtime/clock.h"
#include "runtime/files.h"

namespace cantus::keeping {

// Neighbours that were removed from this host while one backup held them.
struct RemovedSegments {
  std::uint64_t first = 0;    // number of a segment …
  std::uint64_t through = 0;  // … and of the last one
  Seq last;                   // last record of that
  std::string backup;         // the folder that holds the last one
  friend bool operator==(const RemovedSegments&, const RemovedSegments&) = default;
};
// "segments 1 to 3, through record 4711, which the backup in /backups/copy holds".
[[nodiscard]] std::string to_text(const RemovedSegments& removed);

struct KeeperOptions {
  std::filesystem::path journal;
  std::filesystem::path data;  // the venue's directory: state
  bool compress = true;
  std::int64_t verify_every_ns = std::int64_t{24} * 3600 * 1'000'000'000;  // from the begin of a pass to the next
  // Segments whose last record is older than that of the last sealed one by more are removed once a backup holds them
  // (keeping/retention.h); nothing: none is.
  std::optional<std::int64_t> remove_older_ns{};
  std::function<Seq(const eventlog::Pace& pace)>
      needed{};  // the first record that anything of the venue has use for; asked before each removal
  // Told what was removed, when no more is to be for now; again if that could not be noted.
  std::function<Status(const RemovedSegments& what)> note_removed = [](const RemovedSegments&) { return Status(); };
};

class Keeper {
 public:
  // `files` and `clock` outlive it. Goes on where the state file says that the last one was.
  Keeper(runtime::Files& files, const runtime::Clock& clock, KeeperOptions options);

  // Packs, removes or verifies one segment. False if nothing is to be done now, if the pace said to give up, or while
  // another keeper of this venue lives: two of them would write over each other's lists.
  [[nodiscard]] bool work(const eventlog::Pace& pace);
  [[nodiscard]] const KeepingState& state() const { return state_; }

 private:
  [[nodiscard]] bool pack(const eventlog::Directory& directory, const eventlog::Pace& pace);
  [[nodiscard]] bool verify(const eventlog::Directory& directory, const eventlog::Pace& pace);
  [[nodiscard]] bool remove(const eventlog::Directory& directory, const eventlog::Pace& pace);
  void tell_removed();
  void count_packed(const eventlog::Directory& directory);
  void judge(const eventlog::SealedSegment& listed, const Status& status);
  void remove_unfinished();
  void keep_spares();
  void tell_not_locked(const Error& error);
  [[nodiscard]] std::vector<KnownBackup> backups_in_sight() const;
  void renew_removed(const eventlog::Pace& pace);
  void remember();

  runtime::Files& files_;
  std::unique_ptr<runtime::FileLock> lock_;  // from the first work on
  const runtime::Clock& clock_;
  KeeperOptions options_;
  KeepingState state_;
  KeepingState written_;
  std::set<std::uint64_t> put_off_;  // could not be packed; tried again later
  std::int64_t put_off_since_ns_ = 0;
  std::uint64_t packed_through_ = 0;  // nothing up to this segment is plain any more
  bool looked_ = false;
  std::string told_not_locked_;                      // why the lock is not had, as it was told last
  std::optional<std::int64_t> not_locked_since_ns_;  // monotonic; nothing: it is had, or nobody looked
  std::int64_t list_seen_at_ns_ = 0;                 // of removed segments; 0: never
  std::int64_t list_again_after_ns_ = 0;
  std::int64_t list_looked_at_ns_ = 0;     // for backups that may renew it
  std::vector<KnownBackup> list_backups_;  // that were in sight then
  std::int64_t not_removed_since_ns_ = 0;  // 0: never looked
  std::vector<KnownBackup> backups_;       // that were known then
  bool removed_some_ = true;               // perhaps, and it is not noted
};

}  // namespace cantus::keeping
