#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "keeping/backup.h"

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

}  // namespace

Result<RestoreReport> restore(runtime::Files& files, const std::filesystem::path& folder,
                              const std::filesystem::path& data, const eventlog::Pace& pace) {
  const std::filesystem::path from = journal_of_backup(folder);
  const std::filesystem::path to = data / "journal";
  const Result<Manifest> manifest = read_manifest(files, folder);
  if (!manifest) {
    return Error(manifest.error());
  }
  if (files.exists(to / eventlog::directory_file)) {
    return Error{ErrorCode::refused, "there is a log in " + data.string()};
  }
  const Result<Directory> directory = eventlog::read_directory(files, from);
  if (!directory) {
    return Error(directory.error());
  }
  if (Status chained = check_chain(*directory, *manifest); !chained) {
    return std::move(chained).error();
  }
  const auto others = read_others(files, folder, *manifest);
  if (!others) {
    return Error(others.error());
  }
  Status status = files.make_directories(to);
  if (status) {
    status = runtime::sync_way_to(files, to);
  }
  for (const SealedSegment& listed : directory->segments) {
    const std::string name = eventlog::packed_name(listed.number, listed.opening);
    const bool there = status && files.exists(to / name) &&
                       eventlog::check_sealed_file(files, to / name, directory->identity, listed, pace);
    if (status && !there) {  // else it was restored before this was cut short
      status = eventlog::write_packed(files, from / name, directory->identity, listed, to / name, pace);
    }
  }
  for (const auto& [name, bytes] : *others) {
    if (status) {
      status = runtime::replace_file(files, data / name, bytes);
    }
  }
  if (status) {
    status = write_directory(files, to, *directory);
  }
  if (!status) {
    return std::move(status).error();
  }
  return RestoreReport{*manifest, directory->last(), directory->segments.size()};
}

Result<std::vector<std::uint64_t>> mend(runtime::Files& files, const std::filesystem::path& journal,
                                        const std::filesystem::path& folder, const eventlog::Pace& pace) {
  const Result<Directory> directory = eventlog::read_directory(files, journal);
  if (!directory) {
    return Error(directory.error());
  }
  const Result<eventlog::Removed> removed = eventlog::read_removed(files, journal);
  std::vector<std::uint64_t> mended;
  for (const SealedSegment& listed : directory->segments) {
    const std::optional<std::filesystem::path> path = eventlog::sealed_path(files, journal, listed);
    if (!path && removed && removed->of(listed.number) != nullptr) {
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
