// Time, behind a seam: the only place where a clock is read. Machines never see it; they take an event's time.
#pragma once

#include <cstdint>

#include "base/types.h"

namespace cantus::runtime {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeNs utc() const = 0;                 // UTC, may step
  [[nodiscard]] virtual std::int64_t monotonic_ns() const = 0;  // never steps; origin unspecified
};

// The host's clocks. One object for the process; stateless.
[[nodiscard]] const Clock& system_clock();

// Random bits, behind a seam as well: salts, venue ids, incarnations of sockets.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};
[[nodiscard]] Random& system_random();  // from the kernel

}  // namespace cantus::runtime
