// The keys with which the venue signs heads of sealed segments, as they stand on the log, and how far heads are signed.
//
// The first key is the keeper's own word: it counts while there is none. Every later one is a change that operators
// sign (refdata/command_rules.def). The one before vouches for it, so that somebody who trusts an old key comes to the
// new one without the log; a key that was lost vouches for nothing, and then the new one says so by vouching for
// itself. A head counts if it is that of the segment behind the last one that is signed, if the log says that this
// segment is sealed, and if the key in force at the head's own position signed it: what a retired key signs afterwards
// is nothing. Whether root and chain are those of the segment is for whoever has the segment (keeping/heads.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/digest.h"
#include "messages/messages.h"
#include "messages/record.h"
#include "messages/snapshot.h"

namespace cantus {

// What is signed, byte for byte; integers are little-endian. Proofs carry it (keeping/proof.h).
struct HeadStatement {
  std::array<char, 16> purpose{'c', 'a', 'n', 't', 'u', 's', '-', 'h', 'e', 'a', 'd', '-', '1', '\0', '\0', '\0'};
  VenueId venue;
  std::uint64_t segment = 0;  // positions and segments go on from log to log; a record says of which log it is
  Seq first;
  Seq last;
  Hash256 before;  // chain before the segment; behind it stands SHA-256(before, root)
  Hash256 root;
  friend bool operator==(const HeadStatement&, const HeadStatement&) = default;
};
static_assert(sizeof(HeadStatement) == 112 && std::has_unique_object_representations_v<HeadStatement>);
[[nodiscard]] HeadStatement statement_of(VenueId venue, const HeadSigned& head);

// What a key is named by: bytes of their own kind, so that no head can be taken for one.
struct HeadKeyStatement {
  std::array<char, 16> purpose{'c', 'a', 'n', 't', 'u', 's', '-', 'k', 'e', 'y', '-', '1', '\0', '\0', '\0', '\0'};
  VenueId venue;
  std::uint32_t number = 0;
  std::uint32_t reserved = 0;
  SigningKey key;
};
static_assert(sizeof(HeadKeyStatement) == 64 && std::has_unique_object_representations_v<HeadKeyStatement>);
[[nodiscard]] HeadKeyStatement statement_of(VenueId venue, const HeadKeyDefined& defined);

class HeadKeys {
 public:
  static constexpr std::size_t keys_max = 256;

  struct Key {
    SigningKey key;
    ChangeId since;            // position of what put it into force
    bool vouched_for = false;  // by the key before it
  };
  enum class Verdict { good, malformed, not_next, known, full };

  HeadKeys() { keys_.reserve(keys_max); }

  // Of records on topic heads, and SegmentSealed.
  void apply(const Event& event);
  // As a change: what it is worth behind the key that is in force. There must have been a first one.
  [[nodiscard]] Verdict judge(const HeadKeyDefined& defined) const;
  // One that was judged good.
  void define(const HeadKeyDefined& defined, ChangeId position);

  // Number of the key in force; 0 if there is none yet.
  [[nodiscard]] std::uint32_t current() const { return static_cast<std::uint32_t>(keys_.size()); }
  [[nodiscard]] std::span<const Key> all() const { return keys_; }  // key n at n - 1
  // That which was in force for a record at this position; 0 if there was none.
  [[nodiscard]] std::uint32_t in_force_at(ChangeId position) const;
  [[nodiscard]] VenueId venue() const { return venue_; }  // whose they are; zero before the first key
  // Numbers of segments: the last that the log says is sealed, and the last whose head is signed.
  [[nodiscard]] std::uint64_t sealed_through() const { return sealed_through_; }
  [[nodiscard]] std::uint64_t signed_through() const { return signed_through_; }

  void digest_into(DigestBuilder& digest) const;
  // Within the section of reference data.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  [[nodiscard]] std::uint32_t number_of(const SigningKey& key) const;  // 0: none of them

  VenueId venue_;
  std::vector<Key> keys_;
  std::uint64_t sealed_through_ = 0;
  std::uint64_t signed_through_ = 0;
};

}  // namespace cantus
