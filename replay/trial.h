// What quarantines would change: the log through the machines again, as it stands and with the records left to the
// fixed handling, and every outcome and message to a client that is another one then. A publisher that is concerned
// puts more on the log while operators decide, not knowing of it: what stands behind the trial is void, too.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "messages/messages.h"

namespace cantus::replay {

struct Trial {
  std::vector<Quarantine> changes;    // as operators are to sign them, in one command
  Seq through;                        // the log's end when it was tried
  std::vector<std::string> records;   // in question, in words, with the machine that leaves each alone
  std::vector<std::string> voided;    // outcomes on the log that become void
  std::vector<std::string> wished;    // what the machines then wish for, and is not on the log yet
  std::vector<std::string> messages;  // to clients, that become other ones; which of them have left is said
  std::uint64_t left_changed = 0;     // how many of them have left
};

// What is not to be handled by whom.
struct TriedRecord {
  Seq position;
  MachineName machine{};
  friend bool operator==(const TriedRecord&, const TriedRecord&) = default;
};

struct TrialOptions {
  std::vector<TriedRecord> records;  // at least one; together
  std::filesystem::path fix_logs;    // of the gateways' message logs: what left; may be missing
  Cursor* cursor = nullptr;          // told where the replay is, should it die of a record
};

// `reader` stands at the log's begin; `log` reads single events of the same log. Errors: refused (there is no such
// record, it is quarantined already, the machine can not be, or something else must be decided first), corrupt (the log
// is not what this build computes, with or without), and those of reading.
[[nodiscard]] Result<Trial> try_quarantine(eventlog::LogReader& reader, fix::LogAccess& log,
                                           const TrialOptions& options);

}  // namespace cantus::replay
