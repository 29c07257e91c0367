// An order that is open, or about to be.
#pragma once

#include "base/pool.h"
#include "messages/messages.h"

namespace cantus {

struct Order {
  OrderView view;  // as it stands; orig_cl_ord_id is only filled in what is told of a request
  Seq priority;    // where it took its place in the queue of its price: the order, or the replace that lost it
  PartyKind kind = PartyKind::client;
  PoolIndex id_root = no_index;  // its first ClOrdID in ClOrdIds
  PoolIndex level = no_index;    // where it rests
  PoolLinks in_level;
  PoolLinks of_session;
};

}  // namespace cantus
