#include "eventlog/segment_index.h"

#include <algorithm>

#include "messages/record.h"

namespace cantus::eventlog {
namespace {

constexpr std::uint64_t marks_every = 256;

}  // namespace

// The first record for which `reached` holds; it must hold for all behind it.
template <class Reached>
Result<std::optional<std::size_t>> SegmentIndex::find_first(std::span<const std::byte> segment, Reached reached) {
  const auto after = std::partition_point(marks_.begin(), marks_.end(),
                                          [&](const Mark& mark) { return !reached(mark.seq, mark.time); });
  std::size_t at = after == marks_.begin() ? begin_ : std::prev(after)->offset;
  std::uint64_t since_mark = 0;  // records behind the mark we began at
  while (segment.size() - at >= sizeof(RecordHeader)) {
    const std::uint32_t word = load_commit(segment.data() + at);
    if (word == 0 || word == end_of_segment) {
      break;
    }
    const RecordHeader& header = *event_at(segment.data() + at).header;
    if (word < sizeof(RecordHeader) || word > record_bytes_max || aligned_record(word) > segment.size() - at) {
      return Error{ErrorCode::corrupt, "offset " + std::to_string(at) + ": the length of a record is impossible"};
    }
    if (since_mark % marks_every == 0 && (marks_.empty() || marks_.back().offset < at)) {
      marks_.push_back({header.seq, header.time, at});
    }
    if (reached(header.seq, header.time)) {
      return std::optional(at);
    }
    ++since_mark;
    at += aligned_record(word);
  }
  return std::optional<std::size_t>();
}

Result<std::optional<std::size_t>> SegmentIndex::find(std::span<const std::byte> segment, Seq seq) {
  return find_first(segment, [seq](Seq at, TimeNs) { return at >= seq; });
}

Result<std::optional<std::size_t>> SegmentIndex::find(std::span<const std::byte> segment, TimeNs time) {
  return find_first(segment, [time](Seq, TimeNs at) { return at >= time; });
}

}  // namespace cantus::eventlog
