#include "runtime/host/evidence.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
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

// What stands in the file, or nothing.
std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
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

Result<std::filesystem::path> write_evidence(const std::filesystem::path& folder, const Evidence& evidence) {
  const std::string content = content_of(evidence).dump(2) + "\n";
  const std::string name = evidence.participant + "-" + std::to_string(evidence.on_log.header->seq.get());
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  std::filesystem::path path = folder / (name + ".json");
  for (int copy = 2; copy < copies_end && std::filesystem::exists(path, failure); ++copy) {
    if (content_of(path) == content) {
      return path;
    }
    path = folder / (name + "-" + std::to_string(copy) + ".json");
  }
  std::ofstream file(path, std::ios::trunc);
  file << content;
  file.close();
  if (!file) {
    std::filesystem::remove(path, failure);  // half of it is none
    return Error{ErrorCode::failed, "write " + path.string()};
  }
  return path;
}

}  // namespace cantus::host
