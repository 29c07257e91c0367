// Numbers and bytes as text, without locale: what printers of records and identifiers are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/types.h"

namespace cantus {

void append_number(std::string& out, Int128 value);
void append_hex(std::string& out, std::span<const std::byte> bytes);  // two lower-case digits a byte
void append_hex(std::string& out, std::uint64_t value);               // 16 digits
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
// False, and `out` is anything, unless `text` is two hexadecimal digits for each byte.
[[nodiscard]] bool read_hex(std::string_view text, std::span<std::byte> out);
// A JSON string with its quotes. Bytes above 127 are escaped as the characters of Latin-1, so that any bytes at all
// become valid JSON and can be told apart.
void append_json_string(std::string& out, std::string_view text);

// "3-1042": log number, then seq. Zero ("none") is "0-0".
[[nodiscard]] std::string to_text(LogSeq position);
// Exactly what to_text writes: no sign, no leading zero, in range.
[[nodiscard]] std::optional<LogSeq> parse_log_seq(std::string_view text);
// Decimal digits only, without leading zeros, at most `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t max);

// For people, of a text from outside: what is no printable ASCII character becomes '?', what is longer is cut with
// "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t length_max);

}  // namespace cantus
