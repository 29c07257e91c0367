#include "fix/message_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/civil_time.h"
#include "tests/fix/fix_text.h"

namespace cantus::fix {
namespace {

using test::bar_text;
using test::soh_text;

TimeNs at(std::int32_t year, std::uint32_t month, std::uint32_t day, std::uint32_t hour, std::uint32_t minute,
          std::uint32_t second, std::uint32_t nanosecond) {
  return *time_from({year, month, day, hour, minute, second, nanosecond});
}

TEST(MessageText, ParsesDigitsWithinTheirBound) {
  EXPECT_EQ(parse_digits("0", 9), 0U);
  EXPECT_EQ(parse_digits("0042", 99), 42U);
  EXPECT_EQ(parse_digits("99", 99), 99U);
  EXPECT_EQ(parse_digits("100", 99), std::nullopt);
  EXPECT_EQ(parse_digits("18446744073709551615", ~std::uint64_t{0}), ~std::uint64_t{0});
  EXPECT_EQ(parse_digits("18446744073709551616", ~std::uint64_t{0}), std::nullopt);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3"}) {
    EXPECT_EQ(parse_digits(text, 1'000'000), std::nullopt) << text;
  }
}

TEST(MessageText, ClocksThatAreCenturiesApartAreFarApart) {
  const TimeNs now = at(2026, 11, 21, 21, 22, 57, 0);
  EXPECT_EQ(behind_ns(TimeNs(now.get() - 5), now), 5);
  EXPECT_EQ(behind_ns(TimeNs(now.get() + 5), now), -5);
  EXPECT_EQ(behind_ns(at(1678, 1, 1, 0, 0, 0, 0), now), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(behind_ns(now, at(1678, 1, 1, 0, 0, 0, 0)), std::numeric_limits<std::int64_t>::min());
}

TEST(MessageText, SequenceNumbersAreOneToTheGreatestInt) {
  EXPECT_EQ(parse_seq_num("1"), MsgSeqNum(1));
  EXPECT_EQ(parse_seq_num("2147483647"), MsgSeqNum(2147483647));
  EXPECT_EQ(parse_seq_num("2147483648"), std::nullopt);
  EXPECT_EQ(parse_seq_num("99999999999"), std::nullopt);
  EXPECT_EQ(parse_seq_num("0"), std::nullopt);
}

TEST(MessageText, ReadsTimestampsOfAnyPrecision) {
  EXPECT_EQ(parse_utc_timestamp("20261121-21:22:57"), at(2026, 11, 21, 21, 22, 57, 0));
  EXPECT_EQ(parse_utc_timestamp("20261121-21:22:57.1"), at(2026, 11, 21, 21, 22, 57, 100'000'000));
  EXPECT_EQ(parse_utc_timestamp("20261121-21:22:57.123"), at(2026, 11, 21, 21, 22, 57, 123'000'000));
  EXPECT_EQ(parse_utc_timestamp("20261121-21:22:57.123456789"), at(2026, 11, 21, 21, 22, 57, 123'456'789));
  EXPECT_EQ(parse_utc_timestamp("20261231-23:59:60.5"), at(2027, 1, 1, 0, 0, 0, 0));
  for (const char* text : {"", "20261121", "20261121-21:22", "20261121 21:22:57", "20261321-21:22:57",
                           "20261121-24:22:57", "20261121-21:60:57", "20261121-21:22:61", "20261121-21:22:57.",
                           "20261121-21:22:57.1234567890", "20261121-21:22:57Z", "2026112x-21:22:57"}) {
    EXPECT_EQ(parse_utc_timestamp(text), std::nullopt) << text;
  }
}

TEST(MessageText, WritesTimestampsInMillisecondsCutNotRounded) {
  std::string text;
  append_utc_timestamp(text, at(2026, 1, 2, 3, 4, 5, 6'999'999));
  EXPECT_EQ(text, "20260102-03:04:05.006");
  EXPECT_EQ(cut_to_milliseconds(TimeNs(1'999'999)), TimeNs(1'000'000));
  EXPECT_EQ(cut_to_milliseconds(TimeNs(-1)), TimeNs(-1'000'000));
}

TEST(MessageText, SplitsIntoFieldsInTheirOrder) {
  const std::string text = soh_text("8=FIX.4.4|35=D|58=a=b|58=again|");
  FieldList fields;
  fields.split(text);
  EXPECT_TRUE(fields.complete());
  ASSERT_EQ(fields.fields().size(), 4U);
  EXPECT_EQ(fields.find(58), "a=b");
  EXPECT_EQ(fields.find(35), "D");
  EXPECT_EQ(fields.find(1), std::nullopt);
}

TEST(MessageText, StopsSplittingAtWhatIsNoField) {
  for (const char* text :
       {"35=D|nonsense|34=1|", "35=D|=5|34=1|", "35=D|-1=5|", "35=D|1x=5|", "35=D|0554=5|", "35=D|34=1"}) {
    const std::string message = soh_text(text);
    FieldList fields;
    fields.split(message);
    EXPECT_FALSE(fields.complete()) << text;
    EXPECT_EQ(fields.fields().size(), 1U) << text;
  }
}

TEST(MessageText, KeepsNoMoreFieldsThanItsBound) {
  std::string message;
  for (std::size_t i = 0; i <= FieldList::fields_max; ++i) {
    message += soh_text("58=x|");
  }
  FieldList fields;
  fields.split(message);
  EXPECT_FALSE(fields.complete());
  EXPECT_EQ(fields.fields().size(), FieldList::fields_max);
}

TEST(MessageText, ComposesHeaderFieldsInOrder) {
  HeaderInputs header;
  header.number = MsgSeqNum(7);
  header.sending_time = at(2026, 11, 21, 21, 22, 57, 1'000'000);
  const SessionNames names{"FIX.4.4", "CANTUS", "ALPHA1"};
  EXPECT_EQ(bar_text(compose(names, "0", header, "")),
            "8=FIX.4.4|9=55|35=0|34=7|49=CANTUS|52=20261121-21:22:57.001|56=ALPHA1|10=052|");
  header.poss_dup = true;
  header.poss_resend = true;
  header.orig_sending_time = at(2026, 11, 21, 21, 0, 0, 0);
  EXPECT_EQ(bar_text(compose(names, "8", header, soh_text("37=1-5|"))),
            "8=FIX.4.4|9=98|35=8|34=7|43=Y|49=CANTUS|52=20261121-21:22:57.001|56=ALPHA1|97=Y|"
            "122=20261121-21:00:00.000|37=1-5|10=103|");
}

}  // namespace
}  // namespace cantus::fix
