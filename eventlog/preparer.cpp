#include "eventlog/preparer.h"

#include <algorithm>
#include <array>
#include <span>

#include "eventlog/seal.h"

namespace cantus::eventlog {

using runtime::Next;

namespace {

// The same for who seals; and at most, where each attempt takes a moment what others may need.
constexpr std::chrono::milliseconds sealer_retry{50};
constexpr std::chrono::milliseconds retry_max{1'000};
// Records; some megabytes at most.
constexpr std::uint64_t lag_without_zeros = 20'000;
// As much keeps a disk busy for milliseconds, for which the writer may have to wait at most.
constexpr std::size_t zeros_at_once = std::size_t{4} << 20;
// A log that grows by this part of what is zeroed meanwhile is fast.
constexpr std::size_t fast_part = 8;

}  // namespace

bool Preparer::wanted() const {
  return core_.prepared.load() == nullptr && core_.unsealed.load() < core_.options.unsealed_max;
}

Next Preparer::step() {
  if (core_.over()) {
    return Next::nothing();
  }
  return wanted() ? prepare() : write_zeros();
}

Next Preparer::prepare() {
  Result<std::unique_ptr<Segment>> made = make_segment(core_.place(), next_number_, core_.options.segment_bytes);
  if (made) {
    retry_in_ = retry;
    ++next_number_;
    Segment* const segment = core_.keep(*std::move(made));
    zeros_end_ = segment_data_begin;
    core_.offer_for_zeros(segment);
    core_.prepared.store(segment);
    if (core_.options.listener != nullptr) {
      core_.options.listener->on_room();
    }
  } else if (made.error().code == ErrorCode::no_space) {
    const std::chrono::milliseconds in = retry_in_;
    retry_in_ = std::min(2 * retry_in_, retry_max);
    return Next::wake_or(in);
  } else {
    core_.stop(made.error());
  }
  return Next::step();
}

// The next part, synced: then no sync of the writer's finds it undone, nor takes the blame for it. Where the file
// system has no room for what it had promised (one that copies on write, thin volumes), nothing is lost yet: it is
// tried again until there is room, or until the writer needs the segment. Only what the writer itself cannot write ends
// the journal.
Next Preparer::write_zeros() {
  if (!core_.options.writer_goes_on ||
      core_.control->position.load(std::memory_order_relaxed) < zeros_from(core_.options.segment_bytes)) {
    return Next::wake();  // nobody waits for a sync, or it is too early
  }
  // A writer that is behind syncs so much at once that zeros spare it nothing; they would only take half of the disk
  // from it.
  if (core_.control->last.load() - core_.control->synced.load() > lag_without_zeros) {
    return Next::wake_or(retry);
  }
  const std::uint64_t segment_before = core_.control->live_segment.load(std::memory_order_relaxed);
  const std::uint64_t position_before = core_.control->position.load(std::memory_order_relaxed);
  bool more = false;
  bool full = false;
  Status status;
  const bool offered = core_.with_zeros_wanted([&](Segment& segment) {
    alignas(runtime::file_block_bytes) static constexpr std::array<std::byte, std::size_t{1} << 18> zeros{};
    const std::size_t end = std::min(zeros_end_ + zeros_at_once, segment.bytes.size());
    more = zeros_end_ < end;
    while (status && zeros_end_ < end) {
      const std::size_t part = std::min(zeros.size(), end - zeros_end_);
      status = part % runtime::file_block_bytes == 0
                   ? segment.file->write_blocks_at(zeros_end_, std::span(zeros).first(part))
                   : segment.file->write_at(zeros_end_, std::span(zeros).first(part));
      zeros_end_ += status ? part : 0;
    }
    full = !status && status.error().code == ErrorCode::no_space;
    if (status && more) {
      status = segment.file->sync();
    }
  });
  // A log that grows so fast needs the disk itself, and syncs so much at once that zeros spare it little.
  const std::uint64_t grown = core_.control->position.load(std::memory_order_relaxed) - position_before;
  if (core_.control->live_segment.load(std::memory_order_relaxed) != segment_before ||
      grown > zeros_at_once / fast_part) {
    zeros_end_ = core_.options.segment_bytes;
  }
  if (full) {
    return Next::wake_or(retry);
  }
  if (!status) {
    core_.stop(status.error());
  }
  return offered && more ? Next::step() : Next::wake();
}

Sealer::Sealer(Core& core, Directory directory)
    : core_(core), directory_(std::move(directory)), newest_(directory_.segments.size()) {}

Next Sealer::step_at_leisure() {
  if (core_.over()) {
    return Next::nothing();
  }
  return core_.sealing_presses() ? Next::wake() : go_on();
}

Next Sealer::step_when_it_presses() {
  if (core_.over()) {
    return Next::nothing();
  }
  if (core_.sealing_presses()) {
    if (const Next next = go_on(); next.is_step() || next.at_most()) {
      return next;
    }
  }
  core_.sealer->wake();  // what is left can wait for leisure
  return Next::wake();
}

// So many records take some hundred microseconds: then the other worker may go on where this one left off.
Next Sealer::go_on() {
  constexpr std::uint64_t at_once = 1024;
  const std::lock_guard turn(turn_);
  if (sealed_) {
    return list();
  }
  if (!sealing_) {
    segment_ = core_.next_to_seal();
    if (segment_ == nullptr) {
      return Next::wake();
    }
    sealing_.emplace(segment_->bytes, directory_, segment_->opening, Seq(UINT64_MAX));
  }
  const Result<bool> whole = sealing_->go_on(at_once);
  if (!whole) {
    core_.stop(whole.error());
  } else if (*whole) {
    sealed_ = sealing_->sealed();
    sealing_.reset();
    return list();
  }
  return Next::step();
}

Next Sealer::list() {
  Directory next = directory_;
  next.segments.push_back(*sealed_);
  Status status = write_directory(core_.files, core_.options.journal, next);
  if (!status && status.error().code == ErrorCode::no_space) {
    // Is waited out; what failed was a new file. If it ends before there is room, the next process seals it.
    return Next::wake_or(sealer_retry);
  }
  if (status) {
    // Listed: from here on everybody finds it in its file, and those that still map the memory keep it.
    status = core_.files.remove(core_.options.memory / segment_name(segment_->number, segment_->opening));
  }
  if (!status) {
    core_.stop(status.error());
    return Next::step();
  }
  core_.drop(segment_->number);
  {
    const std::lock_guard guard(mutex_);
    directory_ = std::move(next);
  }
  newest_.store(sealed_->number);
  sealed_.reset();
  --core_.unsealed;
  core_.preparer->wake();
  if (core_.options.listener != nullptr) {
    core_.options.listener->on_sealed();
  }
  return Next::step();
}

std::optional<SegmentSealed> Sealer::sealed_after(std::uint64_t segment) const {
  if (newest_.load() <= segment) {
    return std::nullopt;
  }
  const std::lock_guard guard(mutex_);
  return as_message(directory_.segments[segment]);  // numbered from 1: index `segment` is the one behind it
}

}  // namespace cantus::eventlog
