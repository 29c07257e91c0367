#include "base/money.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/assert.h"

namespace cantus {
namespace {

struct Decimal {
  bool negative = false;
  Uint128 units = 0;  // in 0.00000001
};

// Longest text that is looked at: sign, 30 digits, point, 8 decimals.
constexpr std::size_t decimal_text_max = 40;
constexpr std::size_t whole_digits_max = 29;

std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.size() > decimal_text_max) {
    return std::nullopt;
  }
  Decimal result;
  if (!text.empty() && text.front() == '-') {
    result.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.size() + fraction.size() == 0 || whole.size() > whole_digits_max || fraction.size() > price_decimals) {
    return std::nullopt;
  }
  const auto add_digit = [&result](char digit) {
    if (digit < '0' || digit > '9') {
      return false;
    }
    result.units = result.units * 10 + static_cast<unsigned>(digit - '0');
    return true;
  };
  if (!std::all_of(whole.begin(), whole.end(), add_digit) ||
      !std::all_of(fraction.begin(), fraction.end(), add_digit)) {
    return std::nullopt;
  }
  for (std::size_t i = fraction.size(); i < price_decimals; ++i) {
    result.units *= 10;
  }
  return result;
}

// Digits of `units` with 8 decimals, trailing zeros dropped.
char* write_decimal(char* out, Uint128 units) {
  std::array<char, 48> digits{};
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + static_cast<unsigned>(units % 10));
    units /= 10;
  } while (units != 0 || count <= price_decimals);
  std::size_t lowest = 0;
  while (lowest < price_decimals && digits[lowest] == '0') {
    ++lowest;
  }
  for (std::size_t i = count; i > lowest; --i) {
    if (i == price_decimals) {
      *out++ = '.';
    }
    *out++ = digits[i - 1];
  }
  return out;
}

std::string signed_decimal(Int128 value) {
  std::array<char, 64> buffer{};
  char* out = buffer.data();
  if (value < 0) {
    *out++ = '-';
  }
  const Uint128 units = value < 0 ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
  return {buffer.data(), write_decimal(out, units)};
}

}  // namespace

Price average_price(Notional notional, Qty qty) {
  CANTUS_ASSERT(qty.get() > 0, "an average is taken over a positive quantity");
  const Int128 value = notional.get();
  return Price(static_cast<std::int64_t>((value + qty.get() / 2) / qty.get()));
}

std::optional<Price> parse_price(std::string_view text) {
  const auto decimal = parse_decimal(text);
  if (!decimal || decimal->units > static_cast<Uint128>(price_max.get())) {
    return std::nullopt;
  }
  const auto units = static_cast<std::int64_t>(decimal->units);
  return Price(decimal->negative ? -units : units);
}

std::optional<Notional> parse_notional(std::string_view text) {
  const auto decimal = parse_decimal(text);
  if (!decimal) {
    return std::nullopt;
  }
  const auto units = static_cast<Int128>(decimal->units);
  return Notional(decimal->negative ? -units : units);
}

std::optional<Qty> parse_qty(std::string_view text) {
  const auto price = parse_decimal(text);
  if (!price || price->negative || price->units % price_one != 0) {
    return std::nullopt;
  }
  const Uint128 units = price->units / price_one;
  if (units > static_cast<Uint128>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return Qty(static_cast<std::int64_t>(units));
}

std::string to_text(Price price) { return signed_decimal(price.get()); }
std::string to_text(Notional notional) { return signed_decimal(notional.get()); }
std::string to_text(Qty qty) { return std::to_string(qty.get()); }

char* write_price(char* out, Price price) {
  const std::int64_t value = price.get();
  if (value < 0) {
    *out++ = '-';
  }
  const std::uint64_t units =
      value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return write_decimal(out, units);
}

char* write_unsigned(char* out, std::uint64_t value) {
  constexpr std::ptrdiff_t digits_max = 20;
  return std::to_chars(out, out + digits_max, value).ptr;
}

}  // namespace cantus
