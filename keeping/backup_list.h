// Noting a backup that is complete in the venue's list of them (eventlog/known_backups.h).
#pragma once

#include <filesystem>

#include "base/result.h"
#include "eventlog/known_backups.h"
#include "keeping/backup.h"
#include "runtime/files.h"

namespace cantus::keeping {

using eventlog::backups_from;
using eventlog::KnownBackup;
using eventlog::read_backups;

// Refused if the list, a text file of lines, cannot hold the folder's name.
[[nodiscard]] Status check_name_for_list(const std::filesystem::path& folder);
// Of one in the same folder the newer line takes the place of the older. Errors: refused (check_name_for_list), corrupt
// (the list is damaged: it stays as it is, for it names other backups too), no_space (and no spare file), failed.
[[nodiscard]] Status note_backup(runtime::Files& files, const std::filesystem::path& data,
                                 const std::filesystem::path& folder, const Manifest& manifest);

}  // namespace cantus::keeping
