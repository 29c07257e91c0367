#include "runtime/host/evidence.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "base/text.h"
#include "messages/json.h"

namespace cantus::host {
namespace {

using nlohmann::json;

constexpr int copies_end = 100;  // files of one participant about one position

json described(const Event& event) {
  return {{"record", json::parse(to_json(event))}, {"payload", to_hex(event.bytes())}};
}

// A wish as the record that it would have become in the place of the other.
json described(const WishView& wish, const Event& in_place_of) {
  RecordHeader header = *in_place_of.header;
  header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + wish.payload.size());
  header.type = wish.type;
  header.version = wish.version;
  header.topic = wish.topic;
  header.publisher_seq = wish.number;
  header.crc = checksum_of(header, wish.payload);
  std::vector<std::uint64_t> aligned(payload_bytes_max / sizeof(std::uint64_t) + 1);
  std::memcpy(aligned.data(), wish.payload.data(), wish.payload.size());
  return described(Event{&header, reinterpret_cast<const std::byte*>(aligned.data())});
}

[[nodiscard]] bool holds(runtime::Files& files, const std::filesystem::path& path, const std::string& content) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, path);
  return bytes && std::ranges::equal(*bytes, std::as_bytes(std::span(content)));
}

json content_of(const Evidence& evidence) {
  json content{{"participant", evidence.participant},
               {"build", evidence.build},
               {"what", evidence.what},
               {"position", evidence.on_log.header->seq.get()},
               {"applied", evidence.applied.get()},
               {"on_log", described(evidence.on_log)},
               {"ours", nullptr},
               {"other", nullptr},
               {"other_place", nullptr},
               {"digest", nullptr}};
  if (evidence.ours) {
    content["ours"] = described(*evidence.ours, evidence.on_log);
  }
  if (evidence.other) {
    content["other"] = described(*evidence.other, evidence.on_log);
  }
  if (evidence.other_place) {
    content["other_place"] = evidence.other_place->get();
  }
  if (evidence.digest) {
    content["digest"] = to_text(*evidence.digest);
  }
  return content;
}

}  // namespace

std::optional<WishView> other_wish(const PublisherSuspended& suspended, TopicId topic) {
  if (suspended.other_type == 0 || suspended.other_bytes > suspended.other.bytes.size()) {
    return std::nullopt;
  }
  return WishView{suspended.from, MessageType(suspended.other_type), suspended.other_version, topic,
                  std::span(suspended.other.bytes).first(suspended.other_bytes)};
}

Result<std::filesystem::path> write_evidence(runtime::Files& files, const std::filesystem::path& folder,
                                             const Evidence& evidence) {
  const std::string content = content_of(evidence).dump(2) + "\n";
  const std::string name = evidence.participant + "-" + std::to_string(evidence.on_log.header->seq.get());
  if (Status made = files.make_directories(folder); !made) {
    return std::move(made).error();
  }
  std::filesystem::path path = folder / (name + ".json");
  for (int copy = 2; copy < copies_end && files.exists(path); ++copy) {
    if (holds(files, path, content)) {
      return path;
    }
    path = folder / (name + "-" + std::to_string(copy) + ".json");
  }
  if (Status written = runtime::replace_file(files, path, std::as_bytes(std::span(content))); !written) {
    return std::move(written).error();
  }
  return path;
}

}  // namespace cantus::host
