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
  std::string configuration_text;
  refdata::Configuration configuration;

  [[nodiscard]] std::filesystem::path participants_file() const { return place.participants() / "settings.json"; }
};

// Reads and checks the configuration (of the demo, if there is no file). Changes nothing. Refused: every fault, a line
// each.
[[nodiscard]] Result<Preflight> check_venue(const std::filesystem::path& data,
                                            const std::optional<std::filesystem::path>& configuration);

// With the supervisor's lock held: draws the venue's id at the first start, compares the configuration with that of the
// log, looks whether the ports are free, writes what the processes read. Refused: the configuration is not the log's
// (every difference), or the log carries a stop mark. already_in_use: a port, with its owner.
[[nodiscard]] Status prepare_venue(const Preflight& venue, bool participants);

}  // namespace cantus::cli
