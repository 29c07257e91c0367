#include "keeping/backup.h"

#include <algorithm>
#include <set>

#include "eventlog/hash.h"
#include "eventlog/known_backups.h"
#include "eventlog/layout.h"
#include "eventlog/reader.h"
#include "eventlog/removed.h"
#include "eventlog/scan.h"
#include "eventlog/seal.h"
#include "eventlog/segment.h"
#include "keeping/backup_place.h"

namespace cantus::keeping {
namespace {

using eventlog::Directory;
using eventlog::SealedSegment;

class Backup {
 public:
  Backup(runtime::Files& files, const BackupSource& source, const std::filesystem::path& folder, bool verify_all,
         const eventlog::Pace& pace)
      : files_(files),
        source_(source),
        folder_(folder),
        journal_(journal_of_backup(folder)),
        verify_all_(verify_all),
        pace_(pace) {}

  Result<BackupReport> run(TimeNs now) {
    Status status = check_backup_place(files_, source_.journal, folder_);
    if (status) {
      status = files_.make_directories(journal_);
    }
    if (status) {
      status = runtime::sync_way_to(files_, journal_);
    }
    if (!status) {
      return std::move(status).error();
    }
    const Result<std::unique_ptr<runtime::FileLock>> lock = files_.lock(folder_ / backup_lock_file);
    if (!lock) {
      return Error(lock.error()).context("backup");
    }
    // As a sequencer holds it: none can start here while this works, and one that did before is seen.
    const Result<std::unique_ptr<runtime::FileLock>> journal_lock = files_.lock(journal_ / eventlog::lock_file);
    if (!journal_lock) {
      return journal_lock.error().code == ErrorCode::already_in_use
                 ? Error{ErrorCode::refused, "the log in " + journal_.string() + " is in use by a venue (" +
                                                 journal_lock.error().text + "); name a folder of the backup's own"}
                 : Error(journal_lock.error()).context("backup");
    }
    status = check_backup_place(files_, source_.journal, folder_);
    if (status) {
      status = read_copy();
    }
    if (status) {
      status = agrees();
    }
    if (status) {
      status = copy_sealed();
    }
    if (status) {
      status = copy_rest();
    }
    if (status) {
      status = write_directory(files_, journal_, made_);
    }
    if (status) {
      status = copy_others();
    }
    if (!status) {
      return std::move(status).error();
    }
    return finish(now);
  }

 private:
  Status read_copy() {
    Result<Directory> listed = eventlog::read_directory(files_, source_.journal);
    if (!listed) {
      return std::move(listed).error();
    }
    made_ = *std::move(listed);
    sealed_ = made_.segments.size();
    Result<Directory> copy = eventlog::read_directory(files_, journal_);
    if (!copy && copy.error().code != ErrorCode::not_found) {
      return std::move(copy).error();
    }
    if (copy) {
      if (!(copy->identity == made_.identity)) {
        return Error{ErrorCode::refused, "the backup in " + folder_.string() + " is of another venue or log (log " +
                                             std::to_string(copy->identity.log.get()) + ")"};
      }
      copy_ = *std::move(copy);
    }
    return {};
  }

  // What the copy holds is what this log holds: else one of them went on from somewhere in the past, and the copy of
  // what the other did must not be overwritten.
  Status agrees() {
    if (!copy_ || copy_->segments.empty()) {
      return {};
    }
    const Result<Hash256> theirs = hash_at(journal_, {}, copy_->last());
    if (!theirs) {
      return Error(theirs.error()).context("the backup in " + folder_.string());
    }
    const Result<Hash256> ours = hash_at(source_.journal, source_.memory, copy_->last());
    if (!ours && ours.error().code != ErrorCode::not_found) {
      return Error(ours.error());
    }
    if (!ours || *ours != *theirs) {
      return Error{ErrorCode::refused, "the backup in " + folder_.string() + " holds a record " +
                                           std::to_string(copy_->last().get()) +
                                           " that this log does not have; take another folder, and keep that one"};
    }
    return {};
  }

  Result<Hash256> hash_at(const std::filesystem::path& journal, const std::filesystem::path& memory, Seq seq) {
    const Result<std::unique_ptr<eventlog::LogReader>> reader = eventlog::open_log(files_, journal, memory);
    if (!reader) {
      return Error(reader.error());
    }
    if (Status status = (*reader)->seek(seq); !status) {
      return std::move(status).error();
    }
    const Result<std::optional<Event>> event = (*reader)->next();
    if (!event) {
      return Error(event.error());
    }
    if (!event->has_value()) {
      return Error{ErrorCode::not_found, "there is no record " + std::to_string(seq.get())};
    }
    return eventlog::record_hash(**event);
  }

  [[nodiscard]] std::filesystem::path copy_path(const SealedSegment& listed) const {
    return journal_ / eventlog::packed_name(listed.number, listed.opening);
  }

  // The copy lists this very segment, so it was verified when it was copied.
  [[nodiscard]] bool is_copied(const SealedSegment& listed) const {
    return copy_ && listed.number <= copy_->segments.size() && copy_->segments[listed.number - 1] == listed &&
           files_.exists(copy_path(listed)) &&
           (!verify_all_ || eventlog::check_sealed_file(files_, copy_path(listed), made_.identity, listed, pace_));
  }

  Status copy_sealed() {
    for (std::size_t i = 0; i < sealed_; ++i) {
      const SealedSegment& listed = made_.segments[i];
      if (!is_copied(listed)) {
        if (Status status = copy(listed); !status) {
          return status;
        }
      }
    }
    return {};
  }

  Status copy(const SealedSegment& listed) {
    // It may be packed and its plain file removed between looking and opening; then the packed one is there.
    Status status = Error{ErrorCode::not_found, "it is not there"};
    for (int attempt = 0; attempt < 2 && !status && status.error().code == ErrorCode::not_found; ++attempt) {
      const std::optional<std::filesystem::path> here = eventlog::sealed_path(files_, source_.journal, listed);
      status = here ? write_copy(*here, listed) : copy_removed(listed);
      // What was read back of the copy may be bad as well.
      if (!status && here && status.error().code == ErrorCode::corrupt &&
          !eventlog::check_sealed_file(files_, *here, made_.identity, listed, pace_)) {
        status = eventlog::to_be_mended(std::move(status).error(), source_.journal);
      }
    }
    if (!status) {
      return std::move(status).error().context("segment " + std::to_string(listed.number));
    }
    ++report_.copied;
    return add_size(listed);
  }
  Status write_copy(const std::filesystem::path& from, const SealedSegment& listed) {
    return eventlog::write_packed(files_, from, made_.identity, listed, copy_path(listed), pace_);
  }

  // What was removed here is taken from a backup that holds it.
  Status copy_removed(const SealedSegment& listed) {
    const Result<eventlog::Removed> removed = eventlog::read_removed(files_, source_.journal);
    const eventlog::RemovedRange* const range = removed ? removed->of(listed.number) : nullptr;
    if (range == nullptr) {
      return removed ? eventlog::not_there(listed) : Error(removed.error());
    }
    std::string why;
    for (const std::string& folder : eventlog::may_hold(files_, source_.journal, *range)) {
      const std::filesystem::path from =
          journal_of_backup(folder) / eventlog::packed_name(listed.number, listed.opening);
      Status copied = write_copy(from, listed);
      if (copied || copied.error().code == ErrorCode::refused || copied.error().code == ErrorCode::no_space) {
        return copied;  // or the pace said so, or there is no room for it
      }
      const Status source = eventlog::check_sealed_file(files_, from, made_.identity, listed, pace_);
      why += (why.empty() ? "" : "; ") + (source ? copied.error() : source.error()).text;
    }
    return eventlog::is_elsewhere(*range, listed, why);
  }

  Status add_size(const SealedSegment& listed) {
    const Result<std::unique_ptr<runtime::File>> file = files_.open(copy_path(listed), runtime::Access::read);
    const Result<std::uint64_t> size = file ? (*file)->size() : Result<std::uint64_t>(file.error());
    if (!size) {
      return Error(size.error());
    }
    report_.bytes += *size;
    return {};
  }

  // What is not sealed, up to the mark, each segment sealed as far as it goes.
  Status copy_rest() {
    const Result<std::unique_ptr<eventlog::LogReader>> reader =
        eventlog::open_log(files_, source_.journal, source_.memory);
    if (!reader) {
      return Error(reader.error());
    }
    const Seq through = (*reader)->synced();
    while (made_.last() < through) {
      const std::uint64_t number = made_.next_number();
      Result<std::unique_ptr<runtime::Mapping>> mapping = map_unsealed(number);
      if (!mapping && mapping.error().code == ErrorCode::not_found) {
        return sealed_meanwhile(number);
      }
      if (!mapping) {
        return std::move(mapping).error();
      }
      const Result<SealedSegment> part = eventlog::seal_segment((*mapping)->bytes(), made_, made_.opening, through);
      if (!part) {
        return Error(part.error());
      }
      if (!is_copied(*part)) {
        if (Status status =
                eventlog::write_packed(files_, (*mapping)->bytes(), made_.identity, *part, copy_path(*part), pace_);
            !status) {
          return status;
        }
        ++report_.copied;
        if (Status status = add_size(*part); !status) {
          return status;
        }
      }
      made_.segments.push_back(*part);
    }
    return {};
  }

  Result<std::unique_ptr<runtime::Mapping>> map_unsealed(std::uint64_t number) {
    const std::string name = eventlog::segment_name(number, made_.opening);
    if (!source_.memory.empty()) {
      Result<std::unique_ptr<runtime::Mapping>> live = files_.map(source_.memory / name, runtime::Access::read);
      if (live || live.error().code != ErrorCode::not_found) {
        return live;
      }
    }
    return files_.map(source_.journal / name, runtime::Access::read);
  }

  // It was there when the reader looked: by now the directory record lists it.
  Status sealed_meanwhile(std::uint64_t number) {
    const std::size_t listed_before = made_.segments.size();
    Result<Directory> listed = eventlog::read_directory(files_, source_.journal);
    if (!listed) {
      return std::move(listed).error();
    }
    if (listed->segments.size() < number || listed->opening != made_.opening) {
      return Error{ErrorCode::failed, "segment " + std::to_string(number) + " is gone; was the venue started anew?"};
    }
    made_ = *std::move(listed);
    sealed_ = made_.segments.size();
    for (std::size_t i = std::min(listed_before, sealed_); i < sealed_; ++i) {
      if (Status status = copy(made_.segments[i]); !status) {
        return status;
      }
    }
    return copy_rest();
  }

  Status copy_others() {
    for (const std::filesystem::path& path : source_.others) {
      const Result<std::vector<std::byte>> bytes = runtime::read_file(files_, path);
      if (!bytes && bytes.error().code == ErrorCode::not_found) {
        continue;
      }
      if (!bytes) {
        return Error(bytes.error());
      }
      Manifest::Other other{path.filename().string(), eventlog::Sha256().add(*bytes).finish()};
      if (Status status = runtime::replace_file(files_, path_in_backup(folder_, other), *bytes); !status) {
        return status;
      }
      report_.manifest.others.push_back(std::move(other));
    }
    return {};
  }

  Result<BackupReport> finish(TimeNs now) {
    report_.manifest.identity = made_.identity;
    report_.manifest.through = made_.last();
    report_.manifest.chain = made_.chain();
    report_.manifest.taken_at = now;
    report_.segments = made_.segments.size();
    const std::string text = to_text(report_.manifest);
    Status status = runtime::replace_file(files_, folder_ / manifest_file, std::as_bytes(std::span(text)));
    if (status) {
      status = remove_unlisted();
    }
    return status ? Result<BackupReport>(report_) : Result<BackupReport>(std::move(status).error());
  }

  // Parts that were sealed under another name since, other files as they were before, and what was cut short. What no
  // backup makes is not ours, wherever it lies.
  Status remove_unlisted() {
    std::set<std::string> segments;
    for (const SealedSegment& listed : made_.segments) {
      segments.insert(eventlog::packed_name(listed.number, listed.opening));
    }
    Status status = remove_if(
        journal_, [&](const std::string& name) { return is_made_by_backup(name) && !segments.contains(name); });
    for (const Manifest::Other& other : report_.manifest.others) {
      const std::string wanted = path_in_backup(folder_, other).filename();
      const auto is_older = [&](const std::string& name) {
        return name != wanted && name.size() == wanted.size() && name.starts_with(other.name + ".") &&
               name.find_first_not_of("0123456789abcdef", other.name.size() + 1) == std::string::npos;
      };
      status = status ? remove_if(folder_, is_older) : std::move(status);
    }
    return status;
  }

  template <class Unwanted>
  Status remove_if(const std::filesystem::path& folder, const Unwanted& unwanted) {
    const Result<std::vector<std::string>> names = files_.list(folder);
    if (!names) {
      return Error(names.error());
    }
    for (const std::string& name : *names) {
      if (unwanted(name)) {
        if (Status status = files_.remove(folder / name); !status) {
          return status;
        }
      }
    }
    return {};
  }

  runtime::Files& files_;
  const BackupSource& source_;
  std::filesystem::path folder_;
  std::filesystem::path journal_;
  bool verify_all_;
  const eventlog::Pace& pace_;
  std::optional<Directory> copy_;  // as it was
  Directory made_;                 // as it will be
  std::size_t sealed_ = 0;         // of it, by the log itself
  BackupReport report_;
};

}  // namespace

Result<BackupReport> back_up(runtime::Files& files, const BackupSource& source, const std::filesystem::path& folder,
                             TimeNs now, bool verify_all, const eventlog::Pace& pace) {
  return Backup(files, source, folder, verify_all, pace).run(now);
}

}  // namespace cantus::keeping
