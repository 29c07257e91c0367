// Whether the sequencer that was just started is at work.
#pragma once

#include <sys/types.h>

#include "cli/venue_place.h"

namespace cantus::cli {

// Made before the sequencer's process is started. One that was killed has left its figures and its socket, and after a
// start of a container the next process may have its number: ready is the one that publishes figures of its own.
class SequencerReady {
 public:
  explicit SequencerReady(const VenuePlace& place);  // the place must outlive it
  // True once that process has opened the log, takes attachments, and has not stopped.
  [[nodiscard]] bool operator()(pid_t sequencer) const;

 private:
  const VenuePlace& place_;
  TimeNs left_;  // when the one before last published; 0: nobody has
};

}  // namespace cantus::cli
