// What the first log of a venue begins with, made from its configuration: publishers, grants, reference data.
#pragma once

#include <cstdint>

#include "base/fixed_string.h"
#include "refdata/app/configuration.h"
#include "sequencer/opening.h"

namespace cantus::refdata {

// SHA-256 over the payloads of the venue, instruments, parties and sessions, in the order of the log: what
// ReferenceDataComplete states. Passwords and trading days do not count.
[[nodiscard]] Hash256 configuration_digest(const Configuration& configuration);

// `date` (yyyymmdd, UTC) is the first trading day.
[[nodiscard]] OpeningContent opening_of(const Configuration& configuration, VenueId venue, std::uint32_t date);

}  // namespace cantus::refdata
