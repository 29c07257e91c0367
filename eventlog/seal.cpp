#include "eventlog/seal.h"

#include <limits>

#include "eventlog/layout.h"
#include "eventlog/scan.h"

namespace cantus::eventlog {

Sealing::Sealing(std::span<const std::byte> segment, const Directory& directory, std::uint32_t opening, Seq through)
    : segment_(segment),
      identity_(directory.identity),
      chain_(directory.chain()),
      through_(through),
      at_(segment_data_begin) {
  sealed_.number = directory.next_number();
  sealed_.opening = opening;
  sealed_.last = directory.last();
  sealed_.last_term = directory.last_term();
}

Result<bool> Sealing::go_on(std::uint64_t records) {
  for (const std::uint64_t before = tree_.count(); tree_.count() - before < records;) {
    const std::uint32_t word = sealed_.last < through_ && segment_.size() - at_ >= end_marker_bytes
                                   ? load_commit(segment_.data() + at_)
                                   : end_of_segment;
    if (word == 0 || word == end_of_segment) {
      if (tree_.count() == 0) {
        return Error{ErrorCode::corrupt, segment_name(sealed_.number, sealed_.opening) + " holds no record"};
      }
      sealed_.root = tree_.root();
      sealed_.chain = chain_of(chain_, sealed_.root);
      return true;
    }
    const std::span<const std::byte> rest = segment_.subspan(at_);
    const RecordFault fault = check_record(rest, identity_, sealed_.last.next(), sealed_.last_term);
    if (fault != RecordFault::none) {
      return Error{ErrorCode::corrupt, segment_name(sealed_.number, sealed_.opening) + " at offset " +
                                           std::to_string(at_) + ", record " +
                                           std::to_string(sealed_.last.next().get()) + ": " + text_of(fault)};
    }
    const Event event = event_at(rest.data());
    if (tree_.count() == 0) {
      sealed_.first = event.header->seq;
      sealed_.first_time = event.header->time;
    }
    sealed_.last = event.header->seq;
    sealed_.last_term = event.header->term;
    sealed_.last_time = event.header->time;
    tree_.add(record_bytes(event));
    at_ += aligned_record(word);
    sealed_.end = at_;
  }
  return false;
}

Result<SealedSegment> seal_segment(std::span<const std::byte> segment, const Directory& directory,
                                   std::uint32_t opening, Seq through) {
  Sealing sealing(segment, directory, opening, through);
  const Result<bool> whole = sealing.go_on(std::numeric_limits<std::uint64_t>::max());
  return whole ? Result<SealedSegment>(sealing.sealed()) : Error(whole.error());
}

}  // namespace cantus::eventlog
