#include "sequencer/envelope.h"

#include <array>

namespace cantus {
namespace {

struct KnownType {
  std::uint8_t known = 0;
  TopicId topic;
  // Size by version; 0: this build does not know the version.
  std::array<std::uint16_t, 8> size{};
};
constexpr std::size_t types_end = 128;

constexpr std::array<KnownType, types_end> make_known_types() {
  std::array<KnownType, types_end> types{};
  for_each_message([&types]<class M>() {
    static_assert(M::type.get() < types_end && M::version < 8, "the table of known types holds every type");
    KnownType& type = types[M::type.get()];
    type.known = 1;
    type.topic = M::topic;
    type.size[M::version] = sizeof(M);
  });
  return types;
}
constexpr auto known_types = make_known_types();

}  // namespace

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

Refusal check_type(MessageType type, std::uint8_t version, TopicId topic, std::size_t payload_bytes) {
  if (type.get() < own_types_end || topic == topic::control) {
    return Refusal::sequencers_own;
  }
  if (type.get() >= types_end || known_types[type.get()].known == 0) {
    return payload_bytes <= payload_bytes_max ? Refusal::none : Refusal::wrong_size;
  }
  const KnownType& known = known_types[type.get()];
  if (known.topic != topic) {
    return Refusal::wrong_topic;
  }
  const std::size_t size = version < known.size.size() ? known.size[version] : 0;
  return size == 0 || size == payload_bytes ? Refusal::none : Refusal::wrong_size;
}

}  // namespace cantus
