// What an operator signs: a text that says for what the signature is, the venue, the log, and the record up to its
// signature. So a signature holds for one record of one log of one venue.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/sha512.h"
#include "messages/record.h"

namespace cantus {

template <class M>
struct SignedBytes {
  static constexpr std::size_t head_bytes = 16 + sizeof(VenueId) + 2 * sizeof(LogNumber);
  static constexpr std::size_t body_bytes = offsetof(M, signature);
  static_assert(body_bytes + sizeof(Signature) == sizeof(M), "the signature stands last");

  SignedBytes(VenueId venue, LogNumber log, const M& message) {
    constexpr const char* text = M::type == OperatorCommand::type ? "cantus command 1" : "cantus decision1";
    std::memcpy(bytes.data(), text, 16);
    std::memcpy(bytes.data() + 16, &venue, sizeof(venue));
    std::memcpy(bytes.data() + 24, &log, sizeof(log));
    std::memcpy(bytes.data() + head_bytes, &message, body_bytes);
  }
  std::array<std::byte, head_bytes + body_bytes> bytes{};  // four zeros between log and record
};

// The first half of a SHA-512.
[[nodiscard]] inline Hash256 first_half(const Hash512& whole) {
  Hash256 half;
  std::memcpy(half.bytes.data(), whole.bytes.data(), half.bytes.size());
  return half;
}
[[nodiscard]] inline Hash256 hash_of_parts(std::span<const CommandPart> parts) {
  return first_half(Sha512().add(std::as_bytes(parts)).finish());
}
[[nodiscard]] inline Hash256 hash_of_command(const OperatorCommand& command) {
  return first_half(Sha512().add(payload_of(command)).finish());
}

}  // namespace cantus
