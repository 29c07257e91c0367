// Digest of a machine's state: two replicas that hold the same state, however represented, give the same digest.
// Not cryptographic: it finds divergence, the log's hash chain proves.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/fixed_string.h"
#include "base/money.h"
#include "base/types.h"

namespace cantus {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend constexpr auto operator<=>(const Digest&, const Digest&) = default;
};
[[nodiscard]] std::string to_text(Digest digest);  // 32 hexadecimal digits

// As records carry it.
[[nodiscard]] FixedBytes<16> bytes_of(Digest digest);

// Takes the parts of a state in a fixed order.
class DigestBuilder {
 public:
  DigestBuilder& add(std::uint64_t value);
  DigestBuilder& add(std::int64_t value) { return add(static_cast<std::uint64_t>(value)); }
  DigestBuilder& add(std::uint32_t value) { return add(static_cast<std::uint64_t>(value)); }
  DigestBuilder& add(std::uint16_t value) { return add(static_cast<std::uint64_t>(value)); }
  DigestBuilder& add(std::uint8_t value) { return add(static_cast<std::uint64_t>(value)); }
  DigestBuilder& add(bool value) { return add(static_cast<std::uint64_t>(value)); }
  template <class Tag, class Rep>
  DigestBuilder& add(Strong<Tag, Rep> value) {
    return add(static_cast<std::uint64_t>(value.get()));
  }
  DigestBuilder& add(LogSeq value) { return add(value.raw()); }
  DigestBuilder& add(Notional value) {
    const auto wide = static_cast<Uint128>(value.get());
    add(static_cast<std::uint64_t>(wide >> 64));
    return add(static_cast<std::uint64_t>(wide));
  }
  DigestBuilder& add(Digest value) { return add(value.high).add(value.low); }
  template <std::size_t N>
  DigestBuilder& add(const FixedString<N>& text) {
    return add_bytes(std::as_bytes(std::span(text.view())));
  }
  DigestBuilder& add_bytes(std::span<const std::byte> bytes);  // with their count

  [[nodiscard]] Digest digest() const;

 private:
  std::uint64_t high_ = 0x243f6a8885a308d3;
  std::uint64_t low_ = 0x13198a2e03707344;
  std::uint64_t count_ = 0;
};

}  // namespace cantus
