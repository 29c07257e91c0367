// Reads the log beside the venue, as far as it is durable, and shows each record to the checkers. What it has once seen
// durable must be there for ever, with the same content, behind every fault: one content per number.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "eventlog/reader.h"
#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class LogWatch {
 public:
  // All of them outlive it.
  LogWatch(World& world, Findings& findings, const std::vector<Checker*>& checkers)
      : world_(world), findings_(findings), checkers_(checkers) {}

  // Everything that is durable now is shown. Behind a power cut nothing is until the log is open again.
  void look();
  [[nodiscard]] Seq seen() const { return Seq(seen_.size()); }

 private:
  [[nodiscard]] bool open();
  void show(const Event& event);

  World& world_;
  Findings& findings_;
  const std::vector<Checker*>& checkers_;
  std::unique_ptr<eventlog::LogReader> reader_;
  std::size_t boot_ = 0;             // in which it was opened
  std::vector<std::uint64_t> seen_;  // sums of the records, by number
  TimeNs time_;
};

}  // namespace cantus::sim
