// In place of cli/matching.cpp in a test build of `cantus`: CANTUS_ONE_WRONG_BIT=PLACE:N plants a wrong bit in the N-th
// wish of the replica in that place, once: when that
// replica begins anew in the same process it computes what is right.
#include "tests/test_bed/one_wrong_bit.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "base/text.h"
#include "cli/matching.h"
#include "matching/matching_application.h"

namespace cantus::cli {
namespace {

class WrongMatching final : public Application {
 public:
  explicit WrongMatching(PublisherSeq number) : wrong_(machine_, number) {}
  void apply(const Event& event) override { wrong_.apply(event); }
  void apply_void(const Event& record, bool may_have_left) override { wrong_.apply_void(record, may_have_left); }
  [[nodiscard]] Digest digest() const override { return wrong_.digest(); }
  [[nodiscard]] WishQueue& wishes() override { return wrong_.wishes(); }
  void save(SnapshotWriter& out) const override { wrong_.save(out); }
  [[nodiscard]] Status restore(const SnapshotSections& from) override { return wrong_.restore(from); }

 private:
  MatchingApplication machine_;
  test::OneWrongBit wrong_;
};

}  // namespace

std::unique_ptr<Application> make_matching(PlaceId place) {
  static bool done = false;
  const char* const planted = std::exchange(done, true) ? nullptr : std::getenv("CANTUS_ONE_WRONG_BIT");
  const std::string text = planted == nullptr ? "" : planted;
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos && text.substr(0, colon) == std::to_string(place.get())) {
    return std::make_unique<WrongMatching>(PublisherSeq(parse_unsigned(text.substr(colon + 1), 1'000'000).value_or(0)));
  }
  return std::make_unique<MatchingApplication>();
}

}  // namespace cantus::cli
