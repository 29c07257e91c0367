#include "keeping/backup_place.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "eventlog/sealed_file.h"
#include "keeping/backup_list.h"
#include "runtime/same_place.h"

namespace cantus::keeping {
namespace {

constexpr std::string_view unfinished = ".new";  // of runtime::replace_file and eventlog::write_packed
constexpr const char* take_another = "; name a folder of the backup's own, on another device. Nothing was changed";

std::string finished(const std::string& name) {
  return name.ends_with(unfinished) ? name.substr(0, name.size() - unfinished.size()) : name;
}

}  // namespace

Status check_backup_place(runtime::Files& files, const std::filesystem::path& journal,
                          const std::filesystem::path& folder) {
  if (Status noted = check_name_for_list(folder); !noted) {
    return noted;
  }
  const std::filesystem::path copy = journal_of_backup(folder);
  if (runtime::is_same_place(copy, journal)) {
    return Error{ErrorCode::refused, copy.string() + " is the log itself, " + journal.string() +
                                         ": a backup there would destroy it" + take_another};
  }
  if (runtime::lies_within(folder, journal) || runtime::lies_within(copy, journal) ||
      runtime::lies_within(journal, copy)) {
    return Error{ErrorCode::refused,
                 copy.string() + " and the log in " + journal.string() + " lie one within the other" + take_another};
  }
  if (const std::filesystem::path data = journal.parent_path(); runtime::lies_within(folder, data)) {
    return Error{ErrorCode::refused, folder.string() + " lies in " + data.string() +
                                         ", the directory of which it would be the copy" + take_another};
  }
  const Result<std::optional<std::string>> of_a_venue = file_of_a_venue(files, copy);
  if (!of_a_venue) {
    return Error(of_a_venue.error());
  }
  if (of_a_venue->has_value()) {
    return Error{ErrorCode::refused, copy.string() + " holds '" + **of_a_venue +
                                         "', as a venue's own log does and no backup: a backup there would destroy "
                                         "that log" +
                                         take_another};
  }
  return {};
}

// A venue writes these beside its segments; and its unsealed segments, for a backup's are all packed.
bool is_of_a_venue(const std::string& name) {
  const std::string whole = finished(name);
  return whole == eventlog::mark_file || whole == eventlog::stop_file || whole == eventlog::removed_file ||
         eventlog::parse_segment_name(whole).has_value();
}

Result<std::optional<std::string>> file_of_a_venue(runtime::Files& files, const std::filesystem::path& journal) {
  const Result<std::vector<std::string>> names = files.list(journal);
  if (!names) {
    return names.error().code == ErrorCode::not_found ? Result<std::optional<std::string>>(std::nullopt)
                                                      : Error(names.error());
  }
  const auto found = std::ranges::find_if(*names, is_of_a_venue);
  return found == names->end() ? std::nullopt : std::optional(*found);
}

bool is_made_by_backup(const std::string& name) {
  const std::string whole = finished(name);
  const std::filesystem::path path(whole);
  return (whole == eventlog::directory_file && whole != name) ||
         (eventlog::is_packed(path) && eventlog::parse_segment_name(path.stem()).has_value());
}

}  // namespace cantus::keeping
