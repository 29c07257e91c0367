// The enumerations of messages/enums.def as types, with their names and a validity test.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cantus {

#define ENUM(Name, doc) enum class Name : std::uint8_t {
#define VALUE(name, number) name = number,
#define END_ENUM(Name) \
  }                    \
  ;
#include "messages/enums.def"
#undef ENUM
#undef VALUE
#undef END_ENUM

// The name of a value as it is printed ("immediate_or_cancel"; a trailing underscore is dropped); empty if the number
// is none of the enumeration's.
#define ENUM(Name, doc) [[nodiscard]] std::string_view name_of(Name value);
#define VALUE(name, number)
#define END_ENUM(Name)
#include "messages/enums.def"
#undef ENUM
#undef VALUE
#undef END_ENUM

template <class E>
[[nodiscard]] bool is_valid(E value) {
  return !name_of(value).empty();
}

// The value with this number, or nothing: for bytes as a client sent them.
template <class E>
[[nodiscard]] std::optional<E> enum_from(std::uint8_t number) {
  const auto value = static_cast<E>(number);
  return is_valid(value) ? std::optional<E>(value) : std::nullopt;
}

}  // namespace cantus
