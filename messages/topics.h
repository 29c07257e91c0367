// Topics by name, and sets of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/types.h"

namespace cantus::topic {

#define TOPIC(id, name, path, access, doc) inline constexpr TopicId name{id};
#include "messages/topics.def"
#undef TOPIC

// "venue/orders"; empty for an unknown id.
[[nodiscard]] std::string_view path_of(TopicId topic);
[[nodiscard]] std::optional<TopicId> by_path(std::string_view path);
[[nodiscard]] bool is_published(TopicId topic);

}  // namespace cantus::topic

namespace cantus {

// A set of topics, one bit each.
class TopicSet {
 public:
  constexpr TopicSet() = default;
  constexpr explicit TopicSet(std::uint64_t bits) : bits_(bits) {}
  template <class... Topics>
  [[nodiscard]] static constexpr TopicSet of(Topics... topics) {
    return TopicSet(((std::uint64_t{1} << topics.get()) | ... | 0));
  }
  [[nodiscard]] static constexpr TopicSet all() { return TopicSet(~std::uint64_t{0}); }

  [[nodiscard]] constexpr bool contains(TopicId topic) const {
    return topic.get() < 64 && ((bits_ >> topic.get()) & 1) != 0;
  }
  [[nodiscard]] constexpr bool intersects(TopicSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr void add(TopicId topic) { bits_ |= std::uint64_t{1} << topic.get(); }
  constexpr void remove(TopicId topic) { bits_ &= ~(std::uint64_t{1} << topic.get()); }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr bool operator==(TopicSet, TopicSet) = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace cantus
