// The backups that were taken of a venue, as `cantus backup` notes them when one is complete, in `DIR/backups`:
//
//   cantus-backups 1
//   backup <last record> <chain behind it> <taken at> <folder>   (one a line, the newest last)
//   crc <CRC-32C of everything above, 8 hexadecimal digits>
//
// It says where to look, and nothing is believed of it: whoever acts on a backup reads the copy itself.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eventlog/removed.h"
#include "messages/record.h"
#include "runtime/files.h"

namespace cantus::eventlog {

inline constexpr const char* backups_file = "backups";

struct KnownBackup {
  Seq through;
  Hash256 chain;
  TimeNs taken_at;
  std::string folder;
  friend bool operator==(const KnownBackup&, const KnownBackup&) = default;
};

[[nodiscard]] std::string to_text(const std::vector<KnownBackup>& backups);
[[nodiscard]] Result<std::vector<KnownBackup>> backups_from(std::string_view text);
// None if there is no file; corrupt, naming it and what to do, if it is damaged.
[[nodiscard]] Result<std::vector<KnownBackup>> read_backups(runtime::Files& files, const std::filesystem::path& data);

// The folders in which copies of what was removed from a venue's `journal` may lie: the one that held it when it went,
// then of the other backups that are known the newest first.
[[nodiscard]] std::vector<std::string> may_hold(runtime::Files& files, const std::filesystem::path& journal,
                                                const RemovedRange& range);

}  // namespace cantus::eventlog
