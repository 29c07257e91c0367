#include "tests/sim/actors/drop_copy.h"

#include <utility>

namespace cantus::sim {

DropCopy::DropCopy(World& world, const std::string& comp_id, std::vector<std::uint16_t> ports)
    : comp_id_(comp_id), draws_(world.seed(), comp_id + " acts"), member_(world, comp_id, std::move(ports)) {
  act();
}

void DropCopy::act() {
  if (member_.keep_up() && !calm_ && draws_.one_in(50)) {
    draws_.one_in(2) ? member_.move() : member_.client().disconnect();
  }
  next_ = member_.seat().network().after(std::chrono::nanoseconds(draws_.between(5'000'000, 35'000'000)),
                                         [this] { act(); });
}

}  // namespace cantus::sim
