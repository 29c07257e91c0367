#include "eventlog/layout.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/crc32c.h"

namespace cantus::eventlog {
namespace {

constexpr std::uint64_t segment_magic = 0x3120746e656d6773;  // "sgment 1"
constexpr std::uint64_t mark_magic = 0x31206b72616d7463;     // "ctmark 1"
constexpr const char* name_prefix = "segment-";

template <class Checked>
std::uint32_t crc_of(Checked value) {
  value.crc = 0;
  return crc32c(payload_of(value));
}

// A number that fills `text`, decimal.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

SegmentHeader segment_header(LogIdentity identity, std::uint64_t number, std::uint32_t opening, std::uint64_t bytes) {
  SegmentHeader header;
  header.magic = segment_magic;
  header.venue = identity.venue;
  header.number = number;
  header.bytes = bytes;
  header.log = identity.log;
  header.opening = opening;
  header.format = layout_format;
  header.crc = crc_of(header);
  return header;
}

std::string segment_fault(std::span<const std::byte> bytes, LogIdentity identity, std::uint64_t number,
                          std::uint32_t opening) {
  SegmentHeader header;
  if (bytes.size() < segment_data_begin + end_marker_bytes) {
    return "shorter than a segment";
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != segment_magic || header.crc != crc_of(header)) {
    return "not a segment, or its header is damaged";
  }
  if (header.format != layout_format) {
    return "a segment of format " + std::to_string(header.format) + ", which this build does not know";
  }
  if (header.venue != identity.venue || header.log != identity.log) {
    return "a segment of another log";
  }
  if (header.number != number || header.opening != opening) {
    return "another segment than its name says";
  }
  if (header.bytes < bytes.size()) {
    return "its length is " + std::to_string(bytes.size()) + ", not " + std::to_string(header.bytes);
  }
  return {};
}

StoredMark stored_mark(LogIdentity identity, Seq synced) {
  StoredMark mark;
  mark.magic = mark_magic;
  mark.venue = identity.venue;
  mark.synced = synced;
  mark.log = identity.log;
  mark.crc = crc_of(mark);
  return mark;
}

Seq mark_from(std::span<const std::byte> bytes, LogIdentity identity) {
  StoredMark mark;
  if (bytes.size() != sizeof(mark)) {
    return Seq(0);
  }
  std::memcpy(&mark, bytes.data(), sizeof(mark));
  const bool good =
      mark.magic == mark_magic && mark.crc == crc_of(mark) && mark.venue == identity.venue && mark.log == identity.log;
  return good ? mark.synced : Seq(0);
}

bool control_is_valid(std::span<const std::byte> bytes, const std::string& boot_id) {
  if (bytes.size() != control_page_bytes) {
    return false;
  }
  const auto& page = *reinterpret_cast<const ControlPage*>(bytes.data());
  return page.magic == control_magic && page.format == layout_format && page.boot_id.view() == boot_id;
}

std::string segment_name(std::uint64_t number, std::uint32_t opening) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s%010llu-%04u", name_prefix, static_cast<unsigned long long>(number),
                opening);
  return text.data();
}

std::optional<SegmentName> parse_segment_name(const std::string& name) {
  const std::string_view prefix(name_prefix);
  const std::size_t dash = name.rfind('-');
  if (name.rfind(prefix, 0) != 0 || dash < prefix.size()) {
    return std::nullopt;
  }
  SegmentName parsed;
  const std::string_view view(name);
  if (!read_number(view.substr(prefix.size(), dash - prefix.size()), parsed.number) ||
      !read_number(view.substr(dash + 1), parsed.opening) || segment_name(parsed.number, parsed.opening) != name) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace cantus::eventlog
