// libFuzzer's side of a fuzzer. Seeds come from the program itself: now and then an input is replaced by one, so no
// corpus has to be kept in the tree.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tests/fuzz/fuzz.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cantus::fuzz::play(std::as_bytes(std::span(data, size)));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  static const auto seeds = cantus::fuzz::seeds();
  if (!seeds.empty() && seed % 32 == 0) {
    const auto& chosen = seeds[seed / 32 % seeds.size()];
    size = std::min(chosen.size(), max_size);
    std::memcpy(data, chosen.data(), size);
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
