#include "snapshots/starts.h"

#include <utility>

#include "eventlog/hash.h"
#include "messages/exceptions.h"

namespace cantus::snapshots {

std::optional<std::string> why_not(const eventlog::SnapshotInfo& snapshot, eventlog::LogReader& log) {
  const Seq position = snapshot.taken_at.position.seq();
  if (log.identity().venue != snapshot.taken_at.venue) {
    return "it is of another venue";
  }
  if (position.is_zero() || position > log.last()) {
    return "the log does not reach to it";
  }
  if (Status sought = log.seek(position); !sought) {
    return sought.error().text;
  }
  Exceptions behind;
  bool named = false;
  for (bool first = true;; first = false) {
    const Result<std::optional<Event>> next = log.next();
    if (!next) {
      return next.error().text;
    }
    if (!next->has_value()) {
      break;
    }
    const Event& event = **next;
    if (first && (event.position() != snapshot.taken_at.position || event.header->term != snapshot.term ||
                  eventlog::record_hash(event) != snapshot.record_hash)) {
      return "the log holds another record at its position";
    }
    if (event.is<SnapshotTaken>() && event.as<SnapshotTaken>().position == position) {
      if (event.as<SnapshotTaken>().sha256 == snapshot.sha256) {
        named = true;
      }
    }
    behind.apply(event);
  }
  if (behind.unsound(position)) {
    return "the log voids what its state holds";
  }
  return named ? std::nullopt : std::optional<std::string>("the log does not name it");
}

Starts::Starts(runtime::Files& files, std::filesystem::path folder, OpenLog open_log,
               std::function<void(const std::string&)> say)
    : files_(files), folder_(std::move(folder)), open_log_(std::move(open_log)), say_(std::move(say)) {}

const eventlog::Snapshot* Starts::at(std::size_t i) {
  if (!listed_) {
    listed_ = eventlog::list_snapshots(files_, folder_);
  }
  while (usable_.size() <= i) {
    if (!judge_next()) {
      return nullptr;
    }
  }
  return usable_[i].get();
}

void Starts::forget() {
  listed_.reset();
  judged_ = 0;
  usable_.clear();
}

bool Starts::judge_next() {
  if (judged_ == listed_->size()) {
    return false;
  }
  const LogSeq position = (*listed_)[judged_++];
  std::unique_ptr<eventlog::Snapshot> snapshot;
  if (const std::optional<std::string> why = refusal(position, snapshot)) {
    say_("the snapshot " + eventlog::snapshot_name(position) + " is passed over: " + *why);
  } else {
    usable_.push_back(std::move(snapshot));
  }
  return true;
}

std::optional<std::string> Starts::refusal(LogSeq position, std::unique_ptr<eventlog::Snapshot>& snapshot) {
  Result<eventlog::Snapshot> read = eventlog::read_snapshot(files_, folder_ / eventlog::snapshot_name(position));
  if (!read) {
    return read.error().text;
  }
  if (read->info.taken_at.position != position) {
    return "its name is not its position";
  }
  const Result<std::unique_ptr<eventlog::LogReader>> log = open_log_();
  if (!log) {
    return log.error().text;
  }
  std::optional<std::string> why = why_not(read->info, **log);
  snapshot = std::make_unique<eventlog::Snapshot>(*std::move(read));
  return why;
}

}  // namespace cantus::snapshots
