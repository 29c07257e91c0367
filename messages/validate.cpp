#include "messages/validate.h"

#include <algorithm>

#include "base/text.h"

namespace cantus {
namespace {

constexpr std::byte fix_delimiter{1};

// What is wrong with a number's bytes; empty if nothing.
std::string number_fault(const FieldInfo& field, std::span<const std::byte> bytes) {
  const Int128 value = number_at(field, bytes);
  std::string fault;
  if (value < field.min || value > field.max) {
    append_number(fault, value);
    fault += value < field.min ? " is below " : " is above ";
    append_number(fault, value < field.min ? field.min : field.max);
  }
  return fault;
}

std::string text_fault(const FieldInfo& field, std::span<const std::byte> bytes) {
  const auto end = std::ranges::find(bytes, std::byte{0});
  const auto length = static_cast<Int128>(end - bytes.begin());
  if (std::any_of(end, bytes.end(), [](std::byte byte) { return byte != std::byte{0}; })) {
    return "bytes behind the end of the text are not zero";
  }
  if (length < field.min || length > field.max) {
    std::string fault = "a text of ";
    append_number(fault, length);
    fault += length < field.min ? " bytes is shorter than " : " bytes is longer than ";
    append_number(fault, length < field.min ? field.min : field.max);
    return fault;
  }
  // A text is rendered into FIX as it is.
  return std::ranges::find(bytes, fix_delimiter) == bytes.end() ? "" : "a text holds the FIX delimiter";
}

// What is wrong with a field that does not fit, in words.
std::string field_fault(const FieldInfo& field, std::span<const std::byte> bytes) {
  switch (field.kind) {
    case FieldKind::unsigned_number:
    case FieldKind::signed_number:
    case FieldKind::wide_id:
    case FieldKind::notional:
      return number_fault(field, bytes);
    case FieldKind::enumeration: {
      const auto number = std::to_integer<std::uint8_t>(bytes.front());
      std::string fault;
      if (field.enumeration->name_of(number).empty()) {
        append_number(fault, number);
        fault += " is no value of ";
        fault += field.enumeration->name;
      }
      return fault;
    }
    case FieldKind::text:
      return text_fault(field, bytes);
    case FieldKind::reserved:
      return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; })
                 ? ""
                 : "reserved bytes are not zero";
    case FieldKind::bytes:
    case FieldKind::part:
      return {};
  }
  return {};
}

// field_fault would say nothing.
bool field_fits(const FieldInfo& field, std::span<const std::byte> bytes) {
  switch (field.kind) {
    case FieldKind::unsigned_number:
    case FieldKind::signed_number:
    case FieldKind::wide_id:
    case FieldKind::notional: {
      const Int128 value = number_at(field, bytes);
      return value >= field.min && value <= field.max;
    }
    case FieldKind::enumeration:
      return !field.enumeration->name_of(std::to_integer<std::uint8_t>(bytes.front())).empty();
    case FieldKind::text: {
      const auto end = std::ranges::find(bytes, std::byte{0});
      const auto length = static_cast<Int128>(end - bytes.begin());
      return length >= field.min && length <= field.max &&
             std::all_of(end, bytes.end(), [](std::byte byte) { return byte == std::byte{0}; }) &&
             std::ranges::find(bytes, fix_delimiter) == bytes.end();
    }
    case FieldKind::reserved:
      return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
    case FieldKind::bytes:
    case FieldKind::part:
      return true;
  }
  return true;
}

bool struct_fits(const StructInfo& layout, std::span<const std::byte> bytes) {
  return std::ranges::all_of(layout.fields, [bytes](const FieldInfo& field) {
    const auto part = bytes.subspan(field.offset, field.size);
    return field.kind == FieldKind::part ? struct_fits(*field.part, part) : field_fits(field, part);
  });
}

// The first fault below `layout`, with the path to it behind `path`.
std::string struct_fault(const StructInfo& layout, std::span<const std::byte> bytes, const std::string& path) {
  for (const FieldInfo& field : layout.fields) {
    const auto part = bytes.subspan(field.offset, field.size);
    std::string name = path + "." + std::string(field.name);
    if (field.kind == FieldKind::part) {
      std::string fault = struct_fault(*field.part, part, name);
      if (!fault.empty()) {
        return fault;
      }
    } else if (!field_fits(field, part)) {
      return name + ": " + field_fault(field, part);
    }
  }
  return {};
}

}  // namespace

bool is_well_formed(MessageType type, std::uint8_t version, std::span<const std::byte> payload) {
  const MessageInfo* const message = describe(type, version);
  return message != nullptr && payload.size() == message->layout.size && struct_fits(message->layout, payload);
}

std::optional<std::string> validate(MessageType type, std::uint8_t version, std::span<const std::byte> payload) {
  const MessageInfo* const message = describe(type, version);
  std::string fault;
  if (message == nullptr) {
    fault = "no message has type ";
    append_number(fault, type.get());
    fault += " and version ";
    append_number(fault, version);
    return fault;
  }
  if (payload.size() != message->layout.size) {
    fault = std::string(message->layout.name) + ": the payload has ";
    append_number(fault, static_cast<Int128>(payload.size()));
    fault += " bytes, not ";
    append_number(fault, message->layout.size);
    return fault;
  }
  fault = struct_fault(message->layout, payload, std::string(message->layout.name));
  return fault.empty() ? std::nullopt : std::optional(std::move(fault));
}

}  // namespace cantus
