// How the hot path copies what was written a moment ago: messages, headers, records.
//
// A load that is wider than the stores that wrote its bytes waits until those have left the processor's store buffer,
// in order, behind every store to memory that is not in the cache yet. memcpy uses the widest loads that there are.
// Words of eight bytes are what messages are written in, so they are handed on without waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cantus {

// Copies `bytes` bytes; the two must not overlap. Any length, any alignment.
inline void copy_words(void* to, const void* from, std::size_t bytes) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  constexpr std::size_t worth_words = 256;  // behind so many bytes the first stores have left
  auto* target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(from);
  if (bytes > worth_words) {
    std::memcpy(target, source, bytes);
    return;
  }
  for (; bytes >= word; bytes -= word, target += word, source += word) {
    std::uint64_t value = 0;
    std::memcpy(&value, source, word);
    asm("" : "+r"(value));  // kept from being joined to wider ones
    std::memcpy(target, &value, word);
  }
  for (; bytes > 0; --bytes) {
    *target++ = *source++;
  }
}

}  // namespace cantus
