// SHA-512 (FIPS 180-4), for what pure machines must hash themselves: signatures of operators.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fixed_string.h"

namespace cantus {

using Hash512 = FixedBytes<64>;

class Sha512 {
 public:
  Sha512();
  Sha512& add(std::span<const std::byte> bytes);
  // The hash of everything that was added. Once.
  [[nodiscard]] Hash512 finish();

 private:
  void compress(const std::byte* block);

  std::array<std::uint64_t, 8> state_;
  std::array<std::byte, 128> block_{};
  std::uint64_t count_ = 0;  // bytes added
};

}  // namespace cantus
