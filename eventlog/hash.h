// What proves the log's history: SHA-256 of records, the Merkle root of a segment, the chain of segments.
//
// The tree has the shape of RFC 9162: a leaf is SHA-256(0x00, record), a node SHA-256(0x01, left, right), and the left
// part of n leaves holds the greatest power of two below n. A record is its header and payload, without padding. The
// chain behind a segment is SHA-256(chain before it, root); before a log's first segment stands its predecessor's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/fixed_string.h"
#include "eventlog/sha256_lanes.h"
#include "messages/record.h"

struct evp_md_ctx_st;

namespace cantus::eventlog {

// One computation after the other; not copied, because it owns the library's context.
class Sha256 {
 public:
  Sha256();
  Sha256& add(std::span<const std::byte> bytes);
  // The hash of what was added since the last finish.
  [[nodiscard]] Hash256 finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] Hash256 record_hash(const Event& record);

// Takes the records of a segment in order; holds one hash a level, and the leaves of the subtree that is being filled,
// which are hashed together. Some hundred kilobytes large.
class MerkleTree {
 public:
  // A record has at most record_bytes_max bytes, which need not stay.
  void add(std::span<const std::byte> record);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // The root over what was added, at least one record.
  [[nodiscard]] Hash256 root();

 private:
  static constexpr std::size_t together_level = 8;
  static constexpr std::size_t together = std::size_t{1} << together_level;

  void finish_leaves();
  void halve(std::span<Hash256> row);
  void carry(Hash256 hash, std::size_t level, std::uint64_t before);
  [[nodiscard]] Hash256 node(const Hash256& left, const Hash256& right);

  Sha256 sha_;
  HashLanes lanes_;
  std::array<Hash256, together> leaves_{};  // of those behind the last complete subtree of so many …
  std::size_t leaves_count_ = 0;            // … that are hashed; the others are in the lanes
  std::array<Hash256, 64> levels_{};        // complete subtrees: level i holds one if bit i of the count is set
  std::uint64_t count_ = 0;
};

[[nodiscard]] Hash256 chain_of(const Hash256& before, const Hash256& root);

}  // namespace cantus::eventlog
