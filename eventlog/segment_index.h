// Where the records of one segment lie: every so many records a mark, taken on demand by walking headers, so that a
// position or a time is found without reading the whole segment again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "eventlog/layout.h"

namespace cantus::eventlog {

class SegmentIndex {
 public:
  // `begin`: where the first record begins in the bytes.
  explicit SegmentIndex(std::size_t begin = segment_data_begin) : begin_(begin) {}

  // Offset of the record numbered `seq`, or of the first one stamped at or after `time`, in the segment's bytes as far
  // as they may be read; nothing if it is not there (yet). Corrupt if the headers do not lead on. Records are not
  // checked otherwise: whoever reads one does that.
  Result<std::optional<std::size_t>> find(std::span<const std::byte> segment, Seq seq);
  Result<std::optional<std::size_t>> find(std::span<const std::byte> segment, TimeNs time);

 private:
  struct Mark {
    Seq seq;
    TimeNs time;
    std::size_t offset = 0;
  };
  template <class Reached>
  Result<std::optional<std::size_t>> find_first(std::span<const std::byte> segment, Reached reached);

  std::size_t begin_;
  std::vector<Mark> marks_;  // every marks_every-th record, as far as somebody looked
};

}  // namespace cantus::eventlog
