#include "eventlog/seal.h"

#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/scan.h"

namespace cantus::eventlog {

Result<SealedSegment> seal_segment(std::span<const std::byte> segment, const Directory& directory,
                                   std::uint32_t opening, Seq through, const std::function<bool()>& give_up) {
  constexpr std::uint64_t records_between_questions = 1024;
  SealedSegment sealed;
  sealed.number = directory.next_number();
  sealed.opening = opening;
  sealed.last = directory.last();
  sealed.last_term = directory.last_term();
  MerkleTree tree;
  std::size_t at = segment_data_begin;
  while (sealed.last < through && segment.size() - at >= end_marker_bytes) {
    const std::span<const std::byte> rest = segment.subspan(at);
    const std::uint32_t word = load_commit(rest.data());
    if (word == 0 || word == end_of_segment) {
      break;
    }
    const RecordFault fault = check_record(rest, directory.identity, sealed.last.next(), sealed.last_term);
    if (fault != RecordFault::none) {
      return Error{ErrorCode::corrupt, segment_name(sealed.number, opening) + " at offset " + std::to_string(at) +
                                           ", record " + std::to_string(sealed.last.next().get()) + ": " +
                                           text_of(fault)};
    }
    const Event event = event_at(rest.data());
    if (tree.count() == 0) {
      sealed.first = event.header->seq;
      sealed.first_time = event.header->time;
    }
    sealed.last = event.header->seq;
    sealed.last_term = event.header->term;
    sealed.last_time = event.header->time;
    tree.add(record_bytes(event));
    at += aligned_record(word);
    sealed.end = at;
    if (give_up && tree.count() % records_between_questions == 0 && give_up()) {
      return Error{ErrorCode::refused, "given up"};
    }
  }
  if (tree.count() == 0) {
    return Error{ErrorCode::corrupt, segment_name(sealed.number, opening) + " holds no record"};
  }
  sealed.root = tree.root();
  sealed.chain = chain_of(directory.chain(), sealed.root);
  return sealed;
}

}  // namespace cantus::eventlog
