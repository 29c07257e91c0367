// Somebody who knows one thing that must be true, and looks whether it is. One file a thing.
#pragma once

#include <cstdint>
#include <string_view>

#include "fix/message_text.h"
#include "messages/record.h"

namespace cantus::sim {

// A message that a gateway puts onto the wire.
struct Leaving {
  std::uint64_t connection = 0;  // numbered by the wire, never used twice
  const fix::FieldList& fields;
  std::string_view message;
};

class Checker {
 public:
  Checker() = default;
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  virtual ~Checker() = default;
  // Each record of the log once it is durable, in order, each number once for the whole play.
  virtual void on_stable(const Event&) {}
  // Everything that is durable by now was shown before.
  virtual void on_leaving(const Leaving&) {}
  // Faults are off and all actors are done; the venue is left alone from here on.
  virtual void quiet_begins() {}
  // Time has passed since. What is durable was shown.
  virtual void at_quiet() {}
};

}  // namespace cantus::sim
