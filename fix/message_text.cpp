#include "fix/message_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/civil_time.h"
#include "base/text.h"

namespace cantus::fix {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

// Reads exactly `width` digits, at most eight, at `at`, which lie within the text.
std::optional<std::uint32_t> digits_at(std::string_view text, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    const auto digit = static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) - '0';
    if (digit > 9) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

char* put_padded(char* out, std::uint32_t value, std::size_t width) {
  for (std::size_t i = width; i-- > 0;) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

std::uint32_t sum_of(std::string_view bytes) {
  // Eight bytes at a time: the bytes of even and of odd places are added up in lanes of 16 bits, which hold 128 pairs.
  constexpr std::uint64_t even = 0x00ff00ff00ff00ffU;
  constexpr std::size_t words_max = 128;
  std::uint32_t sum = 0;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  while (left >= sizeof(std::uint64_t)) {
    std::uint64_t lanes = 0;
    const std::size_t words = std::min(left / sizeof(std::uint64_t), words_max);
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof(word));
      lanes += (word & even) + ((word >> 8) & even);
      at += sizeof(word);
    }
    left -= words * sizeof(std::uint64_t);
    sum += static_cast<std::uint32_t>((lanes & 0xffff) + ((lanes >> 16) & 0xffff) + ((lanes >> 32) & 0xffff) +
                                      (lanes >> 48));
  }
  for (std::size_t i = 0; i < left; ++i) {
    sum += static_cast<unsigned char>(at[i]);
  }
  return sum;
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

std::int64_t behind_ns(TimeNs peer, TimeNs ours) {
  std::int64_t behind = 0;
  if (!__builtin_sub_overflow(ours.get(), peer.get(), &behind)) {
    return behind;
  }
  using Limits = std::numeric_limits<std::int64_t>;
  return ours > peer ? Limits::max() : Limits::min();
}

void write_utc_timestamp(char* out, TimeNs time) {
  const CivilTime civil = civil_from(time);
  out = put_padded(out, yyyymmdd(civil), 8);
  *out++ = '-';
  out = put_padded(out, civil.hour, 2);
  *out++ = ':';
  out = put_padded(out, civil.minute, 2);
  *out++ = ':';
  out = put_padded(out, civil.second, 2);
  *out++ = '.';
  put_padded(out, civil.nanosecond / ns_per_ms, 3);
}

void append_utc_timestamp(std::string& out, TimeNs time) {
  std::array<char, utc_timestamp_chars> text;
  write_utc_timestamp(text.data(), time);
  out.append(text.data(), text.size());
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
  constexpr std::uint64_t tag_max = 0xffffffff;
  std::size_t at = 0;
  while (at < message.size()) {
    // One spelling of a tag: whoever looks for "554=" in a message finds every password.
    if (message[at] == '0' || fields_.size() == fields_max) {
      return;
    }
    std::uint64_t tag = 0;
    std::size_t equals = at;
    for (; equals < message.size() && message[equals] >= '0' && message[equals] <= '9' && tag <= tag_max; ++equals) {
      tag = tag * 10 + static_cast<std::uint64_t>(message[equals] - '0');
    }
    if (equals == at || equals == message.size() || message[equals] != '=' || tag > tag_max) {
      return;
    }
    const std::size_t end = message.find(soh, equals + 1);
    if (end == std::string_view::npos) {
      return;
    }
    fields_.push_back({static_cast<std::uint32_t>(tag), message.substr(equals + 1, end - equals - 1)});
    at = end + 1;
  }
  complete_ = true;
}

std::optional<std::string_view> FieldList::find(std::uint32_t tag) const {
  const auto at = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.tag == tag; });
  return at == fields_.end() ? std::nullopt : std::optional(at->value);
}

void FieldWriter::text(std::uint32_t tag, std::string_view value) {
  constexpr std::size_t tag_chars_max = 11;  // with the sign of equality
  const std::size_t begin = out_.size();
  out_.resize(begin + tag_chars_max + value.size() + 1);
  char* at = write_unsigned(out_.data() + begin, tag);
  *at++ = '=';
  value.copy(at, value.size());
  at += value.size();
  *at++ = soh;
  out_.resize(static_cast<std::size_t>(at - out_.data()));
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
  std::array<char, utc_timestamp_chars> digits;
  write_utc_timestamp(digits.data(), value);
  text(tag, {digits.data(), digits.size()});
}

std::string checksum_text(std::string_view bytes) {
  std::array<char, 3> digits;
  put_padded(digits.data(), sum_of(bytes) % 256, digits.size());
  return {digits.data(), digits.size()};
}

std::string compose(const SessionNames& names, std::string_view msg_type, const HeaderInputs& header,
                    std::string_view body) {
  std::string message;
  compose_into(message, names, msg_type, header, body);
  return message;
}

void compose_into(std::string& out, const SessionNames& names, std::string_view msg_type, const HeaderInputs& header,
                  std::string_view body) {
  // BodyLength (9) counts everything behind it and before CheckSum: its field is put in when the header is made.
  const std::size_t begin = out.size();
  FieldWriter fields(out);
  fields.text(8, names.begin_string);
  const std::size_t counted_at = out.size();
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
  const std::size_t header_bytes = out.size() - counted_at;
  std::array<char, 32> length_field{};
  length_field[0] = '9';
  length_field[1] = '=';
  char* const length_end = write_unsigned(length_field.data() + 2, header_bytes + body.size());
  *length_end = soh;
  const auto length_size = static_cast<std::size_t>(length_end + 1 - length_field.data());
  out.insert(counted_at, length_field.data(), length_size);
  out += body;
  const std::string check = checksum_text(std::string_view(out).substr(begin));
  FieldWriter(out).text(10, check);
}

}  // namespace cantus::fix
