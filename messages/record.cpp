#include "messages/record.h"

#include <algorithm>

#include "base/crc32c.h"

namespace cantus {

std::uint32_t checksum_of(RecordHeader header, std::span<const std::byte> payload) {
  header.crc = 0;
  return crc32c(payload, crc32c(payload_of(header)));
}

std::uint32_t checksum_of(ProposalHeader header, std::span<const std::byte> payload) {
  header.crc = 0;
  return crc32c(payload, crc32c(payload_of(header)));
}

std::uint32_t content_checksum(MessageType type, std::uint8_t version, TopicId topic, PublisherSeq number,
                               std::span<const std::byte> payload) {
  ProposalHeader header;
  header.length = static_cast<std::uint32_t>(payload.size());
  header.type = type;
  header.version = version;
  header.topic = topic;
  header.publisher_seq = number;
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
