#include "eventlog/file_journal.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/copy_words.h"
#include "eventlog/core.h"
#include "eventlog/layout.h"
#include "eventlog/preparer.h"
#include "eventlog/start.h"
#include "eventlog/writer.h"

namespace cantus::eventlog {
namespace {

constexpr std::size_t prefetched_ahead = 2048;

Error final_failure() { return Error{ErrorCode::failed, "a write or sync failed; the journal has stopped"}; }

class FileJournalOnHost final : public FileJournal {
 public:
  static Result<std::unique_ptr<FileJournal>> open(runtime::Files& files, const JournalOptions& options) {
    auto core = std::make_unique<Core>(files, options);
    Result<Started> started = start_journal(*core, StartMode::open);
    if (!started) {
      return std::move(started).error();
    }
    std::unique_ptr<FileJournalOnHost> journal(new FileJournalOnHost(std::move(core), *std::move(started)));
    if (Status status = journal->leave_closed_segment(); !status) {
      if (status.error().code == ErrorCode::failed) {
        journal->core_->leave_stop_mark(nullptr, status.error());
      }
      return std::move(status).error();
    }
    journal->begin_work();
    return std::unique_ptr<FileJournal>(std::move(journal));
  }

  FileJournalOnHost(const FileJournalOnHost&) = delete;
  FileJournalOnHost& operator=(const FileJournalOnHost&) = delete;
  ~FileJournalOnHost() override { end_work(); }

  Status append(Term term, Seq expected_last, std::span<const std::byte> records) override {
    if (core_->over()) [[unlikely]] {
      return core_->stopped.load() ? final_failure() : Error{ErrorCode::refused, "the journal is closed"};
    }
    if (term < term_) [[unlikely]] {
      return Error{ErrorCode::stale_term, "term " + std::to_string(term.get()) + " is over: the log is in term " +
                                              std::to_string(term_.get())};
    }
    if (expected_last != last_) [[unlikely]] {
      return Error{ErrorCode::refused, "the last record is " + std::to_string(last_.get()) + ", not " +
                                           std::to_string(expected_last.get())};
    }
    std::size_t here = records.size();
    if (here + end_marker_bytes > live_->bytes.size() - end_) {
      const std::optional<std::size_t> fitting = fits_in_two(records);
      if (!fitting) {
        return Error{ErrorCode::no_space, "no segment is ready for " + std::to_string(records.size()) + " bytes"};
      }
      here = *fitting;
    }
    put(term, records.first(here));
    if (here < records.size()) {
      turn_over();
      put(term, records.subspan(here));
    }
    publish(term);
    return {};
  }

  void wake_writer() override { writer_.wake_if_sleeping(); }

  bool has_room(std::size_t bytes, RoomFor whom) const override {
    if (core_->over()) {
      return false;
    }
    // Where the batch does not fit into the live segment as a whole, up to a record's size may be left over there.
    const std::size_t live = live_->bytes.size() - end_ - end_marker_bytes;
    const Segment* prepared = core_->prepared.load(std::memory_order_acquire);
    const std::size_t ahead = prepared == nullptr ? 0 : prepared->bytes.size() - segment_data_begin - end_marker_bytes;
    const std::size_t both = live < record_room_max ? ahead : live - record_room_max + ahead;
    const std::size_t kept = whom == RoomFor::client_messages ? core_->options.segment_bytes / 10 : 0;
    return bytes + kept <= std::max(live, both);
  }

  bool end_segment() override {
    if (end_ == segment_data_begin) {
      return true;
    }
    if (core_->over() || !segment_ready()) {
      return false;
    }
    turn_over();
    core_->control->position.store(end_, std::memory_order_relaxed);
    turned_over_ = false;
    writer_.wake_if_sleeping();
    return true;
  }
  bool segment_ready() const override { return core_->prepared.load(std::memory_order_acquire) != nullptr; }

  Seq last() const override { return Seq(core_->control->last.load(std::memory_order_acquire)); }
  Seq synced() const override { return Seq(core_->control->synced.load(std::memory_order_acquire)); }
  bool stopped() const override { return core_->stopped.load(); }
  LogIdentity identity() const override { return core_->identity; }
  LastRecord opened_at() const override { return opened_at_; }
  const StartReport& start_report() const override { return report_; }
  std::optional<SegmentSealed> sealed_after(std::uint64_t segment) const override {
    return sealer_.sealed_after(segment);
  }

  Status close() override {
    writer_.drain.store(true);
    end_work();
    if (stopped()) {
      return final_failure();
    }
    CANTUS_ASSERT(synced() == last(), "an orderly end leaves nothing behind");
    return {};
  }

 private:
  FileJournalOnHost(std::unique_ptr<Core> core, Started started)
      : core_(std::move(core)),
        opened_at_(started.last),
        report_(started.report),
        end_(started.live_end),
        live_closed_(started.live_closed),
        last_(started.last.seq),
        term_(started.last.term),
        live_(keep_all(started.segments)),
        writer_(*core_, first_, started.synced, std::move(started.mark)),
        preparer_(*core_, live_->number + 1),
        sealer_(*core_, std::move(started.directory)) {}

  // Links them in order; the last is the live one.
  Segment* keep_all(std::vector<std::unique_ptr<Segment>>& segments) {
    Segment* previous = nullptr;
    for (std::unique_ptr<Segment>& owned : segments) {
      Segment* segment = core_->keep(std::move(owned));
      if (previous == nullptr) {
        first_ = segment;
      } else {
        previous->next.store(segment);
      }
      previous = segment;
    }
    core_->unsealed.store(segments.size());
    return previous;
  }

  // A process may have died between the end marker and the first record behind it.
  Status leave_closed_segment() {
    if (!live_closed_) {
      return {};
    }
    Result<std::unique_ptr<Segment>> next =
        make_segment(core_->place(), live_->number + 1, core_->options.segment_bytes);
    if (!next) {
      return std::move(next).error();
    }
    Segment* segment = core_->keep(*std::move(next));
    live_->next.store(segment);
    live_ = segment;
    end_ = segment_data_begin;
    preparer_.skip();
    ++core_->unsealed;
    core_->control->position.store(end_);
    core_->control->live_segment.store(segment->number);
    return {};
  }

  void begin_work() {
    core_->writer->begin([this] { return writer_.step(); });
    core_->preparer->begin([this] { return preparer_.step(); });
    core_->sealer->begin([this] { return sealer_.step_at_leisure(); });
    core_->pressing_sealer->begin([this] { return sealer_.step_when_it_presses(); });
  }

  void end_work() {
    core_->ending.store(true);
    for (const auto* worker : {&core_->writer, &core_->preparer, &core_->sealer, &core_->pressing_sealer}) {
      (*worker)->wake();
    }
    for (const auto* worker : {&core_->writer, &core_->preparer, &core_->sealer, &core_->pressing_sealer}) {
      (*worker)->join();
    }
  }

  // How many bytes of the records go into the live segment if the rest goes into the prepared one; nothing if they do
  // not fit.
  [[nodiscard]] std::optional<std::size_t> fits_in_two(std::span<const std::byte> records) const {
    const Segment* prepared = core_->prepared.load(std::memory_order_acquire);
    if (prepared == nullptr) {
      return std::nullopt;
    }
    const std::size_t room = live_->bytes.size() - end_ - end_marker_bytes;
    std::size_t here = 0;
    while (here < records.size()) {
      const std::size_t size = aligned_record(length_at(records.subspan(here)));
      if (here + size > room) {
        break;
      }
      here += size;
    }
    const std::size_t ahead = prepared->bytes.size() - segment_data_begin - end_marker_bytes;
    return records.size() - here <= ahead ? std::optional(here) : std::nullopt;
  }

  [[nodiscard]] static std::uint32_t length_at(std::span<const std::byte> records) {
    std::uint32_t length = 0;
    CANTUS_ASSERT(records.size() >= sizeof(RecordHeader), "whole records are appended");
    std::memcpy(&length, records.data(), sizeof(length));
    CANTUS_ASSERT(
        length >= sizeof(RecordHeader) && length <= record_bytes_max && aligned_record(length) <= records.size(),
        "whole records are appended");
    return length;
  }

  // Copies records behind the end of the live segment, each with its commit word last.
  void put(Term term, std::span<const std::byte> records) {
    std::byte* to = live_->bytes.data() + end_;
    while (!records.empty()) {
      const std::uint32_t length = length_at(records);
      const std::size_t size = aligned_record(length);
      const RecordHeader& header = *event_at(records.data()).header;
      CANTUS_ASSERT(header.seq == last_.next() && header.term == term, "records are numbered on, of this term");
      constexpr std::size_t word = 8;
      static_assert(record_alignment == word && sizeof(length) < word);
      // Nobody has touched the memory ahead: without this each page begins with a wait.
      __builtin_prefetch(to + prefetched_ahead, 1);
      __builtin_prefetch(to + prefetched_ahead + 64, 1);
      std::memcpy(to + sizeof(length), records.data() + sizeof(length), word - sizeof(length));
      copy_words(to + word, records.data() + word, size - word);
      store_commit(to, length);
      last_ = header.seq;
      to += size;
      end_ += size;
      records = records.subspan(size);
    }
  }

  // Ends the live segment and goes on in the prepared one. Everything behind is set before the end marker, because from
  // then on the writer and the sealer may take the old segment away.
  void turn_over() {
    Segment* next = core_->prepared.exchange(nullptr);
    std::byte* marker = live_->bytes.data() + end_;
    ++core_->unsealed;
    core_->control->live_segment.store(next->number);
    live_->next.store(next);
    live_ = next;
    end_ = segment_data_begin;
    store_commit(marker, end_of_segment);
    turned_over_ = true;
  }

  void publish(Term term) {
    if (term != term_) {
      term_ = term;
      core_->control->term.store(term.get(), std::memory_order_relaxed);
    }
    core_->control->position.store(end_, std::memory_order_relaxed);
    core_->control->last.store(last_.get(), std::memory_order_seq_cst);
    // The writer has a segment prepared in the place of one that is full: that does not wait for the caller's word.
    if (std::exchange(turned_over_, false) || core_->options.append_wakes) {
      writer_.wake_if_sleeping();
    }
  }

  std::unique_ptr<Core> core_;
  LastRecord opened_at_;
  StartReport report_;
  std::size_t end_;  // where the next record goes in the live segment
  bool live_closed_;
  bool turned_over_ = false;  // since the last append was published
  Seq last_;
  Term term_;
  Segment* first_ = nullptr;
  Segment* live_;
  Writer writer_;
  Preparer preparer_;
  Sealer sealer_;
};

}  // namespace

std::string StartReport::text() const {
  std::string text;
  switch (kind) {
    case StartKind::created:
      return "a new log";
    case StartKind::same_boot:
      text = "continued in memory";
      break;
    case StartKind::after_reboot:
      text = "continued from the files";
      break;
    case StartKind::recovered:
      text = "recovered into new files";
      break;
  }
  text += " at record " + std::to_string(last.get());
  if (kind == StartKind::after_reboot && rewritten == 0 && cut_from.is_zero()) {
    return text + "; nothing was lost";
  }
  text += "; synced were " + std::to_string(mark.get());
  if (kind != StartKind::same_boot) {
    text += ", rewritten " + std::to_string(rewritten);
    text += cut_from.is_zero()
                ? ", nothing was cut"
                : ", cut from record " + std::to_string(cut_from.get()) + ": " + std::to_string(cut_bytes) +
                      " bytes with " + std::to_string(cut_records) + " whole records";
  }
  return text;
}

Result<std::unique_ptr<FileJournal>> FileJournal::open(runtime::Files& files, const JournalOptions& options) {
  return FileJournalOnHost::open(files, options);
}

Result<StartReport> recover(runtime::Files& files, const JournalOptions& options) {
  Core core(files, options);
  const Result<Started> started = start_journal(core, StartMode::recover);
  if (!started) {
    return Error(started.error());
  }
  return started->report;
}

}  // namespace cantus::eventlog
