// What was done to a venue's processes from outside, kept until the next term puts it on the log: a line for each in
// `<data>/run/operations`. Commands and processes of the venue add to it at the same time: it is locked while it is
// read, changed and replaced. Nothing is dropped from it that is not on the log for good.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/venue_place.h"
#include "eventlog/reader.h"
#include "keeping/keeper.h"
#include "messages/messages.h"

namespace cantus::cli {

// Adds a line: now, by the user who runs this program. Errors: already_in_use (somebody has held the lock for seconds),
// no_space, failed.
[[nodiscard]] Status note_operation(const VenuePlace& place, Operation operation, const std::string& reason);
// The same for what the keeper removed. Where the last line is of the segments before those, in the same backup, it
// becomes one with it, so that a venue which removes all day long does not grow the file.
[[nodiscard]] Status note_removal(const VenuePlace& place, const keeping::RemovedSegments& removed);
// Drops what is noted at or before `through`, which is on the log for good; of that the last one stays, so that times
// go on ascending. Errors as above, but it waits for nobody: the supervisor calls it.
[[nodiscard]] Status drop_notes(const VenuePlace& place, TimeNs through);
// All of them, the oldest first; their times ascend. Lines that are none are passed by.
[[nodiscard]] Result<std::vector<OperationNoted>> noted_operations(const VenuePlace& place);

// Drops the notes that a start of the venue puts on the log, once they are there and outlive a power cut. To be made
// behind the start's own note and before the sequencer starts: every note of then is at or before that one.
class NotesOnLog {
 public:
  using OpenLog = std::function<Result<std::unique_ptr<eventlog::LogReader>>()>;
  // `place` outlives it. `open` opens the venue's log; it fails where there is none yet.
  NotesOnLog(const VenuePlace& place, OpenLog open);
  // Looks on the log again; to be called now and then. Whatever fails is tried again at the next call.
  void look();

 private:
  [[nodiscard]] bool find();

  // So many records behind the log's last one of before they must stand.
  static constexpr std::uint64_t records_max = 100'000;

  const VenuePlace& place_;
  OpenLog open_;
  TimeNs through_;  // of the last note
  Seq before_;      // last record before the sequencer started, as far as a power cut had left it
  Seq noted_at_;    // where the last note stands; 0: not found yet
  std::unique_ptr<eventlog::LogReader> reader_;
  bool done_ = false;
};

}  // namespace cantus::cli
