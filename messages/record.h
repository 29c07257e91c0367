// The envelope of everything on the log, and that of everything proposed to it (docs/architecture.md, section 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/types.h"
#include "messages/handling.h"
#include "messages/messages.h"

namespace cantus {

inline constexpr std::size_t record_bytes_max = 1350;  // header included: a record fits a packet
inline constexpr std::size_t record_alignment = 8;     // records begin at multiples of it

// Stands before each payload. `length` is the commit word: while it is 0 nothing is there; it is stored last, with
// release order. The bytes between `length` and the next multiple of 8 are zero.
struct RecordHeader {
  std::uint32_t length = 0;  // header and payload, bytes
  MessageType type;
  std::uint8_t version = 0;
  std::uint8_t reserved = 0;  // zero
  TopicId topic;
  PublisherId publisher;
  Term term;
  Seq seq;
  TimeNs time;  // UTC at which the sequencer stamped it; never decreases along the log
  PublisherSeq publisher_seq;
  Seq synced;  // the synced mark when it was written
  VenueId venue;
  LogNumber log;
  std::uint32_t crc = 0;  // CRC-32C over header (this field as 0) and payload
};
static_assert(sizeof(RecordHeader) == 64 && std::has_unique_object_representations_v<RecordHeader>);

inline constexpr std::size_t payload_bytes_max = record_bytes_max - sizeof(RecordHeader);

// What a publisher puts into its ring. The sequencer copies it out once and believes nothing that it has not checked;
// the publisher is the ring's, never the proposal's word.
struct ProposalHeader {
  std::uint32_t length = 0;  // header and payload, bytes; the ring's commit word
  MessageType type;
  std::uint8_t version = 0;
  std::uint8_t reserved = 0;  // zero
  VenueId venue;
  PublisherSeq publisher_seq;
  TopicId topic;
  std::uint16_t reserved_2 = 0;  // zero
  std::uint32_t crc = 0;         // CRC-32C over header (this field as 0) and payload
};
static_assert(sizeof(ProposalHeader) == 32 && std::has_unique_object_representations_v<ProposalHeader>);

[[nodiscard]] constexpr std::size_t aligned_record(std::size_t length) {
  return (length + record_alignment - 1) & ~(record_alignment - 1);
}

// A payload's own checksum, for the checksums of several headers before it.
struct PayloadSum {
  std::uint32_t crc = 0;
  std::size_t bytes = 0;
};
[[nodiscard]] inline PayloadSum sum_of(std::span<const std::byte> payload) { return {crc32c(payload), payload.size()}; }

// Checksum of a record or proposal; `payload` is what follows the header.
template <class Header>
[[nodiscard]] inline std::uint32_t checksum_of(const Header& header, PayloadSum payload) {
  static_assert(std::is_same_v<Header, RecordHeader> || std::is_same_v<Header, ProposalHeader>);
  static_assert(offsetof(Header, crc) == sizeof(Header) - sizeof(header.crc), "the checksum ends the header");
  return crc32c_headed(std::as_bytes(std::span<const Header, 1>(&header, 1)), payload.crc, payload.bytes);
}
template <class Header>
[[nodiscard]] inline std::uint32_t checksum_of(const Header& header, std::span<const std::byte> payload) {
  return checksum_of(header, sum_of(payload));
}
// The checksum that this record's proposal carried. It covers a publisher's words alone (type, version, topic,
// publisher sequence, payload, and the venue's id): what two replicas must agree on.
[[nodiscard]] std::uint32_t proposal_checksum(const RecordHeader& admitted, PayloadSum payload);

// One message of the log as machines see it. Does not own its bytes; valid until the next one is read.
struct Event {
  Event() = default;
  Event(const RecordHeader* header_at, const std::byte* payload_at) : header(header_at), payload(payload_at) {}

  const RecordHeader* header = nullptr;
  const std::byte* payload = nullptr;
  // What whoever reads the log adds to it.
  MachineSet quarantined{};  // machines that must not handle it (messages/quarantines.h)
  bool unsound = false;      // a RollDigest of a state that is no longer computed so (messages/exceptions.h)
  Cursor* cursor = nullptr;  // told who is at work on it; null: nobody asks

  [[nodiscard]] std::size_t payload_size() const { return header->length - sizeof(RecordHeader); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {payload, payload_size()}; }
  [[nodiscard]] LogSeq position() const { return {header->log, header->seq}; }

  // True if this is a message of type M (number and version) with M's size, on M's topic: the sequencer grants topics
  // and does not look at types, so a type on a topic that is not its own is no message at all.
  template <class M>
  [[nodiscard]] bool is() const {
    return header->type == M::type && header->version == M::version && header->topic == M::topic &&
           payload_size() == sizeof(M);
  }
  // The same, and it stands on M's own topic: whoever may propose there said it. Machines ask this, because a grant is
  // for a topic and not for a type.
  template <class M>
  [[nodiscard]] bool carries() const {
    return is<M>() && header->topic == M::topic;
  }
  // A machine begins with it. False: it is quarantined there, and the machine does its fixed thing instead.
  [[nodiscard]] bool handled_by(MachineName machine) const {
    begun_by(machine);
    return !quarantined.contains(machine);
  }
  // The same of what can not be quarantined.
  void begun_by(MachineName machine) const {
    if (cursor != nullptr) {
      cursor->at(machine);
    }
  }
  // The payload in place; only for an event that `is<M>()`.
  template <class M>
  [[nodiscard]] const M& as() const {
    CANTUS_ASSERT(is<M>(), "a payload is read as what it is");
    return *reinterpret_cast<const M*>(payload);
  }
};

// What bytes from a file or from the network are, seen as a record.
enum class RecordFault : std::uint8_t {
  none,
  incomplete,    // they end before the record does, or its commit word is still 0
  bad_length,    // no record has that length
  bad_checksum,  // these are not the bytes that were written
  bad_padding,   // a byte that must be zero is not
};
// Judges the record that `bytes` begin with (at a multiple of 8 in memory; more may follow) and on success lets `event`
// point to it. Says nothing of the payload.
[[nodiscard]] RecordFault read_record(std::span<const std::byte> bytes, Event& event);

// Calls f(const M&) for the message that the event carries; returns false if its type and version are not in the table.
template <class F>
bool dispatch(const Event& event, F&& f) {
  bool known = false;
  for_each_message([&]<class M>() {
    if (!known && event.is<M>()) {
      known = true;
      f(event.as<M>());
    }
  });
  return known;
}

// Builds one whole record in `out` (cleared first): tests, tools and the sequencer's own messages.
template <class Buffer>
void build_record(Buffer& out, RecordHeader header, std::span<const std::byte> payload) {
  CANTUS_ASSERT(payload.size() <= payload_bytes_max, "a record fits its bound");
  header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + payload.size());
  header.crc = 0;
  header.crc = checksum_of(header, payload);
  out.assign(aligned_record(header.length), std::byte{0});
  std::memcpy(out.data(), &header, sizeof(header));
  if (!payload.empty()) {
    std::memcpy(out.data() + sizeof(header), payload.data(), payload.size());
  }
}

template <class M>
[[nodiscard]] std::span<const std::byte> payload_of(const M& message) {
  return std::as_bytes(std::span(&message, 1));
}

}  // namespace cantus
