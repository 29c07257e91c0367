// The log's writing side. All appends go through this one seam: the file journal of a host, a simulated one in tests,
// later an engine of several hosts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/types.h"

namespace cantus::eventlog {

// For whom room is asked: the last tenth of a segment's kept space is for the second (DESIGN section 2).
enum class RoomFor { client_messages, outcomes_and_sessions };

class Journal {
 public:
  virtual ~Journal() = default;

  // Appends whole records that lie one behind the other, each padded to 8 bytes, numbered from `expected_last` + 1. All
  // or nothing. On return every reader on this host can see them; `synced` follows later. Errors: stale_term (somebody
  // newer writes), refused (`expected_last` is not the last), no_space, failed (stop mark is set).
  virtual Status append(Term term, Seq expected_last, std::span<const std::byte> records) = 0;
  // True if `bytes` more can be taken now without waiting for the writer.
  [[nodiscard]] virtual bool has_room(std::size_t bytes, RoomFor whom) const = 0;

  [[nodiscard]] virtual Seq last() const = 0;
  [[nodiscard]] virtual Seq synced() const = 0;
  // Set once a write or sync failed: nothing more is admitted, ever, by this process.
  [[nodiscard]] virtual bool stopped() const = 0;
};

}  // namespace cantus::eventlog
