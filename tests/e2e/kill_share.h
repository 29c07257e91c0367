// The kill loop of `cantus campaign kills` as a test: so many kills of a seed, in a layout.
#pragma once

#include <cstdint>

namespace cantus::e2e {

struct KillShare {
  const char* layout;
  std::uint64_t seed;
  std::uint64_t kills;
};

// The environment's CANTUS_SEED and CANTUS_KILLS, if set, take the place of the share's. The seed is printed. Every
// fault that the campaign finds is a failure, and the campaign's folder is kept then.
void expect_kills_lose_nothing(KillShare share);

}  // namespace cantus::e2e
