#include "keeping/backup_list.h"

#include <sstream>

#include "base/text.h"
#include "eventlog/text_file.h"

namespace cantus::keeping {
namespace {

constexpr const char* file_name = "backups";
constexpr const char* first_line = "cantus-backups 1";

}  // namespace

std::string to_text(const std::vector<KnownBackup>& backups) {
  std::ostringstream out;
  out << first_line << "\n";
  for (const KnownBackup& one : backups) {
    out << "backup " << one.through.get() << ' ' << to_hex(one.chain.bytes) << ' ' << one.taken_at.get() << ' '
        << one.folder << "\n";
  }
  return eventlog::with_crc(out.str());
}

Result<std::vector<KnownBackup>> backups_from(std::string_view text) {
  const Error damaged{ErrorCode::corrupt, "the list of backups is damaged"};
  const std::optional<std::string_view> content = eventlog::checked(text);
  std::istringstream in{std::string(content.value_or(""))};
  std::string line;
  if (!std::getline(in, line) || line != first_line) {
    return damaged;
  }
  std::vector<KnownBackup> backups;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string word;
    std::string chain;
    Seq::rep through{};
    std::int64_t taken_at = 0;
    KnownBackup one;
    if (!(words >> word >> through >> chain >> taken_at && std::getline(words >> std::ws, one.folder)) ||
        word != "backup" || !read_hex(chain, one.chain.bytes)) {
      return damaged;
    }
    one.through = Seq(through);
    one.taken_at = TimeNs(taken_at);
    backups.push_back(std::move(one));
  }
  return backups;
}

Result<std::vector<KnownBackup>> read_backups(runtime::Files& files, const std::filesystem::path& data) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, data / file_name);
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found ? Result<std::vector<KnownBackup>>(std::vector<KnownBackup>())
                                                      : Error(bytes.error());
  }
  Result<std::vector<KnownBackup>> backups =
      backups_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!backups) {
    const std::string path = (data / file_name).string();
    return Error{ErrorCode::corrupt, path + ": " + backups.error().text +
                                         ". Nothing is noted there until it is moved away; then `cantus backup` notes "
                                         "each folder again that it is called for"};
  }
  return backups;
}

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
  const std::string text = to_text(backups);
  return runtime::replace_file(files, data / file_name, std::as_bytes(std::span(text)));
}

}  // namespace cantus::keeping
