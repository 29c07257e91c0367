// Where a FIX session of a venue on this host stands, as the audit database shows it: at most a few seconds behind, and
// without reading the whole log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/venue_place.h"

namespace cantus::cli {

// MsgSeqNum that the venue expects next of the client. Nothing if the venue does not run, or its database cannot be
// read.
[[nodiscard]] std::optional<std::uint32_t> next_inbound_now(const VenuePlace& place, const std::string& our_comp_id,
                                                            const std::string& their_comp_id);

}  // namespace cantus::cli
