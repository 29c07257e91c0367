#include "messages/record.h"

#include <algorithm>

namespace cantus {

std::uint32_t proposal_checksum(const RecordHeader& admitted, PayloadSum payload) {
  ProposalHeader header;
  header.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + payload.bytes);
  header.type = admitted.type;
  header.version = admitted.version;
  header.venue = admitted.venue;
  header.publisher_seq = admitted.publisher_seq;
  header.topic = admitted.topic;
  return checksum_of(header, payload);
}

RecordFault read_record(std::span<const std::byte> bytes, Event& event) {
  if (bytes.size() < sizeof(RecordHeader)) {
    return RecordFault::incomplete;
  }
  RecordHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.length == 0) {
    return RecordFault::incomplete;
  }
  if (header.length < sizeof(RecordHeader) || header.length > record_bytes_max) {
    return RecordFault::bad_length;
  }
  const std::size_t end = aligned_record(header.length);
  if (bytes.size() < end) {
    return RecordFault::incomplete;
  }
  const auto payload = bytes.subspan(sizeof(header), header.length - sizeof(header));
  if (checksum_of(header, payload) != header.crc) {
    return RecordFault::bad_checksum;
  }
  const auto padding = bytes.subspan(header.length, end - header.length);
  if (header.reserved != 0 || std::ranges::any_of(padding, [](std::byte byte) { return byte != std::byte{0}; })) {
    return RecordFault::bad_padding;
  }
  event.header = reinterpret_cast<const RecordHeader*>(bytes.data());
  event.payload = bytes.data() + sizeof(RecordHeader);
  return RecordFault::none;
}

}  // namespace cantus
