#include "keeping/retention.h"

#include <algorithm>
#include <optional>
#include <span>

#include "eventlog/directory.h"
#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "keeping/backup_list.h"
#include "keeping/backup_place.h"
#include "runtime/same_place.h"

namespace cantus::keeping {
namespace {

using eventlog::Directory;
using eventlog::SealedSegment;

// Good if the backup in `folder` holds the segment, whole and restorable; else why not.
Status holds(runtime::Files& files, const std::filesystem::path& journal, const std::string& folder,
             const Directory& ours, const SealedSegment& listed, const eventlog::Pace& pace) {
  const std::filesystem::path copy = journal_of_backup(folder);
  const std::filesystem::path file = copy / eventlog::packed_name(listed.number, listed.opening);
  const std::optional<std::filesystem::path> ours_at = eventlog::sealed_path(files, journal, listed);
  if (runtime::is_same_place(copy, journal) || (ours_at && runtime::is_same_place(file, *ours_at))) {
    return Error{ErrorCode::failed, folder + " is the log itself"};
  }
  const auto of_a_venue = file_of_a_venue(files, copy);
  if (!of_a_venue || of_a_venue->has_value()) {
    return !of_a_venue ? Error(of_a_venue.error())
                       : Error{ErrorCode::failed, folder + " holds '" + **of_a_venue + "': a venue was started in it"};
  }
  const Result<Directory> theirs = eventlog::read_directory(files, copy);
  if (!theirs) {
    return Error(theirs.error()).context(folder);
  }
  if (!(theirs->identity == ours.identity) || listed.number > theirs->segments.size() ||
      !(theirs->segments[listed.number - 1] == listed)) {
    return Error{ErrorCode::failed, folder + " does not hold segment " + std::to_string(listed.number) +
                                        " as it was sealed; bring it up to date"};
  }
  return eventlog::check_sealed_file(files, file, ours.identity, listed, pace);
}

// The newest of the backups that holds the segment; else why none does, or refused by the pace.
Result<std::string> holder_of(runtime::Files& files, const std::filesystem::path& journal,
                              const std::vector<KnownBackup>& backups, const Directory& ours,
                              const SealedSegment& listed, const eventlog::Pace& pace) {
  Error why{ErrorCode::failed, "no backup of this venue is known"};
  for (auto backup = backups.rbegin(); backup != backups.rend(); ++backup) {
    const Status held = holds(files, journal, backup->folder, ours, listed, pace);
    if (held) {
      return backup->folder;
    }
    why = held.error();
    if (why.code == ErrorCode::refused) {
      break;
    }
  }
  return why;
}

// The oldest of which a file is here; null: none is.
const SealedSegment* oldest_here(runtime::Files& files, const std::filesystem::path& journal,
                                 const Directory& directory) {
  const auto here = std::ranges::find_if(directory.segments, [&](const SealedSegment& listed) {
    return eventlog::sealed_path(files, journal, listed).has_value();
  });
  return here == directory.segments.end() ? nullptr : &*here;
}

Status remove_files(runtime::Files& files, const std::filesystem::path& journal, const SealedSegment& listed) {
  for (auto path = eventlog::sealed_path(files, journal, listed); path;
       path = eventlog::sealed_path(files, journal, listed)) {
    if (Status status = files.remove(*path); !status) {
      return status;
    }
  }
  return files.sync_directory(journal);
}

}  // namespace

Result<RetentionStep> remove_oldest(runtime::Files& files, const std::filesystem::path& data,
                                    const std::filesystem::path& journal, const RetentionBounds& bounds, TimeNs now,
                                    const eventlog::Pace& pace) {
  const Result<Directory> directory = eventlog::read_directory(files, journal);
  Result<eventlog::Removed> removed = eventlog::read_removed(files, journal);
  const Result<std::vector<KnownBackup>> backups = read_backups(files, data);
  if (!directory || !removed || !backups) {
    return Error(!directory ? directory.error() : !removed ? removed.error() : backups.error());
  }
  RetentionStep step;
  const SealedSegment* const listed = oldest_here(files, journal, *directory);
  if (listed == nullptr || listed->number == directory->segments.size() || listed->last_time >= bounds.older_than) {
    return step;
  }
  const std::string segment = "segment " + std::to_string(listed->number);
  if (listed->number > removed->through() + 1) {
    step.kept_because = segment + " stays: segment " + std::to_string(listed->number - 1) +
                        " before it is lost, neither here nor in the list of removed ones; `cantus log mend BACKUP` "
                        "brings it back";
    return step;
  }
  step.kept_because = segment + " stays: no backup of this venue is known";
  if (backups->empty()) {
    return step;
  }
  const Seq needed = bounds.needed(pace);
  if (pace && !pace(0)) {
    return Error{ErrorCode::refused, "given up"};
  }
  if (listed->last.next() >= needed) {
    step.kept_because = segment + " is needed, as everything from record " + std::to_string(needed.get()) +
                        " on is (cantus log needed)";
    return step;
  }
  const Result<std::string> backup = holder_of(files, journal, *backups, *directory, *listed, pace);
  if (!backup) {
    step.kept_because = segment + " stays: " + backup.error().text;
    return backup.error().code == ErrorCode::refused ? Result<RetentionStep>(backup.error()) : step;
  }
  // It may be listed already: its removal was cut short, or somebody brought it back. Then, too, the backup that was
  // read just now is the one that surely holds it.
  const eventlog::RemovedRange* const known = removed->of(listed->number);
  const bool is_listed = known != nullptr && known->backup == *backup;
  removed->note(*directory, listed->number, now, *backup);
  Status status = is_listed ? files.sync_directory(journal) : eventlog::write_removed(files, journal, *removed);
  if (status) {
    status = remove_files(files, journal, *listed);
  }
  if (!status) {
    return std::move(status).error();
  }
  return RetentionStep{listed->number, {}};
}

Status renew_list(runtime::Files& files, const std::filesystem::path& data, const std::filesystem::path& journal,
                  TimeNs now, const eventlog::Pace& pace) {
  const Result<eventlog::Removed> damaged = eventlog::read_removed(files, journal);
  if (damaged || damaged.error().code != ErrorCode::corrupt) {
    return damaged ? Status() : Status(damaged.error());
  }
  const Result<Directory> directory = eventlog::read_directory(files, journal);
  const Result<std::vector<KnownBackup>> backups = read_backups(files, data);
  if (!directory || !backups) {
    return Error(!directory ? directory.error() : backups.error());
  }
  // Some may have been brought back between others that are not here.
  const auto is_missing = [&](const SealedSegment& listed) { return !eventlog::sealed_path(files, journal, listed); };
  const auto last = std::ranges::find_if(directory->segments.rbegin(), directory->segments.rend(), is_missing);
  const auto through = static_cast<std::size_t>(directory->segments.rend() - last);
  eventlog::Removed removed;
  for (const SealedSegment& listed : std::span(directory->segments).first(through)) {
    const Result<std::string> backup = holder_of(files, journal, *backups, *directory, listed, pace);
    if (!backup) {
      return Error(backup.error()).context("segment " + std::to_string(listed.number) + " is in no backup");
    }
    removed.note(*directory, listed.number, now, *backup);
  }
  return eventlog::write_removed(files, journal, removed);
}

}  // namespace cantus::keeping
