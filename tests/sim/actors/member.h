// Somebody with a session of the venue: logs on with its password at whichever gateway answers, and comes back after
// every cut. Now and then it moves on its own, as people do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/gateway/careful_client.h"
#include "tests/sim/draws.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Member {
 public:
  // The world outlives it. `ports`: of the gateways.
  Member(World& world, const std::string& comp_id, std::vector<std::uint16_t> ports);
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // To be called now and then: true while it is logged on; else it tries again, with patience.
  bool keep_up();
  // A further connection while there is one: the session goes over to it.
  void move();
  // The same with new numbers (141=Y): what is under way is lost, and what it may not have comes again.
  void begin_anew();

  [[nodiscard]] Seat& seat() { return *seat_; }
  [[nodiscard]] test::CarefulClient& client() { return client_; }
  [[nodiscard]] const test::CarefulClient& client() const { return client_; }

 private:
  void connect(bool reset);

  const std::vector<std::uint16_t> ports_;
  Draws draws_;
  std::unique_ptr<Seat> seat_;
  test::CarefulClient client_;
  std::int64_t tried_at_ns_ = INT64_MIN / 2;  // to connect
};

}  // namespace cantus::sim
