// Judging bytes that should be records: one at a time for readers, a whole segment for a start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "eventlog/identity.h"
#include "eventlog/layout.h"
#include "messages/record.h"

namespace cantus::eventlog {

// What is wrong with bytes that should be a record; the first that applies, in this order.
enum class RecordFault : std::uint8_t {
  none,
  length,    // the commit word is no length of a record, or the record would not fit
  checksum,  // header or payload is not what was written
  identity,  // of another venue, or of a log that is not the one that must follow
  sequence,  // not the number that comes next
  term,      // of an older term than the record before it
};
[[nodiscard]] const char* text_of(RecordFault fault);

// Length and checksum of the record at the beginning of `from`, which reaches to the end of what may be read.
[[nodiscard]] RecordFault check_bytes(std::span<const std::byte> from);
// All of it: the record must be number `expected`, of `term` or a later one. `identity` is that of the journal: the
// record is of its first log or of a later one (log_follows says of which).
[[nodiscard]] RecordFault check_record(std::span<const std::byte> from, LogIdentity identity, Seq expected, Term term);

// True if a TermStarted names exactly this record as the one before it; `previous` is null for the journal's first
// record. Anything that is not a TermStarted continues whatever stands before it.
[[nodiscard]] bool continues(const Event& event, const Event* previous);

// A journal holds one log behind the other, and positions go on: behind a LogClosed every record is of the next log,
// behind any other record of the same one.
[[nodiscard]] inline bool log_follows(const RecordHeader& header, const RecordHeader& previous) {
  return header.log.get() == previous.log.get() + (previous.type == LogClosed::type ? 1U : 0U);
}

// What stands in a segment, from a place where record `expected` should begin.
struct Walk {
  enum class Ending : std::uint8_t {
    open,    // a commit word of 0: nothing more, or nothing whole
    closed,  // the end marker: the log goes on in the next segment
    bad,     // `fault` says why
  };
  Ending ending = Ending::open;
  RecordFault fault = RecordFault::none;
  std::size_t end = 0;  // where the good records end, from the segment's beginning
  Seq first;            // 0 if it holds none
  Seq last;             // the one before `expected` if it holds none
  Term last_term;
  TimeNs first_time;
  TimeNs last_time;
  Seq mark;                     // greatest synced mark in any of them
  std::size_t last_offset = 0;  // where the last one begins
};
[[nodiscard]] Walk walk_segment(std::span<const std::byte> segment, LogIdentity identity, Seq expected, Term term);

// What lies behind the end of the good records: whole records with a good checksum, wherever they begin.
struct Beyond {
  Seq mark;                        // greatest synced mark in any of them
  std::uint64_t good_records = 0;  // that were numbered at or above `from_seq`
  std::size_t bytes = 0;           // up to the last one that is not zero
};
[[nodiscard]] Beyond look_beyond(std::span<const std::byte> segment, std::size_t offset, LogIdentity identity,
                                 Seq from_seq);

// Where the record after the one at `offset` begins; only for a record that was checked.
[[nodiscard]] inline std::size_t behind(std::span<const std::byte> segment, std::size_t offset) {
  return offset + aligned_record(load_commit(segment.data() + offset));
}

}  // namespace cantus::eventlog
