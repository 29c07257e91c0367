// Where a backup may be made: not in a log that a venue writes, whatever way leads there. What a backup overwrites and
// removes in its own folder would destroy it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/files.h"

namespace cantus::keeping {

// Good if a backup of the log in `journal` may be made in `folder`, or goes on there; nothing is changed. Refused, with
// what to do: the two are one place or one lies within the other; `folder` holds what only a venue's own log does; the
// list of backups cannot hold its name. Otherwise failed.
[[nodiscard]] Status check_backup_place(runtime::Files& files, const std::filesystem::path& journal,
                                        const std::filesystem::path& folder);

// The name of a file in `journal` that only a venue makes there, and no backup; nothing: there is none, or no folder.
[[nodiscard]] Result<std::optional<std::string>> file_of_a_venue(runtime::Files& files,
                                                                 const std::filesystem::path& journal);

// True for the name of a file that only a venue makes among its segments, finished or not.
[[nodiscard]] bool is_of_a_venue(const std::string& name);

// True for the name of a file that a backup makes among its segments, finished or not; the directory record's own name
// is none of them.
[[nodiscard]] bool is_made_by_backup(const std::string& name);

}  // namespace cantus::keeping
