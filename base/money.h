// Exact money: prices are 64-bit fixed point with 8 decimals, notionals (price × quantity) 128-bit with the same 8
// decimals. No floating point anywhere.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace cantus {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

// One unit is 0.00000001 of the currency. Zero or below is no price of an order.
using Price = Strong<struct PriceTag, std::int64_t>;
inline constexpr std::int64_t price_one = 100'000'000;
inline constexpr int price_decimals = 8;
inline constexpr Price price_max{std::numeric_limits<std::int64_t>::max()};

// Amount of money in units of 0.00000001, signed. Stored as two 64-bit halves, so that a record needs no 16-byte
// alignment.
class Notional {
 public:
  constexpr Notional() = default;
  constexpr explicit Notional(Int128 value)
      : low_(static_cast<std::uint64_t>(value)), high_(static_cast<std::int64_t>(value >> 64)) {}

  [[nodiscard]] constexpr Int128 get() const {
    return static_cast<Int128>((static_cast<Uint128>(static_cast<std::uint64_t>(high_)) << 64) | low_);
  }
  [[nodiscard]] constexpr bool is_zero() const { return low_ == 0 && high_ == 0; }

  friend constexpr bool operator==(Notional, Notional) = default;
  friend constexpr std::strong_ordering operator<=>(Notional a, Notional b) { return a.get() <=> b.get(); }
  friend constexpr Notional operator+(Notional a, Notional b) { return Notional(a.get() + b.get()); }
  friend constexpr Notional operator-(Notional a, Notional b) { return Notional(a.get() - b.get()); }

 private:
  std::uint64_t low_ = 0;
  std::int64_t high_ = 0;
};

// Exact: |price| and |qty| below 2^63 give a product below 2^126.
[[nodiscard]] constexpr Notional notional_of(Price price, Qty qty) {
  return Notional(static_cast<Int128>(price.get()) * qty.get());
}
// The average price of `notional` over `qty` units, rounded half up to 8 decimals; qty > 0.
[[nodiscard]] Price average_price(Notional notional, Qty qty);

// "190.25": digits, optionally one point and up to 8 decimals, optionally a leading minus. Nothing else, no spaces,
// no exponent; nothing beyond 64 bits. Returns nothing for anything else.
[[nodiscard]] std::optional<Price> parse_price(std::string_view text);
// The same for a 128-bit amount.
[[nodiscard]] std::optional<Notional> parse_notional(std::string_view text);
// Digits only, or with decimals that are all zero ("100", "100.00"), as FIX engines send quantities.
[[nodiscard]] std::optional<Qty> parse_qty(std::string_view text);

// The shortest exact decimal: "190.25", "190", "0.00000001", "-1.5".
[[nodiscard]] std::string to_text(Price price);
[[nodiscard]] std::string to_text(Notional notional);
[[nodiscard]] std::string to_text(Qty qty);
// Writes the text of a price behind `out` (at least 24 bytes of room) and returns the end; no allocation.
char* write_price(char* out, Price price);
char* write_unsigned(char* out, std::uint64_t value);  // at least 20 bytes of room

}  // namespace cantus
