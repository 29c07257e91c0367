// The calendar against the C library's, over every day that 64-bit nanoseconds hold.
#include "base/civil_time.h"

#include <gtest/gtest.h>

#include <ctime>
#include <limits>
#include <string>

namespace cantus {
namespace {

std::string utc(TimeNs time) {
  std::string text;
  append_utc(text, time);
  return text;
}

TEST(CivilTime, AgreesWithTheCLibraryOnEveryDay) {
  constexpr std::int64_t days_max = std::numeric_limits<std::int64_t>::max() / ns_per_second / seconds_per_day - 1;
  for (std::int64_t day = -days_max; day <= days_max; ++day) {
    const std::time_t seconds = day * seconds_per_day + 86'399 - (day & 0xffff);
    std::tm expected{};
    ASSERT_NE(gmtime_r(&seconds, &expected), nullptr);
    const TimeNs time(seconds * ns_per_second + 7);
    const CivilTime civil = civil_from(time);
    const CivilTime wanted{expected.tm_year + 1900,
                           static_cast<std::uint32_t>(expected.tm_mon + 1),
                           static_cast<std::uint32_t>(expected.tm_mday),
                           static_cast<std::uint32_t>(expected.tm_hour),
                           static_cast<std::uint32_t>(expected.tm_min),
                           static_cast<std::uint32_t>(expected.tm_sec),
                           7};
    ASSERT_EQ(civil, wanted) << day;
    if (civil.year >= 1678 && civil.year <= 2261) {
      ASSERT_EQ(time_from(civil), time) << day;
    }
  }
}

TEST(CivilTime, TheLeastTimeHasADateToo) {
  const CivilTime civil = civil_from(TimeNs(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(civil, (CivilTime{1677, 9, 21, 0, 12, 43, 145'224'192}));
}

TEST(CivilTime, TextHasNineDecimals) {
  EXPECT_EQ(utc(TimeNs(0)), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(utc(TimeNs(-1)), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(utc(TimeNs(1'795'296'177'123'456'789)), "2026-11-21T21:22:57.123456789Z");
  EXPECT_EQ(utc(TimeNs(std::numeric_limits<std::int64_t>::max())), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(utc(TimeNs(std::numeric_limits<std::int64_t>::min())), "1677-09-21T00:12:43.145224192Z");
}

TEST(CivilTime, RefusesDatesThatDoNotExist) {
  EXPECT_TRUE(time_from({2028, 2, 29, 0, 0, 0, 0}).has_value());
  EXPECT_TRUE(time_from({2000, 2, 29, 23, 59, 59, 999'999'999}).has_value());
  EXPECT_FALSE(time_from({2027, 2, 29, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2100, 2, 29, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 4, 31, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 0, 1, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 13, 1, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 1, 0, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 1, 1, 24, 0, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 1, 1, 0, 60, 0, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 12, 31, 23, 59, 60, 0}).has_value());
  EXPECT_FALSE(time_from({2026, 1, 1, 0, 0, 0, 1'000'000'000}).has_value());
  EXPECT_FALSE(time_from({9999, 1, 1, 0, 0, 0, 0}).has_value());
  EXPECT_EQ(yyyymmdd({2026, 11, 21, 0, 0, 0, 0}), 20261121u);
}

TEST(CivilTime, SecondsAreCutOff) {
  EXPECT_EQ(utc_seconds(TimeNs(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_seconds(TimeNs(ns_per_second - 1)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_seconds(TimeNs(-1)), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace cantus
