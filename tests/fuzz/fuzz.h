// What a fuzzer defines. The same source is linked to libFuzzer (preset `fuzz`) and to a runner that plays inputs from
// a seed in the ordinary test run (smoke_main.cpp).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cantus::fuzz {

// Plays one input; a broken invariant aborts. Keeps nothing from one input to the next.
void play(std::span<const std::byte> input);
// Valid inputs to begin with: what is mutated.
[[nodiscard]] std::vector<std::vector<std::byte>> seeds();

}  // namespace cantus::fuzz
