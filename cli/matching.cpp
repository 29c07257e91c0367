#include "cli/matching.h"

#include "matching/matching_application.h"

namespace cantus::cli {

std::unique_ptr<Application> make_matching(PlaceId /*place*/) { return std::make_unique<MatchingApplication>(); }

}  // namespace cantus::cli
