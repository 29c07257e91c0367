// A replay may die of a record, as the venue's processes did: so it is tried in a process of its own first.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "messages/handling.h"

namespace cantus::cli {

struct ReplayDeath {
  Seq record;
  MachineName machine{};  // that was at work on it
  std::string end;        // "was killed by signal 11 (Segmentation fault)"
};

// `replay` in a child of this process, told where it stands. Nothing if it lived. Error failed: it could not be tried,
// or ended for want of memory or by somebody's signal, which says nothing of any record; the text says how it ended.
[[nodiscard]] Result<std::optional<ReplayDeath>> death_of(const std::function<void(Cursor&)>& replay);

}  // namespace cantus::cli
