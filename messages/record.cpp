#include "messages/record.h"

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

}  // namespace cantus
