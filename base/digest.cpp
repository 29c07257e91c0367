#include "base/digest.h"

#include <cstring>

#include "base/text.h"

namespace cantus {
namespace {

// Finaliser with full avalanche over 64 bits (the constants of the splitmix64 generator).
constexpr std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9;
  value ^= value >> 27;
  value *= 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

DigestBuilder& DigestBuilder::add(std::uint64_t value) {
  high_ = mix(high_ ^ value);
  low_ = mix(low_ + value * 0x9e3779b97f4a7c15 + count_);
  ++count_;
  return *this;
}

DigestBuilder& DigestBuilder::add_bytes(std::span<const std::byte> bytes) {
  add(static_cast<std::uint64_t>(bytes.size()));
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = bytes.size() < sizeof(word) ? bytes.size() : sizeof(word);
    std::memcpy(&word, bytes.data(), size);
    add(word);
    bytes = bytes.subspan(size);
  }
  return *this;
}

Digest DigestBuilder::digest() const { return {mix(high_ ^ count_), mix(low_ ^ high_)}; }

FixedBytes<16> bytes_of(Digest digest) {
  FixedBytes<16> bytes;
  static_assert(sizeof(digest) == sizeof(bytes));
  std::memcpy(bytes.bytes.data(), &digest, sizeof(digest));
  return bytes;
}

std::string to_text(Digest digest) {
  std::string text;
  append_hex(text, digest.high);
  append_hex(text, digest.low);
  return text;
}

}  // namespace cantus
