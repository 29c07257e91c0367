#include "cli/readings.h"

#include <algorithm>

namespace cantus::cli {

const ApplicationReading* reading_of(std::string_view publisher, const Publishing& publishing) {
  std::string_view kind = publisher;
  if (const PublisherPermission* const known = publishing.find(publisher); known != nullptr) {
    if (known->grants.contains(topic::orders)) {
      kind = "gateways";
    } else if (known->grants.contains(topic::market_data)) {
      kind = "market data";
    }
  }
  const auto found = std::find_if(application_readings.begin(), application_readings.end(),
                                  [kind](const ApplicationReading& one) { return one.kind == kind; });
  return found == application_readings.end() ? nullptr : &*found;
}

}  // namespace cantus::cli
