#include "eventlog/known_backups.h"

#include <algorithm>
#include <sstream>

#include "base/text.h"
#include "eventlog/text_file.h"

namespace cantus::eventlog {
namespace {

constexpr const char* first_line = "cantus-backups 1";

}  // namespace

std::string to_text(const std::vector<KnownBackup>& backups) {
  std::ostringstream out;
  out << first_line << "\n";
  for (const KnownBackup& one : backups) {
    out << "backup " << one.through.get() << ' ' << to_hex(one.chain.bytes) << ' ' << one.taken_at.get() << ' '
        << one.folder << "\n";
  }
  return with_crc(out.str());
}

Result<std::vector<KnownBackup>> backups_from(std::string_view text) {
  const Error damaged{ErrorCode::corrupt, "the list of backups is damaged"};
  const std::optional<std::string_view> content = checked(text);
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
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, data / backups_file);
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found ? Result<std::vector<KnownBackup>>(std::vector<KnownBackup>())
                                                      : Error(bytes.error());
  }
  Result<std::vector<KnownBackup>> backups =
      backups_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!backups) {
    const std::string path = (data / backups_file).string();
    return Error{ErrorCode::corrupt, path + ": " + backups.error().text +
                                         ". Nothing is noted there until it is moved away; then `cantus backup` notes "
                                         "each folder again that it is called for"};
  }
  return backups;
}

std::vector<std::string> may_hold(runtime::Files& files, const std::filesystem::path& journal,
                                  const RemovedRange& range) {
  std::vector<std::string> folders = {range.backup};
  const Result<std::vector<KnownBackup>> known = read_backups(files, journal.parent_path());
  if (known) {
    for (auto one = known->rbegin(); one != known->rend(); ++one) {
      if (std::ranges::find(folders, one->folder) == folders.end()) {
        folders.push_back(one->folder);
      }
    }
  }
  return folders;
}

}  // namespace cantus::eventlog
