#include "cli/needs.h"

#include <algorithm>

#include "regreport/app/audit_database.h"
#include "runtime/logging.h"
#include "snapshots/begin.h"

namespace cantus::cli {
namespace {

constexpr std::int64_t answer_holds_ns = std::int64_t{600} * 1'000'000'000;

snapshots::Need audit_need(const VenuePlace& place, snapshots::Starts& starts) {
  const Result<Seq> rows = regreport::AuditDatabase::position_in(place.host(), place.audit_database());
  if (!rows) {
    return {"the audit database, of which it is not known how far it is (" + rows.error().text + ")", Seq(1)};
  }
  const std::string written = "the audit database, written through " + std::to_string(rows->get());
  for (std::size_t i = 0; const eventlog::Snapshot* const snapshot = starts.at(i); ++i) {
    const Seq position = snapshot->info.taken_at.position.seq();
    if (position <= *rows) {
      return {written, position};
    }
  }
  return {written + ", which every snapshot is beyond", Seq(1)};
}

}  // namespace

Result<std::vector<snapshots::Need>> needs_of(const VenuePlace& place, const runtime::Pace& pace) {
  snapshots::Starts starts = snapshots::starts_of(place.files(), place.paths(), pace);
  Result<std::vector<snapshots::Need>> needs = snapshots::needs_of(starts);
  if (needs) {
    needs->push_back(audit_need(place, starts));
  }
  return needs;
}

NeedsWatch::NeedsWatch(VenuePlace place)
    : place_(std::move(place)), exceptions_([&files = place_.files(), paths = place_.paths()] {
        return eventlog::open_log(files, paths.journal(), paths.memory);
      }) {}

Seq NeedsWatch::first(const runtime::Pace& pace) {
  const bool news = exceptions_.news(pace);
  std::vector<LogSeq> present =
      eventlog::list_snapshots(place_.files(), eventlog::snapshot_folder(place_.paths().data));
  const std::int64_t now_ns = place_.host().clock().monotonic_ns();
  if (!news && asked_at_ns_ != 0 && present == snapshots_ && now_ns - asked_at_ns_ < answer_holds_ns) {
    return first_;
  }
  snapshots_ = std::move(present);
  asked_at_ns_ = now_ns;
  const Result<std::vector<snapshots::Need>> needs = needs_of(place_, pace);
  if (pace && !pace(0)) {
    asked_at_ns_ = 0;  // it was not looked at to the end
    return Seq(1);
  }
  first_ = needs ? snapshots::first_needed(*needs) : Seq(1);
  if (!needs) {
    runtime::log_warning("what of the log is needed cannot be said: " + needs.error().text);
  }
  // The audit database goes on by itself, and may have passed the newest snapshot a moment later.
  if (!needs || needs->back().from <= first_) {
    asked_at_ns_ = 0;
  }
  return first_;
}

}  // namespace cantus::cli
