// Sealing: what a complete segment is recorded as. Off the hot path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "eventlog/directory.h"
#include "eventlog/hash.h"
#include "eventlog/identity.h"

namespace cantus::eventlog {

// Makes the entry of the segment that follows what `directory` lists, piece by piece: over its records up to `through`,
// or up to its end if that comes first. Every record is checked once more.
class Sealing {
 public:
  Sealing(std::span<const std::byte> segment, const Directory& directory, std::uint32_t opening, Seq through);
  // Goes over at most so many records more. True once it is at the end. Corrupt if one is not good, or if there is
  // none.
  [[nodiscard]] Result<bool> go_on(std::uint64_t records);
  // Once it is at the end.
  [[nodiscard]] const SealedSegment& sealed() const { return sealed_; }

 private:
  std::span<const std::byte> segment_;
  LogIdentity identity_;
  Hash256 chain_;  // before this segment
  Seq through_;
  SealedSegment sealed_;
  MerkleTree tree_;
  std::size_t at_;
};

// All at once.
[[nodiscard]] Result<SealedSegment> seal_segment(std::span<const std::byte> segment, const Directory& directory,
                                                 std::uint32_t opening, Seq through);

}  // namespace cantus::eventlog
