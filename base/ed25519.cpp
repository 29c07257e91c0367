// Numbers modulo p = 2^255 - 19 are five limbs of 51 bits; points are in extended coordinates (x = X/Z, y = Y/Z,
// xy = T/Z), and added and doubled by the formulas of RFC 8032, section 5.1.4, which hold for any points of the curve.
#include "base/ed25519.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "base/money.h"
#include "base/sha512.h"

namespace cantus {
namespace {

constexpr std::size_t limbs = 5;
constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 51) - 1;
using Bytes32 = std::array<std::byte, 32>;

// Below 2^52 in each limb, not always below p.
struct Number {
  std::array<std::uint64_t, limbs> limb{};
};
constexpr Number zero{};
constexpr Number one{{1, 0, 0, 0, 0}};
constexpr Number d{{0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
constexpr Number root_of_minus_one{
    {0x61b274a0ea0b0, 0xd5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};

Number carried(Number a) {
  for (std::size_t i = 0; i + 1 < limbs; ++i) {
    a.limb[i + 1] += a.limb[i] >> 51;
    a.limb[i] &= limb_mask;
  }
  a.limb[0] += 19 * (a.limb[4] >> 51);
  a.limb[4] &= limb_mask;
  return a;
}

Number operator+(Number a, const Number& b) {
  for (std::size_t i = 0; i < limbs; ++i) {
    a.limb[i] += b.limb[i];
  }
  return carried(a);
}

Number operator-(Number a, const Number& b) {
  constexpr std::array<std::uint64_t, limbs> twice_p = {0xfffffffffffda, 0xffffffffffffe, 0xffffffffffffe,
                                                        0xffffffffffffe, 0xffffffffffffe};
  for (std::size_t i = 0; i < limbs; ++i) {
    a.limb[i] += twice_p[i] - b.limb[i];
  }
  return carried(a);
}

// The carry into the lowest limb comes round 19 times, since 2^255 is 19 modulo p.
Number reduced(std::array<Uint128, limbs> sums) {
  for (std::size_t i = 0; i + 1 < limbs; ++i) {
    sums[i + 1] += sums[i] >> 51;
  }
  Number number;
  for (std::size_t i = 0; i < limbs; ++i) {
    number.limb[i] = static_cast<std::uint64_t>(sums[i]) & limb_mask;
  }
  number.limb[0] += 19 * static_cast<std::uint64_t>(sums[4] >> 51);
  number.limb[1] += number.limb[0] >> 51;
  number.limb[0] &= limb_mask;
  return number;
}

// Written out, since loops over the limbs take more than twice as long.
Number operator*(const Number& left, const Number& right) {
  const auto& [a0, a1, a2, a3, a4] = left.limb;
  const auto& [b0, b1, b2, b3, b4] = right.limb;
  const auto by = [](std::uint64_t a, std::uint64_t b) { return static_cast<Uint128>(a) * b; };
  const std::uint64_t c1 = 19 * b1;
  const std::uint64_t c2 = 19 * b2;
  const std::uint64_t c3 = 19 * b3;
  const std::uint64_t c4 = 19 * b4;
  return reduced({by(a0, b0) + by(a1, c4) + by(a2, c3) + by(a3, c2) + by(a4, c1),
                  by(a0, b1) + by(a1, b0) + by(a2, c4) + by(a3, c3) + by(a4, c2),
                  by(a0, b2) + by(a1, b1) + by(a2, b0) + by(a3, c4) + by(a4, c3),
                  by(a0, b3) + by(a1, b2) + by(a2, b1) + by(a3, b0) + by(a4, c4),
                  by(a0, b4) + by(a1, b3) + by(a2, b2) + by(a3, b1) + by(a4, b0)});
}

Number squared(Number a, unsigned times) {
  for (; times > 0; --times) {
    a = a * a;
  }
  return a;
}

// To the power of a number that is `ones` one bits, and `low` in five bits behind them. Doubling what is there takes a
// squaring for each of its bits and one multiplication.
Number power(const Number& base, unsigned ones, unsigned low) {
  Number result = base;
  unsigned there = 1;
  for (int bit = static_cast<int>(std::bit_width(ones)) - 2; bit >= 0; --bit) {
    result = squared(result, there) * result;
    there *= 2;
    if (((ones >> bit) & 1) != 0) {
      result = result * result * base;
      ++there;
    }
  }
  for (int bit = 4; bit >= 0; --bit) {
    result = result * result;
    if (((low >> bit) & 1) != 0) {
      result = result * base;
    }
  }
  return result;
}

Number inverse(const Number& a) { return power(a, 250, 0b01011); }                // a^(p - 2)
Number power_to_fifth_eighth(const Number& a) { return power(a, 247, 0b11101); }  // a^((p - 5) / 8)

Bytes32 to_bytes(Number a) {
  a = carried(carried(a));
  // One more p is taken away if a is not below it: then a + 19 reaches 2^255.
  std::uint64_t beyond = (a.limb[0] + 19) >> 51;
  for (std::size_t i = 1; i < limbs; ++i) {
    beyond = (a.limb[i] + beyond) >> 51;
  }
  a.limb[0] += 19 * beyond;
  for (std::size_t i = 0; i + 1 < limbs; ++i) {
    a.limb[i + 1] += a.limb[i] >> 51;
    a.limb[i] &= limb_mask;
  }
  a.limb[4] &= limb_mask;
  Bytes32 bytes{};
  for (std::size_t bit = 0; bit < 255; ++bit) {
    const std::uint64_t set = (a.limb[bit / 51] >> (bit % 51)) & 1;
    bytes[bit / 8] |= static_cast<std::byte>(set << (bit % 8));
  }
  return bytes;
}

// The lower 255 bits, whatever they say.
Number number_of(std::span<const std::byte, 32> bytes) {
  Number a;
  for (std::size_t bit = 0; bit < 255; ++bit) {
    const std::uint64_t set = (std::to_integer<std::uint64_t>(bytes[bit / 8]) >> (bit % 8)) & 1;
    a.limb[bit / 51] |= set << (bit % 51);
  }
  return a;
}

bool equal(const Number& a, const Number& b) { return to_bytes(a) == to_bytes(b); }
bool is_odd(const Number& a) { return (std::to_integer<unsigned>(to_bytes(a)[0]) & 1) != 0; }

struct Point {
  Number x = zero;
  Number y = one;
  Number z = one;
  Number t = zero;
};

Point operator+(const Point& p, const Point& q) {
  const Number a = (p.y - p.x) * (q.y - q.x);
  const Number b = (p.y + p.x) * (q.y + q.x);
  const Number c = p.t * (d + d) * q.t;
  const Number two_z = p.z * (q.z + q.z);
  const Number e = b - a;
  const Number f = two_z - c;
  const Number g = two_z + c;
  const Number h = b + a;
  return Point{e * f, g * h, f * g, e * h};
}

// p + p, by the formula for doubling beside it.
Point twice(const Point& p) {
  const Number a = p.x * p.x;
  const Number b = p.y * p.y;
  const Number zz = p.z * p.z;
  const Number h = a + b;
  const Number sum = p.x + p.y;
  const Number e = h - sum * sum;
  const Number g = a - b;
  const Number f = zz + zz + g;
  return Point{e * f, g * h, f * g, e * h};
}

Point negative(const Point& p) { return Point{zero - p.x, p.y, p.z, zero - p.t}; }

Bytes32 encode(const Number& x, const Number& y) {
  Bytes32 bytes = to_bytes(y);
  bytes[31] |= is_odd(x) ? std::byte{0x80} : std::byte{0};
  return bytes;
}

Bytes32 encode(const Point& p) {
  const Number over_z = inverse(p.z);
  return encode(p.x * over_z, p.y * over_z);
}

bool is_neutral(const Point& p) { return equal(p.x, zero) && equal(p.y, p.z); }

// Nothing if no point has this encoding; each has exactly one.
std::optional<Point> decode(const Bytes32& bytes) {
  const bool odd = (bytes[31] & std::byte{0x80}) != std::byte{0};
  Point p;
  p.y = number_of(bytes);
  const Number yy = p.y * p.y;
  const Number u = yy - one;  // x² = u / v
  const Number v = d * yy + one;
  const Number v3 = v * v * v;
  p.x = u * v3 * power_to_fifth_eighth(u * v3 * v3 * v);
  const Number check = v * p.x * p.x;
  if (!equal(check, u)) {
    if (!equal(check, zero - u)) {
      return std::nullopt;
    }
    p.x = p.x * root_of_minus_one;
  }
  if (is_odd(p.x) != odd) {
    p.x = zero - p.x;
  }
  p.t = p.x * p.y;
  return encode(p.x, p.y) == bytes ? std::optional(p) : std::nullopt;
}

// The base point: y = 4/5, x even.
const Point& base_point() {
  static const Point point = [] {
    Bytes32 bytes;
    bytes.fill(std::byte{0x66});
    bytes[0] = std::byte{0x58};
    return *decode(bytes);
  }();
  return point;
}

// ---- numbers modulo the order of the base point, L = 2^252 + 27742317777372353535851937790883648493 ----------------

using Scalar = std::array<std::uint64_t, 4>;
constexpr Scalar order = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};

bool below_order(const Scalar& a) {
  for (std::size_t i = a.size(); i-- > 0;) {
    if (a[i] != order[i]) {
      return a[i] < order[i];
    }
  }
  return false;
}

bool bit_of(std::span<const std::byte> bytes, std::size_t bit) {
  return ((std::to_integer<unsigned>(bytes[bit / 8]) >> (bit % 8)) & 1) != 0;
}

// Of a number of any length, the lowest byte first, by long division bit for bit.
Scalar modulo_order(std::span<const std::byte> bytes) {
  Scalar rest{};
  for (std::size_t bit = bytes.size() * 8; bit-- > 0;) {
    for (std::size_t i = rest.size(); i-- > 1;) {
      rest[i] = rest[i] << 1 | rest[i - 1] >> 63;
    }
    rest[0] = rest[0] << 1 | (bit_of(bytes, bit) ? 1 : 0);
    if (below_order(rest)) {
      continue;
    }
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const Uint128 taken = static_cast<Uint128>(order[i]) + borrow;
      borrow = rest[i] < taken ? 1 : 0;
      rest[i] -= static_cast<std::uint64_t>(taken);
    }
  }
  return rest;
}

std::optional<Scalar> scalar_of(std::span<const std::byte> bytes) {
  Scalar a{};
  for (std::size_t bit = 0; bit < 256; ++bit) {
    a[bit / 64] |= std::uint64_t{bit_of(bytes, bit)} << (bit % 64);
  }
  return below_order(a) ? std::optional(a) : std::nullopt;
}

// a·p + b·q, two bits of both at once.
Point combined(const Scalar& a, const Point& p, const Scalar& b, const Point& q) {
  std::array<Point, 16> sums;  // i·p + k·q at 4i + k
  for (std::size_t i = 1; i < sums.size(); ++i) {
    sums[i] = i >= 4 ? sums[i - 4] + p : sums[i - 1] + q;
  }
  Point sum;
  for (std::size_t bit = 256; bit > 0; bit -= 2) {
    sum = twice(twice(sum));
    const std::size_t of_a = (a[(bit - 2) / 64] >> ((bit - 2) % 64)) & 3;
    const std::size_t of_b = (b[(bit - 2) / 64] >> ((bit - 2) % 64)) & 3;
    if (of_a != 0 || of_b != 0) {
      sum = sum + sums[4 * of_a + of_b];
    }
  }
  return sum;
}

std::optional<Point> decode_key(const SigningKey& key) {
  const std::optional<Point> point = decode(key.bytes);
  if (!point) {
    return std::nullopt;
  }
  return is_neutral(twice(twice(twice(*point)))) ? std::nullopt : point;
}

}  // namespace

bool is_signing_key(const SigningKey& key) { return decode_key(key).has_value(); }

bool is_signed(const SigningKey& key, const Signature& signature, std::span<const std::byte> bytes) {
  const std::span<const std::byte, 32> commitment(signature.bytes.data(), 32);
  const std::optional<Scalar> s = scalar_of(std::span(signature.bytes).subspan<32>());
  const std::optional<Point> point = decode_key(key);
  if (!s || !point) {
    return false;
  }
  const Hash512 hash = Sha512().add(commitment).add(key.bytes).add(bytes).finish();
  const Bytes32 computed = encode(combined(*s, base_point(), modulo_order(hash.bytes), negative(*point)));
  return std::equal(computed.begin(), computed.end(), commitment.begin());
}

}  // namespace cantus
