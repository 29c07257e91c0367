// The end of a log's memory behind an orderly end of its journal.
//
// At each step a death or a power cut leaves a log that starts without loss: first the directory record lists every
// record, then the control page says that it is no longer the log's, and only then names are removed.
#include "eventlog/directory.h"
#include "eventlog/file_journal.h"
#include "eventlog/layout.h"
#include "eventlog/scan.h"
#include "eventlog/seal.h"
#include "eventlog/segment.h"

namespace cantus::eventlog {
namespace {

class GivingUp {
 public:
  GivingUp(runtime::Files& files, const std::filesystem::path& journal, const std::filesystem::path& memory)
      : files_(files), journal_(journal), memory_(memory) {}

  Status run() {
    Result<std::unique_ptr<runtime::FileLock>> lock = files_.lock(journal_ / lock_file);
    if (!lock) {
      return std::move(lock).error().context("journal");
    }
    if (const std::optional<std::string> stop = stop_mark(files_, journal_, memory_)) {
      return Error{ErrorCode::refused, "the journal has stopped: " + *stop};
    }
    Result<Directory> directory = read_directory(files_, journal_);
    if (!directory) {
      return std::move(directory).error();
    }
    directory_ = *std::move(directory);
    const Result<std::unique_ptr<runtime::Mapping>> page =
        map_control(files_, memory_, directory_.identity, runtime::Access::write);
    if (!page) {
      return Error(page.error());
    }
    if (*page == nullptr) {
      return {};  // nothing here is the log's
    }
    auto& control = *reinterpret_cast<ControlPage*>((*page)->writable().data());
    if (control.opening != directory_.opening) {
      return Error{ErrorCode::refused, "the memory is of another opening of the log; the next start judges it"};
    }
    if (control.retired.load() == 0) {
      if (Status listed = list_all(control); !listed) {
        return listed;
      }
      control.retired.store(1);
    }
    give_back_rest();
    return remove_memory();
  }

 private:
  // Every unsealed segment, oldest first, as far as it holds records.
  Status list_all(const ControlPage& control) {
    const std::size_t listed_before = directory_.segments.size();
    const SegmentPlace place{files_, journal_, memory_, directory_.identity, directory_.opening};
    for (std::uint64_t number = directory_.next_number(); number <= control.live_segment.load(); ++number) {
      if (Status listed = list(place, number, Seq(control.synced.load())); !listed) {
        return listed;
      }
    }
    if (directory_.last() != Seq(control.last.load())) {
      return unsynced(Seq(control.last.load()));
    }
    return directory_.segments.size() == listed_before ? Status() : write_directory(files_, journal_, directory_);
  }

  Status list(const SegmentPlace& place, std::uint64_t number, Seq synced) {
    const Result<std::unique_ptr<Segment>> segment = adopt_segment(place, number);
    if (!segment) {
      return Error(segment.error());
    }
    const std::span<const std::byte> bytes = (*segment)->bytes;
    const Walk walk = walk_segment(bytes, directory_.identity, directory_.last().next(), directory_.last_term());
    if (walk.last > synced) {
      return unsynced(walk.last);
    }
    if (walk.first.is_zero()) {
      return {};  // it is live and nothing was put into it yet
    }
    const Result<SealedSegment> sealed = seal_segment(bytes, directory_, directory_.opening, walk.last);
    if (!sealed) {
      return Error(sealed.error());
    }
    directory_.segments.push_back(*sealed);
    return {};
  }

  static Error unsynced(Seq last) {
    return Error{ErrorCode::refused,
                 "record " + std::to_string(last.get()) + " in shared memory was not synced; the next start takes it"};
  }

  // Behind what is listed nothing is ever read. Where its space cannot be had, it stays taken.
  void give_back_rest() {
    if (directory_.segments.empty()) {
      return;
    }
    const SealedSegment& last = directory_.segments.back();
    const Result<std::unique_ptr<runtime::File>> file =
        files_.open(journal_ / segment_name(last.number, last.opening), runtime::Access::write);
    if (file) {
      static_cast<void>((*file)->give_back(last.end));
    }
  }

  // The control page goes first: without it a start looks at the files alone. Then memory, then files reserved ahead.
  Status remove_memory() {
    if (Status removed = files_.remove(memory_ / control_file); !removed) {
      return removed;
    }
    for (const std::filesystem::path& folder : {memory_, journal_}) {
      const Result<std::vector<std::string>> names = files_.list(folder);
      if (!names) {
        return Error(names.error());
      }
      for (const std::string& name : *names) {
        const std::optional<SegmentName> segment = parse_segment_name(name);
        if (!segment || (folder == journal_ && segment->number < directory_.next_number())) {
          continue;
        }
        if (Status removed = files_.remove(folder / name); !removed) {
          return removed;
        }
      }
    }
    return files_.sync_directory(journal_);
  }

  runtime::Files& files_;
  const std::filesystem::path& journal_;
  const std::filesystem::path& memory_;
  Directory directory_;
};

}  // namespace

Status give_up_memory(runtime::Files& files, const std::filesystem::path& journal,
                      const std::filesystem::path& memory) {
  return GivingUp(files, journal, memory).run();
}

}  // namespace cantus::eventlog
