// How a log is found and continued (docs/architecture.md, section 2, the two kinds of start), before any thread runs.
//
// Nothing is changed until everything is judged. After a reboot the order of changes is: the tail into files of the
// next opening, synced; the directory record, which makes them the log; what is left over removed; the control page,
// which lets readers in. A death in between leaves either the old log or the new one.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "eventlog/core.h"
#include "eventlog/directory.h"
#include "eventlog/file_journal.h"
#include "eventlog/segment.h"

namespace cantus::eventlog {

struct Started {
  Directory directory;
  std::vector<std::unique_ptr<Segment>> segments;  // unsealed, in order; the last is the live one
  std::size_t live_end = 0;                        // where the next record goes in it
  bool live_closed = false;                        // it has its end marker: the next segment is to be made first
  LastRecord last;
  Seq synced;
  std::unique_ptr<runtime::File> mark;  // the stored mark's file, holding `synced`
  StartReport report;
};

enum class StartMode : std::uint8_t { open, recover };

// Fills the core (lock, identity, opening, control page) and says where the log stands. `recover` goes past a stop mark
// and removes it.
[[nodiscard]] Result<Started> start_journal(Core& core, StartMode mode);

}  // namespace cantus::eventlog
