#include "fix/framing.h"

#include <algorithm>

#include "fix/message_text.h"

namespace cantus::fix {

namespace {

constexpr std::string_view start = "8=FIX";
constexpr std::size_t begin_string_max = 16;  // of the value of BeginString (8)
constexpr std::size_t length_digits_max = 7;  // of the value of BodyLength (9)
constexpr std::size_t trailer_bytes = 7;      // "10=nnn|"

// What the bytes at the front are.
struct Piece {
  enum class Kind { incomplete, message, garbled, too_long } kind = Kind::incomplete;
  std::size_t bytes = 0;  // length of the message, or how much to skip
};

Piece incomplete() { return {}; }
// Skips the first byte at least, and everything before the next start behind it.
Piece garbled(std::string_view bytes) {
  const std::size_t next = bytes.find(start, 1);
  if (next != std::string_view::npos) {
    return {Piece::Kind::garbled, next};
  }
  // The end may be the beginning of a start that has not come yet.
  std::size_t keep = std::min(bytes.size() - 1, start.size() - 1);
  while (keep > 0 && bytes.substr(bytes.size() - keep) != start.substr(0, keep)) {
    --keep;
  }
  return {Piece::Kind::garbled, bytes.size() - keep};
}

// Both fields that give the length, and where the body begins.
struct Prefix {
  enum class Kind { incomplete, good, garbled } kind = Kind::incomplete;
  std::size_t body = 0;
  std::size_t body_length = 0;
};

Prefix read_prefix(std::string_view bytes) {
  const std::size_t begin_end = bytes.substr(0, 2 + begin_string_max + 1).find(soh);
  if (begin_end == std::string_view::npos) {
    return {bytes.size() > 2 + begin_string_max ? Prefix::Kind::garbled : Prefix::Kind::incomplete, 0, 0};
  }
  const std::string_view rest = bytes.substr(begin_end + 1);
  constexpr std::string_view length_tag = "9=";
  if (rest.substr(0, length_tag.size()) != length_tag.substr(0, rest.size())) {
    return {Prefix::Kind::garbled, 0, 0};
  }
  const std::size_t length_end = rest.substr(0, length_tag.size() + length_digits_max + 1).find(soh);
  if (length_end == std::string_view::npos) {
    return {rest.size() > length_tag.size() + length_digits_max ? Prefix::Kind::garbled : Prefix::Kind::incomplete, 0,
            0};
  }
  const auto length = parse_digits(rest.substr(length_tag.size(), length_end - length_tag.size()), 9'999'999);
  if (!length) {
    return {Prefix::Kind::garbled, 0, 0};
  }
  return {Prefix::Kind::good, begin_end + 1 + length_end + 1, static_cast<std::size_t>(*length)};
}

Piece judge(std::string_view bytes, std::size_t message_bytes_max) {
  if (bytes.substr(0, start.size()) != start.substr(0, bytes.size())) {
    return garbled(bytes);
  }
  const Prefix prefix = read_prefix(bytes);
  if (prefix.kind != Prefix::Kind::good) {
    return prefix.kind == Prefix::Kind::garbled ? garbled(bytes) : incomplete();
  }
  const std::size_t whole = prefix.body + prefix.body_length + trailer_bytes;
  if (whole > message_bytes_max) {
    return {Piece::Kind::too_long, 0};
  }
  constexpr std::string_view type_tag = "35=";
  const std::string_view body = bytes.substr(prefix.body);
  if (body.substr(0, type_tag.size()) != type_tag.substr(0, body.size())) {
    return garbled(bytes);
  }
  if (bytes.size() < whole) {
    return incomplete();
  }
  const std::string_view counted = bytes.substr(0, prefix.body + prefix.body_length);
  const std::string_view trailer = bytes.substr(counted.size(), trailer_bytes);
  const bool good = prefix.body_length > type_tag.size() && counted.back() == soh && trailer.substr(0, 3) == "10=" &&
                    trailer.back() == soh && trailer.substr(3, 3) == checksum_text(counted);
  return good ? Piece{Piece::Kind::message, whole} : garbled(bytes);
}

}  // namespace

std::size_t Framer::room() const {
  return broken_ || buffered() >= limits_.buffer_bytes_max ? 0 : limits_.buffer_bytes_max - buffered();
}

void Framer::add(std::span<const std::byte> bytes) {
  if (broken_) {
    return;
  }
  if (bytes.size() > room()) {
    break_off("more bytes than the buffer takes");
    return;
  }
  compact();
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::optional<std::string_view> Framer::next() {
  while (!broken_ && begin_ < buffer_.size()) {
    const std::string_view bytes = std::string_view(buffer_).substr(begin_);
    const Piece piece = judge(bytes, limits_.message_bytes_max);
    switch (piece.kind) {
      case Piece::Kind::incomplete:
        return std::nullopt;
      case Piece::Kind::message:
        begin_ += piece.bytes;
        garbled_in_a_row_ = 0;
        return bytes.substr(0, piece.bytes);
      case Piece::Kind::garbled:
        skip_garbage(piece.bytes);
        break;
      case Piece::Kind::too_long:
        break_off("a message longer than the limit");
        break;
    }
  }
  return std::nullopt;
}

void Framer::skip_garbage(std::size_t bytes) {
  begin_ += bytes;
  ++garbled_total_;
  if (++garbled_in_a_row_ > limits_.garbled_max) {
    break_off("nothing but garbled messages");
  }
}

void Framer::break_off(std::string_view why) {
  broken_ = true;
  why_ = why;
  buffer_.clear();
  begin_ = 0;
}

// Moves what is left to the front when what was handed out outweighs it, so that a byte is moved at most once on the
// average.
void Framer::compact() {
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  } else if (begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
}

}  // namespace cantus::fix
