// What a resolution or quarantine of old records costs, told before anybody signs for it: snapshots whose states hold
// those records are of no use behind it, and where none is older, who computes outcomes reads the log from its first
// record, once (docs/operations.md, *Retention*).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "cli/venue_place.h"
#include "eventlog/removed.h"
#include "messages/messages.h"

namespace cantus::cli {

// The first record that no state may hold which these void or quarantine; nothing if they concern no machine's state.
[[nodiscard]] std::optional<Seq> first_concerned(std::span<const Quarantine> quarantines);

// The backups that hold what was removed, each once, with commas.
[[nodiscard]] std::string folders_of(const eventlog::Removed& removed);

// Prints it if no snapshot of use is older than `concerned`. Refused, by the name of the backup: what would have to be
// read was removed from here and cannot be read there.
[[nodiscard]] Status tell_of_rebuild(const VenuePlace& place, Seq concerned);

}  // namespace cantus::cli
