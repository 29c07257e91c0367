// A venue of which one replica of matching computes one wrong bit, once (tests/e2e/one_wrong_bit.cpp).
#pragma once

#include <cstdlib>
#include <string>

#include "tests/e2e/venue.h"

namespace cantus::e2e {

// As the shipped program, but for the planted bit.
class WrongVenue final : public campaign::Venue {
 public:
  WrongVenue(const TestFolder& folder, const Json& configuration, const std::string& layout)
      : campaign::Venue(folder.path(), configuration, site_of_test_build(layout, "one_wrong_bit")) {}

  // The bit is wrong in wish `number` of the replica in this place.
  void start_wrong(int place, PublisherSeq number) {
    ::setenv("CANTUS_ONE_WRONG_BIT", (std::to_string(place) + ":" + std::to_string(number.get())).c_str(), 1);
    start();
    ::unsetenv("CANTUS_ONE_WRONG_BIT");
  }
};

}  // namespace cantus::e2e
