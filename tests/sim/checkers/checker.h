// Somebody who knows one thing that must be true, and looks whether it is. One file a thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "messages/record.h"

namespace cantus::sim {

// A connection between an actor and the venue, seen from outside.
struct Leaving {
  std::uint64_t connection = 0;  // numbered by the wire, never used twice
  std::string process;           // of the venue, that wrote it
  std::span<const std::byte> bytes;
};

class Checker {
 public:
  virtual ~Checker() = default;
  // Each record of the log once it is durable, in order, each number once for the whole play.
  virtual void on_stable(const Event&) {}
  // Bytes that the venue has just put onto the wire; everything that is durable by now was shown before.
  virtual void on_leaving(const Leaving&) {}
  // Faults are off, all actors are done, and time has passed.
  virtual void at_quiet() {}
};

}  // namespace cantus::sim
