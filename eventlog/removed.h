// Sealed segments that are not here any more, because verified backups hold them (keeping/retention.h). The directory
// record goes on listing them, so chain and positions stay whole; `journal/removed`, a text file that is replaced
// atomically and is durable before anything goes, says where they are:
//
//   cantus-removed 1
//   through <number of the last segment> <its last record> <when> <the backup's folder>   (one a line, ascending)
//   crc <CRC-32C of everything above, 8 hexadecimal digits>
//
// A line is about the segments behind the line before. A file of one that is still there counts as any other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eventlog/directory.h"
#include "runtime/files.h"

namespace cantus::eventlog {

inline constexpr const char* removed_file = "removed";

struct RemovedRange {
  std::uint64_t through = 0;  // number of a segment
  Seq last;                   // of that segment
  TimeNs at;                  // UTC
  std::string backup;         // the folder that held them, verified, when they went
  friend bool operator==(const RemovedRange&, const RemovedRange&) = default;
};

struct Removed {
  std::vector<RemovedRange> ranges;
  friend bool operator==(const Removed&, const Removed&) = default;

  [[nodiscard]] std::uint64_t through() const { return ranges.empty() ? 0 : ranges.back().through; }
  // Null: it was not removed.
  [[nodiscard]] const RemovedRange* of(std::uint64_t segment) const;
  // The segment behind through(), or one that is listed already and went again: its line names the backup by which it
  // went last.
  void note(const Directory& directory, std::uint64_t segment, TimeNs at, const std::string& backup);
};

[[nodiscard]] std::string to_text(const Removed& removed);
[[nodiscard]] Result<Removed> removed_from(std::string_view text);
// None if there is no such file.
[[nodiscard]] Result<Removed> read_removed(runtime::Files& files, const std::filesystem::path& journal);
// Also on a full disk, out of the file's spare one (eventlog/text_file.h).
[[nodiscard]] Status write_removed(runtime::Files& files, const std::filesystem::path& journal, const Removed& removed);

// Where the segments of a backup in `folder` lie.
[[nodiscard]] std::filesystem::path journal_of_backup(const std::filesystem::path& folder);

// What to say of a listed segment of which there is no file: corrupt if nobody removed it …
[[nodiscard]] Error not_there(const SealedSegment& listed);
// … and refused if it is elsewhere, and cannot be read there because of `why`.
[[nodiscard]] Error is_elsewhere(const RemovedRange& range, const SealedSegment& listed, const std::string& why);

}  // namespace cantus::eventlog
