// The log's writing side. All appends go through this one seam: the file journal of a host, a simulated one in tests,
// later an engine of several hosts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "base/types.h"
#include "eventlog/identity.h"
#include "messages/messages.h"

namespace cantus::eventlog {

// For whom room is asked: the last tenth of a segment's kept space is for the second (docs/architecture.md, section 2).
enum class RoomFor { client_messages, outcomes_and_sessions };

class Journal {
 public:
  virtual ~Journal() = default;

  // Appends whole records that lie one behind the other, each padded to 8 bytes, numbered from `expected_last` + 1. All
  // or nothing. On return every reader on this host can see them; `synced` follows later. Errors: stale_term (somebody
  // newer writes), refused (`expected_last` is not the last), no_space, failed (stop mark is set). That the bytes are
  // whole records, numbered so and of this term, is the caller's duty and asserted.
  virtual Status append(Term term, Seq expected_last, std::span<const std::byte> records) = 0;
  // Tells a writer that sleeps of what was appended; to be called by the appending thread once it has appended what
  // belongs together, so that it becomes durable in one batch. Nothing is lost without it: an awake writer goes on by
  // itself (unless told not to: JournalOptions), and a later call serves for all before.
  virtual void wake_writer() {}
  // True if `bytes` more (of padded records) can be taken now without waiting for the writer. Asked by the appending
  // thread only.
  [[nodiscard]] virtual bool has_room(std::size_t bytes, RoomFor whom) const = 0;

  // Lets the next record begin a segment, so that what stands before it is sealed soon. True if it will; false if no
  // segment is reserved yet (ask again). By the appending thread.
  [[nodiscard]] virtual bool end_segment() = 0;
  // end_segment() would do it now.
  [[nodiscard]] virtual bool segment_ready() const = 0;

  [[nodiscard]] virtual Seq last() const = 0;
  [[nodiscard]] virtual Seq synced() const = 0;
  // Set once a write or sync failed: nothing more is admitted, ever, by this process.
  [[nodiscard]] virtual bool stopped() const = 0;

  // What this log is, and what stood at its end when it was opened.
  [[nodiscard]] virtual LogIdentity identity() const = 0;
  [[nodiscard]] virtual LastRecord opened_at() const = 0;

  // The first sealed segment with a number above `segment`, for the record that the sequencer puts on the log; nothing
  // if there is none yet. Cheap to ask when there is none. Who keeps the number of the last SegmentSealed that it has
  // seen on the log puts each segment there once, also across restarts.
  [[nodiscard]] virtual std::optional<SegmentSealed> sealed_after(std::uint64_t segment) const = 0;
};

// Told by the journal's own threads, never under a lock; must return soon and outlive the journal. The sequencer rings
// doorbells from here.
class JournalListener {
 public:
  virtual ~JournalListener() = default;
  virtual void on_synced(Seq synced) = 0;  // the mark moved
  virtual void on_room() {}                // more can be taken than before
  virtual void on_sealed() {}              // sealed_after has something new
  virtual void on_stopped() {}             // a write or sync failed; final
};

}  // namespace cantus::eventlog
