// Judges whether bytes are a well-formed payload of their type: size, ranges, enumeration values, zeroed padding, texts
// filled up with zeros. Says nothing of what the message means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "messages/describe.h"
#include "messages/record.h"

namespace cantus {

// What is wrong, with the name of the field ("NewOrder.client.number: 0 is below 1"), or nothing. A type or version
// that the table does not have is a fault, too.
[[nodiscard]] std::optional<std::string> validate(MessageType type, std::uint8_t version,
                                                  std::span<const std::byte> payload);

// The same without words, for machines: nothing is allocated.
[[nodiscard]] bool is_well_formed(MessageType type, std::uint8_t version, std::span<const std::byte> payload);

template <class M>
[[nodiscard]] std::optional<std::string> validate(const M& message) {
  return validate(M::type, M::version, payload_of(message));
}

}  // namespace cantus
