#include "eventlog/writer.h"

#include <cstring>
#include <limits>

#include "base/mutant.h"
#include "eventlog/layout.h"
#include "eventlog/preparer.h"

namespace cantus::eventlog {

using runtime::Next;

namespace {

constexpr std::size_t batch_bytes_max = std::size_t{4} << 20;  // so that the mark moves every few milliseconds

constexpr std::uint64_t fetched_beyond = 64;
constexpr std::size_t fetched_ahead = 1024;
constexpr std::size_t fetched_at_once = 256;

}  // namespace

Next Writer::step() {
  if (!wanted_) {
    sleeping_.store(false, std::memory_order_seq_cst);
    // Asked before looking for work: what was appended before an orderly end is then found.
    ending_ = core_.ending.load();
    // What came while it wrote waits for the next word, where the caller says so; nothing waits at the end.
    wanted_ = goes_on() || ending_ ? Seq(std::numeric_limits<std::uint64_t>::max()) : Seq(core_.control->last.load());
  }
  if (!core_.stopped.load() && (!core_.ending.load() || drain.load()) && (synced_ < *wanted_ || turned_over()) &&
      write_batch()) {
    return Next::step();
  }
  wanted_.reset();
  if (core_.stopped.load() || (ending_ && !drain.load())) {
    return Next::nothing();
  }
  if (ending_) {
    end_mark();
    return Next::nothing();
  }
  return core_.options.writer_spins ? Next::step() : sleep();
}

// Before an orderly end there is time to make the mark durable, so that it also tells damage of the last records.
void Writer::end_mark() {
  if (Status status = mark_->sync(); !status) {
    core_.stop(status.error());
  }
}

Next Writer::sleep() {
  // Either we see here what the appender published, or it sees that we sleep: both words are sequentially consistent.
  sleeping_.store(true, std::memory_order_seq_cst);
  const bool more = core_.control->last.load(std::memory_order_seq_cst) != synced_.get();
  return (more && goes_on()) || turned_over() || core_.over() ? Next::step() : Next::wake();
}

// What stands in memory from `copied` to `end`, to its place in the file, in whole blocks. The first may hold what is
// durable already: it is the same. The last is written from a copy with zeros behind the end, because behind it the
// appender is at work: nothing reaches the file that is not committed.
Status Writer::copy_to_file(std::size_t end) {
  constexpr std::size_t block = runtime::file_block_bytes;
  const std::span<std::byte> bytes = at_->bytes;
  const std::size_t first = at_->copied / block * block;
  const std::size_t last = end / block * block;
  Status status;
  if (first < last) {
    status = at_->file->write_blocks_at(first, bytes.subspan(first, last - first));
  }
  if (status && last < end) {
    std::memcpy(last_block_.data(), bytes.data() + last, end - last);
    std::memset(last_block_.data() + (end - last), 0, block - (end - last));
    status = at_->file->write_blocks_at(last, last_block_);
  }
  return status;
}

// One batch of one segment: everything committed behind what is copied, up to a bound. True if there was any. The end
// marker is durable before anything of the next segment is written, because a batch never spans two.
bool Writer::write_batch() {
  if (const std::uint64_t live = core_.control->live_segment.load(); live != live_number_) {
    live_number_ = live;
    core_.preparer->wake();
  }
  std::size_t end = at_->copied;
  Seq last = synced_;
  bool closed = false;
  // Where it is far behind, the lines that hold the next lengths are fetched while this one is waited for. Near the end
  // they would be taken from the appender.
  const bool far_behind = core_.control->last.load(std::memory_order_relaxed) > synced_.get() + fetched_beyond;
  while (!closed && end - at_->copied < batch_bytes_max) {
    const std::byte* record = at_->bytes.data() + end;
    if (far_behind) {
      for (std::size_t line = 0; line < fetched_at_once; line += 64) {
        __builtin_prefetch(record + fetched_ahead + line);
      }
    }
    const std::uint32_t word = load_commit(record);
    if (word == 0) {
      break;
    }
    closed = word == end_of_segment;
    if (closed) {
      end += end_marker_bytes;
    } else {
      last = event_at(record).header->seq;
      end += aligned_record(word);
    }
  }
  if (end == at_->copied) {
    return false;
  }
  Status status = copy_to_file(end);
  if (CANTUS_MUTANT(mark_ahead_of_sync) && status) {
    publish(last);
  }
  if (status && !(CANTUS_MUTANT(small_batch_not_synced) && end - at_->copied < runtime::file_block_bytes)) {
    status = at_->file->sync();
  }
  if (CANTUS_MUTANT(failed_sync_tried_again) && !status) {
    status = at_->file->sync();
  }
  if (!status) {
    core_.stop(status.error());
    return false;
  }
  const std::size_t zeros_from = Preparer::zeros_from(at_->bytes.size());
  if (at_->copied < zeros_from && end >= zeros_from) {
    core_.preparer->wake();
  }
  at_->copied = end;
  publish(last);
  if (closed) {
    Segment* complete = at_;
    at_ = complete->next.load();
    core_.use(at_);
    core_.hand_to_sealer(complete);
  }
  return true;
}

void Writer::publish(Seq last) {
  if (last == synced_) {
    return;
  }
  synced_ = last;
  core_.control->synced.store(last.get(), std::memory_order_release);
  const StoredMark mark = stored_mark(core_.identity, last);
  if (Status status = mark_->write_at(0, payload_of(mark)); !status) {
    core_.stop(status.error());
    return;
  }
  if (core_.options.listener != nullptr) {
    core_.options.listener->on_synced(last);
  }
}

}  // namespace cantus::eventlog
