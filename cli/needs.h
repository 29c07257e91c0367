// From which record on a venue still needs its log on this host: what retention must not remove, whoever holds a copy
// (docs/operations.md, *Retention*).
#pragma once

#include <vector>

#include "cli/venue_place.h"
#include "snapshots/needed.h"

namespace cantus::cli {

// What starts, resends and disputes need (snapshots/needed.h), and the audit database: it goes on behind a snapshot
// that its rows have passed, and without one is read from the first record.
// Everything, once `pace` said no.
[[nodiscard]] Result<std::vector<snapshots::Need>> needs_of(const VenuePlace& place, const runtime::Pace& pace = {});

// The same asked again and again: it costs a replay of the log behind each snapshot, so an answer holds for as long as
// the folder holds the same snapshots and the log voids nothing of them, and ten minutes. One that the audit database
// decides does not hold.
class NeedsWatch {
 public:
  explicit NeedsWatch(VenuePlace place);

  // The least; 1 as long as it cannot be said, and if the pace said no.
  [[nodiscard]] Seq first(const runtime::Pace& pace);

 private:
  VenuePlace place_;
  snapshots::ExceptionWatch exceptions_;
  std::vector<LogSeq> snapshots_;
  std::int64_t asked_at_ns_ = 0;  // monotonic; 0: never
  Seq first_{1};
};

}  // namespace cantus::cli
