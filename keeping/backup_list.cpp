#include "keeping/backup_list.h"

#include "eventlog/text_file.h"

namespace cantus::keeping {

Status check_name_for_list(const std::filesystem::path& folder) {
  const std::string& name = folder.native();
  if (name.empty() || name.find('\n') != std::string::npos || name.front() == ' ' || name.front() == '\t') {
    return Error{ErrorCode::refused, "the folder's name '" + name +
                                         "' is not for a backup: it may hold no line feed and not begin with a blank, "
                                         "for DIR/backups names a folder a line. Nothing was changed"};
  }
  return {};
}

Status note_backup(runtime::Files& files, const std::filesystem::path& data, const std::filesystem::path& folder,
                   const Manifest& manifest) {
  if (Status good = check_name_for_list(folder); !good) {
    return good;
  }
  Result<std::vector<KnownBackup>> known = read_backups(files, data);
  if (!known) {
    return std::move(known).error();
  }
  std::vector<KnownBackup> backups = *std::move(known);
  std::erase_if(backups, [&](const KnownBackup& one) { return one.folder == folder.string(); });
  backups.push_back({manifest.through, manifest.chain, manifest.taken_at, folder.string()});
  return eventlog::replace_text(files, data / eventlog::backups_file, eventlog::to_text(backups));
}

}  // namespace cantus::keeping
