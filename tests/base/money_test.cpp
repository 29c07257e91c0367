// Money is exact: every text that is accepted means one number, and every number has one text that reads back.
#include "base/money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>
#include <string>

namespace cantus {
namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();

TEST(Price, ReadsDecimalsExactly) {
  const std::array<std::pair<const char*, std::int64_t>, 12> table{{{"190.25", 19'025'000'000},
                                                                    {"190", 19'000'000'000},
                                                                    {"0190.250", 19'025'000'000},
                                                                    {"0", 0},
                                                                    {"-0", 0},
                                                                    {"0.00000001", 1},
                                                                    {"-0.00000001", -1},
                                                                    {"-1.5", -150'000'000},
                                                                    {".5", 50'000'000},
                                                                    {"5.", 500'000'000},
                                                                    {"92233720368.54775807", int64_max},
                                                                    {"-92233720368.54775807", -int64_max}}};
  for (const auto& [text, units] : table) {
    const auto price = parse_price(text);
    ASSERT_TRUE(price.has_value()) << text;
    EXPECT_EQ(price->get(), units) << text;
  }
}

TEST(Price, RefusesWhatIsNoExactPrice) {
  for (const char* text : {"",
                           "-",
                           ".",
                           "-.",
                           "+1",
                           "--1",
                           "1e3",
                           "1,5",
                           " 1",
                           "1 ",
                           "1.2.3",
                           "0x10",
                           "nan",
                           "inf",
                           "1.000000001",
                           "92233720368.54775808",
                           "-92233720368.54775808",
                           "99999999999999999999999999999",
                           "999999999999999999999999999999",
                           "00000000000000000000000000000000000000001",
                           "1\x01"}) {
    EXPECT_FALSE(parse_price(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_price(std::string_view("1\0", 2)).has_value());
  EXPECT_FALSE(parse_price(std::string(100'000, '9')).has_value());
}

TEST(Price, PrintsTheShortestTextThatReadsBack) {
  EXPECT_EQ(to_text(Price(19'025'000'000)), "190.25");
  EXPECT_EQ(to_text(Price(19'000'000'000)), "190");
  EXPECT_EQ(to_text(Price(0)), "0");
  EXPECT_EQ(to_text(Price(1)), "0.00000001");
  EXPECT_EQ(to_text(Price(-150'000'000)), "-1.5");
  EXPECT_EQ(to_text(price_max), "92233720368.54775807");
  EXPECT_EQ(to_text(Price(std::numeric_limits<std::int64_t>::min())), "-92233720368.54775808");
}

TEST(Price, EveryPriceSurvivesItsText) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    // Shifts spread the magnitudes; the least number of all has no positive twin and is never a price.
    const auto units = static_cast<std::int64_t>(random()) >> (random() % 64);
    const Price price(std::max(units, -int64_max));
    EXPECT_EQ(parse_price(to_text(price)), price);
    std::array<char, 24> buffer{};
    char* const end = write_price(buffer.data(), price);
    EXPECT_EQ(std::string(buffer.data(), end), to_text(price));
  }
}

TEST(Qty, ReadsWholeUnitsOnly) {
  EXPECT_EQ(parse_qty("100"), Qty(100));
  EXPECT_EQ(parse_qty("100.00"), Qty(100));
  EXPECT_EQ(parse_qty("0"), Qty(0));
  EXPECT_EQ(parse_qty("9223372036854775807"), Qty(int64_max));
  for (const char* text : {"", "-1", "-0", "100.5", "9223372036854775808", "1e2", "1.000000000", "ten"}) {
    EXPECT_FALSE(parse_qty(text).has_value()) << text;
  }
}

TEST(Notional, IsTheProductWithoutOverflow) {
  const Notional greatest = notional_of(price_max, Qty(int64_max));
  EXPECT_EQ(greatest.get(), static_cast<Int128>(int64_max) * int64_max);
  EXPECT_EQ(to_text(greatest), "850705917302346158473969077842.32501249");
  EXPECT_EQ(notional_of(Price(-3), Qty(2)).get(), -6);
  EXPECT_LT(Notional(-1), Notional(0));
  EXPECT_EQ(Notional(-1).get(), -1);
  EXPECT_EQ((greatest - greatest).get(), 0);
  EXPECT_EQ(Notional(Int128{1} << 64) + Notional(-1), Notional((Int128{1} << 64) - 1));
}

TEST(Notional, SurvivesItsText) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const Int128 wide = static_cast<Int128>((static_cast<Uint128>(random()) << 64) | random()) >> (6 + random() % 120);
    EXPECT_EQ(parse_notional(to_text(Notional(wide))), Notional(wide)) << to_text(Notional(wide));
  }
}

TEST(Notional, AverageIsRoundedToTheNearestUnit) {
  EXPECT_EQ(average_price(Notional(10), Qty(3)), Price(3));
  EXPECT_EQ(average_price(Notional(11), Qty(3)), Price(4));
  EXPECT_EQ(average_price(Notional(9), Qty(2)), Price(5));
  EXPECT_EQ(average_price(notional_of(price_max, Qty(int64_max)), Qty(int64_max)), price_max);
}

TEST(NotionalDeathTest, AnAverageOverNothingIsABrokenInvariant) {
  EXPECT_DEATH((void)average_price(Notional(1), Qty(0)), "positive quantity");
}

}  // namespace
}  // namespace cantus
