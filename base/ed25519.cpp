// Numbers modulo p = 2^255 - 19 are five limbs of 51 bits; points are in extended coordinates (x = X/Z, y = Y/Z,
// xy = T/Z), and added by the formula of RFC 8032, section 5.1.4, which holds for any two points of the curve.
#include "base/ed25519.h"

#include <algorithm>
#include <array>
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

Number operator*(const Number& a, const Number& b) {
  std::array<Uint128, limbs> sums{};
  for (std::size_t i = 0; i < limbs; ++i) {
    for (std::size_t j = 0; j < limbs; ++j) {
      const std::uint64_t factor = i + j < limbs ? 1 : 19;
      sums[(i + j) % limbs] += static_cast<Uint128>(a.limb[i]) * (b.limb[j] * factor);
    }
  }
  Number product;
  Uint128 carry = 0;
  for (std::size_t i = 0; i < limbs; ++i) {
    const Uint128 sum = sums[i] + carry;
    product.limb[i] = static_cast<std::uint64_t>(sum) & limb_mask;
    carry = sum >> 51;
  }
  product.limb[0] += 19 * static_cast<std::uint64_t>(carry);
  return carried(product);
}

// The exponents needed have `bits` bits, all of them one but for the five lowest, which are `low`.
Number power(const Number& base, int bits, unsigned low) {
  Number result = one;
  for (int bit = bits - 1; bit >= 0; --bit) {
    result = result * result;
    if (bit >= 5 || ((low >> bit) & 1) != 0) {
      result = result * base;
    }
  }
  return result;
}

Number inverse(const Number& a) { return power(a, 255, 0b01011); }                // a^(p - 2)
Number power_to_fifth_eighth(const Number& a) { return power(a, 252, 0b11101); }  // a^((p - 5) / 8)

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

Point negative(const Point& p) { return Point{zero - p.x, p.y, p.z, zero - p.t}; }

Bytes32 encode(const Point& p) {
  const Number over_z = inverse(p.z);
  Bytes32 bytes = to_bytes(p.y * over_z);
  bytes[31] |= is_odd(p.x * over_z) ? std::byte{0x80} : std::byte{0};
  return bytes;
}

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
  return encode(p) == bytes ? std::optional(p) : std::nullopt;
}

// The base point: y = 4/5, x even.
Point base_point() {
  Bytes32 bytes;
  bytes.fill(std::byte{0x66});
  bytes[0] = std::byte{0x58};
  return *decode(bytes);
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

bool bit_of(const Scalar& a, std::size_t bit) { return ((a[bit / 64] >> (bit % 64)) & 1) != 0; }

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

// a·p + b·q
Point combined(const Scalar& a, const Point& p, const Scalar& b, const Point& q) {
  const Point both = p + q;
  Point sum;
  for (std::size_t bit = 256; bit-- > 0;) {
    sum = sum + sum;
    const bool with_p = bit_of(a, bit);
    const bool with_q = bit_of(b, bit);
    if (with_p || with_q) {
      sum = sum + (with_p && with_q ? both : with_p ? p : q);
    }
  }
  return sum;
}

std::optional<Point> decode_key(const SigningKey& key) {
  const std::optional<Point> point = decode(key.bytes);
  if (!point) {
    return std::nullopt;
  }
  const Point twice = *point + *point;
  const Point four_times = twice + twice;
  return encode(four_times + four_times) == encode(Point{}) ? std::nullopt : point;
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
