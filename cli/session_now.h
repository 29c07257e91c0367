// How a FIX session of a venue on this host stands at this moment, as the audit database shows it: a tenth of a second
// behind, and without reading the whole log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/venue_place.h"

namespace cantus::cli {

struct SessionNow {
  bool connected = false;
  std::string gateway;             // who has the connection
  std::uint32_t next_inbound = 1;  // MsgSeqNum that the venue expects of the client
  std::uint32_t next_outbound = 1;
};

// Nothing if the venue does not run, or its database cannot be read.
[[nodiscard]] std::optional<SessionNow> session_now(const VenuePlace& place, const std::string& our_comp_id,
                                                    const std::string& their_comp_id);

}  // namespace cantus::cli
