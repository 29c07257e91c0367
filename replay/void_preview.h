// What a resolution would void, before anybody signs it: which records, which messages of which sessions were numbered
// because of them, and which of those are known to have left.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "replay/replica.h"

namespace cantus::replay {

// An application message whose cause would be void.
struct MessageInDoubt {
  std::string session;  // "CANTUS-ALPHA1"
  Generation generation;
  MsgSeqNum number;
  Seq cause;
  bool stays = false;   // it may have left: it stays what it is and is answered; else its number is a gap fill
  bool logged = false;  // the gateways' message logs have it: it did leave
};

struct VoidPreview {
  std::map<std::string, std::uint64_t> records;  // would be void, by the names of their types
  std::vector<MessageInDoubt> messages;
};

// `reader` stands at the log's begin; `log` reads single events of the same log; `replica` has applied it to its end.
// `fix_logs` need not be there. Errors: the log cannot be read.
[[nodiscard]] Result<VoidPreview> preview(eventlog::LogReader& reader, fix::LogAccess& log, const Replica& replica,
                                          const Resolved& proposed, const std::filesystem::path& fix_logs);

[[nodiscard]] std::string to_text(const VoidPreview& preview);

}  // namespace cantus::replay
