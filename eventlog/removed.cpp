#include "eventlog/removed.h"

#include <algorithm>
#include <sstream>

#include "base/assert.h"
#include "eventlog/layout.h"
#include "eventlog/packed.h"
#include "eventlog/text_file.h"

namespace cantus::eventlog {
namespace {

constexpr const char* first_line = "cantus-removed 1";

}  // namespace

const RemovedRange* Removed::of(std::uint64_t segment) const {
  const auto at = std::ranges::find_if(ranges, [segment](const RemovedRange& one) { return segment <= one.through; });
  return at == ranges.end() ? nullptr : &*at;
}

void Removed::note(const Directory& directory, std::uint64_t segment, TimeNs at, const std::string& backup) {
  CANTUS_ASSERT(segment > 0 && segment <= through() + 1 && segment <= directory.segments.size(),
                "segments go in their order");
  const auto cut_behind = [&](std::uint64_t number) {
    const auto range = std::ranges::find_if(ranges, [&](const RemovedRange& one) { return number <= one.through; });
    if (number == 0 || range == ranges.end() || range->through == number) {
      return;
    }
    RemovedRange part = *range;
    part.through = number;
    part.last = directory.segments[number - 1].last;
    ranges.insert(range, part);
  };
  cut_behind(segment - 1);
  cut_behind(segment);
  const auto known = std::ranges::find(ranges, segment, &RemovedRange::through);
  RemovedRange& range = known != ranges.end() ? *known : ranges.emplace_back();
  range = {segment, directory.segments[segment - 1].last, at, backup};
  const auto join = [](const RemovedRange& one, const RemovedRange& next) { return one.backup == next.backup; };
  for (auto at_range = std::ranges::adjacent_find(ranges, join); at_range != ranges.end();
       at_range = std::ranges::adjacent_find(ranges, join)) {
    at_range[1].at = std::max(at_range[0].at, at_range[1].at);
    ranges.erase(at_range);
  }
}

std::string to_text(const Removed& removed) {
  std::ostringstream out;
  out << first_line << "\n";
  for (const RemovedRange& one : removed.ranges) {
    out << "through " << one.through << ' ' << one.last.get() << ' ' << one.at.get() << ' ' << one.backup << "\n";
  }
  return with_crc(out.str());
}

Result<Removed> removed_from(std::string_view text) {
  const Error damaged{ErrorCode::corrupt, "the list of removed segments is damaged"};
  const std::optional<std::string_view> content = checked(text);
  std::istringstream in{std::string(content.value_or(""))};
  std::string line;
  if (!std::getline(in, line) || line != first_line) {
    return damaged;
  }
  Removed removed;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string word;
    Seq::rep last{};
    std::int64_t at = 0;
    RemovedRange one;
    if (!(words >> word >> one.through >> last >> at && std::getline(words >> std::ws, one.backup)) ||
        word != "through" || one.through <= removed.through()) {
      return damaged;
    }
    one.last = Seq(last);
    one.at = TimeNs(at);
    removed.ranges.push_back(std::move(one));
  }
  return removed;
}

Result<Removed> read_removed(runtime::Files& files, const std::filesystem::path& journal) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, journal / removed_file);
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found ? Result<Removed>(Removed{}) : Error(bytes.error());
  }
  Result<Removed> removed = removed_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!removed) {
    return Error{removed.error().code, (journal / removed_file).string() + ": " + removed.error().text +
                                           ". A venue that runs makes it anew, once the backups that DIR/backups names "
                                           "are attached and hold what was removed"};
  }
  return removed;
}

Status write_removed(runtime::Files& files, const std::filesystem::path& journal, const Removed& removed) {
  return replace_text(files, journal / removed_file, to_text(removed));
}

std::filesystem::path journal_of_backup(const std::filesystem::path& folder) { return folder / "journal"; }

Error not_there(const SealedSegment& listed) {
  return Error{ErrorCode::corrupt,
               "the directory record lists " + segment_name(listed.number, listed.opening) + ", which is not there"};
}

Error is_elsewhere(const RemovedRange& range, const SealedSegment& listed, const std::string& why) {
  return Error{ErrorCode::refused,
               "records " + std::to_string(listed.first.get()) + " to " + std::to_string(listed.last.get()) +
                   " were removed from here, and neither the backup in " + range.backup +
                   " that held them nor another one that is known can give them (" + why +
                   "): attach it there, or copy its " + journal_of_backup(range.backup).filename().string() + "/" +
                   packed_name(listed.number, listed.opening) + " into this log's journal folder"};
}

}  // namespace cantus::eventlog
