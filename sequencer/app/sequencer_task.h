// The sequencer as a task of a process: opens the log, takes attachments, serves rings, appends one batch a pass.
//
// It never blocks and makes no system call for a message. What participants write into their rings can end their own
// stream at most. A failed write or sync ends it for good: `fatal` is called once, and the process must end with
// `exit_stopped`, which the supervisor answers by not starting it again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/file_journal.h"
#include "eventlog/reader.h"
#include "messages/snapshot.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/host/participant.h"
#include "runtime/loop.h"
#include "runtime/ring.h"
#include "runtime/worker.h"
#include "sequencer/core.h"
#include "sequencer/opening.h"

namespace cantus::sequencer {

// What a process ends with whose sequencer stopped for good: never restarted, see `cantus recover`.
inline constexpr int exit_stopped = 6;

// What a sequencer begins with instead of the journal's first record: a state of the venue that the log names.
struct SequencerStart {
  Seq log_begin;  // first record of the log in which it was taken; above 1
  SnapshotPosition taken_at;
  std::vector<std::byte> sections;
};

struct SequencerOptions {
  host::VenuePaths paths;
  std::string build;

  // Of the first opening; a log that is there keeps its own and needs none of it.
  eventlog::LogIdentity identity;
  std::string venue_name;
  std::vector<PublisherDefined> publishers;
  std::vector<PublishGranted> grants;
  std::vector<InitialRecord> records;
  std::vector<FormatAnnounced> formats = known_formats();
  std::vector<RuleActivated> rules = newest_rules();

  // What was started, stopped and recovered, the oldest first; what is not on the log yet goes there behind the term.
  std::vector<OperationNoted> operations;

  // Asked once the log is open, for the first that can be restored of those numbered 0, 1, …; nothing: all of the
  // journal is read.
  std::function<std::optional<SequencerStart>(std::size_t)> find_start;

  // As in eventlog::JournalOptions.
  std::size_t segment_bytes = 64u << 20;
  std::size_t unsealed_max = 8;
  bool writer_spins = false;
  runtime::Workers* workers = &runtime::threads();
  // Somebody waits for the synced mark: the venue's level is not `sequenced`. Else the log is synced every few
  // milliseconds only, and leaves disk and cores to the orders.
  bool mark_awaited = true;

  SequencerLimits limits;
  std::size_t ring_bytes = runtime::ring_bytes_default;  // of each publisher's ring; a power of two
  std::size_t pass_bytes = 64u << 10;  // most bytes of records in a batch: 8 KiB to an eighth of a segment
  std::size_t firsts_per_pass = 256;   // proposals taken of each ring of outcomes or of an operator
  std::size_t inputs_per_pass = 64;    // proposals taken of the only input ring …
  // … or of each of several, while at least two bring much: then each waits for the other anyway …
  std::size_t inputs_per_shared_pass = 8;
  // … or while no more than one does: whoever shares a pass with one that proposes without end waits for no more than
  // that. Who brings as much in a pass brings much.
  std::size_t inputs_beside_others = 2;
  std::string backlog_publisher = "matching";  // whose backlog counts for back-pressure
  std::uint64_t backlog_max = 10'000;          // bound 1, in events
  bool replicas_agree = false;                 // VenueDefined's: the agreed mark is published
};

class SequencerTask : public runtime::Task {
 public:
  [[nodiscard]] virtual const SequencerCore& core() const = 0;
  [[nodiscard]] virtual const eventlog::Journal& journal() const = 0;
  // What the start found; for people.
  [[nodiscard]] virtual const std::string& start_text() const = 0;
  // No more is admitted: after a failure or close().
  [[nodiscard]] virtual bool stopped() const = 0;
  // An orderly end: attachments are closed, what is appended is synced. Blocks for as long as that takes.
  virtual Status close() = 0;
};

// Opens the log (creating it with the options' content if there is none), replays it, opens a term, listens for
// attachments and is a task of the loop until it is destroyed, as hosted participants are. Loop, clock and files must
// outlive it. Errors: those of FileJournal::open (refused: a stop mark), of LogReader (corrupt),
// not_supported (the log announces or holds what this build's sequencer must know and does not), refused (a
// half-written opening of another configuration).
[[nodiscard]] Result<std::unique_ptr<SequencerTask>> make_sequencer(runtime::Loop& loop, const runtime::Clock& clock,
                                                                    runtime::Files& files, SequencerOptions options,
                                                                    host::OnFatal fatal);
// The same over a journal that somebody else opened, with a reader of all it holds: simulated ones in tests.
[[nodiscard]] Result<std::unique_ptr<SequencerTask>> make_sequencer(runtime::Loop& loop, const runtime::Clock& clock,
                                                                    runtime::Files& files, SequencerOptions options,
                                                                    std::unique_ptr<eventlog::Journal> journal,
                                                                    std::unique_ptr<eventlog::LogReader> reader,
                                                                    host::OnFatal fatal);

}  // namespace cantus::sequencer
