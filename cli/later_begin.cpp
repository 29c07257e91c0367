#include "cli/later_begin.h"

#include "cli/venue_place.h"

namespace cantus::cli {

Status read_recorded(const host::VenuePaths& paths, eventlog::LogReader& log, refdata::RecordedConfiguration& recorded,
                     std::optional<Seq> through) {
  const Seq last = through.value_or(Seq(~std::uint64_t{0}));
  const auto begin = begin_of<refdata::RecordedConfiguration>(paths, last);
  Status read = begin ? begin_behind(begin->get(), log, recorded) : Status(begin.error());
  return read ? refdata::read_recorded(log, recorded, last) : std::move(read);
}

Result<std::unique_ptr<snapshots::LaterBegin>> later_begin_in(const std::filesystem::path& data) {
  const Result<VenuePlace> place = VenuePlace::at(data);
  if (!place) {
    return Error(place.error());
  }
  return place->has_log() ? snapshots::LaterBegin::find_if_removed(runtime::system_files(), place->paths())
                          : std::unique_ptr<snapshots::LaterBegin>();
}

}  // namespace cantus::cli
