#include "messages/describe.h"

#include <array>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/assert.h"
#include "base/text.h"

namespace cantus {
namespace {

// A trailing underscore keeps a name apart from a keyword of C++; it is not printed.
constexpr std::string_view printed(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

// ---- enumerations ------------------------------------------------------------------------------------------------

#define ENUM(Name, doc_text)                   \
  namespace enum_##Name {                      \
    constexpr std::string_view name = #Name;   \
    constexpr std::string_view doc = doc_text; \
    constexpr auto values = std::to_array<EnumValueInfo>({
#define VALUE(name, number) {printed(#name), number},
#define END_ENUM(Name)                        \
  });                                         \
  constexpr EnumInfo info{name, doc, values}; \
  }
#include "messages/enums.def"
#undef ENUM
#undef VALUE
#undef END_ENUM

template <class T>
constexpr const EnumInfo* enum_info = nullptr;

#define ENUM(Name, doc_text) \
  template <>                \
  constexpr const EnumInfo* enum_info<Name> = &enum_##Name::info;
#define VALUE(name, number)
#define END_ENUM(Name)
#include "messages/enums.def"
#undef ENUM

constexpr auto enums = std::to_array<const EnumInfo*>({
#define ENUM(Name, doc_text) &enum_##Name::info,
#include "messages/enums.def"
});
#undef ENUM
#undef VALUE
#undef END_ENUM

// ---- types of fields ---------------------------------------------------------------------------------------------

struct TypeInfo {
  FieldKind kind;
  Int128 min = 0;  // what the bytes can hold
  Int128 max = 0;
};

template <class Number>
constexpr TypeInfo number_type() {
  return {std::is_signed_v<Number> ? FieldKind::signed_number : FieldKind::unsigned_number,
          std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()};
}

template <class T>
struct TypeOf {
  static constexpr TypeInfo info = [] {
    if constexpr (std::is_enum_v<T>) {
      return TypeInfo{FieldKind::enumeration, 0, std::numeric_limits<std::uint8_t>::max()};
    } else if constexpr (std::is_integral_v<T>) {
      return number_type<T>();
    } else {
      return TypeInfo{FieldKind::part};
    }
  }();
};
template <class Tag, class Rep>
struct TypeOf<Strong<Tag, Rep>> {
  static constexpr TypeInfo info = number_type<Rep>();
};
template <>
struct TypeOf<VenueId> {
  static constexpr TypeInfo info{FieldKind::wide_id, 0, std::numeric_limits<std::uint64_t>::max()};
};
template <>
struct TypeOf<LogSeq> {
  static constexpr TypeInfo info = number_type<std::uint64_t>();
};
template <>
struct TypeOf<Notional> {
  static constexpr Int128 half = Int128{1} << 126;
  static constexpr TypeInfo info{FieldKind::notional, -half - half, half - 1 + half};
};
template <std::size_t N>
struct TypeOf<FixedString<N>> {
  static constexpr TypeInfo info{FieldKind::text, 0, N};
};
template <std::size_t N>
struct TypeOf<FixedBytes<N>> {
  static constexpr TypeInfo info{FieldKind::bytes};
};
template <std::size_t N>
struct TypeOf<Reserved<N>> {
  static constexpr TypeInfo info{FieldKind::reserved};
};

template <class T>
constexpr const StructInfo* part_info = nullptr;

// A maximum of 0 beside a minimum that is not negative means that only the type bounds the value.
template <class T>
consteval FieldInfo field_info(std::string_view name, std::size_t offset, Unit unit, Int128 min, Int128 max,
                               std::string_view doc) {
  constexpr TypeInfo type = TypeOf<T>::info;
  FieldInfo field;
  field.name = name;
  field.doc = doc;
  field.kind = type.kind;
  field.unit = unit;
  field.offset = static_cast<std::uint32_t>(offset);
  field.size = sizeof(T);
  const bool open = max == 0 && min >= 0;
  field.min = open && min == 0 ? type.min : min;
  field.max = open ? type.max : max;
  field.enumeration = enum_info<T>;
  field.part = part_info<T>;
  if (field.min < type.min || field.max > type.max || field.min > field.max) {
    throw "the range of a field lies within its type";
  }
  if ((field.kind == FieldKind::part) != (unit == Unit::part) ||
      (field.kind == FieldKind::enumeration) != (unit == Unit::enumeration) ||
      (field.kind == FieldKind::reserved) != (unit == Unit::zero) ||
      (field.kind == FieldKind::text) != (unit == Unit::text) ||
      (field.kind == FieldKind::notional) != (unit == Unit::notional)) {
    throw "the unit of a field fits its type";
  }
  return field;
}

// ---- the table ---------------------------------------------------------------------------------------------------

#define STRUCT(Name, doc_text)                 \
  namespace layout_##Name {                    \
    using Struct = Name;                       \
    constexpr std::string_view doc = doc_text; \
    constexpr auto fields = std::to_array<FieldInfo>({
#define MESSAGE(number, version_number, Name, topic_name, doc_text) STRUCT(Name, doc_text)
#define FIELD(Type, name, unit, min, max, doc_text) \
  field_info<Type>(#name, offsetof(Struct, name), Unit::unit, min, max, doc_text),
#define END_MESSAGE(Name, size)                                \
  });                                                          \
  constexpr StructInfo info{#Name, doc, sizeof(Name), fields}; \
  }
#define END_STRUCT(Name, size) \
  END_MESSAGE(Name, size)      \
  template <>                  \
  constexpr const StructInfo* part_info<Name> = &layout_##Name::info;
#include "messages/table.def"
#undef STRUCT
#undef MESSAGE
#undef FIELD
#undef END_STRUCT
#undef END_MESSAGE

#define FIELD(Type, name, unit, min, max, doc_text)
#define END_STRUCT(Name, size)
#define END_MESSAGE(Name, size)
constexpr auto messages = std::to_array<MessageInfo>({
#define STRUCT(Name, doc_text)
#define MESSAGE(number, version_number, Name, topic_name, doc_text) \
  {MessageType(number), version_number, topic::topic_name, layout_##Name::info},
#include "messages/table.def"
});
#undef STRUCT
#undef MESSAGE
constexpr auto parts = std::to_array<const StructInfo*>({
#define STRUCT(Name, doc_text) &layout_##Name::info,
#define MESSAGE(number, version_number, Name, topic_name, doc_text)
#include "messages/table.def"
});
#undef STRUCT
#undef MESSAGE
#undef FIELD
#undef END_STRUCT
#undef END_MESSAGE

constexpr bool every_pair_is_used_once() {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    for (std::size_t k = i + 1; k < messages.size(); ++k) {
      if (messages[i].type == messages[k].type && messages[i].version == messages[k].version) {
        return false;
      }
    }
  }
  return true;
}
static_assert(every_pair_is_used_once(), "a (number, version) of messages/table.def stands for one layout");

constexpr bool fields_lie_without_gaps(const StructInfo& layout) {
  std::uint32_t end = 0;
  for (const FieldInfo& field : layout.fields) {
    if (field.offset != end) {
      return false;
    }
    end += field.size;
  }
  return end == layout.size;
}
static_assert(
    [] {
      for (const MessageInfo& message : messages) {
        if (!fields_lie_without_gaps(message.layout)) {
          return false;
        }
      }
      for (const StructInfo* part : parts) {
        if (!fields_lie_without_gaps(*part)) {
          return false;
        }
      }
      return true;
    }(),
    "every byte of a record belongs to a named field");

struct UnitInfo {
  Unit unit;
  std::string_view name;
  std::string_view doc;
};
constexpr auto unit_table = std::to_array<UnitInfo>({
#define UNIT(name, doc) {Unit::name, #name, doc},
#include "messages/units.def"
#undef UNIT
});
constexpr auto units = std::to_array<Unit>({
#define UNIT(name, doc) Unit::name,
#include "messages/units.def"
#undef UNIT
});

DigestBuilder& add_text(DigestBuilder& digest, std::string_view text) {
  return digest.add_bytes(std::as_bytes(std::span(text)));
}

DigestBuilder& add_wide(DigestBuilder& digest, Int128 value) {
  return digest.add(static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) >> 64U))
      .add(static_cast<std::uint64_t>(value));
}

void digest_fields(DigestBuilder& digest, const StructInfo& layout, std::uint32_t base) {
  for (const FieldInfo& field : layout.fields) {
    add_text(digest, field.name);
    digest.add(base + field.offset).add(field.size).add(static_cast<std::uint8_t>(field.kind));
    add_text(digest, name_of(field.unit));
    add_wide(add_wide(digest, field.min), field.max);
    if (field.enumeration != nullptr) {
      add_text(digest, field.enumeration->name);
      for (const EnumValueInfo& value : field.enumeration->values) {
        add_text(digest.add(value.number), value.name);
      }
    }
    if (field.part != nullptr) {
      digest_fields(digest, *field.part, base + field.offset);
    }
  }
}

}  // namespace

std::string_view EnumInfo::name_of(std::uint8_t number) const {
  for (const EnumValueInfo& value : values) {
    if (value.number == number) {
      return value.name;
    }
  }
  return {};
}

std::string FieldInfo::type_name() const {
  const auto with_size = [this](std::string text, std::uint32_t scale, std::string_view end) {
    append_number(text, size * scale);
    return text.append(end);
  };
  switch (kind) {
    case FieldKind::unsigned_number:
    case FieldKind::wide_id:
      return with_size("u", 8, "");
    case FieldKind::signed_number:
    case FieldKind::notional:
      return with_size("i", 8, "");
    case FieldKind::text:
      return with_size("text[", 1, "]");
    case FieldKind::bytes:
      return with_size("bytes[", 1, "]");
    case FieldKind::reserved:
      return with_size("zero[", 1, "]");
    case FieldKind::enumeration:
      return std::string(enumeration->name);
    case FieldKind::part:
      return std::string(part->name);
  }
  return {};
}

std::string_view name_of(Unit unit) { return unit_table[static_cast<std::size_t>(unit)].name; }
std::string_view doc_of(Unit unit) { return unit_table[static_cast<std::size_t>(unit)].doc; }

std::span<const MessageInfo> all_messages() { return messages; }
std::span<const StructInfo* const> all_parts() { return parts; }
std::span<const EnumInfo* const> all_enums() { return enums; }
std::span<const Unit> all_units() { return units; }

const MessageInfo* describe(MessageType type, std::uint8_t version) {
  for (const MessageInfo& message : messages) {
    if (message.type == type && message.version == version) {
      return &message;
    }
  }
  return nullptr;
}

const MessageInfo* message_named(std::string_view name) {
  for (const MessageInfo& message : messages) {
    if (message.layout.name == name) {
      return &message;
    }
  }
  return nullptr;
}

Int128 number_at(const FieldInfo& field, std::span<const std::byte> bytes) {
  CANTUS_ASSERT(bytes.size() == field.size && bytes.size() <= sizeof(Int128), "a number is read from its own bytes");
  Uint128 value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  if (field.kind == FieldKind::signed_number) {
    const unsigned unused = 128 - 8 * field.size;
    return static_cast<Int128>(value << unused) >> unused;
  }
  return static_cast<Int128>(value);
}

Digest layout_digest(const MessageInfo& message) {
  DigestBuilder digest;
  digest.add(message.type).add(message.version).add(message.topic).add(message.layout.size);
  add_text(digest, message.layout.name);
  digest_fields(digest, message.layout, 0);
  return digest.digest();
}

Digest table_digest() {
  DigestBuilder digest;
  for (const MessageInfo& message : messages) {
    digest.add(layout_digest(message));
  }
  for (const EnumInfo* info : enums) {
    add_text(digest, info->name);
    for (const EnumValueInfo& value : info->values) {
      add_text(digest, value.name).add(value.number);
    }
  }
  return digest.digest();
}

}  // namespace cantus
