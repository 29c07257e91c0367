// Where a backup may be made: not in a log that a venue writes, whatever way leads there. What a backup overwrites and
// removes in its own folder would destroy it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "runtime/files.h"

namespace cantus::keeping {

// Good if a backup of the log in `journal` may be made in `folder`, or goes on there; nothing is changed. Refused, with
// what to do: the two are one place or one lies within the other; `folder` holds what only a venue's own log does; the
// list of backups cannot hold its name. Otherwise failed.
[[nodiscard]] Status check_backup_place(runtime::Files& files, const std::filesystem::path& journal,
                                        const std::filesystem::path& folder);

// True for the name of a file that a backup makes among its segments, finished or not; the directory record's own name
// is none of them.
[[nodiscard]] bool is_made_by_backup(const std::string& name);

}  // namespace cantus::keeping
