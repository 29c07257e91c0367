// The message table as data: what printing, validation, digests, documentation and samples are derived from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/money.h"
#include "messages/messages.h"

namespace cantus {

enum class Unit : std::uint8_t {
#define UNIT(name, doc) name,
#include "messages/units.def"
#undef UNIT
};
[[nodiscard]] std::string_view name_of(Unit unit);
[[nodiscard]] std::string_view doc_of(Unit unit);

// How the bytes of a field are to be read.
enum class FieldKind : std::uint8_t {
  unsigned_number,  // 1, 2, 4 or 8 bytes
  signed_number,    // likewise
  wide_id,          // 8 random bytes, more than a reader of JSON can hold: printed as 16 hexadecimal digits
  notional,         // 16 bytes, signed
  enumeration,      // 1 byte
  text,             // FixedString
  bytes,            // FixedBytes
  reserved,         // Reserved
  part,             // a struct of its own
};

struct EnumValueInfo {
  std::string_view name;  // as printed
  std::uint8_t number = 0;
};
struct EnumInfo {
  std::string_view name;
  std::string_view doc;
  std::span<const EnumValueInfo> values;  // in the order of the table

  // Empty for a number that is none of them.
  [[nodiscard]] std::string_view name_of(std::uint8_t number) const;
};

struct StructInfo;

struct FieldInfo {
  std::string_view name;
  std::string_view doc;
  FieldKind kind{};
  Unit unit{};
  std::uint32_t offset = 0;  // from the begin of the struct it stands in, bytes
  std::uint32_t size = 0;    // bytes
  // Least and greatest value, both allowed; of a text its length. Without meaning for bytes, enumerations and parts.
  Int128 min = 0;
  Int128 max = 0;
  const EnumInfo* enumeration = nullptr;
  const StructInfo* part = nullptr;

  // Type as documents name it: u32, i64, text[16], bytes[32], zero[4], or the name of the enumeration or part.
  [[nodiscard]] std::string type_name() const;
};

struct StructInfo {
  std::string_view name;
  std::string_view doc;
  std::uint32_t size = 0;
  std::span<const FieldInfo> fields;  // in the order of their bytes, without gaps
};

struct MessageInfo {
  MessageType type;
  std::uint8_t version = 0;
  TopicId topic;
  StructInfo layout;
};

[[nodiscard]] std::span<const MessageInfo> all_messages();  // in the order of the table
[[nodiscard]] std::span<const StructInfo* const> all_parts();
[[nodiscard]] std::span<const EnumInfo* const> all_enums();
[[nodiscard]] std::span<const Unit> all_units();
// Null if the table has no such type and version.
[[nodiscard]] const MessageInfo* describe(MessageType type, std::uint8_t version);
// The message with this name ("NewOrder"), or null; each version has a name of its own.
[[nodiscard]] const MessageInfo* message_named(std::string_view name);

// Value of a numeric, notional or enumeration field whose bytes these are (exactly the field's size).
[[nodiscard]] Int128 number_at(const FieldInfo& field, std::span<const std::byte> bytes);

// Digest of one layout: number, version, topic, and of each field, parts unfolded, its name, kind, unit, place, size
// and range, and the values of its enumeration. So where two builds disagree on what is well formed, the log's
// announcement tells (messages/formats.h). Documentation does not count: it may become better without a new version.
[[nodiscard]] Digest layout_digest(const MessageInfo& message);
// Digest of the whole table: all layouts and enumerations.
[[nodiscard]] Digest table_digest();

}  // namespace cantus
