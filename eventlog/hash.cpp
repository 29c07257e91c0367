#include "eventlog/hash.h"

#include <openssl/evp.h>

#include <bit>

#include "base/assert.h"

namespace cantus::eventlog {
namespace {

constexpr std::byte leaf_prefix{0};
constexpr std::byte node_prefix{1};

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  CANTUS_ASSERT(context_ != nullptr && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1,
                "the library knows SHA-256");
}

Sha256& Sha256::add(std::span<const std::byte> bytes) {
  CANTUS_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "hashing does not fail");
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 hash;
  unsigned int size = 0;
  CANTUS_ASSERT(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.bytes.data()), &size) == 1 &&
                    size == hash.bytes.size(),
                "hashing does not fail");
  // Without a digest's name the context keeps the one it has, which saves looking it up for every record.
  CANTUS_ASSERT(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1, "hashing does not fail");
  return hash;
}

Hash256 record_hash(const Event& record) {
  return Sha256().add(payload_of(*record.header)).add(record.bytes()).finish();
}

void MerkleTree::add(std::span<const std::byte> record) {
  lanes_.put(leaf_prefix, record, sha_);
  ++count_;
  if (!lanes_.full() && count_ % together != 0) {
    return;
  }
  finish_leaves();
  if (leaves_count_ == together) {
    for (std::span<Hash256> row(leaves_); row.size() > 1; row = row.first(row.size() / 2)) {
      halve(row);
    }
    leaves_count_ = 0;
    carry(leaves_.front(), together_level, count_ / together - 1);
  }
}

void MerkleTree::finish_leaves() {
  const std::size_t more = lanes_.size();
  lanes_.finish(std::span(leaves_).subspan(leaves_count_, more));
  leaves_count_ += more;
}

// Puts the nodes over each two of a row into its first half.
void MerkleTree::halve(std::span<Hash256> row) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < row.size(); i += 2) {
    lanes_.put(node_prefix, std::as_bytes(row.subspan(i, 2)), sha_);
    if (lanes_.full() || i + 2 == row.size()) {
      const std::size_t more = lanes_.size();
      lanes_.finish(row.subspan(done, more));
      done += more;
    }
  }
}

// Behind `before` complete subtrees of that level comes one more, and what it completes.
void MerkleTree::carry(Hash256 hash, std::size_t level, std::uint64_t before) {
  for (; (before & 1) != 0; before >>= 1) {
    hash = node(levels_[level], hash);
    ++level;
  }
  levels_[level] = hash;
}

Hash256 MerkleTree::root() {
  CANTUS_ASSERT(count_ > 0, "a segment holds a record");
  finish_leaves();
  for (std::size_t i = 0; i < leaves_count_; ++i) {
    carry(leaves_[i], 0, i);
  }
  auto level = static_cast<std::size_t>(std::countr_zero(count_));
  Hash256 hash = levels_[level];
  for (++level; level < 64 && (count_ >> level) != 0; ++level) {
    if (((count_ >> level) & 1) != 0) {
      hash = node(levels_[level], hash);
    }
  }
  return hash;
}

Hash256 MerkleTree::node(const Hash256& left, const Hash256& right) {
  return sha_.add(std::span(&node_prefix, 1)).add(left.bytes).add(right.bytes).finish();
}

Hash256 chain_of(const Hash256& before, const Hash256& root) {
  return Sha256().add(before.bytes).add(root.bytes).finish();
}

}  // namespace cantus::eventlog
