// Sealing: what a complete segment is recorded as. Off the hot path.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>

#include "base/result.h"
#include "eventlog/directory.h"

namespace cantus::eventlog {

// The entry of the segment that follows what `directory` lists: over its records up to `through`, or up to its end if
// that comes first. Every record is checked once more: corrupt if one is not good. `give_up`, if given, is asked now
// and then; if it says yes the result is refused.
[[nodiscard]] Result<SealedSegment> seal_segment(std::span<const std::byte> segment, const Directory& directory,
                                                 std::uint32_t opening, Seq through,
                                                 const std::function<bool()>& give_up = {});

}  // namespace cantus::eventlog
