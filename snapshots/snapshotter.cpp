#include "snapshots/snapshotter.h"

#include <utility>

#include "runtime/logging.h"

namespace cantus::snapshots {
Snapshotter::Snapshotter(runtime::Files& files, SnapshotterOptions options)
    : files_(files), options_(std::move(options)), machines_(std::make_unique<Machines>()) {}

Status Snapshotter::restore(const SnapshotSections& from) {
  last_ = last_named_ = from.taken_at().position.seq();
  last_time_ = from.taken_at().time;
  return machines_->restore(from);
}

void Snapshotter::apply(const Event& event, Machines::Record record) {
  if (!given_up_.empty()) {
    return;
  }
  if (Status applied = machines_->apply(event, record); !applied) {
    give_up(applied.error().text);
    return;
  }
  if (event.is<SnapshotTaken>()) {
    const auto& named = event.as<SnapshotTaken>();
    last_named_ = std::max(last_named_, named.position);
    named_at_ = event.position();
    if (naming_ && named == *naming_) {
      naming_.reset();
    }
  }
  // A log that can be begun with needs none before it. Behind an exception there may be none of use any more, and until
  // there is one whoever starts reads from further back.
  wanted_ = wanted_ || event.is<LogContinued>() || is_exception(event);
  if (last_time_ == TimeNs{}) {
    last_time_ = event.header->time;
  }
  if (due(event)) {
    take(event);
  }
}

// While it catches up it takes none: what it would write is not asked for any more.
bool Snapshotter::due(const Event& event) const {
  if (!attached_ || taken_ != nullptr || naming_.has_value()) {
    return false;
  }
  return wanted_ || event.header->seq.get() - last_.get() >= options_.every_records ||
         event.header->time.get() - last_time_.get() >= options_.every_ns;
}

void Snapshotter::take(const Event& event) {
  wanted_ = false;
  last_ = event.header->seq;
  last_time_ = event.header->time;
  Result<std::vector<std::byte>> sections = machines_->save();
  if (!sections) {
    give_up(sections.error().text);
    return;
  }
  auto taken = std::make_unique<Taken>();
  taken->info = eventlog::snapshot_info(event, options_.build);
  taken->sections = *std::move(sections);
  const Result<SnapshotSections> parsed = SnapshotSections::parse(taken->info.taken_at, taken->sections);
  if (!parsed) {
    give_up(parsed.error().text);
    return;
  }
  taken->digest = digest_of(parsed->sections());
  taken->machines = versions_of(parsed->sections());
  taken_ = std::move(taken);
  write();
}

void Snapshotter::on_stable(Seq stable) {
  stable_ = stable;
  write();
  propose();
  remove_old();
}

void Snapshotter::write() {
  if (taken_ == nullptr || taken_->info.taken_at.position.seq() > stable_) {
    return;
  }
  const std::unique_ptr<Taken> taken = std::move(taken_);
  const Result<eventlog::SnapshotInfo> written =
      eventlog::write_snapshot(files_, options_.folder, taken->info, taken->sections);
  if (!written) {
    runtime::log_error("no snapshot: " + written.error().text);  // the next one may find room
    return;
  }
  SnapshotTaken named;
  named.position = written->taken_at.position.seq();
  named.record_hash = written->record_hash;
  named.sha256 = written->sha256;
  named.digest = eventlog::digest_bytes(taken->digest);
  named.bytes = written->bytes;
  named.term = written->term;
  named.build = FixedString<40>::cut(written->build);
  named.machines = FixedString<160>::cut(taken->machines);
  naming_ = named;
  proposed_ = false;
  propose();
}

// One that the log does not name, for good, is of no use to anybody: none is removed for its sake.
void Snapshotter::remove_old() {
  if (named_at_.raw() == 0 || named_at_.seq() > stable_) {
    return;
  }
  const LogSeq newest(std::exchange(named_at_, LogSeq()).log(), last_named_);
  remove_void();
  if (Status kept = eventlog::keep_newest(files_, options_.folder, newest, options_.keep); !kept) {
    runtime::log_error("old snapshots: " + kept.error().text);
  }
}

// They are of no use any more, and would have others removed that are.
void Snapshotter::remove_void() {
  for (const LogSeq position : eventlog::list_snapshots(files_, options_.folder)) {
    if (machines_->facts().exceptions().unsound(position.seq())) {
      runtime::log_info("removing " + eventlog::snapshot_name(position) + ", whose state the log voids");
      static_cast<void>(files_.remove(options_.folder / eventlog::snapshot_name(position)));
    }
  }
}

void Snapshotter::propose() {
  if (naming_ && !proposed_ && attached_ && proposer_->can_propose()) {
    proposer_->propose(*naming_);
    proposed_ = true;
  }
}

void Snapshotter::on_attached(const host::Attachment&) {
  attached_ = true;
  if (!std::exchange(looked_, true)) {
    remove_unnamed();
  }
  propose();
}

// What an earlier life wrote and did not name will never be named: everything that it proposed was read by now.
void Snapshotter::remove_unnamed() {
  for (const LogSeq position : eventlog::list_snapshots(files_, options_.folder)) {
    if (position.seq() > last_named_) {
      runtime::log_info("removing " + eventlog::snapshot_name(position) + ", which the log does not name");
      static_cast<void>(files_.remove(options_.folder / eventlog::snapshot_name(position)));
    }
  }
}

void Snapshotter::on_lost() {
  attached_ = false;
  proposed_ = false;
}

void Snapshotter::on_refused(PublisherSeq, const std::string& why) {
  runtime::log_error("a snapshot is not named on the log: " + why);
  naming_.reset();
  remove_unnamed();
}

void Snapshotter::give_up(const std::string& why) {
  given_up_ = why;
  taken_.reset();
  machines_.reset();
  runtime::log_error("no snapshots are taken any more: " + why);
}

}  // namespace cantus::snapshots
