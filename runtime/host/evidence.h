// What a replica leaves behind when the log holds something else than it wished for: enough for a person to see which
// bytes differ, at which position, out of which state.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "messages/record.h"
#include "messages/wish_queue.h"

namespace cantus::host {

struct Evidence {
  std::string participant;  // "matching-0"
  std::string build;
  std::string what;              // the disagreement in words
  Event on_log;                  // the record as the log holds it
  std::optional<WishView> ours;  // what this process has under the same number, if anything
  std::optional<Digest> digest;  // of the machine before that record, if it is one
  Seq applied;                   // last event that went into that digest
};

// One JSON file `<participant>-<seq>.json`, replaced if it is there; both messages as fields and as hexadecimal bytes.
[[nodiscard]] Result<std::filesystem::path> write_evidence(const std::filesystem::path& folder,
                                                           const Evidence& evidence);

}  // namespace cantus::host
