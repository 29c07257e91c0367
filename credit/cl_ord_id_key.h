// How ClOrdIDs are looked up: unique for a client or desk, so the key is (party, ClOrdID).
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bounded.h"
#include "messages/messages.h"

namespace cantus {

// Carries its own hash. The hash begins with a seed made of the venue's id, which is drawn at random, so that a client
// cannot choose ids that fall together.
struct ClOrdIdKey {
  std::uint64_t hash = 0;
  PartyId party;
  FixedString<32> cl_ord_id;

  ClOrdIdKey() = default;
  ClOrdIdKey(VenueId seed, PartyId of, const FixedString<32>& id)
      : hash(hash_of(seed, of, id)), party(of), cl_ord_id(id) {}

  friend bool operator==(const ClOrdIdKey&, const ClOrdIdKey&) = default;

 private:
  static std::uint64_t hash_of(VenueId seed, PartyId party, const FixedString<32>& id) {
    std::uint64_t words[4];
    static_assert(sizeof(words) == sizeof(id));
    std::memcpy(words, &id, sizeof(words));
    std::uint64_t hash = mix_bits(seed.get() ^ party.get());
    for (const std::uint64_t word : words) {
      hash = mix_bits(hash ^ word) + seed.get();
    }
    return hash;
  }
};

struct HashClOrdIdKey {
  std::uint64_t operator()(const ClOrdIdKey& key) const { return key.hash; }
};

struct HashLogSeq {
  std::uint64_t operator()(LogSeq value) const { return mix_bits(value.raw()); }
};

}  // namespace cantus
