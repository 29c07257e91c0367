#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#endif

// Polynomials modulo P are written reflected: bit 31 is the coefficient of x^0, bit 0 that of x^31. To append n bytes
// to what was summed is to multiply its checksum by x^8n and to add that of the n bytes.
namespace cantus {
namespace {

constexpr std::uint32_t polynomial_reflected = 0x82f63b78;
constexpr std::uint32_t one = 0x80000000;

constexpr std::uint32_t times_x(std::uint32_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? polynomial_reflected : 0);
}
constexpr std::uint32_t over_x(std::uint32_t value) {
  return (value & one) != 0 ? ((value ^ polynomial_reflected) << 1) | 1 : value << 1;
}

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = times_x(value);
    }
    table[i] = value;
  }
  return table;
}
constexpr auto table = make_table();

[[gnu::noinline]] std::uint32_t by_table(const std::byte* at, std::size_t size, std::uint32_t crc) {
  for (std::size_t i = 0; i < size; ++i) {
    crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint32_t>(at[i])) & 0xff];
  }
  return crc;
}

std::uint32_t product(std::uint32_t a, std::uint32_t b) {
  std::uint32_t sum = 0;
  for (std::uint32_t bit = one; bit != 0; bit >>= 1) {
    sum ^= (a & bit) != 0 ? b : 0;
    b = times_x(b);
  }
  return sum;
}

// `crc` times x^8n, whatever n is.
[[gnu::noinline]] std::uint32_t moved_by_squares(std::uint32_t crc, std::size_t n) {
  std::uint32_t square = one >> 8;  // x^8
  for (; n != 0; n >>= 1) {
    if ((n & 1) != 0) {
      crc = product(crc, square);
    }
    square = product(square, square);
  }
  return crc;
}

#if defined(__x86_64__)
// x^(8n - 33) for n below the table's size. The carry-less product of two reflected polynomials is that of theirs times
// x, and the checksum instruction multiplies by x^32 before it divides.
constexpr std::array<std::uint32_t, 2048> make_shifts() {
  std::array<std::uint32_t, 2048> shifts{};
  std::uint32_t value = one;
  for (int i = 0; i < 33; ++i) {
    value = over_x(value);
  }
  for (std::uint32_t& shift : shifts) {
    shift = value;
    for (int bit = 0; bit < 8; ++bit) {
      value = times_x(value);
    }
  }
  return shifts;
}
constexpr auto shifts = make_shifts();

bool has_instructions() { return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0; }

__attribute__((target("sse4.2,pclmul"))) inline std::uint32_t moved_by_instruction(std::uint32_t crc, std::size_t n) {
  const __m128i wide =
      _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(crc)), _mm_cvtsi32_si128(static_cast<int>(shifts[n])), 0);
  return static_cast<std::uint32_t>(_mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(wide))));
}

inline std::uint64_t word_at(const std::byte* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline std::uint64_t half_at(const std::byte* at) {
  std::uint32_t half = 0;
  std::memcpy(&half, at, sizeof(half));
  asm("" : "+r"(half));
  return half;
}

constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::size_t worth_parting = 24 * word_bytes;  // joining the parts costs as much as some words

// Three parts side by side, as long as that is worth it: the instruction takes one cycle, and its result comes two
// cycles later.
__attribute__((target("sse4.2,pclmul"), noinline)) std::uint64_t by_parts(const std::byte*& at, std::size_t& size,
                                                                          std::uint64_t wide) {
  constexpr std::size_t part_max = (shifts.size() - 1) / word_bytes * word_bytes;
  while (size >= worth_parting) {
    const std::size_t third = size / (3 * word_bytes) * word_bytes;
    const std::size_t part = third < part_max ? third : part_max;
    std::uint64_t second = 0;
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < part; i += word_bytes) {
      wide = _mm_crc32_u64(wide, word_at(at + i));
      second = _mm_crc32_u64(second, word_at(at + part + i));
      last = _mm_crc32_u64(last, word_at(at + 2 * part + i));
    }
    wide = moved_by_instruction(static_cast<std::uint32_t>(wide), part) ^ second;
    wide = moved_by_instruction(static_cast<std::uint32_t>(wide), part) ^ last;
    at += 3 * part;
    size -= 3 * part;
  }
  return wide;
}

__attribute__((target("sse4.2,pclmul"))) inline std::uint32_t by_instruction(const std::byte* at, std::size_t size,
                                                                             std::uint32_t crc) {
  std::uint64_t wide = crc;
  if (size >= worth_parting) {
    wide = by_parts(at, size, wide);
  }
  for (; size >= 4 * word_bytes; at += 4 * word_bytes, size -= 4 * word_bytes) {
    wide = _mm_crc32_u64(wide, word_at(at));
    wide = _mm_crc32_u64(wide, word_at(at + word_bytes));
    wide = _mm_crc32_u64(wide, word_at(at + 2 * word_bytes));
    wide = _mm_crc32_u64(wide, word_at(at + 3 * word_bytes));
  }
  for (; size >= word_bytes; at += word_bytes, size -= word_bytes) {
    wide = _mm_crc32_u64(wide, word_at(at));
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; ++at, --size) {
    crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*at));
  }
  return crc;
}

template <std::size_t head_bytes>
__attribute__((target("sse4.2,pclmul"), always_inline)) inline std::uint32_t headed_by_instruction(
    std::span<const std::byte, head_bytes> head, std::uint32_t b, std::size_t b_bytes) {
  constexpr std::size_t word = word_bytes;
  std::uint64_t wide = ~std::uint32_t{0};
  // A header's first half word is a commit word, which is stored apart: a load of both halves would wait for it.
  wide = _mm_crc32_u64(wide, half_at(head.data()) | half_at(head.data() + word / 2) << 32);
#pragma GCC unroll 8
  for (std::size_t i = word; i < head_bytes - word; i += word) {
    wide = _mm_crc32_u64(wide, word_at(head.data() + i));
  }
  std::uint32_t before_last = 0;
  std::memcpy(&before_last, head.data() + head_bytes - word, sizeof(before_last));
  wide = _mm_crc32_u64(wide, before_last);
  return moved_by_instruction(~static_cast<std::uint32_t>(wide), b_bytes) ^ b;
}
#endif

// Where the instructions or the table of shifts do not do.
[[gnu::noinline]] std::uint32_t headed_by_table(std::span<const std::byte> head, std::uint32_t b, std::size_t b_bytes) {
  constexpr std::array<std::byte, 4> zeros{};
  return crc32c_joined(crc32c(zeros, crc32c(head.first(head.size() - zeros.size()))), b, b_bytes);
}

}  // namespace

// Compiled for the instructions as a whole, and asking first: so those who have them pay for no further call. What is
// done without them stands in functions of its own, into which the compiler puts none of them.
#if defined(__x86_64__)
#define CANTUS_WITH_INSTRUCTIONS __attribute__((target("sse4.2,pclmul")))
#else
#define CANTUS_WITH_INSTRUCTIONS
#endif

CANTUS_WITH_INSTRUCTIONS std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  if (has_instructions()) [[likely]] {
    return ~by_instruction(bytes.data(), bytes.size(), ~crc);
  }
#endif
  return ~by_table(bytes.data(), bytes.size(), ~crc);
}

CANTUS_WITH_INSTRUCTIONS std::uint32_t crc32c_joined(std::uint32_t a, std::uint32_t b, std::size_t b_bytes) {
#if defined(__x86_64__)
  if (b_bytes < shifts.size() && has_instructions()) [[likely]] {
    return moved_by_instruction(a, b_bytes) ^ b;
  }
#endif
  return moved_by_squares(a, b_bytes) ^ b;
}

CANTUS_WITH_INSTRUCTIONS std::uint32_t crc32c_headed(std::span<const std::byte, 32> head, std::uint32_t b,
                                                     std::size_t b_bytes) {
#if defined(__x86_64__)
  if (b_bytes < shifts.size() && has_instructions()) [[likely]] {
    return headed_by_instruction(head, b, b_bytes);
  }
#endif
  return headed_by_table(head, b, b_bytes);
}

CANTUS_WITH_INSTRUCTIONS std::uint32_t crc32c_headed(std::span<const std::byte, 64> head, std::uint32_t b,
                                                     std::size_t b_bytes) {
#if defined(__x86_64__)
  if (b_bytes < shifts.size() && has_instructions()) [[likely]] {
    return headed_by_instruction(head, b, b_bytes);
  }
#endif
  return headed_by_table(head, b, b_bytes);
}

}  // namespace cantus
