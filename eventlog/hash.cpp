#include "eventlog/hash.h"

#include <openssl/evp.h>

#include <bit>

#include "base/assert.h"

namespace cantus::eventlog {
namespace {

constexpr std::array<std::byte, 1> leaf_prefix{std::byte{0}};
constexpr std::array<std::byte, 1> node_prefix{std::byte{1}};

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
  Hash256 hash = sha_.add(leaf_prefix).add(record).finish();
  std::size_t level = 0;
  for (std::uint64_t bits = count_; (bits & 1) != 0; bits >>= 1) {
    hash = node(levels_[level], hash);
    ++level;
  }
  levels_[level] = hash;
  ++count_;
}

Hash256 MerkleTree::root() {
  CANTUS_ASSERT(count_ > 0, "a segment holds a record");
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
  return sha_.add(node_prefix).add(left.bytes).add(right.bytes).finish();
}

Hash256 chain_of(const Hash256& before, const Hash256& root) {
  return Sha256().add(before.bytes).add(root.bytes).finish();
}

}  // namespace cantus::eventlog
