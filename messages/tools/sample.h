// Deterministic, valid payloads of every message, made from the table alone: for the golden log, documentation, fuzz
// seeds and tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "messages/describe.h"

namespace cantus {

enum class SampleKind : std::uint8_t {
  least,     // every field at its least value
  greatest,  // every field at its greatest
  typical,   // small, readable values that differ from field to field
  random,    // anything allowed, the bounds more often than chance
};

// `seed` counts only for `random`. The result passes validate().
[[nodiscard]] std::vector<std::byte> sample_payload(const MessageInfo& message, SampleKind kind,
                                                    std::uint64_t seed = 0);
// A whole record with such a payload: header fields small and typical, `seq` as given.
[[nodiscard]] std::vector<std::byte> sample_record(const MessageInfo& message, SampleKind kind, Seq seq,
                                                   std::uint64_t seed = 0);

}  // namespace cantus
