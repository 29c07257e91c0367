// Snapshot files: the state of machines behind one record of the log, whole or not at all.
//
// A file is a header (which venue, log, record; which build), the sections as the machines wrote them
// (messages/snapshot.h), and the SHA-256 of all that. It is written under another name, synced and renamed, so that a
// power cut leaves an old set of files or a new one. The log names the SHA-256 of those that count (SnapshotTaken).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "messages/record.h"
#include "messages/snapshot.h"
#include "runtime/files.h"

namespace cantus::eventlog {

// What a snapshot says of itself.
struct SnapshotInfo {
  SnapshotPosition taken_at;
  Term term;            // of the record at the position …
  Hash256 record_hash;  // … and its hash: only a log that holds this very record goes on from here
  std::string build;    // at most 40 bytes; for people
  std::uint64_t bytes = 0;
  Hash256 sha256;  // of everything before it
};

struct Snapshot {
  SnapshotInfo info;
  std::vector<std::byte> sections;
};

[[nodiscard]] inline std::filesystem::path snapshot_folder(const std::filesystem::path& data) {
  return data / "snapshots";
}

// Where a snapshot of that position is: "log-1-seq-000000001042.snapshot". Names of one log sort by position.
[[nodiscard]] std::string snapshot_name(LogSeq position);

// The state behind `event`. `info.bytes` and `info.sha256` are what was written. What has that name is replaced.
// Errors: no_space, failed; a file that was begun is removed.
[[nodiscard]] Result<SnapshotInfo> write_snapshot(runtime::Files& files, const std::filesystem::path& folder,
                                                  const SnapshotInfo& info, std::span<const std::byte> sections);
// The info of the state behind an event, without what only the file knows.
[[nodiscard]] SnapshotInfo snapshot_info(const Event& event, std::string build);

// As SnapshotTaken carries it.
[[nodiscard]] FixedBytes<16> digest_bytes(Digest digest);

// Judges the whole file but not what the sections hold. Errors: not_found, corrupt, not_supported (another format).
[[nodiscard]] Result<Snapshot> read_snapshot(runtime::Files& files, const std::filesystem::path& file);

// Positions of the snapshots in a folder by their names, the newest first; empty if there is no folder.
[[nodiscard]] std::vector<LogSeq> list_snapshots(runtime::Files& files, const std::filesystem::path& folder);
// Removes of those at `through` and before all but the newest `keep`, and what interrupted writers left.
[[nodiscard]] Status keep_newest(runtime::Files& files, const std::filesystem::path& folder, LogSeq through,
                                 std::size_t keep);

}  // namespace cantus::eventlog
