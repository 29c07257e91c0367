// The reader of a log on this host: live segments through read-only mappings of shared memory, sealed ones from their
// files; a copied directory from its files alone.
//
// A segment may be sealed and its memory removed at any moment: what is mapped stays, and what is not is then in the
// directory record, which is written first. A sealed segment that is packed is read a frame at a time: such a frame is
// a view of its own, with the offsets that its records have in the segment. The control page may be given up for
// another one (`retired`): then the reader attaches anew, and goes on only if the log still holds what it has read.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "eventlog/directory.h"
#include "eventlog/hash.h"
#include "eventlog/reader.h"
#include "eventlog/scan.h"
#include "eventlog/segment.h"
#include "eventlog/segment_index.h"
#include "eventlog/segment_view.h"

namespace cantus::eventlog {
namespace {

using View = SegmentView;

class HostReader final : public LogReader {
 public:
  HostReader(runtime::Files& files, std::filesystem::path journal, std::filesystem::path memory)
      : files_(files), journal_(std::move(journal)), memory_(std::move(memory)) {}

  Status open() { return attach(); }

  LogIdentity identity() const override { return directory_.identity; }
  Seq position() const override { return position_; }
  Seq first() const override { return first_here(files_, journal_, directory_); }
  // Records are seen by their commit words; the page follows a moment later, and the writer may even be ahead of it.
  Seq last() const override {
    if (control_ == nullptr) {
      return std::max(position_, file_last_);
    }
    return std::max({position_, Seq(control_->last.load(std::memory_order_acquire)), synced()});
  }
  Seq synced() const override {
    return control_ != nullptr ? Seq(control_->synced.load(std::memory_order_acquire))
                               : std::max(position_, file_last_);
  }

  Status look_again() override {
    const Result<bool> attached = failure_.has_value() ? Result<bool>(*failure_) : attach_to_memory();
    return attached ? Status() : Status(attached.error());
  }

  Result<std::optional<Event>> next() override {
    for (;;) {
      if (view_ != nullptr && offset_ + end_marker_bytes <= view_->bytes.size()) [[likely]] {
        const std::uint32_t word = load_commit(view_->bytes.data() + offset_);
        if (word != 0 && word != end_of_segment) [[likely]] {
          return take();
        }
      }
      const Result<bool> more = step();
      if (!more) {
        return Error(more.error());
      }
      if (!*more) {
        return std::optional<Event>();
      }
    }
  }

  Result<std::optional<Event>> next_on(TopicSet topics) override {
    // How terms follow each other is checked whoever reads.
    const TopicSet looked_at(topics.bits() | TopicSet::of(topic::control).bits());
    for (;;) {
      pass_over(looked_at);
      Result<std::optional<Event>> event = next();
      if (!event || !event->has_value() || topics.contains((*event)->header->topic)) {
        return event;
      }
    }
  }

  Status seek(Seq seq) override {
    if (failure_.has_value()) {
      return *failure_;
    }
    if (seq.is_zero() || seq > last().next()) {
      return Error{ErrorCode::not_found, "position " + std::to_string(seq.get()) +
                                             " is not on the log, which ends at " + std::to_string(last().get())};
    }
    if (seq == Seq(1)) {
      view_.reset();
      forget_previous();
      return {};
    }
    const SealedSegment* const listed = directory_.holding(seq);
    if (listed != nullptr && seq == listed->first && !can_be_had(directory_.segments[listed->number - 2])) {
      return stand_at_begin_of(*listed);
    }
    Status stood = stand_behind(Seq(seq.get() - 1));
    if (stood || stood.error().code != ErrorCode::corrupt) {
      return stood;
    }
    // What is damaged before a segment is not asked for here.
    const SealedSegment* const begun = directory_.holding(seq);
    return begun != nullptr && seq == begun->first ? stand_at_begin_of(*begun) : std::move(stood);
  }

  Result<Seq> find(TimeNs time) override {
    if (failure_.has_value()) {
      return *failure_;
    }
    if (Status status = refresh_directory(); !status) {
      return std::move(status).error();
    }
    const auto& listed = directory_.segments;
    const auto at = std::partition_point(listed.begin(), listed.end(),
                                         [time](const SealedSegment& segment) { return segment.last_time < time; });
    for (std::uint64_t number = static_cast<std::uint64_t>(at - listed.begin()) + 1;; ++number) {
      const Result<std::shared_ptr<View>> view = view_of(number);
      if (!view) {
        return Error(view.error());
      }
      if (*view == nullptr) {
        return last().next();
      }
      Result<std::optional<Seq>> found = find_in(*view, time);
      if (!found) {
        return std::move(found).error();
      }
      if (found->has_value()) {
        return **found;
      }
    }
  }

 private:
  Error fail(ErrorCode code, const std::string& text) {
    failure_ = Error{code, text};
    return *failure_;
  }

  // Want of descriptors or memory passes, and a backup that is away can be attached (eventlog/removed.h): the next call
  // tries again from where the reader stands.
  Error fail_unless_passing(const Error& error) {
    const bool passes = error.code == ErrorCode::no_space || error.code == ErrorCode::refused;
    return passes ? error : fail(error.code, error.text);
  }

  // Of a segment that is sealed there are copies elsewhere.
  [[nodiscard]] Error bad_sealed(Error error) const { return to_be_mended(std::move(error), journal_); }
  [[nodiscard]] Error bad_in(const View& view, Error error) const {
    return view.sealed ? bad_sealed(std::move(error)) : error;
  }

  // ---- going on ----

  // Hands out the record at offset_, whose commit word is stored, if it is good.
  Result<std::optional<Event>> take() {
    const std::span<const std::byte> rest = view_->bytes.subspan(offset_);
    RecordFault fault = check_record(rest, directory_.identity, position_.next(), term_);
    const RecordHeader& header = *event_at(rest.data()).header;
    if (fault == RecordFault::none && !follows_in_its_log(header)) [[unlikely]] {
      fault = RecordFault::identity;
    }
    if (fault != RecordFault::none) [[unlikely]] {
      return take_bad(fault);
    }
    if (header.type == TermStarted::type) [[unlikely]] {
      const Event previous = previous_ != nullptr ? event_at(previous_) : Event();
      // Behind what was removed there is nothing to compare with.
      if ((previous_ != nullptr || position_.is_zero()) &&
          !continues(event_at(rest.data()), previous_ != nullptr ? &previous : nullptr)) {
        return fail(ErrorCode::stale_term, "term " + std::to_string(header.term.get()) + " continues another record " +
                                               std::to_string(position_.get()) + " than the one that was read");
      }
    }
    previous_ = rest.data();
    if (previous_view_ != view_) [[unlikely]] {
      previous_view_ = view_;
    }
    position_ = header.seq;
    term_ = header.term;
    mark_ = std::max(mark_, header.synced);
    offset_ += aligned_record(header.length);
    return Result<std::optional<Event>>(std::in_place, std::in_place, &header, rest.data() + sizeof(RecordHeader));
  }

  // Goes over whole records that follow, up to one on these topics. Whatever seems wrong is left to next(), which
  // judges it.
  void pass_over(TopicSet topics) {
    if (view_ == nullptr) {
      return;
    }
    const std::span<const std::byte> bytes = view_->bytes;
    std::size_t offset = offset_;
    Seq last = position_;
    const LogNumber log = previous_ != nullptr ? event_at(previous_).header->log : directory_.identity.log;
    const std::byte* before = nullptr;
    while (offset + sizeof(RecordHeader) + end_marker_bytes <= bytes.size()) {
      const std::byte* const at = bytes.data() + offset;
      const std::uint32_t length = load_commit(at);
      if (length < sizeof(RecordHeader) || length > record_bytes_max) {
        break;  // nothing yet, the end of the segment, or no record
      }
      const RecordHeader& header = *event_at(at).header;
      if (topics.contains(header.topic) || header.seq != last.next() || header.term != term_ ||
          header.venue != directory_.identity.venue || header.log != log ||
          aligned_record(length) > bytes.size() - offset) {
        break;
      }
      before = at;
      last = header.seq;
      mark_ = std::max(mark_, header.synced);
      offset += aligned_record(length);
    }
    if (before != nullptr) {
      previous_ = before;
      previous_view_ = view_;
      position_ = last;
      offset_ = offset;
    }
  }

  [[nodiscard]] bool follows_in_its_log(const RecordHeader& header) const {
    return previous_ != nullptr ? log_follows(header, *event_at(previous_).header)
                                : !position_.is_zero() || header.log == directory_.identity.log;
  }

  // Where files alone are read, above every mark, it is only the torn end of what a crash or a copy left.
  Result<std::optional<Event>> take_bad(RecordFault fault) {
    if (control_ == nullptr && !view_->sealed && position_ >= mark_) {
      const Result<bool> more = attach_to_memory();
      if (!more) {
        return Error(more.error());
      }
      return *more ? next() : std::optional<Event>();
    }
    const std::string record = ", record " + std::to_string(position_.next().get());
    const Error bad{ErrorCode::corrupt, view_->place(offset_) + record + ": " + text_of(fault)};
    return fail(bad.code, bad_in(*view_, bad).text);
  }

  // There is no record at offset_: goes on to the next segment or to another control page. False if there is nothing
  // more yet.
  Result<bool> step() {
    if (failure_.has_value()) {
      return *failure_;
    }
    if (view_ == nullptr) {
      return enter(1);
    }
    const bool at_limit = offset_ + end_marker_bytes > view_->bytes.size();
    const std::uint32_t word = at_limit ? end_of_segment : load_commit(view_->bytes.data() + offset_);
    if (word == end_of_segment) {
      return has_more_frames(*view_) ? enter_frame(view_->frame + 1) : enter(view_->number + 1);
    }
    if (word != 0) {
      return true;
    }
    if (view_->sealed) {
      const std::string record = std::to_string(position_.next().get());
      const Error bad{ErrorCode::corrupt, view_->place(offset_) + ": record " + record + " is missing"};
      return fail(bad.code, bad_in(*view_, bad).text);
    }
    return attach_to_memory();
  }

  Result<bool> enter(std::uint64_t number) {
    std::shared_ptr<View> known = recent(number);
    const Result<std::shared_ptr<View>> view = known != nullptr ? Result(std::move(known)) : view_of(number);
    if (!view) {
      return fail_unless_passing(view.error());
    }
    if (*view == nullptr) {
      return attach_to_memory();
    }
    view_ = *view;
    offset_ = view_->begin;
    return true;
  }

  Result<bool> enter_frame(std::size_t frame) {
    const Result<std::shared_ptr<View>> view = frame_view(view_->packed, *listed(view_->number), frame);
    if (!view) {
      return fail_unless_passing(view.error());
    }
    view_ = *view;
    offset_ = view_->begin;
    return true;
  }

  void forget_previous() {
    previous_ = nullptr;
    previous_view_.reset();
    position_ = Seq(0);
    term_ = Term(0);
  }

  // ---- segments ----

  // The segment, from shared memory or its file; null if it does not exist yet.
  Result<std::shared_ptr<View>> view_of(std::uint64_t number) {
    if (number > directory_.segments.size()) {
      Result<std::shared_ptr<View>> view = unsealed(number);
      if (!view || *view != nullptr) {
        return view;
      }
      if (Status status = refresh_directory(); !status) {  // it may have been sealed and removed just now
        return std::move(status).error();
      }
      if (number > directory_.segments.size()) {
        return std::shared_ptr<View>();
      }
    }
    return sealed_view(directory_.segments[number - 1], [](const PackedSegment&) { return std::size_t{0}; });
  }

  [[nodiscard]] const SealedSegment* listed(std::uint64_t number) const {
    return number > 0 && number <= directory_.segments.size() ? &directory_.segments[number - 1] : nullptr;
  }

  // The segment, or of a packed one the frame that is asked for.
  template <class FrameOf>
  Result<std::shared_ptr<View>> sealed_view(const SealedSegment& sealed, FrameOf frame_of) {
    Result<std::shared_ptr<View>> view = map(journal_, sealed.number, sealed.opening);
    if (!view) {
      return bad_sealed(std::move(view).error());
    }
    if (*view != nullptr) {
      (*view)->sealed = true;
      if (sealed.end > (*view)->bytes.size()) {
        return bad_sealed({ErrorCode::corrupt, (*view)->name() + " is shorter than what was sealed"});
      }
      (*view)->bytes = (*view)->bytes.first(sealed.end);
      return view;
    }
    Result<std::shared_ptr<PackedFile>> packed = packed_file(sealed);
    if (!packed) {
      return bad_sealed(std::move(packed).error());
    }
    const std::size_t frame = frame_of(*(*packed)->segment);
    return frame_view(*std::move(packed), sealed, frame);
  }

  // Those that are read are kept open, so that going from frame to frame costs no call of the kernel.
  Result<std::shared_ptr<PackedFile>> packed_file(const SealedSegment& sealed) {
    const auto known = std::ranges::find_if(
        packed_, [&](const auto& file) { return file->segment->header().number == sealed.number; });
    if (known != packed_.end()) {
      std::rotate(packed_.begin(), known, known + 1);
      return packed_.front();
    }
    Result<std::shared_ptr<PackedFile>> opened =
        open_packed(files_, journal_, directory_.identity, sealed.number, sealed.opening);
    if (opened && *opened == nullptr) {
      opened = open_removed(files_, journal_, directory_.identity, sealed);
    }
    if (opened) {
      if ((*opened)->segment->header().end < sealed.end) {
        return Error{ErrorCode::corrupt,
                     packed_name(sealed.number, sealed.opening) + " is shorter than what was sealed"};
      }
      packed_.insert(packed_.begin(), *opened);
      packed_.resize(std::min(packed_.size(), packed_max));
    }
    return opened;
  }

  // Frames that were sought of late are not unpacked again.
  Result<std::shared_ptr<View>> frame_view(std::shared_ptr<PackedFile> packed, const SealedSegment& sealed,
                                           std::size_t index) {
    if (std::shared_ptr<View> known = recent(sealed.number, index)) {
      return known;
    }
    const PackedFrame& frame = packed->segment->frames()[index];
    auto view = std::make_shared<View>();
    view->number = sealed.number;
    view->opening = sealed.opening;
    view->sealed = true;
    view->frame = index;
    view->base = frame.at;
    view->begin = 0;
    view->unpacked = std::make_unique_for_overwrite<std::byte[]>(frame.bytes);
    const std::span<std::byte> bytes(view->unpacked.get(), frame.bytes);
    if (Status status = packed->segment->unpack(index, bytes); !status) {
      const std::filesystem::path path = journal_ / packed_name(sealed.number, sealed.opening);
      return bad_sealed(std::move(status).error().context(path.string()));
    }
    view->bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), sealed.end - frame.at));
    view->packed = std::move(packed);
    return view;
  }

  [[nodiscard]] bool has_more_frames(const View& view) const {
    const SealedSegment* const sealed = listed(view.number);
    return view.packed != nullptr && sealed != nullptr && view.base + view.bytes.size() < sealed->end &&
           view.frame + 1 < view.packed->segment->frames().size();
  }

  // Null unless it was sought of late.
  std::shared_ptr<View> recent(std::uint64_t number, std::size_t frame = 0) {
    return recent_.find([&](const View& view) { return view.number == number && view.frame == frame; });
  }

  // The same for places that are sought, which come again: causes of resends lie close to each other, and those of
  // messages that are issued anew alternate between two places.
  Result<std::shared_ptr<View>> recent_view_of(std::uint64_t number, Seq seq) {
    std::shared_ptr<View> known = recent_.find([&](const View& view) {
      return view.number == number && (view.packed == nullptr || view.packed->segment->frame_of(seq) == view.frame);
    });
    if (known != nullptr) {
      return known;
    }
    const SealedSegment* const sealed = listed(number);
    Result<std::shared_ptr<View>> view =
        sealed != nullptr ? sealed_view(*sealed, [seq](const PackedSegment& segment) { return segment.frame_of(seq); })
                          : view_of(number);
    if (view && *view != nullptr) {
      recent_.keep(*view);
    }
    return view;
  }

  Result<std::shared_ptr<View>> unsealed(std::uint64_t number) {
    return map(control_ != nullptr ? memory_ : journal_, number, directory_.opening);
  }

  // Null if there is no such file.
  Result<std::shared_ptr<View>> map(const std::filesystem::path& folder, std::uint64_t number, std::uint32_t opening) {
    const std::filesystem::path path = folder / segment_name(number, opening);
    Result<std::unique_ptr<runtime::Mapping>> mapping = files_.map(path, runtime::Access::read);
    if (!mapping) {
      const ErrorCode code = mapping.error().code;
      return code == ErrorCode::not_found ? Result(std::shared_ptr<View>())
             : code == ErrorCode::refused ? Error{ErrorCode::corrupt, mapping.error().text}  // it is empty
                                          : Result<std::shared_ptr<View>>(std::move(mapping).error());
    }
    const std::string fault = segment_fault((*mapping)->bytes(), directory_.identity, number, opening);
    if (!fault.empty()) {
      return Error{ErrorCode::corrupt, path.string() + ": " + fault};
    }
    auto view = std::make_shared<View>();
    view->number = number;
    view->opening = opening;
    view->mapping = *std::move(mapping);
    view->bytes = view->mapping->bytes();
    return view;
  }

  SegmentIndex& index_of(const View& view) {
    // A frame is so short that walking it costs less than what it took to unpack it.
    return view.packed != nullptr ? (frame_index_ = SegmentIndex(view.begin)) : indexes_[{view.number, view.opening}];
  }

  // The first record of the segment whose first view this is that was stamped at or after `time`.
  Result<std::optional<Seq>> find_in(std::shared_ptr<View> view, TimeNs time) {
    if (view->packed != nullptr) {
      const std::size_t frame = view->packed->segment->frame_of(time);
      Result<std::shared_ptr<View>> wanted =
          frame == view->frame ? Result(view) : frame_view(view->packed, *listed(view->number), frame);
      if (!wanted) {
        return std::move(wanted).error();
      }
      view = *std::move(wanted);
    }
    const Result<std::optional<std::size_t>> offset = index_of(*view).find(view->bytes, time);
    if (!offset) {
      return bad_in(*view, Error(offset.error()).context(view->name()));
    }
    if (offset->has_value()) {
      return std::optional(event_at(view->bytes.data() + **offset).header->seq);
    }
    // All of that frame is older, so it is the first of the next one.
    return has_more_frames(*view) ? std::optional(view->packed->segment->frames()[view->frame + 1].first)
                                  : std::optional<Seq>();
  }

  // ---- places ----

  // Positions behind the record `seq`, which is checked. The directory record is as long as the log, so it is read
  // again only if a segment is needed that it does not list and that is not in memory any more.
  Status stand_behind(Seq seq) {
    const SealedSegment* listed = directory_.holding(seq);
    const std::size_t listed_segments = directory_.segments.size();
    for (std::uint64_t number = listed != nullptr ? listed->number : directory_.next_number();; ++number) {
      Result<std::shared_ptr<View>> view = recent_view_of(number, seq);
      if (!view) {
        return std::move(view).error();
      }
      if (listed == nullptr && directory_.segments.size() != listed_segments) {
        return stand_behind(seq);  // it lists more now, perhaps the segment that is looked for
      }
      if (*view == nullptr) {
        return Error{ErrorCode::not_found, "record " + std::to_string(seq.get()) + " is not on the log"};
      }
      const Result<std::optional<std::size_t>> offset = index_of(**view).find((*view)->bytes, seq);
      if (!offset) {
        return bad_in(**view, Error(offset.error()).context((*view)->name()));
      }
      if (offset->has_value()) {
        return stand_behind(*std::move(view), **offset, seq);
      }
    }
  }

  [[nodiscard]] bool is_here(const SealedSegment& listed) const {
    return sealed_path(files_, journal_, listed).has_value();
  }

  // Without a look at a backup.
  [[nodiscard]] bool can_be_had(const SealedSegment& listed) const {
    return is_here(listed) || recent_.has(listed.number);
  }

  // What stands before it was removed, so its last record is not looked at: the chain of seals says what it was.
  Status stand_at_begin_of(const SealedSegment& listed) {
    const Result<std::shared_ptr<View>> view = view_of(listed.number);
    if (!view) {
      return Error(view.error());
    }
    view_ = *view;
    offset_ = view_->begin;
    previous_ = nullptr;
    previous_view_.reset();
    position_ = Seq(listed.first.get() - 1);
    term_ = directory_.segments[listed.number - 2].last_term;
    return {};
  }

  Status stand_behind(std::shared_ptr<View> view, std::size_t offset, Seq seq) {
    const RecordFault fault = check_record(view->bytes.subspan(offset), directory_.identity, seq, Term(0));
    if (fault != RecordFault::none) {
      const std::string record = ", record " + std::to_string(seq.get()) + ": ";
      return bad_in(*view, {ErrorCode::corrupt, view->place(offset) + record + text_of(fault)});
    }
    const Event event = event_at(view->bytes.data() + offset);
    view_ = std::move(view);
    offset_ = offset + aligned_record(event.header->length);
    previous_ = view_->bytes.data() + offset;
    previous_view_ = view_;
    position_ = seq;
    term_ = event.header->term;
    return {};
  }

  // ---- attaching ----

  Status refresh_directory() {
    Result<Directory> directory = read_directory(files_, journal_);
    if (!directory) {
      return std::move(directory).error();
    }
    if (directory->opening == directory_.opening) {  // another opening is for attach() alone
      directory_ = *std::move(directory);
    }
    return {};
  }

  // Reads the directory record and, if a journal keeps the log's end in memory, its control page.
  Status attach() {
    Result<Directory> directory = read_directory(files_, journal_);
    if (!directory) {
      return std::move(directory).error();
    }
    Result<std::unique_ptr<runtime::Mapping>> page = find_control(*directory);
    if (!page) {
      return std::move(page).error();
    }
    directory_ = *std::move(directory);
    control_memory_ = *std::move(page);
    control_ = control_memory_ != nullptr ? &control_in(*control_memory_) : nullptr;
    indexes_.clear();
    recent_.clear();
    packed_.clear();
    if (control_ == nullptr) {
      find_file_end();
    }
    return {};
  }

  // Null without one. A page of another opening than the directory record's is about to be replaced.
  Result<std::unique_ptr<runtime::Mapping>> find_control(const Directory& directory) {
    if (memory_.empty() || !files_.exists(memory_ / control_file)) {
      return std::unique_ptr<runtime::Mapping>();
    }
    auto page = map_control(files_, memory_, directory.identity, runtime::Access::read);
    if (page && *page != nullptr) {
      const ControlPage& control = control_in(**page);
      if (control.opening != directory.opening || control.retired.load() != 0) {
        page->reset();
      }
    }
    return page;
  }

  void find_file_end() {
    const Result<std::vector<std::byte>> mark = runtime::read_file(files_, journal_ / mark_file);
    mark_ = std::max(mark_, mark ? mark_from(*mark, directory_.identity) : Seq(0));
    file_last_ = directory_.last();
    Term term = directory_.last_term();
    for (std::uint64_t number = directory_.next_number();; ++number) {
      const Result<std::shared_ptr<View>> view = unsealed(number);
      if (!view || *view == nullptr) {
        return;
      }
      const Walk walk = walk_segment((*view)->bytes, directory_.identity, file_last_.next(), term);
      file_last_ = walk.last;
      term = walk.last_term;
      if (walk.ending != Walk::Ending::closed) {
        return;
      }
    }
  }

  // Nothing more in what we are attached to: if it is no longer the log, attaches to what is. True if it did.
  Result<bool> attach_to_memory() {
    const bool due = control_ != nullptr ? control_->retired.load(std::memory_order_acquire) != 0
                                         : !memory_.empty() && files_.exists(memory_ / control_file);
    if (!due) {
      return false;
    }
    const bool was_live = control_ != nullptr;
    const Seq held = position_;
    const Hash256 held_hash = previous_ != nullptr ? record_hash(event_at(previous_)) : Hash256{};
    std::unique_ptr<runtime::Mapping> old_page = std::move(control_memory_);  // what control_ points to
    if (Status status = attach(); !status) {
      control_memory_ = std::move(old_page);
      return fail_unless_passing(status.error());
    }
    if (!was_live && control_ == nullptr) {
      return false;
    }
    if (held.is_zero()) {
      view_.reset();
      forget_previous();
      return true;
    }
    if (held_hash == Hash256{}) {  // it has handed out nothing yet
      const Status sought = seek(held.next());
      return sought ? Result<bool>(true) : Result<bool>(sought.error());
    }
    const Status status = stand_behind(held);  // where it fails, the reader stands where it stood
    if (!status && status.error().code == ErrorCode::no_space) {
      // Its old page says that it is retired, and so it is tried again.
      control_memory_ = std::move(old_page);
      control_ = control_memory_ != nullptr ? &control_in(*control_memory_) : nullptr;
      return Error(status.error());
    }
    if (!status && status.error().code != ErrorCode::not_found) {
      return fail(status.error().code, status.error().text);
    }
    if (!status || record_hash(event_at(previous_)) != held_hash) {
      return fail(ErrorCode::stale_term,
                  "record " + std::to_string(held.get()) + " that was read is no longer on the log");
    }
    return true;
  }

  runtime::Files& files_;
  std::filesystem::path journal_;
  std::filesystem::path memory_;
  Directory directory_;
  std::unique_ptr<runtime::Mapping> control_memory_;
  const ControlPage* control_ = nullptr;  // null: files alone
  Seq file_last_;                         // end of the files when we attached to them alone
  Seq mark_;                              // greatest synced mark that was seen

  std::shared_ptr<View> view_;  // null: before the first segment
  std::size_t offset_ = 0;
  Seq position_;
  Term term_;
  const std::byte* previous_ = nullptr;  // the record at position_; null: none was read
  std::shared_ptr<View> previous_view_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, SegmentIndex> indexes_;
  SegmentIndex frame_index_;
  static constexpr std::size_t packed_max = 4;
  std::vector<std::shared_ptr<PackedFile>> packed_;  // that were read, the last one first
  RecentViews recent_;                               // that were sought
  std::optional<Error> failure_;
};

}  // namespace

Result<std::unique_ptr<LogReader>> open_log(runtime::Files& files, const std::filesystem::path& journal,
                                            const std::filesystem::path& memory) {
  auto reader = std::make_unique<HostReader>(files, journal, memory);
  if (Status status = reader->open(); !status) {
    return std::move(status).error().context("log");
  }
  return std::unique_ptr<LogReader>(std::move(reader));
}

Result<std::unique_ptr<LogReader>> open_log(const std::filesystem::path& journal, const std::filesystem::path& memory) {
  return open_log(runtime::system_files(), journal, memory);
}

}  // namespace cantus::eventlog
