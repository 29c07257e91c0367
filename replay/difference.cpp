#include "replay/difference.h"

#include <algorithm>

#include "fix/message_text.h"
#include "messages/describe.h"
#include "messages/json.h"

namespace cantus::replay {
namespace {

std::string name_of(MessageType type, std::uint8_t version) {
  const MessageInfo* message = describe(type, version);
  if (message != nullptr) {
    return std::string(message->layout.name);
  }
  return "type " + std::to_string(type.get()) + " version " + std::to_string(version);
}

// {"price":"10"} of one field, printed as the log's JSON prints it.
std::string value_of(const FieldInfo& field, std::span<const std::byte> payload) {
  StructInfo alone;
  alone.size = static_cast<std::uint32_t>(payload.size());
  alone.fields = std::span(&field, 1);
  std::string json;
  append_json(json, alone, payload);
  const std::size_t colon = json.find(':');
  return colon == std::string::npos ? "(not printed)" : json.substr(colon + 1, json.size() - colon - 2);
}

struct Compared {
  std::span<const std::byte> on_log;
  std::span<const std::byte> wished;
};

std::string first_field(const StructInfo& layout, const Compared& compared, const std::string& whose,
                        const std::string& prefix) {
  for (const FieldInfo& field : layout.fields) {
    const auto a = compared.on_log.subspan(field.offset, field.size);
    const auto b = compared.wished.subspan(field.offset, field.size);
    if (std::ranges::equal(a, b)) {
      continue;
    }
    const std::string name = prefix + "." + std::string(field.name);
    return field.part != nullptr ? first_field(*field.part, {a, b}, whose, name)
                                 : name + ": on the log " + value_of(field, compared.on_log) + ", " + whose + " " +
                                       value_of(field, compared.wished);
  }
  return prefix;
}

}  // namespace

std::string text_of_difference(const Event& on_log, const std::optional<WishView>& wish, const std::string& whose) {
  const RecordHeader& header = *on_log.header;
  const std::string number = "number " + std::to_string(header.publisher_seq.get());
  const std::string logged = name_of(header.type, header.version);
  if (!wish || wish->number != header.publisher_seq) {
    return "the log holds " + logged + " as " + number + ", which replay does not wish for";
  }
  if (wish->type != header.type || wish->version != header.version || wish->topic != header.topic) {
    return number + ": on the log " + logged + ", " + whose + " " + name_of(wish->type, wish->version);
  }
  const MessageInfo* message = describe(header.type, header.version);
  const bool readable = message != nullptr && message->layout.size == on_log.payload_size() &&
                        message->layout.size == wish->payload.size();
  return number + ": " +
         (readable ? first_field(message->layout, {on_log.bytes(), wish->payload}, whose, logged)
                   : logged + " differs");
}

std::string text_of_difference(std::string_view sent, std::string_view recreated) {
  fix::FieldList a;
  fix::FieldList b;
  a.split(sent);
  b.split(recreated);
  const std::size_t count = std::max(a.fields().size(), b.fields().size());
  const auto text = [](const fix::FieldList& fields, std::size_t i) {
    return i < fields.fields().size()
               ? std::to_string(fields.fields()[i].tag) + "=" + std::string(fields.fields()[i].value)
               : std::string("nothing");
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (text(a, i) != text(b, i)) {
      return "field " + std::to_string(i + 1) + ": sent " + text(a, i) + ", re-created " + text(b, i);
    }
  }
  return "the same fields in other bytes";
}

}  // namespace cantus::replay
