#include "tests/sim/checkers/replays.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "eventlog/reader.h"
#include "replay/verify.h"

namespace cantus::sim {
namespace {

Result<std::unique_ptr<eventlog::LogReader>> open(World& world) {
  return eventlog::open_log(world.host().files, world.paths().journal(), world.paths().memory);
}

}  // namespace

void Replays::at_quiet() {
  verify();
  compare_replicas();
}

void Replays::verify() {
  Result<std::unique_ptr<eventlog::LogReader>> reader = open(world_);
  Result<std::unique_ptr<eventlog::LogReader>> causes = open(world_);
  if (!reader || !causes) {
    findings_.add("the log can be read", (reader ? causes : reader).error().text);
    return;
  }
  fix::ReaderLogAccess log(*std::move(causes));
  const Result<replay::VerifyReport> report = replay::verify(**reader, log, {});
  if (!report) {
    findings_.add("the log can be replayed", report.error().text);
    return;
  }
  if (report->first_difference) {
    findings_.add("a replay is the same", "at " + std::to_string(report->first_difference->position.get()) + ": " +
                                              report->first_difference->text);
  }
  snapshots_equal_ = report->snapshots_equal;
}

// Each where it stands: one that was not concerned by the last records has not read them yet.
void Replays::compare_replicas() {
  auto standings = world_.standings();
  std::ranges::sort(standings, {}, [](const auto& one) { return one.second.applied; });
  Result<std::unique_ptr<eventlog::LogReader>> reader = open(world_);
  if (!reader) {
    return;  // said before
  }
  Result<Exceptions> exceptions = replay::exceptions_of(**reader);
  if (!exceptions) {
    return;
  }
  const auto replica = std::make_unique<replay::Replica>(*std::move(exceptions));
  for (const auto& [name, standing] : standings) {
    if ((*reader)->position() < standing.applied) {
      if (const auto reached = replay::replay(**reader, *replica, standing.applied); !reached) {
        findings_.add("the log can be replayed", reached.error().text);
        return;
      }
    }
    const Digest digest = name.starts_with("matching") ? replica->matching().digest() : replica->reports().digest();
    if (!(digest == standing.digest)) {
      findings_.add("replicas are equal",
                    name + " has another state at " + std::to_string(standing.applied.get()) + " than a replay");
    }
  }
}

}  // namespace cantus::sim
