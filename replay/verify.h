// `cantus replay verify`: a log through all machines again, every outcome compared with what stands on it, every
// application message to every session re-created, and the first difference named.
#pragma once

#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/reader.h"
#include "replay/replica.h"
#include "replay/sent_bytes.h"
#include "replay/sent_log.h"

namespace cantus::replay {

struct VerifyOptions {
  Seq through{std::numeric_limits<std::uint64_t>::max()};  // stop behind this position
  std::optional<std::filesystem::path> fix_logs;           // folder of the gateways' message logs, to be compared too
};

// Who was right where replicas disagreed, in words for the operator.
struct SuspensionVerdict {
  Suspension suspension;
  std::string text;
};

[[nodiscard]] SuspensionVerdict verdict_of(const Suspension& suspension, fix::LogAccess& log);

struct VerifyReport {
  Seq through;  // last position that was replayed
  // Why it ends there: what follows needs a newer build. Nothing of what was replayed is less true for it.
  std::optional<std::string> unreadable;
  std::vector<PublisherCheck> publishers;
  std::vector<SuspensionVerdict> suspensions;
  std::vector<SessionBytes> sessions;
  std::uint64_t snapshots_equal = 0;  // that the log names, and whose states are those of the replay
  std::uint64_t snapshots_void = 0;   // that hold what the log voids: nothing starts from them
  std::uint64_t sent_equal = 0;       // lines of message logs that are the log's
  std::uint64_t sent_beyond = 0;      // lines about what is behind the log's end
  Digest matching;
  Digest reporter;
  Digest session_machine;
  // Of all differences the one at the least position; nothing if the log is clean.
  std::optional<Difference> first_difference;
};

// What the log says of its records, all of it; the reader, which stands at the log's begin, does so again.
[[nodiscard]] Result<Exceptions> exceptions_of(eventlog::LogReader& reader);

// `reader` stands at the log's begin; `log` reads single events of the same log. Errors: the log cannot be read
// (corrupt, …).
[[nodiscard]] Result<VerifyReport> verify(eventlog::LogReader& reader, fix::LogAccess& log,
                                          const VerifyOptions& options);

[[nodiscard]] std::string to_text(const VerifyReport& report);
[[nodiscard]] std::string to_json(const VerifyReport& report);

// All records through `through` into `replica`; the last position and time applied. Errors: the log's, and
// not_supported: before that place it announces what this build does not know.
struct ReplayedTo {
  Seq position;
  TimeNs time;
};
[[nodiscard]] Result<ReplayedTo> replay(eventlog::LogReader& reader, Replica& replica, Seq through);

}  // namespace cantus::replay
