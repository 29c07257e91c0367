// What operators do before they sign a quarantine, as `cantus quarantine` does it (cli/quarantine_trial.h): the log is
// tried in a process of its own, which dies where the quarantine does not help.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "replay/trial.h"
#include "tests/sim/world.h"

namespace cantus::sim {

struct TrialEnd {
  std::unique_ptr<replay::RunningTrial> trial;  // null: it died, or was refused
  std::optional<replay::TriedRecord> death;     // of what
  std::string refusal;
};

[[nodiscard]] TrialEnd try_quarantines(World& world, const replay::TrialOptions& options);
// Once more, with what came onto the log since. False: it must be tried anew.
[[nodiscard]] bool look_again(World& world, replay::RunningTrial& trial);

}  // namespace cantus::sim
