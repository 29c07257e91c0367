#include "keeping/keeper.h"

#include <algorithm>

#include "eventlog/layout.h"
#include "eventlog/removed.h"
#include "eventlog/text_file.h"
#include "keeping/backup.h"
#include "keeping/retention.h"
#include "runtime/logging.h"

namespace cantus::keeping {
namespace {

constexpr std::int64_t try_again_after_ns = std::int64_t{60} * 1'000'000'000;

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::uint64_t size_of(runtime::Files& files, const std::filesystem::path& path) {
  const Result<std::unique_ptr<runtime::File>> file = files.open(path, runtime::Access::read);
  const Result<std::uint64_t> size = file ? (*file)->size() : Result<std::uint64_t>(file.error());
  return size ? *size : 0;
}

}  // namespace

Keeper::Keeper(runtime::Files& files, const runtime::Clock& clock, KeeperOptions options)
    : files_(files), clock_(clock), options_(std::move(options)), state_(read_state(files, state_file(options_.data))) {
  written_ = state_;
}

bool Keeper::work(const eventlog::Pace& pace) {
  if (lock_ == nullptr) {
    Result<std::unique_ptr<runtime::FileLock>> lock = files_.lock(options_.data / "keeping.lock");
    if (!lock) {
      tell_not_locked(lock.error());
      return false;
    }
    lock_ = *std::move(lock);
    not_locked_since_ns_.reset();
    told_not_locked_.clear();
  }
  const Result<eventlog::Directory> directory = eventlog::read_directory(files_, options_.journal);
  if (!directory) {
    return false;  // not there yet; or damaged, which whoever needs it says
  }
  if (!looked_) {
    looked_ = true;
    remove_unfinished();
    count_packed(*directory);
  }
  keep_spares();
  renew_removed(pace);
  // Asked between the parts of the work as well, so that an end is not waited for.
  const auto goes_on = [&pace] { return !pace || pace(0); };
  bool worked = false;
  if (options_.compress && goes_on()) {
    worked = pack(*directory, pace);
  }
  if (!worked && options_.remove_older_ns && goes_on()) {
    worked = remove(*directory, pace);
    if (!worked) {
      tell_removed();
    }
  }
  if (!worked && goes_on()) {
    worked = verify(*directory, pace);
  }
  remember();
  return worked;
}

// One of a supervisor that was killed may be at its end, or there is no room for the file yet; but a process that was
// stopped may hold it as well, or this one may not have it, and then nothing is packed, verified or removed any more.
void Keeper::tell_not_locked(const Error& error) {
  const std::int64_t now_ns = clock_.monotonic_ns();
  not_locked_since_ns_ = not_locked_since_ns_.value_or(now_ns);
  if (told_not_locked_ != error.text && now_ns - *not_locked_since_ns_ >= try_again_after_ns) {
    told_not_locked_ = error.text;
    runtime::log_warning("nothing is packed, verified or removed: " + error.text);
  }
}

std::vector<KnownBackup> Keeper::backups_in_sight() const {
  Result<std::vector<KnownBackup>> known = read_backups(files_, options_.data);
  std::vector<KnownBackup> backups = known ? *std::move(known) : std::vector<KnownBackup>();
  std::erase_if(backups, [this](const KnownBackup& backup) { return !holds_backup(files_, backup.folder); });
  return backups;
}

// What was removed is in a backup all the same.
void Keeper::renew_removed(const eventlog::Pace& pace) {
  const std::int64_t begun_ns = clock_.monotonic_ns();
  const bool first = list_seen_at_ns_ == 0;
  if (!first && begun_ns - list_looked_at_ns_ < try_again_after_ns) {
    return;
  }
  std::vector<KnownBackup> backups = backups_in_sight();
  list_looked_at_ns_ = begun_ns;
  if (!first && begun_ns - list_seen_at_ns_ < list_again_after_ns_ && backups == list_backups_) {
    return;  // nor was one taken or verified since
  }
  list_backups_ = std::move(backups);
  constexpr std::string_view damaged = "the list of removed segments is damaged: ";
  const Status renewed = renew_list(files_, options_.data, options_.journal, clock_.utc(), pace);
  list_looked_at_ns_ = list_seen_at_ns_ = clock_.monotonic_ns();
  // It may have read every copy in a backup, for minutes and in vain: with the same backups that is to take a tenth of
  // the time at most.
  list_again_after_ns_ = std::max(try_again_after_ns, 10 * (list_seen_at_ns_ - begun_ns));
  if (!renewed && renewed.error().code != ErrorCode::refused) {
    state_.not_removed = std::string(damaged) + renewed.error().text;
    runtime::log_warning(state_.not_removed);
  } else if (renewed && state_.not_removed.starts_with(damaged)) {
    state_.not_removed.clear();
  }
}

// The oldest that is still plain.
bool Keeper::pack(const eventlog::Directory& directory, const eventlog::Pace& pace) {
  if (!put_off_.empty() && clock_.monotonic_ns() - put_off_since_ns_ >= try_again_after_ns) {
    packed_through_ = *put_off_.begin() - 1;
    put_off_.clear();
  }
  while (packed_through_ < directory.segments.size()) {
    const eventlog::SealedSegment& listed = directory.segments[packed_through_];
    const std::optional<std::filesystem::path> path = eventlog::sealed_path(files_, options_.journal, listed);
    if (!path || eventlog::is_packed(*path)) {
      ++packed_through_;
      continue;
    }
    const Status packed = eventlog::pack_sealed(files_, options_.journal, directory.identity, listed, pace);
    if (!packed && packed.error().code == ErrorCode::refused) {
      return false;
    }
    ++packed_through_;
    if (packed) {
      state_.trouble = put_off_.empty() ? std::string() : state_.trouble;
      runtime::log_info("packed segment " + std::to_string(listed.number));
    } else {
      put_off_since_ns_ = clock_.monotonic_ns();
      put_off_.insert(listed.number);
      state_.trouble = packed.error().text;
      runtime::log_warning("segment " + std::to_string(listed.number) + " stays as it is: " + packed.error().text);
    }
    judge(listed, packed);
    count_packed(directory);
    return true;
  }
  return false;
}

// The oldest, if it may go; if not, it is looked at again after a while, or when another backup was taken.
bool Keeper::remove(const eventlog::Directory& directory, const eventlog::Pace& pace) {
  const std::int64_t now_ns = clock_.monotonic_ns();
  Result<std::vector<KnownBackup>> backups = read_backups(files_, options_.data);
  const bool same = backups && *backups == backups_;
  if (same && not_removed_since_ns_ != 0 && now_ns - not_removed_since_ns_ < try_again_after_ns) {
    return false;
  }
  backups_ = backups ? *std::move(backups) : std::vector<KnownBackup>();
  // A host's clock that was moved makes nothing old: what counts is the log's own time, as far as it is sealed.
  const TimeNs newest = directory.segments.empty() ? TimeNs() : directory.segments.back().last_time;
  const RetentionBounds bounds{options_.needed, TimeNs(newest.get() - *options_.remove_older_ns)};
  const Result<RetentionStep> step = remove_oldest(files_, options_.data, options_.journal, bounds, clock_.utc(), pace);
  if (step && step->removed != 0) {
    state_.not_removed.clear();
    not_removed_since_ns_ = 0;
    removed_some_ = true;
    runtime::log_info("removed segment " + std::to_string(step->removed) + ", which a backup holds");
    return true;
  }
  if (step || step.error().code != ErrorCode::refused) {
    state_.not_removed = step ? step->kept_because : step.error().text;
    not_removed_since_ns_ = now_ns;
  }
  return false;
}

std::string to_text(const RemovedSegments& removed) {
  return "segments " + std::to_string(removed.first) + " to " + std::to_string(removed.through) + ", through record " +
         std::to_string(removed.last.get()) + ", which the backup in " + removed.backup + " holds";
}

// Also what one removed that died before it could tell.
void Keeper::tell_removed() {
  const Result<eventlog::Removed> removed =
      removed_some_ ? eventlog::read_removed(files_, options_.journal) : Result<eventlog::Removed>(eventlog::Removed());
  if (!removed || removed->through() <= state_.removal_noted) {
    removed_some_ = removed_some_ && !removed;
    return;
  }
  const eventlog::RemovedRange& last = removed->ranges.back();
  const RemovedSegments what{state_.removal_noted + 1, last.through, last.last, last.backup};
  if (const Status noted = options_.note_removed(what); noted) {
    runtime::log_info("removed " + to_text(what));
    state_.removal_noted = last.through;
    removed_some_ = false;
  }
}

// The next one of a pass.
bool Keeper::verify(const eventlog::Directory& directory, const eventlog::Pace& pace) {
  const TimeNs now = clock_.utc();
  if (state_.next_to_verify == 0) {
    const bool due = now.get() - state_.pass_begun.get() >= options_.verify_every_ns || now < state_.pass_begun;
    if (!due || directory.segments.empty()) {
      return false;
    }
    state_.next_to_verify = 1;
    state_.pass_begun = now;
  }
  if (state_.next_to_verify > directory.segments.size()) {
    state_.next_to_verify = 0;
    state_.pass_ended = now;
    state_.pass_segments = directory.segments.size();
    runtime::log_info("verified " + std::to_string(state_.pass_segments) + " sealed segments, " +
                      std::to_string(state_.bad.size()) + " are bad");
    return true;
  }
  const eventlog::SealedSegment& listed = directory.segments[state_.next_to_verify - 1];
  const std::optional<std::filesystem::path> path = eventlog::sealed_path(files_, options_.journal, listed);
  if (!path) {
    const Result<eventlog::Removed> removed = eventlog::read_removed(files_, options_.journal);
    if (removed) {  // else nobody knows whether it was removed
      judge(listed, removed->of(listed.number) != nullptr ? Status() : Status(eventlog::not_there(listed)));
    }
    ++state_.next_to_verify;
    return true;
  }
  const Status good = eventlog::check_sealed_file(files_, *path, directory.identity, listed, pace);
  if (!good && good.error().code == ErrorCode::refused) {
    return false;
  }
  judge(listed, good);
  ++state_.next_to_verify;
  return true;
}

// What else went wrong than that a segment is bad says nothing of it.
void Keeper::judge(const eventlog::SealedSegment& listed, const Status& status) {
  if (status) {
    state_.bad.erase(listed.number);
  } else if (status.error().code == ErrorCode::corrupt) {
    const auto [at, fresh] = state_.bad.try_emplace(listed.number);
    at->second.found_at = fresh ? clock_.utc() : at->second.found_at;
    at->second.why = status.error().text;
    if (fresh) {
      runtime::log_error("a sealed segment is bad: " + status.error().text);
    }
  }
}

void Keeper::count_packed(const eventlog::Directory& directory) {
  state_.packed = state_.plain_bytes = state_.packed_bytes = 0;
  for (const eventlog::SealedSegment& listed : directory.segments) {
    const std::filesystem::path path = options_.journal / eventlog::packed_name(listed.number, listed.opening);
    if (files_.exists(path)) {
      ++state_.packed;
      state_.plain_bytes += listed.end - eventlog::segment_data_begin;
      state_.packed_bytes += size_of(files_, path);
    }
  }
}

// Of a keeper that died.
void Keeper::remove_unfinished() {
  const Result<std::vector<std::string>> names = files_.list(options_.journal);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (ends_with(name, ".zst.new")) {
      static_cast<void>(files_.remove(options_.journal / name));
    }
  }
}

// A disk that is full must not keep from being noted what makes room on it. Where there is none for them there may be
// later.
void Keeper::keep_spares() {
  for (const std::filesystem::path& path :
       {options_.journal / eventlog::removed_file, options_.data / eventlog::backups_file}) {
    static_cast<void>(eventlog::keep_spare(files_, path));
  }
}

void Keeper::remember() {
  if (!(state_ == written_) && write_state(files_, state_file(options_.data), state_)) {
    written_ = state_;
  }
}

}  // namespace cantus::keeping
