// How much room the machines take when the venue is defined on the log: one derivation, so that what credit holds and
// what matching may have outstanding fit each other.
#pragma once

#include <cstddef>

#include "messages/messages.h"

namespace cantus {

struct VenueCapacity {
  // What gateways' rings can still hold when bound 1 of back-pressure stops their sockets (docs/architecture.md,
  // section 3, bound 2).
  static constexpr std::size_t rings_max = 32'768;

  std::size_t open_orders_max = 0;
  std::size_t cl_ord_ids_max = 0;
  std::size_t unanswered_max = 0;  // client messages that can lie on the log while matching stands still

  explicit VenueCapacity(const VenueDefined& venue)
      : open_orders_max(venue.open_orders_max),
        cl_ord_ids_max(venue.cl_ord_ids_max),
        unanswered_max(venue.backlog_max + rings_max) {}

  // Orders that are open, or whose end is not on the log yet.
  [[nodiscard]] std::size_t reservations_max() const { return open_orders_max + unanswered_max; }
  // Replace requests whose outcome is not on the log yet.
  [[nodiscard]] std::size_t requests_max() const { return unanswered_max; }
};

}  // namespace cantus
