#include "eventlog/sha256_lanes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/assert.h"
#include "eventlog/hash.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cantus::eventlog {
namespace {

#if defined(__x86_64__)

#define CANTUS_LANES [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] inline

constexpr std::size_t words_per_block = 16;
constexpr std::size_t state_words = 8;

// FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
// 5.3.3: likewise of the square roots of the first 8.
constexpr std::array<std::uint32_t, state_words> first_state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// A word of each of sixteen messages. Of types with attributes, which this is, there are only plain arrays.
using Lanes = __m512i;
struct State {
  Lanes words[state_words];
};
struct Block {
  Lanes words[words_per_block];
};

// The forms with a mask, of all lanes, because the plain ones of some compilers read what they call undefined.
constexpr __mmask16 all = 0xffff;
constexpr __mmask8 all_pairs = 0xff;

// 16 bytes from each 16 of a row of blocks become words, whose bytes stand the other way round.
CANTUS_LANES Lanes big_endian(Lanes words) {
  const Lanes order =
      _mm512_set_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203, 0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203,
                       0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203, 0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
  return _mm512_shuffle_epi8(words, order);
}

// Row i holds message i's sixteen words; afterwards row i holds word i of the sixteen messages.
CANTUS_LANES void transpose(Block& block) {
  Lanes(&rows)[words_per_block] = block.words;
  Lanes next[words_per_block];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 16; i += 4) {  // pairs of rows, then pairs of pairs: 4 by 4 words in each quarter
    const Lanes low_0 = _mm512_maskz_unpacklo_epi32(all, rows[i], rows[i + 1]);
    const Lanes high_0 = _mm512_maskz_unpackhi_epi32(all, rows[i], rows[i + 1]);
    const Lanes low_2 = _mm512_maskz_unpacklo_epi32(all, rows[i + 2], rows[i + 3]);
    const Lanes high_2 = _mm512_maskz_unpackhi_epi32(all, rows[i + 2], rows[i + 3]);
    next[i] = _mm512_maskz_unpacklo_epi64(all_pairs, low_0, low_2);
    next[i + 1] = _mm512_maskz_unpackhi_epi64(all_pairs, low_0, low_2);
    next[i + 2] = _mm512_maskz_unpacklo_epi64(all_pairs, high_0, high_2);
    next[i + 3] = _mm512_maskz_unpackhi_epi64(all_pairs, high_0, high_2);
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {  // quarters of 4 rows into their places
    const Lanes even_low = _mm512_maskz_shuffle_i32x4(all, next[i], next[i + 4], 0x88);
    const Lanes odd_low = _mm512_maskz_shuffle_i32x4(all, next[i], next[i + 4], 0xdd);
    const Lanes even_high = _mm512_maskz_shuffle_i32x4(all, next[i + 8], next[i + 12], 0x88);
    const Lanes odd_high = _mm512_maskz_shuffle_i32x4(all, next[i + 8], next[i + 12], 0xdd);
    rows[i] = _mm512_maskz_shuffle_i32x4(all, even_low, even_high, 0x88);
    rows[i + 4] = _mm512_maskz_shuffle_i32x4(all, odd_low, odd_high, 0x88);
    rows[i + 8] = _mm512_maskz_shuffle_i32x4(all, even_low, even_high, 0xdd);
    rows[i + 12] = _mm512_maskz_shuffle_i32x4(all, odd_low, odd_high, 0xdd);
  }
}

// Of three: their exclusive or, the choice of the second or third by the first, the majority.
CANTUS_LANES Lanes parity(Lanes a, Lanes b, Lanes c) { return _mm512_ternarylogic_epi32(a, b, c, 0x96); }
CANTUS_LANES Lanes choice(Lanes a, Lanes b, Lanes c) { return _mm512_ternarylogic_epi32(a, b, c, 0xca); }
CANTUS_LANES Lanes majority(Lanes a, Lanes b, Lanes c) { return _mm512_ternarylogic_epi32(a, b, c, 0xe8); }

CANTUS_LANES Lanes sum_0(Lanes a) {
  return parity(_mm512_maskz_ror_epi32(all, a, 2), _mm512_maskz_ror_epi32(all, a, 13),
                _mm512_maskz_ror_epi32(all, a, 22));
}
CANTUS_LANES Lanes sum_1(Lanes a) {
  return parity(_mm512_maskz_ror_epi32(all, a, 6), _mm512_maskz_ror_epi32(all, a, 11),
                _mm512_maskz_ror_epi32(all, a, 25));
}
CANTUS_LANES Lanes sigma_0(Lanes a) {
  return parity(_mm512_maskz_ror_epi32(all, a, 7), _mm512_maskz_ror_epi32(all, a, 18),
                _mm512_maskz_srli_epi32(all, a, 3));
}
CANTUS_LANES Lanes sigma_1(Lanes a) {
  return parity(_mm512_maskz_ror_epi32(all, a, 17), _mm512_maskz_ror_epi32(all, a, 19),
                _mm512_maskz_srli_epi32(all, a, 10));
}

// The sum, which the compiler is not to form in another order.
CANTUS_LANES Lanes as_summed(Lanes sum) {
  asm("" : "+v"(sum));
  return sum;
}

// Sixteen rounds; `block` holds the words of these rounds, which become those of the next. A round waits for the one
// before it, and an instruction's result comes cycles later: so what waits longest, sum_1(e) and sum_0(a), is added
// last.
CANTUS_LANES void rounds(State& state, Block& block, std::size_t from, bool last) {
  auto [a, b, c, d, e, f, g, h] = state.words;
  Lanes(&words)[words_per_block] = block.words;
#pragma GCC unroll 16
  for (std::size_t i = 0; i < words_per_block; ++i) {
    const Lanes constant = _mm512_set1_epi32(static_cast<int>(round_constants[from + i]));
    const Lanes known = as_summed(_mm512_add_epi32(_mm512_add_epi32(constant, words[i]), _mm512_add_epi32(h, d)));
    const Lanes chosen = as_summed(_mm512_add_epi32(known, choice(e, f, g)));
    const Lanes next_e = as_summed(_mm512_add_epi32(chosen, sum_1(e)));
    const Lanes rest = as_summed(_mm512_sub_epi32(majority(a, b, c), d));
    const Lanes next_a = _mm512_add_epi32(as_summed(_mm512_add_epi32(next_e, rest)), sum_0(a));
    h = g;
    g = f;
    f = e;
    e = next_e;
    d = c;
    c = b;
    b = a;
    a = next_a;
    if (!last) {
      words[i] = _mm512_add_epi32(
          _mm512_add_epi32(words[i], sigma_0(words[(i + 1) % words_per_block])),
          _mm512_add_epi32(words[(i + 9) % words_per_block], sigma_1(words[(i + 14) % words_per_block])));
    }
  }
  state = {{a, b, c, d, e, f, g, h}};
}

// What the lanes are at. One that idles hashes the same block again and again, which nobody asks for.
struct Work {
  State state;
  Lanes next;  // block, in bytes from the first message's begin
  Lanes left;  // blocks of the lane's message; 0: it idles
};

CANTUS_LANES unsigned idle_in(const Work& work) { return _mm512_testn_epi32_mask(work.left, work.left); }

// The lane begins with a message of so many blocks.
CANTUS_LANES void begin_at(Work& work, unsigned lane, std::size_t offset, std::size_t blocks) {
  const auto only = static_cast<__mmask16>(1U << lane);
  work.next = _mm512_mask_set1_epi32(work.next, only, static_cast<int>(offset));
  work.left = _mm512_mask_set1_epi32(work.left, only, static_cast<int>(blocks));
}

CANTUS_LANES void first_states(State& state, unsigned lanes) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < state_words; ++i) {
    state.words[i] =
        _mm512_mask_set1_epi32(state.words[i], static_cast<__mmask16>(lanes), static_cast<int>(first_state[i]));
  }
}

CANTUS_LANES Lanes lesser(Lanes a, Lanes b) { return _mm512_maskz_min_epu32(all, a, b); }

// The least number in any lane.
CANTUS_LANES unsigned least_of(Lanes numbers) {
  numbers = lesser(numbers, _mm512_maskz_shuffle_i32x4(all, numbers, numbers, 0x4e));
  numbers = lesser(numbers, _mm512_maskz_shuffle_i32x4(all, numbers, numbers, 0xb1));
  numbers = lesser(numbers, _mm512_maskz_unpackhi_epi64(all_pairs, numbers, numbers));
  numbers = lesser(numbers, _mm512_maskz_ror_epi64(all_pairs, numbers, 32));
  return static_cast<unsigned>(_mm512_cvtsi512_si32(numbers));
}

// Hashes of every lane that works as many blocks as the one has that ends first; the lanes that end.
CANTUS_LANES unsigned run_until_one_ends(Work& work, const std::byte* bytes) {
  const auto busy = static_cast<__mmask16>(~idle_in(work));
  const unsigned blocks = least_of(_mm512_mask_mov_epi32(_mm512_set1_epi32(-1), busy, work.left));
  const Lanes step = _mm512_maskz_set1_epi32(busy, sizeof(Lanes));
  for (unsigned block = 0; block < blocks; ++block) {
    alignas(Lanes) std::array<std::uint32_t, words_per_block> next;
    _mm512_store_si512(next.data(), work.next);
    work.next = _mm512_add_epi32(work.next, step);
    Block words;
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < next.size(); ++lane) {
      words.words[lane] = big_endian(_mm512_load_si512(bytes + next[lane]));
    }
    transpose(words);
    State state = work.state;
    rounds(state, words, 0, false);
    rounds(state, words, 16, false);
    rounds(state, words, 32, false);
    rounds(state, words, 48, true);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < state_words; ++i) {
      work.state.words[i] = _mm512_add_epi32(work.state.words[i], state.words[i]);
    }
  }
  work.left = _mm512_mask_sub_epi32(work.left, busy, work.left, _mm512_set1_epi32(static_cast<int>(blocks)));
  return busy & idle_in(work);
}

bool has_lanes() { return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0; }

#else

bool has_lanes() { return false; }

#endif

}  // namespace

HashLanes::HashLanes(bool wide) : wide_(wide && has_lanes()) {}

void HashLanes::put(std::byte prefix, std::span<const std::byte> message, Sha256& library) {
  CANTUS_ASSERT(!full() && message.size() <= message_bytes_max, "there is room for a message of its bound");
  if (!wide_) {
    done_[size_++] = library.add(std::span(&prefix, 1)).add(message).finish();
    return;
  }
  const std::size_t blocks = (message.size() + added_bytes + block_bytes - 1) / block_bytes;
  std::byte* const at = bytes_.data() + used_;
  const std::size_t end = 1 + message.size();
  // What is added begins in the last block or the one before: both are cleared whole, in a fixed number of stores.
  std::memset(at + (blocks < 2 ? 0 : blocks - 2) * block_bytes, 0, block_bytes);
  std::memset(at + (blocks - 1) * block_bytes, 0, block_bytes);
  at[0] = prefix;
  if (!message.empty()) {
    std::memcpy(at + 1, message.data(), message.size());
  }
  at[end] = std::byte{0x80};
  const std::uint64_t bits = __builtin_bswap64(end * 8);
  std::memcpy(at + blocks * block_bytes - sizeof(bits), &bits, sizeof(bits));
  used_ += blocks * block_bytes;
  ends_[size_++] = static_cast<std::uint32_t>(used_);
}

void HashLanes::finish(std::span<Hash256> hashes) {
  CANTUS_ASSERT(hashes.size() == size_, "every message has its hash");
  if (wide_) {
    hash_wide(hashes);
  } else {
    std::ranges::copy(std::span(done_).first(size_), hashes.begin());
  }
  size_ = 0;
  used_ = 0;
}

#if defined(__x86_64__)
[[gnu::target("avx512f,avx512bw")]] void HashLanes::hash_wide(std::span<Hash256> hashes) const {
  Work work{};
  std::array<std::size_t, lanes> message{};  // that the lane works on
  std::size_t next = 0;                      // message
  std::size_t done = 0;                      // messages
  while (done < size_) {
    unsigned begin = 0;
    for (unsigned idle = idle_in(work); idle != 0 && next < size_; idle &= idle - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(idle));
      const std::size_t offset = next == 0 ? 0 : ends_[next - 1];
      begin_at(work, lane, offset, (ends_[next] - offset) / block_bytes);
      message[lane] = next++;
      begin |= 1U << lane;
    }
    first_states(work.state, begin);
    unsigned ended = run_until_one_ends(work, bytes_.data());
    std::array<std::array<std::uint32_t, lanes>, state_words> words;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < state_words; ++i) {
      _mm512_storeu_si512(words[i].data(), big_endian(work.state.words[i]));
    }
    for (; ended != 0; ended &= ended - 1, ++done) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(ended));
      std::byte* const to = hashes[message[lane]].bytes.data();
#pragma GCC unroll 8
      for (std::size_t i = 0; i < state_words; ++i) {
        std::memcpy(to + i * sizeof(std::uint32_t), &words[i][lane], sizeof(std::uint32_t));
      }
    }
  }
}
#else
void HashLanes::hash_wide(std::span<Hash256>) const { CANTUS_ASSERT(false, "not on this processor"); }
#endif

}  // namespace cantus::eventlog
