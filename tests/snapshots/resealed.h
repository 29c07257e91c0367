// Makes the checksums of changed sections fit again, as somebody would who means harm. It says the layout of a section
// once more: name (16), digest (16), length (8), checksum (4), version (2), zero (2).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/crc32c.h"

namespace cantus::test {

inline void reseal(std::span<std::byte> bytes) {
  constexpr std::size_t header_bytes = 48;
  constexpr std::size_t length_at = 32;
  constexpr std::size_t crc_at = 40;
  while (bytes.size() >= header_bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + length_at, sizeof(length));
    if (length > bytes.size() - header_bytes) {
      return;
    }
    const std::span<std::byte> section = bytes.first(header_bytes + length);
    std::memset(section.data() + crc_at, 0, sizeof(std::uint32_t));
    const std::uint32_t crc = crc32c(section);
    std::memcpy(section.data() + crc_at, &crc, sizeof(crc));
    bytes = bytes.subspan(section.size());
  }
}

}  // namespace cantus::test
