#include "tests/sim/checkers/replays.h"

#include <memory>
#include <string>
#include <utility>

#include "eventlog/snapshot_file.h"
#include "replay/verify.h"

namespace cantus::sim {
namespace {

constexpr std::uint64_t one_seed_in = 8;  // is verified by the product's command, too

}  // namespace

void Replays::on_stable(const Event& event) {
  if (event.carries<SnapshotTaken>()) {
    snapshots_.push_back(event.as<SnapshotTaken>());
  }
}

void Replays::at_quiet() {
  replay_once();
  if (world_.seed() % one_seed_in == 0) {
    verify();
  }
}

void Replays::replay_once() {
  Result<std::unique_ptr<eventlog::LogReader>> reader = world_.open_log();
  Result<std::unique_ptr<eventlog::LogReader>> causes = world_.open_log();
  Result<Exceptions> exceptions = reader ? replay::exceptions_of(**reader) : Result<Exceptions>(reader.error());
  if (!exceptions || !causes) {
    findings_.add("the log can be read", (exceptions ? causes.error() : exceptions.error()).text);
    return;
  }
  const auto replica = std::make_unique<replay::Replica>(*std::move(exceptions));
  Looks due = looks();
  due.emplace((*reader)->last(), [this](const replay::Replica& at_end) { compare_end(at_end); });
  for (const auto& [position, look] : due) {
    if ((*reader)->position() < position) {
      if (const auto reached = replay::replay(**reader, *replica, position); !reached) {
        findings_.add("the log can be replayed", reached.error().text);
        return;
      }
    }
    look(*replica);
  }
  fix::ReaderLogAccess log(*std::move(causes));
  sent_.compare(*replica, log);
}

Replays::Looks Replays::looks() {
  Looks due;
  for (const auto& [name, standing] : world_.standings()) {
    due.emplace(standing.applied, [this, name = name, standing = standing](const replay::Replica& replica) {
      const Digest digest = name.starts_with("matching") ? replica.matching().digest() : replica.reports().digest();
      if (!(digest == standing.digest)) {
        findings_.add("replicas are equal",
                      name + " has another state at " + std::to_string(standing.applied.get()) + " than a replay");
      }
    });
  }
  for (const SnapshotTaken& named : snapshots_) {
    due.emplace(named.position, [this, named](const replay::Replica& replica) {
      const Result<Digest> state = replica.state();
      if (state && eventlog::digest_bytes(*state) == named.digest) {
        ++snapshots_equal_;
      } else {
        findings_.add("snapshots have the log's state", "behind " + std::to_string(named.position.get()));
      }
    });
  }
  return due;
}

void Replays::compare_end(const replay::Replica& replica) {
  for (const replay::PublisherCheck& check : replica.checks()) {
    if (check.difference) {
      findings_.add("a replay is the same", check.difference->text);
    }
    if (check.outstanding > 0) {
      findings_.add("every wish comes onto the log", std::string(check.name) + " still has some");
    }
  }
  if (const ReportCounts& counts = replica.reports().counts(); counts.outstanding + counts.rejected > 0) {
    findings_.add("every report is settled", std::to_string(counts.outstanding) + " are unanswered, " +
                                                 std::to_string(counts.rejected) + " refused");
  }
  if (replica.numbers_difference()) {
    findings_.add("a replay is the same", replica.numbers_difference()->text);
  }
  if (replica.unsigned_permission()) {
    findings_.add("nothing unsigned changes who may write", replica.unsigned_permission()->text);
  }
}

void Replays::verify() {
  Result<std::unique_ptr<eventlog::LogReader>> reader = world_.open_log();
  Result<std::unique_ptr<eventlog::LogReader>> causes = world_.open_log();
  if (!reader || !causes) {
    return;  // said before
  }
  fix::ReaderLogAccess log(*std::move(causes));
  const Result<replay::VerifyReport> report = replay::verify(**reader, log, {});
  if (!report || report->first_difference || report->snapshots_equal != snapshots_equal_) {
    findings_.add("`cantus replay verify` says the same", !report                    ? report.error().text
                                                          : report->first_difference ? report->first_difference->text
                                                                                     : "another number of snapshots");
  }
}

}  // namespace cantus::sim
