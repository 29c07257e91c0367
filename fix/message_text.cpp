#include "fix/message_text.h"

#include <algorithm>
#include <array>

#include "base/civil_time.h"
#include "base/text.h"

namespace cantus::fix {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
  std::array<char, 20> digits{};
  char* end = write_unsigned(digits.data(), value);
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) {
    out.append(width - length, '0');
  }
  out.append(digits.data(), length);
}

// Reads exactly `width` digits at `at`.
std::optional<std::uint32_t> digits_at(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) {
    return std::nullopt;
  }
  const auto value = parse_digits(text.substr(at, width), 99'999'999);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

// The decimals behind the seconds as nanoseconds; `text` begins with the point.
std::optional<std::uint32_t> parse_fraction(std::string_view text) {
  if (text.size() < 2 || text.size() > 10 || text[0] != '.') {
    return std::nullopt;
  }
  auto value = parse_digits(text.substr(1), 999'999'999);
  if (!value) {
    return std::nullopt;
  }
  for (std::size_t i = text.size() - 1; i < 9; ++i) {
    *value *= 10;
  }
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

std::optional<std::uint64_t> parse_digits(std::string_view text, std::uint64_t max) {
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (max - digit) / 10 || digit > max) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

std::optional<MsgSeqNum> parse_seq_num(std::string_view text) {
  const auto value = parse_digits(text, 2147483647);
  if (!value || *value == 0) {
    return std::nullopt;
  }
  return MsgSeqNum(static_cast<std::uint32_t>(*value));
}

std::optional<TimeNs> parse_utc_timestamp(std::string_view text) {
  if (text.size() < 17 || text[8] != '-' || text[11] != ':' || text[14] != ':') {
    return std::nullopt;
  }
  const auto year = digits_at(text, 0, 4);
  const auto month = digits_at(text, 4, 2);
  const auto day = digits_at(text, 6, 2);
  const auto hour = digits_at(text, 9, 2);
  const auto minute = digits_at(text, 12, 2);
  const auto second = digits_at(text, 15, 2);
  if (!year || !month || !day || !hour || !minute || !second || *second > 60) {
    return std::nullopt;
  }
  std::uint32_t nanosecond = 0;
  if (text.size() > 17) {
    const auto fraction = parse_fraction(text.substr(17));
    if (!fraction) {
      return std::nullopt;
    }
    nanosecond = *fraction;
  }
  const bool leap = *second == 60;
  const auto time = time_from({.year = static_cast<std::int32_t>(*year),
                               .month = *month,
                               .day = *day,
                               .hour = *hour,
                               .minute = *minute,
                               .second = leap ? 59 : *second,
                               .nanosecond = leap ? 0 : nanosecond});
  if (!time) {
    return std::nullopt;
  }
  return leap ? TimeNs(time->get() + ns_per_second) : *time;
}

void append_utc_timestamp(std::string& out, TimeNs time) {
  const CivilTime civil = civil_from(time);
  append_padded(out, yyyymmdd(civil), 8);
  out += '-';
  append_padded(out, civil.hour, 2);
  out += ':';
  append_padded(out, civil.minute, 2);
  out += ':';
  append_padded(out, civil.second, 2);
  out += '.';
  append_padded(out, civil.nanosecond / ns_per_ms, 3);
}

TimeNs cut_to_milliseconds(TimeNs time) {
  std::int64_t rest = time.get() % ns_per_ms;
  if (rest < 0) {
    rest += ns_per_ms;
  }
  return TimeNs(time.get() - rest);
}

void FieldList::split(std::string_view message) {
  fields_.clear();
  complete_ = false;
  while (!message.empty()) {
    const std::size_t end = message.find(soh);
    const std::string_view piece = message.substr(0, end);
    const std::size_t equals = piece.find('=');
    const auto tag = parse_digits(piece.substr(0, equals), 0xffffffff);
    // One spelling of a tag: whoever looks for "554=" in a message finds every password.
    if (end == std::string_view::npos || equals == std::string_view::npos || !tag || piece.front() == '0' ||
        fields_.size() == fields_max) {
      return;
    }
    fields_.push_back({static_cast<std::uint32_t>(*tag), piece.substr(equals + 1)});
    message.remove_prefix(end + 1);
  }
  complete_ = true;
}

std::optional<std::string_view> FieldList::find(std::uint32_t tag) const {
  const auto at = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.tag == tag; });
  return at == fields_.end() ? std::nullopt : std::optional(at->value);
}

void FieldWriter::text(std::uint32_t tag, std::string_view value) {
  append_padded(out_, tag, 1);
  out_ += '=';
  out_ += value;
  out_ += soh;
}

void FieldWriter::text_if_any(std::uint32_t tag, std::string_view value) {
  if (!value.empty()) {
    text(tag, value);
  }
}

void FieldWriter::number(std::uint32_t tag, std::uint64_t value) {
  std::array<char, 20> digits{};
  char* end = write_unsigned(digits.data(), value);
  text(tag, {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void FieldWriter::price(std::uint32_t tag, Price value) {
  std::array<char, 24> digits{};
  char* end = write_price(digits.data(), value);
  text(tag, {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void FieldWriter::qty(std::uint32_t tag, Qty value) { number(tag, static_cast<std::uint64_t>(value.get())); }

void FieldWriter::time(std::uint32_t tag, TimeNs value) {
  std::string digits;
  append_utc_timestamp(digits, value);
  text(tag, digits);
}

std::string checksum_text(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (const char c : bytes) {
    sum += static_cast<unsigned char>(c);
  }
  std::string result;
  append_padded(result, sum % 256, 3);
  return result;
}

std::string compose(const SessionNames& names, std::string_view msg_type, const HeaderInputs& header,
                    std::string_view body) {
  std::string counted;  // what BodyLength (9) counts: everything behind it and before CheckSum
  counted.reserve(body.size() + 160);
  FieldWriter fields(counted);
  fields.text(35, msg_type);
  fields.number(34, header.number.get());
  if (header.poss_dup) {
    fields.character(43, 'Y');
  }
  fields.text(49, names.sender);
  fields.time(52, header.sending_time);
  fields.text(56, names.target);
  if (header.poss_resend) {
    fields.character(97, 'Y');
  }
  if (header.orig_sending_time) {
    fields.time(122, *header.orig_sending_time);
  }
  counted += body;

  std::string message;
  message.reserve(counted.size() + 40);
  FieldWriter whole(message);
  whole.text(8, names.begin_string);
  whole.number(9, counted.size());
  message += counted;
  whole.text(10, checksum_text(message));
  return message;
}

}  // namespace cantus::fix
