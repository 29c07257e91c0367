#include "base/civil_time.h"

#include <array>

namespace cantus {
namespace {

// The calendar is counted in eras of 400 years that begin on 1 March, so that a leap day is the last of its year.
constexpr std::int64_t days_per_era = 146'097;
constexpr std::int64_t days_before_1970 = 719'468;  // from 1 March of year 0

constexpr std::int64_t floor_div(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

constexpr bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr std::uint32_t days_in_month(std::int64_t year, std::uint32_t month) {
  constexpr std::array<std::uint32_t, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// Days from 1970-01-01 to that date.
constexpr std::int64_t days_from_date(std::int64_t year, std::uint32_t month, std::uint32_t day) {
  const std::int64_t march_year = month > 2 ? year : year - 1;
  const std::int64_t era = floor_div(march_year, 400);
  const std::int64_t year_of_era = march_year - era * 400;
  const std::int64_t month_from_march = month > 2 ? month - 3 : month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * days_per_era + day_of_era - days_before_1970;
}

void append_padded(std::string& out, std::uint32_t value, std::uint32_t digits) {
  std::uint32_t scale = 1;
  for (std::uint32_t i = 1; i < digits; ++i) {
    scale *= 10;
  }
  for (; scale > 0; scale /= 10) {
    out += static_cast<char>('0' + value / scale % 10);
  }
}

}  // namespace

CivilTime civil_from(TimeNs time) {
  const std::int64_t seconds = floor_div(time.get(), ns_per_second);
  // Not time - seconds * ns_per_second, which the least time has no room for.
  const std::int64_t rest = time.get() % ns_per_second;
  const std::int64_t days = floor_div(seconds, seconds_per_day);
  const auto second_of_day = static_cast<std::uint32_t>(seconds - days * seconds_per_day);

  const std::int64_t from_march_0 = days + days_before_1970;
  const std::int64_t era = floor_div(from_march_0, days_per_era);
  const std::int64_t day_of_era = from_march_0 - era * days_per_era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / (days_per_era - 1)) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;

  CivilTime civil;
  civil.month = static_cast<std::uint32_t>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  civil.year = static_cast<std::int32_t>(year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0));
  civil.day = static_cast<std::uint32_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  civil.hour = second_of_day / 3600;
  civil.minute = second_of_day / 60 % 60;
  civil.second = second_of_day % 60;
  civil.nanosecond = static_cast<std::uint32_t>(rest < 0 ? rest + ns_per_second : rest);
  return civil;
}

std::optional<TimeNs> time_from(const CivilTime& civil) {
  // The years at the two ends are left out whole.
  if (civil.year < 1678 || civil.year > 2261 || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
      civil.day > days_in_month(civil.year, civil.month) || civil.hour > 23 || civil.minute > 59 || civil.second > 59 ||
      civil.nanosecond >= ns_per_second) {
    return std::nullopt;
  }
  const std::int64_t seconds = days_from_date(civil.year, civil.month, civil.day) * seconds_per_day +
                               civil.hour * std::int64_t{3600} + civil.minute * std::int64_t{60} + civil.second;
  return TimeNs(seconds * ns_per_second + civil.nanosecond);
}

std::uint32_t yyyymmdd(const CivilTime& civil) {
  return static_cast<std::uint32_t>(civil.year) * 10'000 + civil.month * 100 + civil.day;
}

void append_utc(std::string& out, TimeNs time) {
  const CivilTime civil = civil_from(time);
  append_padded(out, static_cast<std::uint32_t>(civil.year), 4);
  out += '-';
  append_padded(out, civil.month, 2);
  out += '-';
  append_padded(out, civil.day, 2);
  out += 'T';
  append_padded(out, civil.hour, 2);
  out += ':';
  append_padded(out, civil.minute, 2);
  out += ':';
  append_padded(out, civil.second, 2);
  out += '.';
  append_padded(out, civil.nanosecond, 9);
  out += 'Z';
}

std::string utc_text(TimeNs time) {
  std::string text;
  append_utc(text, time);
  return text;
}

std::string utc_seconds(TimeNs time) {
  constexpr std::size_t through_seconds = 19;
  return utc_text(time).substr(0, through_seconds) + "Z";
}

}  // namespace cantus
