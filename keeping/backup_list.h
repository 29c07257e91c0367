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
#include "keeping/backup.h"
#include "runtime/files.h"

namespace cantus::keeping {

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
// Refused if the list, a text file of lines, cannot hold the folder's name.
[[nodiscard]] Status check_name_for_list(const std::filesystem::path& folder);
// Of one in the same folder the newer line takes the place of the older. Errors: refused (check_name_for_list), corrupt
// (the list is damaged: it stays as it is, for it names other backups too), no_space, failed.
[[nodiscard]] Status note_backup(runtime::Files& files, const std::filesystem::path& data,
                                 const std::filesystem::path& folder, const Manifest& manifest);

}  // namespace cantus::keeping
