#include "messages/json.h"

#include <algorithm>

#include "base/assert.h"
#include "base/civil_time.h"
#include "base/text.h"
#include "messages/topics.h"

namespace cantus {
namespace {

constexpr std::string_view masked = "\"***\"";

void append_quoted_hex(std::string& out, std::span<const std::byte> bytes) {
  out += '"';
  append_hex(out, bytes);
  out += '"';
}

void append_time(std::string& out, TimeNs time) {
  out += '"';
  append_utc(out, time);
  out += '"';
}

void append_position(std::string& out, LogSeq position) {
  if (position.is_zero()) {
    out += "null";
    return;
  }
  out += '"';
  out += to_text(position);
  out += '"';
}

void append_value(std::string& out, const FieldInfo& field, Int128 value) {
  switch (field.unit) {
    case Unit::price:
    case Unit::notional:
      out += '"';
      out += to_text(Notional(value));
      out += '"';
      return;
    case Unit::utc_ns:
      return append_time(out, TimeNs(static_cast<std::int64_t>(value)));
    case Unit::log_seq:
      return append_position(out, LogSeq::from_raw(static_cast<std::uint64_t>(value)));
    case Unit::fix_char: {
      const char character = static_cast<char>(value);
      return append_json_string(out, {&character, character == '\0' ? std::size_t{0} : std::size_t{1}});
    }
    case Unit::flag:
      if (value == 0 || value == 1) {
        out += value == 1 ? "true" : "false";
        return;
      }
      break;
    default:
      break;
  }
  append_number(out, value);
}

void append_field(std::string& out, const FieldInfo& field, std::span<const std::byte> bytes) {
  if (field.unit == Unit::secret) {
    out += masked;
    return;
  }
  switch (field.kind) {
    case FieldKind::unsigned_number:
    case FieldKind::signed_number:
    case FieldKind::notional:
      return append_value(out, field, number_at(field, bytes));
    case FieldKind::wide_id:
      out += '"';
      append_hex(out, static_cast<std::uint64_t>(number_at(field, bytes)));
      out += '"';
      return;
    case FieldKind::enumeration: {
      const auto number = std::to_integer<std::uint8_t>(bytes.front());
      const std::string_view name = field.enumeration->name_of(number);
      return name.empty() ? append_number(out, number) : append_json_string(out, name);
    }
    case FieldKind::text: {
      const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return append_json_string(out, text.substr(0, text.find('\0')));
    }
    case FieldKind::bytes:
    case FieldKind::reserved:
      return append_quoted_hex(out, bytes);
    case FieldKind::part:
      return append_json(out, *field.part, bytes);
  }
}

// ,"name":
void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') {
    out += ',';
  }
  append_json_string(out, name);
  out += ':';
}

template <class Number>
void append_member(std::string& out, std::string_view name, Number value) {
  append_name(out, name);
  append_number(out, static_cast<Int128>(value));
}

void append_topic(std::string& out, TopicId topic) {
  const std::string_view path = topic::path_of(topic);
  if (path.empty()) {
    append_number(out, topic.get());
  } else {
    append_json_string(out, path);
  }
}

}  // namespace

void append_json(std::string& out, const StructInfo& layout, std::span<const std::byte> payload) {
  CANTUS_ASSERT(payload.size() == layout.size, "a layout prints bytes of its own size");
  out += '{';
  for (const FieldInfo& field : layout.fields) {
    const auto bytes = payload.subspan(field.offset, field.size);
    // Padding is seen only where it is not what it should be.
    if (field.kind == FieldKind::reserved &&
        std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; })) {
      continue;
    }
    append_name(out, field.name);
    append_field(out, field, bytes);
  }
  out += '}';
}

void append_json(std::string& out, const Event& event) {
  const RecordHeader& header = *event.header;
  const MessageInfo* message = describe(header.type, header.version);
  if (message != nullptr && message->layout.size != event.payload_size()) {
    message = nullptr;
  }
  out += '{';
  append_member(out, "seq", header.seq.get());
  append_name(out, "time");
  append_time(out, header.time);
  append_name(out, "type");
  if (message != nullptr) {
    append_json_string(out, message->layout.name);
  } else {
    append_number(out, header.type.get());
  }
  append_member(out, "version", header.version);
  append_name(out, "topic");
  append_topic(out, header.topic);
  append_member(out, "publisher", header.publisher.get());
  append_member(out, "publisher_seq", header.publisher_seq.get());
  append_member(out, "log", header.log.get());
  append_member(out, "term", header.term.get());
  append_member(out, "synced", header.synced.get());
  append_name(out, "venue");
  out += '"';
  append_hex(out, header.venue.get());
  out += '"';
  append_member(out, "length", header.length);
  append_member(out, "crc", header.crc);
  if (message != nullptr) {
    append_name(out, "body");
    append_json(out, message->layout, event.bytes());
  } else if (append_name(out, "payload"); header.topic == topic::secrets) {
    out += masked;  // what cannot be read cannot be masked field by field
  } else {
    append_quoted_hex(out, event.bytes());
  }
  out += '}';
}

std::string to_json(const Event& event) {
  std::string out;
  append_json(out, event);
  return out;
}

}  // namespace cantus
