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
#include "runtime/files.h"

namespace cantus::host {

struct Evidence {
  std::string participant;  // "matching-0"
  std::string build;
  std::string what;              // the disagreement in words
  Event on_log;                  // the record as the log holds it
  std::optional<WishView> ours;  // what this process has under the same number, if anything
  std::optional<Digest> digest;  // of the machine, if it is one, after …
  Seq applied;                   // … this event
  // What another replica has under that number, as its suspension tells.
  std::optional<WishView> other{};
  std::optional<PlaceId> other_place{};
};

// What the replica that differs had under the number in doubt; nothing if it had no wish, or one that is longer than
// the record carries. It looks into the record.
[[nodiscard]] std::optional<WishView> other_wish(const PublisherSuspended& suspended, TopicId topic);

// One JSON file `<participant>-<seq>.json`; both messages as fields and as hexadecimal bytes. What an earlier process
// wrote there stays: another content is written beside it, `<participant>-<seq>-2.json`, and so on.
[[nodiscard]] Result<std::filesystem::path> write_evidence(runtime::Files& files, const std::filesystem::path& folder,
                                                           const Evidence& evidence);

}  // namespace cantus::host
