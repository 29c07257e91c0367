// The work that makes records durable: copies what was committed from the live segments to their files, syncs once a
// batch, and publishes how far it is.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "eventlog/core.h"

namespace cantus::eventlog {

class Writer {
 public:
  // Begins at `first`, behind what is copied of it; its records up to `synced` are durable. The mark file is written
  // after each batch.
  Writer(Core& core, Segment* first, Seq synced, std::unique_ptr<runtime::File> mark)
      : core_(core), at_(first), live_number_(first->number), synced_(synced), mark_(std::move(mark)) {}

  // One batch. It ends when the core is over; with `drain` set only after everything is synced.
  [[nodiscard]] runtime::Next step();
  // By the appending thread, after it published its last record in the control page (sequentially consistent).
  void wake_if_sleeping() {
    if (sleeping_.load(std::memory_order_seq_cst)) [[unlikely]] {
      sleeping_.store(false, std::memory_order_seq_cst);
      core_.writer->wake();
    }
  }
  std::atomic<bool> drain{false};

 private:
  bool write_batch();
  [[nodiscard]] Status copy_to_file(std::size_t end);
  void publish(Seq last);
  [[nodiscard]] runtime::Next sleep();
  void end_mark();
  // The appender has left the segment, perhaps without a record in the next one: the end marker is to be written.
  [[nodiscard]] bool turned_over() const { return core_.control->live_segment.load() != at_->number; }
  [[nodiscard]] bool goes_on() const { return core_.options.writer_goes_on || core_.options.writer_spins; }

  Core& core_;
  Segment* at_;
  std::uint64_t live_number_;  // of the segment that the preparer was last told of
  Seq synced_;
  std::unique_ptr<runtime::File> mark_;
  std::optional<Seq> wanted_;  // what is to be written before it looks up
  bool ending_ = false;        // as it was when it looked up last
  alignas(64) std::atomic<bool> sleeping_{false};
  alignas(runtime::file_block_bytes) std::array<std::byte, runtime::file_block_bytes> last_block_{};
};

}  // namespace cantus::eventlog
