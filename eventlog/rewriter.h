// Writes records into fresh segments, in memory and in files, one behind the other: how a start or a recovery brings
// the end of the log into files that it trusts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "eventlog/segment.h"
#include "messages/record.h"

namespace cantus::eventlog {

class Rewriter {
 public:
  Rewriter(const SegmentPlace& place, std::uint64_t first_number, std::size_t segment_bytes)
      : place_(place), next_number_(first_number), segment_bytes_(segment_bytes) {}

  Status add(const Event& event);
  // Everything is on disk, durably; there is a live segment.
  Status finish();

  std::vector<std::unique_ptr<Segment>>& segments() { return segments_; }
  [[nodiscard]] std::size_t end() const { return end_; }  // of the records in the live segment

 private:
  Status open_segment();
  Status store_last(std::size_t marker_bytes);

  SegmentPlace place_;
  std::uint64_t next_number_;
  std::size_t segment_bytes_;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::size_t end_ = segment_data_begin;
  bool closed_ = false;  // what was added last ends its log, and a segment with it
};

}  // namespace cantus::eventlog
