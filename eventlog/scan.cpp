#include "eventlog/scan.h"

#include <algorithm>

#include "base/mutant.h"
#include "eventlog/hash.h"

namespace cantus::eventlog {

const char* text_of(RecordFault fault) {
  switch (fault) {
    case RecordFault::none:
      return "good";
    case RecordFault::length:
      return "its length is impossible";
    case RecordFault::checksum:
      return "its checksum is wrong";
    case RecordFault::identity:
      return "it belongs to another venue or log";
    case RecordFault::sequence:
      return "its number is not the next";
    case RecordFault::term:
      return "its term is older than that of the record before it";
  }
  return "unknown fault";
}

RecordFault check_bytes(std::span<const std::byte> from) {
  if (from.size() < sizeof(RecordHeader)) {
    return RecordFault::length;
  }
  const std::uint32_t length = load_commit(from.data());
  if (length < sizeof(RecordHeader) || length > record_bytes_max || aligned_record(length) > from.size()) {
    return RecordFault::length;
  }
  const Event event = event_at(from.data());
  const bool whole = event.header->crc == checksum_of(*event.header, event.bytes());
  return whole || CANTUS_MUTANT(torn_tail_accepted) ? RecordFault::none : RecordFault::checksum;
}

RecordFault check_record(std::span<const std::byte> from, LogIdentity identity, Seq expected, Term term) {
  if (const RecordFault fault = check_bytes(from); fault != RecordFault::none) {
    return fault;
  }
  const RecordHeader& header = *event_at(from.data()).header;
  if (header.venue != identity.venue || header.log < identity.log) {
    return RecordFault::identity;
  }
  if (header.seq != expected) {
    return RecordFault::sequence;
  }
  return header.term < term ? RecordFault::term : RecordFault::none;
}

bool continues(const Event& event, const Event* previous) {
  if (!event.is<TermStarted>()) {
    return true;
  }
  const auto& started = event.as<TermStarted>();
  if (previous == nullptr) {
    return started.previous_seq.is_zero() && started.previous_term.is_zero() && started.previous_hash == Hash256{};
  }
  return started.previous_seq == previous->header->seq && started.previous_term == previous->header->term &&
         started.previous_hash == record_hash(*previous);
}

Walk walk_segment(std::span<const std::byte> segment, LogIdentity identity, Seq expected, Term term) {
  Walk walk;
  walk.end = segment_data_begin;
  walk.last = Seq(expected.get() - 1);
  walk.last_term = term;
  for (;;) {
    const std::span<const std::byte> rest = segment.subspan(walk.end);
    if (rest.size() < end_marker_bytes) {  // a segment always keeps room for its end marker
      walk.ending = Walk::Ending::bad;
      walk.fault = RecordFault::length;
      return walk;
    }
    const std::uint32_t word = load_commit(rest.data());
    if (word == 0 || word == end_of_segment) {
      walk.ending = word == 0 ? Walk::Ending::open : Walk::Ending::closed;
      return walk;
    }
    walk.fault = check_record(rest, identity, walk.last.next(), walk.last_term);
    const RecordHeader& header = *event_at(rest.data()).header;
    if (walk.fault == RecordFault::none && !walk.first.is_zero() &&
        !log_follows(header, *event_at(segment.data() + walk.last_offset).header)) {
      walk.fault = RecordFault::identity;
    }
    if (walk.fault != RecordFault::none) {
      walk.ending = Walk::Ending::bad;
      return walk;
    }
    if (walk.first.is_zero()) {
      walk.first = header.seq;
      walk.first_time = header.time;
    }
    walk.last = header.seq;
    walk.last_term = header.term;
    walk.last_time = header.time;
    walk.mark = std::max(walk.mark, header.synced);
    walk.last_offset = walk.end;
    walk.end += aligned_record(header.length);
  }
}

Beyond look_beyond(std::span<const std::byte> segment, std::size_t offset, LogIdentity identity, Seq from_seq) {
  Beyond beyond;
  std::size_t at = offset;
  while (at + record_alignment <= segment.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, segment.data() + at, sizeof(word));
    const std::span<const std::byte> rest = segment.subspan(at);
    // What only looks like a record cannot stand in a payload: a header has zero bytes, no text of a client's has any.
    const bool good = word != 0 && check_bytes(rest) == RecordFault::none;
    const std::size_t step = good ? aligned_record(event_at(rest.data()).header->length) : record_alignment;
    if (good) {
      const RecordHeader& header = *event_at(rest.data()).header;
      if (header.venue == identity.venue && header.log >= identity.log) {
        beyond.mark = std::max(beyond.mark, header.synced);
        beyond.good_records += header.seq >= from_seq ? 1 : 0;
      }
    }
    at += step;
    if (word != 0) {
      beyond.bytes = at - offset;
    }
  }
  return beyond;
}

}  // namespace cantus::eventlog
