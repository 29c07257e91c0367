// Copies by words are copies: every length and alignment, nothing beside them touched.
#include "base/copy_words.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace cantus {
namespace {

TEST(CopyWords, CopiesEveryLengthAtEveryAlignment) {
  constexpr std::size_t longest = 600;  // some are copied by words, some by memcpy
  constexpr std::byte untouched{0xee};
  std::array<std::byte, longest + 16> from{};
  for (std::size_t i = 0; i < from.size(); ++i) {
    from[i] = static_cast<std::byte>(i * 7 + 1);
  }
  for (std::size_t bytes = 0; bytes <= longest; ++bytes) {
    const std::size_t from_at = bytes % 8;
    const std::size_t to_at = bytes / 8 % 8;
    std::vector<std::byte> to(bytes + 16, untouched);
    copy_words(to.data() + to_at, from.data() + from_at, bytes);
    for (std::size_t i = 0; i < to.size(); ++i) {
      const bool within = i >= to_at && i < to_at + bytes;
      ASSERT_EQ(to[i], within ? from[i - to_at + from_at] : untouched) << bytes << " bytes, at " << i;
    }
  }
}

}  // namespace
}  // namespace cantus
