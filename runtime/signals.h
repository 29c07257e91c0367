// What a process does with signals: SIGTERM and SIGINT end its loop in good order, SIGPIPE and SIGXFSZ are
// nothing (a write to a closed socket or beyond the limit of a file's size reports it).
#pragma once

#include "runtime/loop.h"

namespace cantus::runtime {

// From construction to destruction; at most one at a time in a process.
class StopOnSignals {
 public:
  explicit StopOnSignals(Loop& loop);
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
  ~StopOnSignals();
};

}  // namespace cantus::runtime
