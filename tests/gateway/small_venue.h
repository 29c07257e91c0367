// The reference data of a venue small enough to think about: one instrument, a client, a desk, its drop copy and a
// regulator.
#pragma once

#include <cstdint>
#include <vector>

#include "sequencer/opening.h"

namespace cantus::test {

inline constexpr PublisherId config_publisher_id{2};
inline constexpr SessionId alpha{1};      // client, reset allowed, password "secret" if `passwords`
inline constexpr SessionId desk{2};       // desk
inline constexpr SessionId drop{3};       // drop copy of the desk
inline constexpr SessionId regulator{4};  // initiated by us

struct SmallVenue {
  std::int64_t takeover_interval_ns = 0;
  bool passwords = false;
  std::vector<OperatorDefined> operators{};
};

// From VenueDefined to ReferenceDataComplete, in order, as publisher 2.
[[nodiscard]] std::vector<InitialRecord> small_venue(const SmallVenue& setup);

}  // namespace cantus::test
