// What a log says of itself, and what stands at its end.
#pragma once

#include "base/fixed_string.h"
#include "base/types.h"

namespace cantus::eventlog {

// Every record of a log carries both numbers; bytes of another venue or log never enter.
struct LogIdentity {
  VenueId venue;
  LogNumber log;
  friend bool operator==(const LogIdentity&, const LogIdentity&) = default;
};

// The end of the log, as the next TermStarted names it. All zero for an empty log.
struct LastRecord {
  Seq seq;
  Term term;
  TimeNs time;
  Hash256 hash;  // record_hash of it (eventlog/hash.h)
  friend bool operator==(const LastRecord&, const LastRecord&) = default;
};

}  // namespace cantus::eventlog
