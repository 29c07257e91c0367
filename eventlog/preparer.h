// The work around the writer: a segment ahead is reserved, complete ones are sealed. Neither is waited
// for by the append path; while no segment is prepared, has_room says no when the live one is full.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "eventlog/core.h"
#include "eventlog/directory.h"
#include "eventlog/seal.h"

namespace cantus::eventlog {

// Reserved space of a disk file that was never written is only marked so: the first sync of each part of it has to
// change those marks and waits for the file system's journal, some hundred microseconds at best. So once the live
// segment is in use, the file of the one ahead is written with zeros; what is not done when its turn comes stays
// undone.
class Preparer {
 public:
  // `next_number`: of the first segment it makes.
  Preparer(Core& core, std::uint64_t next_number) : core_(core), next_number_(next_number) {}
  [[nodiscard]] runtime::Next step();
  // The first number was used by somebody else; before the first step.
  void skip() { ++next_number_; }
  // From this position in a segment of so many bytes on the one ahead is worth more work. The worker must be
  // woken then.
  [[nodiscard]] static std::size_t zeros_from(std::size_t segment_bytes) { return segment_bytes / 8; }

 private:
  // How soon it is tried again where disk, memory or descriptors are exhausted: nobody tells us when there are some.
  static constexpr std::chrono::milliseconds retry{50};

  [[nodiscard]] bool wanted() const;
  [[nodiscard]] runtime::Next prepare();
  [[nodiscard]] runtime::Next write_zeros();

  Core& core_;
  std::uint64_t next_number_;
  std::size_t zeros_end_ = 0;  // of the prepared segment's file, so far
  std::chrono::milliseconds retry_in_ = retry;
};

// Sealing can wait, and takes next to nothing of a busy core, until half of the unsealed segments wait for it: then it
// is what input will wait for. A thread that gave way to all others cannot take that back, so two workers share it, one
// for either; one seals at a time, and goes on where the other left off.
class Sealer {
 public:
  Sealer(Core& core, Directory directory);
  [[nodiscard]] runtime::Next step_at_leisure();
  [[nodiscard]] runtime::Next step_when_it_presses();
  // See Journal::sealed_after; by any thread.
  [[nodiscard]] std::optional<SegmentSealed> sealed_after(std::uint64_t segment) const;

 private:
  [[nodiscard]] runtime::Next go_on();
  [[nodiscard]] runtime::Next list();

  Core& core_;
  std::mutex turn_;  // of what is being sealed
  std::optional<Sealing> sealing_;
  std::optional<SealedSegment> sealed_;  // is to be listed
  Segment* segment_ = nullptr;
  mutable std::mutex mutex_;  // of the directory, which only the worker changes whose turn it is
  Directory directory_;
  std::atomic<std::uint64_t> newest_;  // number of the last listed segment
};

}  // namespace cantus::eventlog
