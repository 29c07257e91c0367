// A copy of a log elsewhere, that may be made while the venue runs and be cut short anywhere.
//
//   FOLDER/journal/segment-….zst   every sealed segment, packed; and what was not sealed yet, as far as it was synced
//   FOLDER/journal/directory       what of them counts: replaced last, so the copy is the old one or the new one
//   FOLDER/venue-id.…,             what else a venue needs to start, each with its sum in its name
//          venue.json.…
//   FOLDER/manifest                how far the copy reaches, and the sums of the other files
//   FOLDER/lock, journal/lock      held while a backup is made: by one at a time, and by no sequencer
//
// `FOLDER/journal` is a log as any other: `cantus log`, `cantus log verify` and `cantus replay` read it. Whatever is
// copied is read back from the device and compared with its root before it counts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eventlog/directory.h"
#include "eventlog/removed.h"
#include "eventlog/sealed_file.h"
#include "runtime/files.h"

namespace cantus::keeping {

inline constexpr const char* manifest_file = "manifest";
// Held while a backup is made. It is there from the first moment: a copy that was cut short is known by it.
inline constexpr const char* backup_lock_file = "lock";

struct Manifest {
  eventlog::LogIdentity identity;
  Seq through;      // last record of the copy
  Hash256 chain;    // head behind it, as the copy's own directory record has it
  TimeNs taken_at;  // UTC
  struct Other {
    std::string name;
    Hash256 sha256;
    friend bool operator==(const Other&, const Other&) = default;
  };
  std::vector<Other> others;
  friend bool operator==(const Manifest&, const Manifest&) = default;
};
// Of a file beside the journal: its name and its sum, so that a new copy never takes the place of one that a manifest
// names. Which of them counts the manifest says, which is written last.
[[nodiscard]] std::filesystem::path path_in_backup(const std::filesystem::path& folder, const Manifest::Other& other);
// Its bytes, which have the sum that the manifest names. Earlier builds wrote it under its plain name: there it is
// looked for next. Errors: not_found or failed (it is in neither place), corrupt (it is not what the manifest says).
[[nodiscard]] Result<std::vector<std::byte>> read_other(runtime::Files& files, const std::filesystem::path& folder,
                                                        const Manifest::Other& other);
[[nodiscard]] std::string to_text(const Manifest& manifest);
[[nodiscard]] Result<Manifest> manifest_from(std::string_view text);
// not_found: nothing was ever completed there.
[[nodiscard]] Result<Manifest> read_manifest(runtime::Files& files, const std::filesystem::path& folder);

// True if a backup was begun in `folder`, whether or not it was completed or its manifest can be read. No venue belongs
// there.
[[nodiscard]] bool holds_backup(const runtime::Files& files, const std::filesystem::path& folder);

struct BackupSource {
  std::filesystem::path journal;
  std::filesystem::path memory;               // of a venue that runs, or was killed; need not be there
  std::vector<std::filesystem::path> others;  // copied under their names; those that are not there are left out
};

struct BackupReport {
  Manifest manifest;
  std::uint64_t segments = 0;  // in the copy
  std::uint64_t copied = 0;    // of them, now
  std::uint64_t bytes = 0;     // that were written for it
};

// Brings the copy in `folder` (made if it is not there) up to what is synced now. `verify_all`: what was copied before
// is read again as well, and copied again where it is bad. Errors: refused (no backup may be made there, see
// keeping/backup_place.h, and nothing was changed; the copy is of another log, or holds records that this one does not
// have), already_in_use (another backup is being made there), corrupt (the log is bad there; the copy is as before),
// no_space, failed.
[[nodiscard]] Result<BackupReport> back_up(runtime::Files& files, const BackupSource& source,
                                           const std::filesystem::path& folder, TimeNs now, bool verify_all,
                                           const eventlog::Pace& pace = {});

struct RestoreTarget {
  std::filesystem::path data;    // the new venue's directory
  std::filesystem::path memory;  // where its log would lie in memory; need not be there
};

struct RestoreReport {
  Manifest manifest;
  Seq last;
  std::uint64_t segments = 0;
  bool was_started = false;  // a venue was started in the copy itself: what it wrote behind the manifest is left out
};

// Makes a venue's directory out of a copy: every byte is verified on its way, and the directory record, without which
// nothing starts, comes last. The journal's lock is held meanwhile. May be cut short and done again. Errors: not_found
// (no copy), refused (in `data` there is a log, or what is left of one, or a backup; or a log of the same name still
// lies in `memory`; nothing was changed), already_in_use (a venue or another restore works there), corrupt (the copy is
// bad, and where), no_space, failed.
[[nodiscard]] Result<RestoreReport> restore(runtime::Files& files, const std::filesystem::path& folder,
                                            const RestoreTarget& target, const eventlog::Pace& pace = {});

// Good copies of sealed segments that are bad or missing here, taken from a backup and verified; the bad ones go. The
// numbers of those that were mended. Errors: corrupt or not_found (the backup has no good copy of one, named).
[[nodiscard]] Result<std::vector<std::uint64_t>> mend(runtime::Files& files, const std::filesystem::path& journal,
                                                      const std::filesystem::path& folder,
                                                      const eventlog::Pace& pace = {});

// Where the segments of a backup in `folder` lie.
using eventlog::journal_of_backup;

}  // namespace cantus::keeping
