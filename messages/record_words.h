// Headers as words: how the hot path sums and stores one whose fields were just set. A wide load of bytes that were
// stored narrowly a moment ago waits until those stores have left the processor; arithmetic does not.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "messages/record.h"

namespace cantus {

static_assert(std::endian::native == std::endian::little, "records are laid out as this processor stores them");

// The bytes of the header, as they lie in memory.
[[nodiscard]] constexpr std::array<std::uint64_t, 8> words_of(const RecordHeader& header) {
  return {std::uint64_t{header.length} | std::uint64_t{header.type.get()} << 32 | std::uint64_t{header.version} << 48 |
              std::uint64_t{header.reserved} << 56,
          std::uint64_t{header.topic.get()} | std::uint64_t{header.publisher.get()} << 16 |
              std::uint64_t{header.term.get()} << 32,
          header.seq.get(),
          static_cast<std::uint64_t>(header.time.get()),
          header.publisher_seq.get(),
          header.synced.get(),
          header.venue.get(),
          std::uint64_t{header.log.get()} | std::uint64_t{header.crc} << 32};
}

[[nodiscard]] constexpr std::array<std::uint64_t, 4> words_of(const ProposalHeader& header) {
  return {std::uint64_t{header.length} | std::uint64_t{header.type.get()} << 32 | std::uint64_t{header.version} << 48 |
              std::uint64_t{header.reserved} << 56,
          header.venue.get(), header.publisher_seq.get(),
          std::uint64_t{header.topic.get()} | std::uint64_t{header.reserved_2} << 16 | std::uint64_t{header.crc} << 32};
}

// Stores them one by one, so that what reads words next finds them. The compiler is kept from seeing that they are the
// header's bytes, for it would copy those.
template <std::size_t count>
[[gnu::always_inline]] inline void store_words(void* at, const std::array<std::uint64_t, count>& words) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t word = words[i];
    asm("" : "+r"(word));
    std::memcpy(static_cast<std::byte*>(at) + 8 * i, &word, 8);
  }
}

}  // namespace cantus
