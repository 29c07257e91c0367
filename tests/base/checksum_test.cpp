// CRC-32C against published vectors and a bitwise model; digests of state.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <string_view>
#include <vector>

#include "base/crc32c.h"
#include "base/digest.h"

namespace cantus {
namespace {

std::uint32_t crc_of(std::string_view text) { return crc32c(std::as_bytes(std::span(text))); }

// The definition, a bit at a time.
std::uint32_t crc_by_definition(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    }
  }
  return ~crc;
}

TEST(Crc32c, PublishedVectors) {  // RFC 3720, appendix B.4, and the common check value
  EXPECT_EQ(crc_of(""), 0u);
  EXPECT_EQ(crc_of("123456789"), 0xe3069283u);
  std::array<std::byte, 32> bytes{};
  EXPECT_EQ(crc32c(bytes), 0x8a9136aau);
  bytes.fill(std::byte{0xff});
  EXPECT_EQ(crc32c(bytes), 0x62a8ab43u);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(i);
  }
  EXPECT_EQ(crc32c(bytes), 0x46dd794eu);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(31 - i);
  }
  EXPECT_EQ(crc32c(bytes), 0x113fdb5cu);
}

TEST(Crc32c, AgreesWithTheDefinitionAtEveryLengthAndOffset) {
  std::mt19937 random(3);
  std::vector<std::byte> bytes(300);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t size = 0; size + offset <= bytes.size(); ++size) {
      const auto part = std::span<const std::byte>(bytes).subspan(offset, size);
      ASSERT_EQ(crc32c(part), crc_by_definition(part)) << offset << ' ' << size;
    }
  }
}

TEST(Crc32c, IsContinued) {
  const std::string_view text = "a fixed melody that every voice follows";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const auto bytes = std::as_bytes(std::span(text));
    EXPECT_EQ(crc32c(bytes.subspan(i), crc32c(bytes.first(i))), crc_of(text));
  }
}

// Long enough that it is summed in parts, and for more parts than are summed at a time.
TEST(Crc32c, AgreesWithTheDefinitionOnLongBytes) {
  std::mt19937 random(5);
  std::vector<std::byte> bytes(20'000);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  for (const std::size_t size : {301u, 1'286u, 1'350u, 2'048u, 4'096u, 6'119u, 6'120u, 6'121u, 12'241u, 20'000u}) {
    const auto part = std::span<const std::byte>(bytes).first(size);
    EXPECT_EQ(crc32c(part), crc_by_definition(part)) << size;
    EXPECT_EQ(crc32c(part.subspan(7), crc32c(part.first(7))), crc_by_definition(part)) << size;
  }
}

TEST(Crc32c, IsJoined) {
  std::mt19937 random(7);
  std::vector<std::byte> bytes(5'000);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  const auto whole = std::span<const std::byte>(bytes);
  const std::uint32_t of_whole = crc_by_definition(whole);
  for (std::size_t behind = 0; behind <= whole.size(); behind += behind < 2'100 ? 1 : 97) {
    const std::size_t before = whole.size() - behind;
    ASSERT_EQ(crc32c_joined(crc32c(whole.first(before)), crc32c(whole.subspan(before)), behind), of_whole) << behind;
  }
}

TEST(Digest, OrderNumberAndBoundariesCount) {
  std::set<Digest> seen;
  const auto distinct = [&seen](const DigestBuilder& builder) { return seen.insert(builder.digest()).second; };
  EXPECT_TRUE(distinct(DigestBuilder()));
  EXPECT_TRUE(distinct(DigestBuilder().add(std::uint64_t{0})));
  EXPECT_TRUE(distinct(DigestBuilder().add(std::uint64_t{0}).add(std::uint64_t{0})));
  EXPECT_TRUE(distinct(DigestBuilder().add(std::uint64_t{1}).add(std::uint64_t{2})));
  EXPECT_TRUE(distinct(DigestBuilder().add(std::uint64_t{2}).add(std::uint64_t{1})));
  EXPECT_TRUE(distinct(DigestBuilder().add(FixedString<8>("ab")).add(FixedString<8>("c"))));
  EXPECT_TRUE(distinct(DigestBuilder().add(FixedString<8>("a")).add(FixedString<8>("bc"))));
  EXPECT_TRUE(distinct(DigestBuilder().add(Notional(Int128{1} << 64))));
  EXPECT_TRUE(distinct(DigestBuilder().add(Notional(1))));
}

TEST(Digest, RepresentationDoesNotCount) {
  const Digest one = DigestBuilder().add(FixedString<8>("abc")).add(std::uint16_t{5}).add(Qty(-1)).digest();
  const Digest other = DigestBuilder().add(FixedString<32>("abc")).add(std::uint64_t{5}).add(Price(-1)).digest();
  EXPECT_EQ(one, other);
}

TEST(Digest, IsTheSameOnEveryBuildAndMachine) {
  const Digest digest = DigestBuilder().add(std::uint64_t{42}).add(FixedString<8>("cantus")).digest();
  EXPECT_EQ(to_text(digest), "ed9a5615d33ac0def106cb3cd8f569b3");
}

}  // namespace
}  // namespace cantus
