#include "tests/sim/actors/member.h"

#include <utility>

namespace cantus::sim {
namespace {

constexpr std::int64_t patience_ns = 2'000'000'000;  // with a connection that is not logged on

}  // namespace

Member::Member(World& world, const std::string& comp_id, std::vector<std::uint16_t> ports)
    : ports_(std::move(ports)),
      draws_(world.seed(), comp_id + " connects"),
      seat_(world.seat(comp_id)),
      client_(*seat_, comp_id) {
  client_.use_password(password_of(comp_id));
}

bool Member::keep_up() {
  if (client_.logged_on()) {
    return true;
  }
  if (!client_.connected() || seat_->clock().monotonic_ns() - tried_at_ns_ >= patience_ns) {
    client_.disconnect();
    connect(client_.must_reset());
  }
  return false;
}

void Member::move() { connect(client_.must_reset()); }

void Member::begin_anew() { connect(true); }

void Member::connect(bool reset) {
  tried_at_ns_ = seat_->clock().monotonic_ns();
  client_.connect(ports_[draws_.below(ports_.size())], reset);
}

}  // namespace cantus::sim
