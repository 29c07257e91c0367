// The journal of one host: live segments in shared memory, copied by a writer thread to segment files
// (docs/architecture.md, section 2). Records become visible by their commit words, durable by the writer's batches, and
// history by sealing.
//
// Threads: append and has_room belong to one thread; workers of its own (runtime/worker.h) copy and sync (writer),
// reserve segments ahead (preparer) and seal (sealer). The append path neither locks, allocates nor calls the kernel,
// except to wake a writer that sleeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "eventlog/journal.h"
#include "runtime/files.h"
#include "runtime/worker.h"

namespace cantus::eventlog {

struct JournalOptions {
  std::filesystem::path journal;  // segment files, directory record, marks, lock; made if it is not there
  std::filesystem::path memory;   // live segments and the control page: a folder on tmpfs; made if it is not there
  // Creates the log if there is none yet (without it: not_found). An existing log keeps its own identity.
  std::optional<LogIdentity> create_as;
  Hash256 predecessor_chain{};            // of a created log: chain head of the log before it
  std::size_t segment_bytes = 64u << 20;  // of segments made from now on: a multiple of 4,096, at least 16,384
  std::size_t unsealed_max = 8;           // most segments not yet sealed, at least 2; then input waits
  bool append_wakes = true;               // each append wakes the writer; else only wake_writer does
  // Once awake the writer goes on while there is more. False, where nobody waits for the mark: it writes what is there
  // and waits for the next wake_writer, so that how often it syncs is the caller's choice. Means nothing to one that
  // spins.
  bool writer_goes_on = true;
  bool writer_spins = false;  // never sleep while waiting for records; only where cores are to spare
  JournalListener* listener = nullptr;
  runtime::Workers* workers = &runtime::threads();  // who copies, reserves and seals; outlive the journal
};

// How the log was found (docs/architecture.md, section 2, the two kinds of start).
enum class StartKind : std::uint8_t {
  created,       // a new log
  same_boot,     // its unsealed segments were still in memory: nothing is lost
  after_reboot,  // they were not: the tail was taken from the files
  recovered,     // by recover(), past a stop mark
};

struct StartReport {
  StartKind kind = StartKind::created;
  Seq last;                                // of the log as it was opened
  Seq mark;                                // the synced mark that was found
  Seq cut_from;                            // first position that was cut; 0 if nothing was
  std::uint64_t cut_records = 0;           // whole good records among what was cut
  std::uint64_t cut_bytes = 0;             // bytes from the first bad one to the last that is not zero
  std::uint64_t rewritten = 0;             // records above the mark that were written again and synced
  [[nodiscard]] std::string text() const;  // one line for people
};

class FileJournal : public Journal {
 public:
  // Takes the lock, finds the end of the log, starts the threads. Errors: already_in_use (naming the holder),
  // not_found, refused (a stop mark: `cantus recover`), corrupt (naming file, offset and position), no_space, failed.
  [[nodiscard]] static Result<std::unique_ptr<FileJournal>> open(runtime::Files& files, const JournalOptions& options);

  // Waits until everything appended is synced; then nothing may be appended any more. Destroying without it is the
  // death of the process: what was not synced stays in memory for the next start on this boot.
  virtual Status close() = 0;
  [[nodiscard]] virtual const StartReport& start_report() const = 0;
};

// Past a stop mark: takes what was not sealed from shared memory, else from the device, writes it into new files, syncs
// them and removes the stop mark. The log may be opened again afterwards. Refused if there is no stop mark.
[[nodiscard]] Result<StartReport> recover(runtime::Files& files, const JournalOptions& options);

// After an orderly end: what is not sealed yet is listed in the directory record as it stands in its files, and the
// memory is given up. The log is then whole on disk, readers go on in the files, and the next start continues from
// them and loses nothing. No error if there is no memory of this log. Refused if a stop mark is set or records in
// memory were not synced (the process was killed): then everything stays for a start on the same boot, or for
// recover(). already_in_use while a journal is open.
[[nodiscard]] Status give_up_memory(runtime::Files& files, const std::filesystem::path& journal,
                                    const std::filesystem::path& memory);

// Why the journal in this place must not be opened, if it must not: what a supervisor asks before a restart.
[[nodiscard]] std::optional<std::string> stop_mark(runtime::Files& files, const std::filesystem::path& journal,
                                                   const std::filesystem::path& memory);

}  // namespace cantus::eventlog
