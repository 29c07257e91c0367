#include "eventlog/start.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/mutant.h"
#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/rewriter.h"
#include "eventlog/scan.h"
#include "eventlog/seal.h"
#include "eventlog/sealed_file.h"
#include "eventlog/survey.h"

namespace cantus::eventlog {
namespace {

class Start {
 public:
  Start(Core& core, StartMode mode) : core_(core), mode_(mode) {}

  Result<Started> run() {
    if (Status status = prepare(); !status) {
      return std::move(status).error();
    }
    Result<Directory> directory = read_directory(core_.files, journal());
    if (!directory && directory.error().code != ErrorCode::not_found) {
      return std::move(directory).error();
    }
    Status status;
    if (directory) {
      started_.directory = *std::move(directory);
      core_.identity = started_.directory.identity;
      core_.opening = started_.directory.opening;
      status = continue_log();
    } else {
      status = create();
    }
    if (!status) {
      if (changing_ && status.error().code == ErrorCode::failed) {
        core_.leave_stop_mark(old_control_, status.error());
      }
      return std::move(status).error();
    }
    return std::move(started_);
  }

 private:
  [[nodiscard]] const std::filesystem::path& journal() const { return core_.options.journal; }
  [[nodiscard]] const std::filesystem::path& memory() const { return core_.options.memory; }

  Status prepare() {
    const JournalOptions& options = core_.options;
    if (options.segment_bytes < segment_bytes_min || options.segment_bytes % segment_data_begin != 0 ||
        options.unsealed_max < 2) {
      return Error{ErrorCode::refused, "journal: segment_bytes must be a multiple of 4096, at least " +
                                           std::to_string(segment_bytes_min) + ", and unsealed_max at least 2"};
    }
    for (const std::filesystem::path& directory : {journal(), memory()}) {
      if (Status status = core_.files.make_directories(directory); !status) {
        return status;
      }
    }
    Result<std::unique_ptr<runtime::FileLock>> lock = core_.files.lock(journal() / lock_file);
    if (!lock) {
      return std::move(lock).error().context("journal");
    }
    core_.lock = *std::move(lock);
    return {};
  }

  // ---- a new log ----

  Status create() {
    if (mode_ == StartMode::recover || !core_.options.create_as.has_value()) {
      return Error{ErrorCode::not_found, "there is no log in " + journal().string()};
    }
    const Result<std::vector<std::string>> names = core_.files.list(journal());
    if (!names) {
      return Error(names.error());
    }
    for (const std::string& name : *names) {
      if (parse_segment_name(name).has_value() || is_packed(name)) {
        return Error{ErrorCode::corrupt, "there are segment files in " + journal().string() +
                                             " but no directory record; restore it from another holder"};
      }
    }
    core_.identity = *core_.options.create_as;
    started_.directory.identity = core_.identity;
    started_.directory.predecessor_chain = core_.options.predecessor_chain;
    started_.report.kind = StartKind::created;
    // The folder's own name must outlive a power cut, too; and segments without a directory record would be refused.
    Status status = runtime::sync_way_to(core_.files, journal());
    if (status) {
      status = write_directory(core_.files, journal(), started_.directory);
    }
    return status ? rewrite({}, Seq(0)) : std::move(status);
  }

  // ---- one that is there ----

  Status continue_log() {
    if (Status found = find_control(); !found) {
      return found;
    }
    const std::optional<std::string> stop = stop_mark(core_.files, journal(), memory());
    if (mode_ == StartMode::recover) {
      return stop.has_value() ? recover_log()
                              : Status(Error{ErrorCode::refused, "there is no stop mark: nothing is to be recovered"});
    }
    if (stop.has_value() && !CANTUS_MUTANT(stop_mark_ignored)) {
      return Error{ErrorCode::refused, "the journal has stopped: " + *stop + ". Run `cantus recover`."};
    }
    if (old_control_ != nullptr) {
      Result<bool> complete = adopt_live();
      if (!complete) {
        return std::move(complete).error();
      }
      if (*complete) {
        return continue_in_memory();
      }
    }
    return continue_from_files();
  }

  // The control page that an earlier process of this boot left.
  Status find_control() {
    Result<std::unique_ptr<runtime::Mapping>> page =
        map_control(core_.files, memory(), core_.identity, runtime::Access::write);
    if (!page) {
      return std::move(page).error();
    }
    old_control_memory_ = *std::move(page);
    if (old_control_memory_ != nullptr) {
      old_control_ = reinterpret_cast<ControlPage*>(old_control_memory_->writable().data());
    }
    return {};
  }

  // Maps every unsealed segment of this boot. False if one is missing, if the page is of an older opening, or if it was
  // left behind by a journal that gave up its memory.
  Result<bool> adopt_live() {
    if (old_control_->opening != core_.opening || old_control_->retired.load() != 0) {
      return false;
    }
    const SegmentPlace place = core_.place();
    std::uint64_t end = directory_next();
    while (core_.files.exists(memory() / segment_name(end, core_.opening))) {
      ++end;
    }
    if (end <= old_control_->live_segment.load() || end == directory_next()) {
      return false;
    }
    for (std::uint64_t number = directory_next(); number < end; ++number) {
      Result<std::unique_ptr<Segment>> segment = adopt_segment(place, number);
      if (!segment) {
        return std::move(segment).error();
      }
      started_.segments.push_back(*std::move(segment));
    }
    return true;
  }

  // The same boot: everything anybody saw is in memory. Every record is checked; behind the last good one lies at most
  // what a dying process had half copied, which is zeroed.
  Status continue_in_memory() {
    std::vector<std::unique_ptr<Segment>>& segments = started_.segments;
    started_.synced = Seq(old_control_->synced.load());
    Seq last = started_.directory.last();
    Term term = started_.directory.last_term();
    std::optional<Event> last_record;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      Segment& segment = *segments[i];
      const Walk walk = walk_segment(segment.bytes, core_.identity, last.next(), term);
      if (walk.ending == Walk::Ending::bad && !CANTUS_MUTANT(bad_memory_cut)) {
        return Error{ErrorCode::corrupt, "shared memory " + segment_name(segment.number, segment.opening) +
                                             " at offset " + std::to_string(walk.end) + ", record " +
                                             std::to_string(walk.last.next().get()) + ": " + text_of(walk.fault) +
                                             ", under a stored commit word; nothing was changed"};
      }
      if (!walk.first.is_zero()) {
        last_record = event_at(segment.bytes.data() + walk.last_offset);
      }
      segment.copied = copied_of(segment, walk);
      last = walk.last;
      term = walk.last_term;
      started_.live_end = walk.end;
      started_.live_closed = walk.ending == Walk::Ending::closed;
      if (!started_.live_closed) {
        if (Status status = drop_prepared(i + 1); !status) {
          return status;
        }
      }
    }
    if (segments.empty() || last < started_.synced) {
      return Error{ErrorCode::corrupt, "shared memory ends at record " + std::to_string(last.get()) + ", but record " +
                                           std::to_string(started_.synced.get()) + " was synced; nothing was changed"};
    }
    const Seq seen = Seq(old_control_->last.load());
    if (last < seen) {
      return Error{ErrorCode::corrupt, "shared memory ends at record " + std::to_string(last.get()) + ", but record " +
                                           std::to_string(seen.get()) + " was on the log; nothing was changed"};
    }
    if (Status status = begin_changes(); !status) {
      return status;
    }
    if (!started_.live_closed && !CANTUS_MUTANT(half_record_left)) {
      const auto rest = segments.back()->bytes.subspan(started_.live_end);
      std::memset(rest.data(), 0, rest.size());
    }
    if (Status status = set_last(last_record); !status) {
      return status;
    }
    started_.report.kind = StartKind::same_boot;
    started_.report.last = last;
    started_.report.mark = started_.synced;
    core_.control_memory = std::move(old_control_memory_);
    core_.control = old_control_;
    set_control();
    return finish();
  }

  // Up to where the segment is in its file for certain: behind its last record at or below the synced mark.
  [[nodiscard]] std::size_t copied_of(const Segment& segment, const Walk& walk) const {
    if (walk.last <= started_.synced) {
      return walk.end;
    }
    std::size_t at = segment_data_begin;
    while (at < walk.end && event_at(segment.bytes.data() + at).header->seq <= started_.synced) {
      at = behind(segment.bytes, at);
    }
    return at;
  }

  // What was reserved ahead is made anew; it must hold nothing. No reader maps it: none goes beyond an open end.
  Status drop_prepared(std::size_t from) {
    for (std::size_t i = from; i < started_.segments.size(); ++i) {
      if (load_commit(started_.segments[i]->bytes.data() + segment_data_begin) != 0) {
        return Error{ErrorCode::corrupt,
                     "shared memory " + segment_name(started_.segments[i]->number, core_.opening) +
                         " holds records, but the segment before it was never finished; nothing was changed"};
      }
    }
    started_.segments.resize(from);
    return {};
  }

  // After a reboot, or without a memory segment: what the files hold above the mark is rewritten; what is bad is cut.
  Status continue_from_files() {
    started_.segments.clear();
    if (Status status = load_sources(false); !status) {
      return status;
    }
    const Survey found = survey(started_.directory, sources_, strays_);
    const Seq mark = std::max({found.mark, stored(), Seq(old_control_ != nullptr ? old_control_->synced.load() : 0)});
    if (found.last < mark && !CANTUS_MUTANT(damage_below_mark_cut)) {
      return Error{ErrorCode::corrupt, found.end + "; records up to " + std::to_string(mark.get()) +
                                           " were synced. Nothing was changed; fetch the file from another holder."};
    }
    started_.report.kind = StartKind::after_reboot;
    return replace_tail(found, mark, mark);
  }

  // Past a stop mark the page cache is not believed: all that is not sealed goes into new files, from shared memory if
  // it is whole there; else from there or from the device, whichever holds more of it.
  Status recover_log() {
    started_.report.kind = StartKind::recovered;
    Seq mark = stored();
    std::string why = "it is not there";
    Survey in_memory;
    bool whole = false;
    if (old_control_ != nullptr) {
      mark = std::max(mark, Seq(old_control_->synced.load()));
      if (old_control_->opening == core_.opening) {
        if (Status status = load_memory(); !status) {
          return status;
        }
        in_memory = survey(started_.directory, sources_, strays_);
        mark = std::max(mark, in_memory.mark);
        whole = directory_next() + sources_.size() > old_control_->live_segment.load() &&
                in_memory.last >= std::max(mark, Seq(old_control_->last.load()));
        why = in_memory.end;
      }
    }
    if (whole) {
      return replace_tail(in_memory, mark, started_.directory.last());
    }
    std::vector<Source> memory_sources;
    memory_sources.swap(sources_);
    strays_.clear();
    if (Status status = load_sources(true); !status) {
      return status;
    }
    const Survey on_device = survey(started_.directory, sources_, strays_);
    mark = std::max(mark, on_device.mark);
    if (std::max(in_memory.last, on_device.last) < mark) {
      return Error{ErrorCode::corrupt, "shared memory: " + why + "; on the device: " + on_device.end +
                                           "; records up to " + std::to_string(mark.get()) +
                                           " were synced. Nothing was changed; fetch the file from another holder."};
    }
    if (in_memory.last > on_device.last) {
      memory_sources.swap(sources_);
      return replace_tail(in_memory, mark, started_.directory.last());
    }
    return replace_tail(on_device, mark, started_.directory.last());
  }

  [[nodiscard]] std::uint64_t directory_next() const { return started_.directory.next_number(); }

  [[nodiscard]] Seq stored() const {
    const Result<std::vector<std::byte>> bytes = runtime::read_file(core_.files, journal() / mark_file);
    return bytes ? mark_from(*bytes, core_.identity) : Seq(0);
  }

  // The files of this opening behind what is listed; without a gap they are sources, behind one strays.
  Status load_sources(bool from_device) {
    const Result<std::vector<std::string>> names = core_.files.list(journal());
    if (!names) {
      return Error(names.error());
    }
    for (const std::string& name : *names) {
      const std::optional<SegmentName> parsed = parse_segment_name(name);
      if (!parsed || parsed->opening != core_.opening || parsed->number < directory_next()) {
        continue;
      }
      Source source;
      source.number = parsed->number;
      source.name = name;
      if (Status status = load_source(source, from_device); !status) {
        return status;
      }
      add_source(std::move(source));
    }
    return {};
  }

  // A block that cannot be read would end the process where it is mapped: it is read as zeros instead.
  Status load_source(Source& source, bool from_device) {
    if (from_device || !is_readable(journal() / source.name)) {
      Result<std::vector<std::byte>> bytes = core_.files.read_device(journal() / source.name, {});
      if (!bytes) {
        return std::move(bytes).error();
      }
      source.owned = *std::move(bytes);
      return {};
    }
    Result<std::unique_ptr<runtime::Mapping>> mapping = core_.files.map(journal() / source.name, runtime::Access::read);
    if (mapping) {
      source.mapping = *std::move(mapping);
    } else if (mapping.error().code != ErrorCode::refused) {  // refused: it is empty
      return std::move(mapping).error();
    }
    return {};
  }

  [[nodiscard]] bool is_readable(const std::filesystem::path& path) const {
    const Result<std::unique_ptr<runtime::File>> file = core_.files.open(path, runtime::Access::read);
    std::vector<std::byte> part(std::size_t{1} << 16);
    for (std::uint64_t at = 0; file.ok();) {
      const Result<std::size_t> count = (*file)->read_at(at, part);
      if (!count || *count == 0) {
        return count.ok();
      }
      at += *count;
    }
    return true;  // whoever opens it next says why not
  }

  void add_source(Source source) {
    source.fault = segment_fault(source.bytes(), core_.identity, source.number, core_.opening);
    auto& list = source.number == directory_next() + sources_.size() ? sources_ : strays_;
    list.push_back(std::move(source));
  }

  Status load_memory() {
    for (std::uint64_t number = directory_next();; ++number) {
      Source source;
      source.number = number;
      source.name = segment_name(number, core_.opening);
      Result<std::unique_ptr<runtime::Mapping>> mapping =
          core_.files.map(memory() / source.name, runtime::Access::read);
      if (!mapping) {
        return mapping.error().code == ErrorCode::not_found ? Status() : Status(std::move(mapping).error());
      }
      source.mapping = *std::move(mapping);
      add_source(std::move(source));
    }
  }

  // Lists what is kept of the old files (up to `keep`), rewrites the good records behind, forgets the rest.
  Status replace_tail(const Survey& found, Seq mark, Seq keep) {
    Directory& directory = started_.directory;
    std::vector<Event> tail;
    for (std::size_t i = 0; i < found.walks.size(); ++i) {
      const Walk& walk = found.walks[i];
      const std::span<const std::byte> bytes = sources_[i].bytes();
      if (!walk.first.is_zero() && walk.first <= keep) {
        const Result<SealedSegment> sealed = seal_segment(bytes, directory, core_.opening, keep);
        if (!sealed) {
          return Error(sealed.error());
        }
        directory.segments.push_back(*sealed);
      }
      for (std::size_t at = segment_data_begin; at < walk.end && !walk.first.is_zero(); at = behind(bytes, at)) {
        if (load_commit(bytes.data() + at) == end_of_segment) {
          break;
        }
        const Event event = event_at(bytes.data() + at);
        if (event.header->seq > keep) {
          tail.push_back(event);
        }
      }
    }
    started_.report.mark = mark;
    started_.report.cut_from = found.cut_bytes > 0 ? found.last.next() : Seq(0);
    started_.report.cut_records = found.cut_records;
    started_.report.cut_bytes = found.cut_bytes;
    if (Status status = set_last(found.last_record); !status) {
      return status;
    }
    core_.opening = ++directory.opening;
    return rewrite(tail, started_.last.seq);
  }

  // ---- common ends ----

  // Everything is judged. What was found must be durable before anything is built on it: an earlier process may have
  // died between renaming the directory record and syncing its name.
  Status begin_changes() {
    changing_ = true;
    return core_.files.sync_directory(journal());
  }

  // `tail` into fresh segments, then the directory record, then readers.
  Status rewrite(const std::vector<Event>& tail, Seq last) {
    Rewriter rewriter(core_.place(), directory_next(), core_.options.segment_bytes);
    Status status = begin_changes();
    if (status) {
      status = remove_of_opening(core_.opening);  // what a start left that was cut short
    }
    for (std::size_t i = 0; status.ok() && i < tail.size(); ++i) {
      status = rewriter.add(tail[i]);
    }
    if (status) {
      status = rewriter.finish();
    }
    if (status) {
      status = write_directory(core_.files, journal(), started_.directory);
    }
    if (!status) {
      return status;
    }
    started_.segments = std::move(rewriter.segments());
    started_.live_end = rewriter.end();
    started_.synced = last;
    started_.report.last = last;
    started_.report.rewritten = tail.size();
    if (old_control_ != nullptr) {  // whoever still reads the old memory looks for the new page
      old_control_->retired.store(1);
    }
    status = make_control();
    return status ? finish() : std::move(status);
  }

  // The last record of the log: in memory that is mapped, or in the last listed file.
  Status set_last(const std::optional<Event>& record) {
    if (record.has_value()) {
      const RecordHeader& header = *record->header;
      started_.last = LastRecord{header.seq, header.term, header.time, record_hash(*record)};
      return {};
    }
    if (started_.directory.segments.empty()) {
      return {};
    }
    const SealedSegment& listed = started_.directory.segments.back();
    const Result<SealedBytes> sealed = SealedBytes::open(core_.files, journal(), core_.identity, listed);
    if (!sealed) {
      return Error(sealed.error());
    }
    const std::span<const std::byte> bytes = sealed->bytes();
    std::size_t at = segment_data_begin;
    Seq expected = listed.first;
    while (at < listed.end) {
      if (check_record(bytes.subspan(at), core_.identity, expected, Term(0)) != RecordFault::none) {
        break;
      }
      const Event event = event_at(bytes.data() + at);
      if (expected == listed.last) {
        return set_last(event);
      }
      expected = expected.next();
      at = behind(bytes, at);
    }
    return Error{ErrorCode::corrupt, segment_name(listed.number, listed.opening) + " at offset " + std::to_string(at) +
                                         ", record " + std::to_string(expected.get()) + ": it is not as it was sealed"};
  }

  Status make_control() {
    const std::filesystem::path path = memory() / control_file;
    std::filesystem::path fresh = path;
    fresh += ".new";
    if (core_.files.exists(fresh)) {
      if (Status status = core_.files.remove(fresh); !status) {
        return status;
      }
    }
    Result<std::unique_ptr<runtime::File>> file = core_.files.create(fresh);
    if (!file) {
      return std::move(file).error();
    }
    if (Status status = (*file)->reserve(control_page_bytes); !status) {
      return status;
    }
    const Result<std::string> boot = core_.files.boot_id();
    if (!boot) {
      return Error(boot.error());
    }
    Result<std::unique_ptr<runtime::Mapping>> memory = core_.files.map(fresh, runtime::Access::write);
    if (!memory) {
      return std::move(memory).error();
    }
    core_.control_memory = *std::move(memory);
    core_.control = new (core_.control_memory->writable().data()) ControlPage();
    core_.control->magic = control_magic;
    core_.control->venue = core_.identity.venue;
    core_.control->log = core_.identity.log;
    core_.control->format = layout_format;
    core_.control->opening = core_.opening;
    core_.control->boot_id = FixedString<48>::cut(*boot);
    set_control();
    return core_.files.rename(fresh, path);
  }

  void set_control() {
    core_.control->position.store(started_.live_end);
    core_.control->live_segment.store(started_.segments.back()->number);
    core_.control->term.store(started_.last.term.get());
    core_.control->synced.store(started_.synced.get());
    core_.control->last.store(started_.last.seq.get());
  }

  Status finish() {
    Status status = open_mark();
    if (status && mode_ == StartMode::recover && core_.files.exists(journal() / stop_file)) {
      status = core_.files.remove(journal() / stop_file);
    }
    return status ? remove_left_over() : std::move(status);
  }

  Status open_mark() {
    const std::filesystem::path path = journal() / mark_file;
    Result<std::unique_ptr<runtime::File>> file =
        core_.files.exists(path) ? core_.files.open(path, runtime::Access::write) : core_.files.create(path);
    if (!file) {
      return std::move(file).error();
    }
    started_.mark = *std::move(file);
    return started_.mark->write_at(0, payload_of(stored_mark(core_.identity, started_.synced)));
  }

  // Files and memory that are no part of the log any more: of older openings, reserved ahead, never finished. Memory
  // goes first: where it is, a start expects its file.
  Status remove_left_over() {
    for (const std::filesystem::path& directory : {memory(), journal()}) {
      const Result<std::vector<std::string>> names = core_.files.list(directory);
      if (!names) {
        return Error(names.error());
      }
      for (const std::string& name : *names) {
        if (!is_left_over(name, directory == journal())) {
          continue;
        }
        if (Status status = core_.files.remove(directory / name); !status) {
          return status;
        }
      }
    }
    return core_.files.sync_directory(journal());
  }

  // Files of an opening that is not the log's yet: they only take space.
  Status remove_of_opening(std::uint32_t opening) {
    for (const std::filesystem::path& directory : {memory(), journal()}) {
      const Result<std::vector<std::string>> names = core_.files.list(directory);
      if (!names) {
        return Error(names.error());
      }
      for (const std::string& name : *names) {
        const auto parsed = parse_segment_name(name);
        if (parsed.has_value() && parsed->opening == opening && parsed->number >= directory_next()) {
          if (Status status = core_.files.remove(directory / name); !status) {
            return status;
          }
        }
      }
    }
    return {};
  }

  [[nodiscard]] bool is_left_over(const std::string& name, bool on_disk) const {
    const std::string suffix = ".new";
    const bool unfinished =
        name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
    const auto parsed = parse_segment_name(unfinished ? name.substr(0, name.size() - suffix.size()) : name);
    if (!parsed.has_value() || unfinished) {
      return parsed.has_value();
    }
    for (const auto& segment : started_.segments) {
      if (segment->number == parsed->number && segment->opening == parsed->opening) {
        return false;
      }
    }
    const auto& listed = started_.directory.segments;
    return !on_disk || parsed->number == 0 || parsed->number > listed.size() ||
           listed[parsed->number - 1].opening != parsed->opening;
  }

  Core& core_;
  StartMode mode_;
  Started started_;
  std::unique_ptr<runtime::Mapping> old_control_memory_;
  ControlPage* old_control_ = nullptr;
  std::vector<Source> sources_;
  std::vector<Source> strays_;
  bool changing_ = false;  // everything is judged
};

}  // namespace

Result<Started> start_journal(Core& core, StartMode mode) { return Start(core, mode).run(); }

std::optional<std::string> stop_mark(runtime::Files& files, const std::filesystem::path& journal,
                                     const std::filesystem::path& memory) {
  if (const Result<std::vector<std::byte>> text = runtime::read_file(files, journal / stop_file); text) {
    const std::string line(reinterpret_cast<const char*>(text->data()), text->size());
    return line.substr(0, line.find('\n'));
  }
  // The page of a log that is not here any more, or of another one that was, stops nobody.
  const Result<Directory> directory = read_directory(files, journal);
  if (!directory && directory.error().code == ErrorCode::not_found) {
    return std::nullopt;
  }
  const Result<std::string> boot = files.boot_id();
  const Result<std::unique_ptr<runtime::Mapping>> page = files.map(memory / control_file, runtime::Access::read);
  if (!boot || !page || !control_is_valid((*page)->bytes(), *boot)) {
    return std::nullopt;
  }
  const ControlPage& control = control_in(**page);
  const bool of_this_log =
      !directory || (control.venue == directory->identity.venue && control.log == directory->identity.log);
  if (of_this_log && control.stopped.load() != 0) {
    return "a write or sync failed since the host started";
  }
  return std::nullopt;
}

}  // namespace cantus::eventlog
