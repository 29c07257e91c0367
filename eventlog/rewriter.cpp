#include "eventlog/rewriter.h"

#include <cstring>

namespace cantus::eventlog {

Status Rewriter::add(const Event& event) {
  const std::size_t size = aligned_record(event.header->length);
  if (segments_.empty() || closed_ || segments_.back()->bytes.size() - end_ < size + end_marker_bytes) {
    if (Status status = open_segment(); !status) {
      return status;
    }
  }
  const std::span<const std::byte> record = record_bytes(event);
  std::memcpy(segments_.back()->bytes.data() + end_, record.data(), record.size());
  end_ += size;
  closed_ = event.header->type == LogClosed::type;
  return {};
}

Status Rewriter::finish() {
  if (segments_.empty()) {
    if (Status status = open_segment(); !status) {
      return status;
    }
  }
  return store_last(0);
}

Status Rewriter::open_segment() {
  if (!segments_.empty()) {
    store_commit(segments_.back()->bytes.data() + end_, end_of_segment);
    if (Status status = store_last(end_marker_bytes); !status) {
      return status;
    }
  }
  Result<std::unique_ptr<Segment>> segment = make_segment(place_, next_number_++, segment_bytes_);
  if (!segment) {
    return std::move(segment).error();
  }
  segments_.push_back(*std::move(segment));
  end_ = segment_data_begin;
  return {};
}

// The writer begins at the end marker, by which it comes to the next segment.
Status Rewriter::store_last(std::size_t marker_bytes) {
  Segment& segment = *segments_.back();
  const auto bytes = segment.bytes.subspan(segment_data_begin, end_ + marker_bytes - segment_data_begin);
  if (Status status = segment.file->write_at(segment_data_begin, bytes); !status) {
    return status;
  }
  segment.copied = end_;
  return segment.file->sync();
}

}  // namespace cantus::eventlog
