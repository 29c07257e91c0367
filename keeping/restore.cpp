#include <algorithm>
#include <optional>

#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "eventlog/segment.h"
#include "keeping/backup.h"
#include "keeping/backup_place.h"

namespace cantus::keeping {
namespace {

using eventlog::Directory;
using eventlog::SealedSegment;

// Roots and chain follow one another from the log's beginning, and reach what the manifest says.
Status check_chain(const Directory& directory, const Manifest& manifest) {
  if (!(directory.identity == manifest.identity) || directory.last() < manifest.through) {
    return Error{ErrorCode::corrupt, "the backup does not reach what its manifest says"};
  }
  Hash256 chain = directory.predecessor_chain;
  for (const SealedSegment& listed : directory.segments) {
    chain = eventlog::chain_of(chain, listed.root);
    if (chain != listed.chain) {
      return Error{ErrorCode::corrupt, "the chain of the backup breaks at segment " + std::to_string(listed.number)};
    }
    // Of an older copy the manifest may be (it is written last); the newer one went on from it.
    if (listed.last == manifest.through && listed.chain != manifest.chain && directory.last() == manifest.through) {
      return Error{ErrorCode::corrupt, "the backup's chain is another one than its manifest says"};
    }
  }
  return {};
}

// A venue that was started in the copy wrote on behind it: only what the manifest says is the copy.
Status leave_out_what_a_venue_wrote(Directory& directory, const Manifest& manifest, const std::string& its_file) {
  const auto end = std::ranges::find(directory.segments, manifest.through, &SealedSegment::last);
  if (end == directory.segments.end() || end->chain != manifest.chain) {
    return Error{ErrorCode::corrupt, "the backup holds '" + its_file +
                                         "', so a venue was started in it, and what that wrote cannot be told from the "
                                         "copy: nothing ends as the manifest says at record " +
                                         std::to_string(manifest.through.get())};
  }
  directory.segments.erase(end + 1, directory.segments.end());
  return {};
}

// Good if a venue may be made in `data` out of what is listed: what is there already is at most what a restore of the
// same copy left that was cut short. Whatever else is there would be taken for the log's, or stop its start.
Status check_target(runtime::Files& files, const RestoreTarget& target, const Directory& directory) {
  const auto& [data, memory] = target;
  const std::filesystem::path journal = data / "journal";
  if (files.exists(journal / eventlog::directory_file)) {
    return Error{ErrorCode::refused, "there is a log in " + data.string()};
  }
  if (holds_backup(files, data)) {
    return Error{ErrorCode::refused, data.string() + " holds a backup; name another directory"};
  }
  const Result<std::vector<std::string>> names = files.list(journal);
  if (!names && names.error().code != ErrorCode::not_found) {
    return Error(names.error());
  }
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    const std::string& name = (*names)[i];
    const auto is_of = [&](const SealedSegment& listed) {  // finished or not
      return name.starts_with(eventlog::packed_name(listed.number, listed.opening));
    };
    const bool is_stray = name.starts_with("segment-") && std::ranges::none_of(directory.segments, is_of);
    if (is_of_a_venue(name) || is_stray) {
      return Error{ErrorCode::refused, journal.string() + " holds '" + name +
                                           "' of a log that was there before; move that folder away, then restore"};
    }
  }
  const Result<std::unique_ptr<runtime::Mapping>> page =
      eventlog::map_control(files, memory, directory.identity, runtime::Access::read);
  if (!page) {
    return Error(page.error());
  }
  if (*page != nullptr) {
    return Error{ErrorCode::refused,
                 memory.string() + " still holds this log in memory, through record " +
                     std::to_string(eventlog::control_in(**page).last.load()) + ": a venue ran in " + data.string() +
                     " since the host started, and what is restored would not start beside that. See that none of its "
                     "processes lives, move the folder to a disk (it may hold what no backup has), then restore"};
  }
  return {};
}

// Those sums are right that the manifest names; nothing is written if one is not.
Result<std::vector<std::pair<std::string, std::vector<std::byte>>>> read_others(runtime::Files& files,
                                                                                const std::filesystem::path& folder,
                                                                                const Manifest& manifest) {
  std::vector<std::pair<std::string, std::vector<std::byte>>> others;
  for (const Manifest::Other& other : manifest.others) {
    Result<std::vector<std::byte>> bytes = read_other(files, folder, other);
    if (!bytes) {
      return std::move(bytes).error();
    }
    others.emplace_back(other.name, *std::move(bytes));
  }
  return others;
}

// What is read back is bad where the backup is, as a rule.
Error blame_source(runtime::Files& files, Error error, const std::filesystem::path& source,
                   eventlog::LogIdentity identity, const SealedSegment& listed) {
  const Status good =
      error.code == ErrorCode::corrupt ? eventlog::check_sealed_file(files, source, identity, listed, {}) : Status();
  return good ? error : eventlog::to_be_mended(good.error(), source.parent_path());
}

Status copy_all(runtime::Files& files, const std::filesystem::path& from, const std::filesystem::path& to,
                const Directory& directory, const eventlog::Pace& pace) {
  for (const SealedSegment& listed : directory.segments) {
    const std::string name = eventlog::packed_name(listed.number, listed.opening);
    if (files.exists(to / name) && eventlog::check_sealed_file(files, to / name, directory.identity, listed, pace)) {
      continue;  // it was restored before this was cut short
    }
    if (Status status = eventlog::write_packed(files, from / name, directory.identity, listed, to / name, pace);
        !status) {
      return blame_source(files, std::move(status).error(), from / name, directory.identity, listed);
    }
  }
  return {};
}

}  // namespace

Result<RestoreReport> restore(runtime::Files& files, const std::filesystem::path& folder, const RestoreTarget& target,
                              const eventlog::Pace& pace) {
  const std::filesystem::path from = journal_of_backup(folder);
  const std::filesystem::path to = target.data / "journal";
  const Result<Manifest> manifest = read_manifest(files, folder);
  if (!manifest) {
    return Error(manifest.error());
  }
  Result<Directory> directory = eventlog::read_directory(files, from);
  if (!directory) {
    return Error(directory.error());
  }
  const auto of_a_venue = file_of_a_venue(files, from);
  if (!of_a_venue) {
    return Error(of_a_venue.error());
  }
  Status status = check_chain(*directory, *manifest);
  if (status && of_a_venue->has_value()) {
    status = leave_out_what_a_venue_wrote(*directory, *manifest, **of_a_venue);
  }
  if (status) {
    status = check_target(files, target, *directory);
  }
  if (!status) {
    return std::move(status).error();
  }
  const auto others = read_others(files, folder, *manifest);
  if (!others) {
    return Error(others.error());
  }
  status = files.make_directories(to);
  if (status) {
    status = runtime::sync_way_to(files, to);
  }
  if (!status) {
    return std::move(status).error();
  }
  // As a sequencer holds it: none can start here while this works, and what one made before is seen.
  const Result<std::unique_ptr<runtime::FileLock>> lock = files.lock(to / eventlog::lock_file);
  if (!lock) {
    return Error(lock.error()).context("restore");
  }
  status = check_target(files, target, *directory);
  if (status) {
    status = copy_all(files, from, to, *directory, pace);
  }
  for (const auto& [name, bytes] : *others) {
    if (status) {
      status = runtime::replace_file(files, target.data / name, bytes);
    }
  }
  if (status) {
    status = write_directory(files, to, *directory);
  }
  if (!status) {
    return std::move(status).error();
  }
  return RestoreReport{*manifest, directory->last(), directory->segments.size(), of_a_venue->has_value()};
}

Result<std::vector<std::uint64_t>> mend(runtime::Files& files, const std::filesystem::path& journal,
                                        const std::filesystem::path& folder, const eventlog::Pace& pace) {
  const Result<Directory> directory = eventlog::read_directory(files, journal);
  if (!directory) {
    return Error(directory.error());
  }
  const Result<eventlog::Removed> removed = eventlog::read_removed(files, journal);
  if (!removed) {
    return Error(removed.error());  // or all that retention removed would be taken for lost, and brought back
  }
  std::vector<std::uint64_t> mended;
  for (const SealedSegment& listed : directory->segments) {
    const std::optional<std::filesystem::path> path = eventlog::sealed_path(files, journal, listed);
    if (!path && removed->of(listed.number) != nullptr) {
      continue;
    }
    const Status good = path ? eventlog::check_sealed_file(files, *path, directory->identity, listed, pace)
                             : Status(Error{ErrorCode::corrupt, "it is not there"});
    if (good) {
      continue;
    }
    if (good.error().code != ErrorCode::corrupt) {
      return Error(good.error());
    }
    const std::string name = eventlog::packed_name(listed.number, listed.opening);
    Status status = eventlog::write_packed(files, journal_of_backup(folder) / name, directory->identity, listed,
                                           journal / name, pace);
    if (status && path && !eventlog::is_packed(*path)) {
      status = files.remove(*path);
    }
    if (!status) {
      return std::move(status).error().context("no good copy of segment " + std::to_string(listed.number));
    }
    mended.push_back(listed.number);
  }
  return mended;
}

}  // namespace cantus::keeping
