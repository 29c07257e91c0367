// OrderRejected in both versions, for readers that know the two: the second begins as the first.
#pragma once

#include <cstddef>
#include <cstring>

#include "messages/record.h"

namespace cantus {

static_assert(offsetof(OrderRejected2, symbol) == offsetof(OrderRejected, symbol) &&
              offsetof(OrderRejected2, least_qty) == sizeof(OrderRejected));

[[nodiscard]] inline bool is_rejected(const Event& event) {
  return event.is<OrderRejected>() || event.is<OrderRejected2>();
}
[[nodiscard]] inline const OrderRejected& as_rejected(const Event& event) {
  CANTUS_ASSERT(is_rejected(event), "a payload is read as what it is");
  return *reinterpret_cast<const OrderRejected*>(event.payload);
}

}  // namespace cantus
