#include "base/text.h"

#include <array>
#include <charconv>

namespace cantus {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

void append_number(std::string& out, Int128 value) {
  std::array<char, 40> digits;
  if (value >= 0 && value == static_cast<Int128>(static_cast<std::uint64_t>(value))) {
    out.append(digits.data(), write_unsigned(digits.data(), static_cast<std::uint64_t>(value)));
    return;
  }
  std::size_t count = 0;
  Uint128 rest = value < 0 ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
  do {
    digits[count++] = static_cast<char>('0' + static_cast<unsigned>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (value < 0) {
    out += '-';
  }
  while (count > 0) {
    out += digits[--count];
  }
}

void append_hex(std::string& out, std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    out += hex_digits[std::to_integer<std::size_t>(byte >> 4)];
    out += hex_digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

bool read_hex(std::string_view text, std::span<std::byte> out) {
  if (text.size() != out.size() * 2) {
    return false;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    unsigned value = 0;
    const char* const begin = text.data() + i * 2;
    const auto [end, fault] = std::from_chars(begin, begin + 2, value, 16);
    if (fault != std::errc{} || end != begin + 2) {
      return false;
    }
    out[i] = static_cast<std::byte>(value);
  }
  return true;
}

void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    out += hex_digits[(value >> shift) & 15];
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\u00";
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
  out += '"';
}

std::string to_text(LogSeq position) {
  std::string text;
  append_number(text, position.log().get());
  text += '-';
  append_number(text, static_cast<Int128>(position.seq().get()));
  return text;
}

std::optional<LogSeq> parse_log_seq(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto log = parse_unsigned(text.substr(0, dash), 0xffff);
  const auto seq = parse_unsigned(text.substr(dash + 1), (std::uint64_t{1} << LogSeq::seq_bits) - 1);
  if (!log || !seq) {
    return std::nullopt;
  }
  return LogSeq(LogNumber(static_cast<std::uint32_t>(*log)), Seq(*seq));
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t max) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (digit > max || value > (max - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

std::string printable(std::string_view text, std::size_t length_max) {
  std::string shown(text.substr(0, length_max));
  for (char& c : shown) {
    c = c < ' ' || c > '~' ? '?' : c;
  }
  return shown + (text.size() > length_max ? "..." : "");
}

}  // namespace cantus
