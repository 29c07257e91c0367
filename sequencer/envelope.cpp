#include "sequencer/envelope.h"

namespace cantus {

std::string_view text_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
      return "not refused";
    case Refusal::ring_broken:
      return "the ring holds something that is no proposal";
    case Refusal::malformed_length:
      return "its length is not what its header says";
    case Refusal::reserved_not_zero:
      return "a reserved field is not zero";
    case Refusal::wrong_checksum:
      return "its checksum does not match";
    case Refusal::wrong_venue:
      return "it carries another venue's id";
    case Refusal::number_skipped:
      return "its number is not the publisher's next";
    case Refusal::sequencers_own:
      return "only the sequencer writes messages of this type";
    case Refusal::not_announced:
      return "the log announces no messages of this type and version";
    case Refusal::wrong_topic:
      return "messages of this type belong to another topic";
    case Refusal::wrong_size:
      return "its payload does not have the size of its type and version";
    case Refusal::topic_not_granted:
      return "the publisher may not propose on this topic";
    case Refusal::endless_proposals:
      return "the publisher proposes without end: no foreign cause between its records";
  }
  return "refused";
}

Refusal check_whole(const ProposalHeader& header, PayloadSum payload, VenueId venue) {
  if (payload.bytes > payload_bytes_max || header.length != sizeof(ProposalHeader) + payload.bytes) {
    return Refusal::malformed_length;
  }
  if (header.reserved != 0 || header.reserved_2 != 0) {
    return Refusal::reserved_not_zero;
  }
  if (header.crc != checksum_of(header, payload)) {
    return Refusal::wrong_checksum;
  }
  return header.venue == venue ? Refusal::none : Refusal::wrong_venue;
}

Refusal check_type(const Formats& announced, MessageType type, std::uint8_t version, TopicId topic,
                   std::size_t payload_bytes) {
  if (type.get() < own_types_end || topic == topic::control) {
    return Refusal::sequencers_own;
  }
  const AnnouncedFormat* const known = announced.find(type, version);
  if (known == nullptr) {
    return Refusal::not_announced;
  }
  if (known->format.on_topic != topic) {
    return Refusal::wrong_topic;
  }
  return known->format.payload_bytes == payload_bytes ? Refusal::none : Refusal::wrong_size;
}

}  // namespace cantus
