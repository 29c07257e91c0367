// UTC as a calendar shows it, by arithmetic alone: no time zone, no leap seconds, no C library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/types.h"

namespace cantus {

inline constexpr std::int64_t ns_per_second = 1'000'000'000;
inline constexpr std::int64_t seconds_per_day = 86'400;

struct CivilTime {
  std::int32_t year = 1970;
  std::uint32_t month = 1;  // 1 … 12
  std::uint32_t day = 1;    // 1 … 31
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  std::uint32_t second = 0;      // 0 … 59
  std::uint32_t nanosecond = 0;  // 0 … 999,999,999
  friend constexpr bool operator==(const CivilTime&, const CivilTime&) = default;
};

[[nodiscard]] CivilTime civil_from(TimeNs time);
// Nothing if no such date exists, or if it lies outside what 64-bit nanoseconds hold (the years 1678 … 2261).
[[nodiscard]] std::optional<TimeNs> time_from(const CivilTime& civil);
// Date as the number 20261121; the year must have four digits, as every TimeNs has.
[[nodiscard]] std::uint32_t yyyymmdd(const CivilTime& civil);
// "2026-11-21T21:22:57.123456789Z", always with nine decimals.
void append_utc(std::string& out, TimeNs time);
[[nodiscard]] std::string utc_text(TimeNs time);
// "2026-11-21T21:22:57Z": what is left of the second is cut off.
[[nodiscard]] std::string utc_seconds(TimeNs time);

}  // namespace cantus
