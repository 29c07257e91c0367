#include "messages/record.h"

#include <algorithm>

#include "base/crc32c.h"

namespace cantus {

namespace {

template <class Header>
std::uint32_t checksum(const Header& header, PayloadSum payload) {
  static_assert(offsetof(Header, crc) == sizeof(Header) - sizeof(header.crc), "the checksum ends the header");
  return crc32c_headed(std::as_bytes(std::span<const Header, 1>(&header, 1)), payload.crc, payload.bytes);
}

}  // namespace

PayloadSum sum_of(std::span<const std::byte> payload) { return {crc32c(payload), payload.size()}; }

std::uint32_t checksum_of(const RecordHeader& header, PayloadSum payload) { return checksum(header, payload); }
std::uint32_t checksum_of(const ProposalHeader& header, PayloadSum payload) { return checksum(header, payload); }
std::uint32_t checksum_of(const RecordHeader& header, std::span<const std::byte> payload) {
  return checksum(header, sum_of(payload));
}
std::uint32_t checksum_of(const ProposalHeader& header, std::span<const std::byte> payload) {
  return checksum(header, sum_of(payload));
}

std::uint32_t proposal_checksum(const RecordHeader& admitted, PayloadSum payload) {
  ProposalHeader header;
  header.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + payload.bytes);
  header.type = admitted.type;
  header.version = admitted.version;
  header.venue = admitted.venue;
  header.publisher_seq = admitted.publisher_seq;
  header.topic = admitted.topic;
  return checksum(header, payload);
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
