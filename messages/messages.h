// The messages of messages/table.def as plain structs, and the list of their types.
//
// A payload in the log is exactly the bytes of its struct: fixed size, no padding, unused bytes zero, integers in the
// order of the machine (little-endian; asserted below).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/ed25519.h"
#include "base/fixed_string.h"
#include "base/money.h"
#include "base/types.h"
#include "messages/enums.h"
#include "messages/topics.h"

namespace cantus {

static_assert(std::endian::native == std::endian::little, "records are little-endian");

// Named padding: always zero.
template <std::size_t N>
struct Reserved {
  std::array<std::uint8_t, N> zero{};
  friend constexpr bool operator==(const Reserved&, const Reserved&) = default;
};

using MessageType = Strong<struct MessageTypeTag, std::uint16_t>;

#define STRUCT(Name, doc) struct Name {
#define MESSAGE(number, version_number, Name, topic_name, doc) \
  struct Name {                                                \
    static constexpr MessageType type{number};                 \
    static constexpr std::uint8_t version = version_number;    \
    static constexpr TopicId topic = topic::topic_name;
#define FIELD(Type, name, unit, min, max, doc) Type name{};
#define END_STRUCT(Name, size)                                                                        \
  friend constexpr bool operator==(const Name&, const Name&) = default;                               \
  }                                                                                                   \
  ;                                                                                                   \
  static_assert(sizeof(Name) == (size) && alignof(Name) <= 8, "layout of " #Name);                    \
  static_assert(std::is_trivially_copyable_v<Name> && std::has_unique_object_representations_v<Name>, \
                "every byte of " #Name " is named");
#define END_MESSAGE(Name, size) END_STRUCT(Name, size)
#include "messages/table.def"
#undef STRUCT
#undef MESSAGE
#undef FIELD
#undef END_STRUCT
#undef END_MESSAGE

// Messages are told apart by number and version; calls `f.template operator()<M>()` for every one, in the table's
// order.
template <class F>
constexpr void for_each_message(F&& f) {
#define STRUCT(Name, doc)
#define MESSAGE(number, version_number, Name, topic_name, doc) f.template operator()<Name>();
#define FIELD(Type, name, unit, min, max, doc)
#define END_STRUCT(Name, size)
#define END_MESSAGE(Name, size)
#include "messages/table.def"
#undef STRUCT
#undef MESSAGE
#undef FIELD
#undef END_STRUCT
#undef END_MESSAGE
}

}  // namespace cantus
