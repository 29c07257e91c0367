// What the sequencer can judge of a proposal without understanding its payload: its envelope.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "messages/formats.h"
#include "messages/record.h"

namespace cantus {

// Why a proposal is refused, in the order in which it is judged. Everything but `none` ends the attachment's stream.
enum class Refusal : std::uint8_t {
  none,
  ring_broken,        // told by the ring: nothing in it can be trusted any more
  malformed_length,   // the header's length is not that of what was handed over
  reserved_not_zero,  // a reserved field is used
  wrong_checksum,     // header or payload are not what the publisher checked
  wrong_venue,        // bytes of another venue
  number_skipped,     // not the publisher's next number, and no repeat
  sequencers_own,     // a type that only the sequencer writes
  not_announced,      // the log announces no such type and version
  wrong_topic,        // the type belongs to another topic
  wrong_size,         // the payload is not as long as its type and version
  topic_not_granted,  // the publisher may not propose on this topic
  endless_proposals,  // too many records with no foreign cause between
};
[[nodiscard]] std::string_view text_of(Refusal refusal);
// Up to here nobody can say that a publisher wished for it: bytes went wrong on their way.
inline constexpr Refusal last_malformed = Refusal::wrong_venue;

// The publisher may not say it, or nothing any more; every other refusal is of a proposal that is not well-formed.
[[nodiscard]] constexpr bool lacks_permission(Refusal refusal) {
  return refusal == Refusal::sequencers_own || refusal == Refusal::topic_not_granted ||
         refusal == Refusal::endless_proposals;
}

// Types below this number are the sequencer's own, known to this build or not.
inline constexpr std::uint16_t own_types_end = 20;

// Whole, for this venue, and unchanged on its way: length, reserved bytes, checksum, venue.
[[nodiscard]] Refusal check_whole(const ProposalHeader& header, PayloadSum payload, VenueId venue);
// The (type, version) is announced, stands on its topic and has its size, all as the log says: so a grant of a topic is
// a grant of its messages, and the sequencer need not know a message to admit it.
[[nodiscard]] Refusal check_type(const Formats& announced, MessageType type, std::uint8_t version, TopicId topic,
                                 std::size_t payload_bytes);
// A replica's own word that the log holds something else under this number than it wished for: the PublisherSuspended
// that it asks for, as a proposal of that number. Nothing else of the sequencer's types is ever taken from anybody.
[[nodiscard]] inline bool is_dispute(const ProposalHeader& header, std::size_t payload_bytes) {
  return header.type == PublisherSuspended::type && header.version == PublisherSuspended::version &&
         header.topic == PublisherSuspended::topic && payload_bytes == sizeof(PublisherSuspended);
}

}  // namespace cantus
