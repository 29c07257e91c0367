#include "messages/topics.h"

namespace cantus::topic {

std::string_view path_of(TopicId topic) {
  switch (topic.get()) {
#define TOPIC(id, name, path, access, doc) \
  case id:                                 \
    return path;
#include "messages/topics.def"
#undef TOPIC
    default:
      return {};
  }
}

std::optional<TopicId> by_path(std::string_view path) {
#define TOPIC(id, name, text, access, doc) \
  if (path == (text)) {                    \
    return name;                           \
  }
#include "messages/topics.def"
#undef TOPIC
  return std::nullopt;
}

bool is_published(TopicId topic) {
  constexpr bool internal = false;
  constexpr bool published = true;
  switch (topic.get()) {
#define TOPIC(id, name, path, access, doc) \
  case id:                                 \
    return access;
#include "messages/topics.def"
#undef TOPIC
    default:
      return internal && published;
  }
}

}  // namespace cantus::topic
