// What two runs of a venue are compared by: the records of each publisher in order, where positions are replaced by
// whose record and which of theirs stands there, and times are left out. That is what may differ between layouts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "campaign/venue.h"

namespace cantus::e2e {

struct ComparableLog {
  std::map<std::string, std::vector<std::string>> records;  // by publisher; control records and secrets are left out
  std::map<std::string, int> kinds;                         // how many records of each type
  std::map<std::uint64_t, std::string> names;               // whose record, and which of theirs, stands at a position

  // The text with every "1-4711", as in OrderID and ExecID, replaced by the name of what stands there.
  [[nodiscard]] std::string comparable(const std::string& text) const;
};

// The log from behind `after` on.
[[nodiscard]] ComparableLog comparable_log(const campaign::Venue& venue, Seq after = Seq());

}  // namespace cantus::e2e
