// Texts of numbers, bytes and positions.
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

#include "base/fixed_string.h"

namespace cantus {
namespace {

std::string number(Int128 value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Text, NumbersOfAllWidths) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-1), "-1");
  EXPECT_EQ(number(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(number(static_cast<Int128>(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
  EXPECT_EQ(number(Int128{1} << 126), "85070591730234615865843651857942052864");
  EXPECT_EQ(number((Int128{1} << 126) * -2), "-170141183460469231731687303715884105728");
}

TEST(Text, HexOfBytesAndWords) {
  std::string text;
  append_hex(text, std::array{std::byte{0}, std::byte{0x9f}, std::byte{0xa0}});
  EXPECT_EQ(text, "009fa0");
  text.clear();
  append_hex(text, std::uint64_t{0x123456789abcdef});
  EXPECT_EQ(text, "0123456789abcdef");
}

TEST(Text, HexReadsBack) {
  std::array<std::byte, 3> bytes{};
  EXPECT_TRUE(read_hex("009fA0", bytes));
  EXPECT_EQ(to_hex(bytes), "009fa0");
  for (const char* text : {"", "009fa", "009fa00", "009fg0", "00-1a0", "00+1a0", "00 1a0", "0x9fa0"}) {
    EXPECT_FALSE(read_hex(text, bytes)) << text;
  }
}

TEST(Text, AnyBytesBecomeValidJson) {
  EXPECT_EQ(json("plain"), "\"plain\"");
  EXPECT_EQ(json("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
  EXPECT_EQ(json("\x01\n\x1f\x7f\x80\xff"), "\"\\u0001\\u000a\\u001f\\u007f\\u0080\\u00ff\"");
  EXPECT_EQ(json(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(Text, PositionsReadBack) {
  const LogSeq position(LogNumber(3), Seq(1042));
  EXPECT_EQ(to_text(position), "3-1042");
  EXPECT_EQ(parse_log_seq("3-1042"), position);
  EXPECT_EQ(parse_log_seq("0-0"), LogSeq());
  EXPECT_EQ(parse_log_seq("65535-281474976710655"), LogSeq::from_raw(~std::uint64_t{0}));
  for (const char* text : {"", "-", "3", "3-", "-3", "03-1", "3-01", "65536-1", "1-281474976710656", "1-2-3", "1-+2",
                           "1- 2", "1-18446744073709551617"}) {
    EXPECT_FALSE(parse_log_seq(text).has_value()) << text;
  }
}

TEST(Text, UnsignedNumbersKeepTheirBound) {
  EXPECT_EQ(parse_unsigned("0", 0), 0u);
  EXPECT_EQ(parse_unsigned("255", 255), 255u);
  EXPECT_EQ(parse_unsigned("18446744073709551615", ~std::uint64_t{0}), ~std::uint64_t{0});
  EXPECT_FALSE(parse_unsigned("1", 0).has_value());
  EXPECT_FALSE(parse_unsigned("256", 255).has_value());
  EXPECT_FALSE(parse_unsigned("18446744073709551616", ~std::uint64_t{0}).has_value());
  EXPECT_FALSE(parse_unsigned("99999999999999999999999", ~std::uint64_t{0}).has_value());
  EXPECT_FALSE(parse_unsigned("", 9).has_value());
}

TEST(FixedString, EqualTextsHaveEqualBytes) {
  const FixedString<4> text("ab");
  EXPECT_EQ(text.view(), "ab");
  EXPECT_EQ(text, FixedString<4>("ab"));
  EXPECT_TRUE(text.well_formed());
  EXPECT_TRUE(FixedString<4>().empty());
  EXPECT_EQ(FixedString<4>("abcd").view(), "abcd");
  EXPECT_LT(FixedString<4>("ab"), FixedString<4>("b"));
}

TEST(FixedString, JudgesWhatComesFromOutside) {
  EXPECT_TRUE(FixedString<4>::fits("abcd"));
  EXPECT_FALSE(FixedString<4>::fits("abcde"));
  EXPECT_FALSE(FixedString<4>::fits(std::string_view("a\0b", 3)));
  EXPECT_EQ(FixedString<4>::cut("abcdef").view(), "abcd");
  EXPECT_EQ(FixedString<4>::cut(std::string_view("a\0b", 3)).view(), "a");
  FixedString<4> text("a");
  reinterpret_cast<char*>(&text)[3] = 'x';
  EXPECT_FALSE(text.well_formed());
}

TEST(Printable, ShowsNothingThatATerminalWouldObey) {
  EXPECT_EQ(printable("ALPHA1", 8), "ALPHA1");
  EXPECT_EQ(printable("\x1b[2Jx\n\xff", 8), "?[2Jx??");
  EXPECT_EQ(printable("123456789", 8), "12345678...");
}

TEST(FixedStringDeathTest, ATextThatDoesNotFitIsABrokenInvariant) {
  EXPECT_DEATH(FixedString<4>("abcde"), "checked against its field");
}

}  // namespace
}  // namespace cantus
