// What a quarantine would change: the log through the machines again, as it stands and with the record left to the
// fixed handling, and every outcome and message to a client that is another one then.
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
  Quarantine change;                  // as operators are to sign it
  Seq through;                        // the log's end when it was tried
  std::string record;                 // the record in question, in words
  std::vector<std::string> voided;    // outcomes on the log that become void
  std::vector<std::string> wished;    // what the machines then wish for, and is not on the log yet
  std::vector<std::string> messages;  // to clients, that become other ones; which of them have left is said
};

struct TrialOptions {
  Seq position;
  MachineName machine{};
  std::filesystem::path fix_logs;  // of the gateways' message logs: what left; may be missing
  Cursor* cursor = nullptr;        // told where the replay is, should it die of the record
};

// `reader` stands at the log's begin; `log` reads single events of the same log. Errors: refused (there is no such
// record, it is quarantined already, or the machine can not be), corrupt (the log is not what this build computes, with
// or without), and those of reading.
[[nodiscard]] Result<Trial> try_quarantine(eventlog::LogReader& reader, fix::LogAccess& log,
                                           const TrialOptions& options);

}  // namespace cantus::replay
