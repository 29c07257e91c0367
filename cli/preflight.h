// Everything that is checked, and then laid ready, before any process of a venue starts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/venue_place.h"
#include "refdata/app/configuration.h"

namespace cantus::cli {

struct Preflight {
  VenuePlace place;
  bool demo = false;  // no configuration was named
  std::string configuration_text;
  refdata::Configuration configuration;

  [[nodiscard]] std::filesystem::path participants_file() const { return place.participants() / "settings.json"; }
};

// Reads and checks the configuration (of the demo, if there is no file), and then whether a venue could start: nobody
// runs it, its directory is no backup, the log is of this configuration, there is room for it, the ports are free.
// Changes nothing. Refused: every fault of the configuration, a line each; every difference from the log's.
// already_in_use: the directory or a port, with its owner.
[[nodiscard]] Result<Preflight> check_venue(const std::filesystem::path& data,
                                            const std::optional<std::filesystem::path>& configuration);

// Refused in a backup's folder: what a venue writes there would pass for part of the copy.
[[nodiscard]] Status look_for_backup(const VenuePlace& place);

// With the supervisor's lock held: draws the venue's id at the first start, makes its folder in memory, writes what the
// processes read; of the demo the operators' keys, too.
[[nodiscard]] Status prepare_venue(Preflight& venue, bool participants);

}  // namespace cantus::cli
