// What a seed decides. Each decision has a stream of its own, named after what it is for, so that drawing more of one
// kind does not change all others. Of one stream no call may take two draws as arguments: compilers differ in which
// comes first.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bounded.h"

namespace cantus::sim {

class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view purpose) : state_(mix_bits(seed)) {
    for (const char c : purpose) {
      state_ = mix_bits(state_ ^ static_cast<unsigned char>(c));
    }
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    return mix_bits(state_);
  }
  // From 0 to `end` - 1; `end` is not 0.
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  // Both ends count.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace cantus::sim
