// The log's reading side: every record in order, from the live segments in shared memory and from the sealed files.
// Read-only; any number of readers; a slow one blocks nobody.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "eventlog/identity.h"
#include "messages/record.h"
#include "messages/topics.h"
#include "runtime/files.h"

namespace cantus::eventlog {

class LogReader {
 public:
  virtual ~LogReader() = default;

  [[nodiscard]] virtual LogIdentity identity() const = 0;

  // The next record, or nothing if there is none yet. The event is valid until the next call. Checks CRC, sequence,
  // venue and term of everything it hands out; an error is final (corrupt; or stale_term: what was read is not what the
  // new term holds, rebuild), but for two, behind which the next call tries again: no_space, and refused, where what is
  // to be read was removed and the backup that holds it is not there (the text says which).
  virtual Result<std::optional<Event>> next() = 0;
  // The same for who is concerned by these topics only: records of others are passed over, and `position` with them.
  // Place, number, venue and term of what is passed over are checked, its content is not looked at: a checksum covers
  // a record as a whole, so it is compared for what is handed out.
  virtual Result<std::optional<Event>> next_on(TopicSet topics) {
    for (;;) {
      Result<std::optional<Event>> event = next();
      if (!event || !event->has_value() || topics.contains((*event)->header->topic)) {
        return event;
      }
    }
  }
  // Position before the record `seq` (1 … last + 1).
  virtual Status seek(Seq seq) = 0;
  // First record stamped at or after `time`; last + 1 if none is.
  virtual Result<Seq> find(TimeNs time) = 0;

  [[nodiscard]] virtual Seq position() const = 0;  // last record handed out
  // First record that lies here: those before it were removed (eventlog/removed.h). Who asks for them is given them out
  // of the backup that holds them, where that can be read; else it is refused, and told where they are.
  [[nodiscard]] virtual Seq first() const { return Seq(1); }
  [[nodiscard]] virtual Seq last() const = 0;  // last record on the log now
  // Last record that outlives a power cut; for a copied directory its end.
  [[nodiscard]] virtual Seq synced() const = 0;
  // Goes over to what has become of the log since a journal opened it anew, as next() does at the end: for who reads no
  // further than `synced`, which says nothing new of what is over. Errors as of next(); it moves nothing.
  virtual Status look_again() { return {}; }
};

// A log on this host: `journal` holds the segment files, `memory` the live segments (need not exist: then only the
// files are read, as for a copied directory). Errors: not_found (no log there), corrupt. A reader of files alone goes
// on with the live segments once a journal opened in `memory`. Never writes.
[[nodiscard]] Result<std::unique_ptr<LogReader>> open_log(runtime::Files& files, const std::filesystem::path& journal,
                                                          const std::filesystem::path& memory);
[[nodiscard]] Result<std::unique_ptr<LogReader>> open_log(const std::filesystem::path& journal,
                                                          const std::filesystem::path& memory);

}  // namespace cantus::eventlog
