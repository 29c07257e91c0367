#include "runtime/host/evidence.h"

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "messages/json.h"

namespace cantus::host {
namespace {

using nlohmann::json;

std::string hexadecimal(std::span<const std::byte> bytes) {
  static constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

json described(const Event& event) {
  return {{"record", json::parse(to_json(event))}, {"payload", hexadecimal(event.bytes())}};
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

}  // namespace

Result<std::filesystem::path> write_evidence(const std::filesystem::path& folder, const Evidence& evidence) {
  json content{{"participant", evidence.participant},
               {"build", evidence.build},
               {"what", evidence.what},
               {"position", evidence.on_log.header->seq.get()},
               {"applied", evidence.applied.get()},
               {"on_log", described(evidence.on_log)},
               {"ours", nullptr},
               {"digest", nullptr}};
  if (evidence.ours) {
    content["ours"] = described(*evidence.ours, evidence.on_log);
  }
  if (evidence.digest) {
    content["digest"] = to_text(*evidence.digest);
  }
  const std::filesystem::path path =
      folder / (evidence.participant + "-" + std::to_string(evidence.on_log.header->seq.get()) + ".json");
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  std::ofstream file(path, std::ios::trunc);
  file << content.dump(2) << '\n';
  file.close();
  if (!file) {
    return Error{ErrorCode::failed, "write " + path.string()};
  }
  return path;
}

}  // namespace cantus::host
