// From where on a journal is still needed: what retention must not remove (docs/operations.md).
#pragma once

#include <string>
#include <vector>

#include "snapshots/starts.h"

namespace cantus::snapshots {

struct Need {
  std::string what;  // for people
  Seq from;
};

// Each need with the first record that it still has use for, as the newest usable snapshot has it; the least of them is
// where the part of the journal begins that must be kept. Without a snapshot that is everything. Errors: a snapshot
// that the log names cannot be restored by this build.
[[nodiscard]] Result<std::vector<Need>> needs_of(Starts& starts);
[[nodiscard]] Seq first_needed(const std::vector<Need>& needs);

}  // namespace cantus::snapshots
