// From where on a journal is still needed: what retention must not remove (docs/operations.md).
#pragma once

#include <optional>
#include <string>
#include <utility>
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

// Whether the log has said something of records before it (messages/exceptions.h) since this was last asked: then
// snapshots that were of use may not be any more.
class ExceptionWatch {
 public:
  explicit ExceptionWatch(OpenLog open_log) : open_log_(std::move(open_log)) {}

  // True also when first asked, as long as the log cannot be read, and where `pace`, if there is one, said no while it
  // was: what was not read by then is read when it is asked again. Nothing of the log is held in between.
  [[nodiscard]] bool news(const runtime::Pace& pace = {});

 private:
  OpenLog open_log_;
  std::optional<Seq> read_through_;
};

}  // namespace cantus::snapshots
