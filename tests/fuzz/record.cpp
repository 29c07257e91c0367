// Bytes from a file or the network as records: judged, validated, printed, never trusted. Each input is read twice: as
// it is (most fail at their checksum), and as type, version, topic and payload of a record that is whole.
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "messages/json.h"
#include "messages/tools/sample.h"
#include "messages/validate.h"
#include "tests/fuzz/fuzz.h"

namespace cantus::fuzz {
namespace {

void play_record(const Event& event) {
  const std::string text = to_json(event);
  CANTUS_ASSERT(nlohmann::json::accept(text), "any record prints as JSON");
  const bool valid = !validate(event.header->type, event.header->version, event.bytes()).has_value();
  bool seen = false;
  const bool known = dispatch(event, [&](const auto& body) {
    seen = true;
    CANTUS_ASSERT(std::memcmp(&body, event.payload, sizeof(body)) == 0, "a body is its bytes");
  });
  CANTUS_ASSERT(known == seen, "a known message is handed over once");
  const MessageInfo* const message = describe(event.header->type, event.header->version);
  if (message != nullptr && message->topic == event.header->topic) {
    CANTUS_ASSERT(known || !valid, "what is valid has the size of its type");
  }
  std::vector<std::byte> again;
  build_record(again, *event.header, event.bytes());
  CANTUS_ASSERT(std::memcmp(again.data(), event.header, again.size()) == 0, "a record has one form");
}

}  // namespace

void play(std::span<const std::byte> input) {
  std::vector<std::uint64_t> words(input.size() / sizeof(std::uint64_t) + 1);
  if (!input.empty()) {
    std::memcpy(words.data(), input.data(), input.size());
  }
  std::span<const std::byte> rest = std::as_bytes(std::span(words)).first(input.size());
  Event event;
  while (read_record(rest, event) == RecordFault::none) {
    play_record(event);
    rest = rest.subspan(aligned_record(event.header->length));
  }

  RecordHeader header;
  if (input.size() < sizeof(header)) {
    return;
  }
  std::memcpy(&header, input.data(), sizeof(header));
  header.reserved = 0;
  const auto payload = input.subspan(sizeof(header));
  std::vector<std::byte> record;
  build_record(record, header, payload.first(std::min(payload.size(), payload_bytes_max)));
  CANTUS_ASSERT(read_record(record, event) == RecordFault::none, "what was built is read");
  play_record(event);
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const MessageInfo& message : all_messages()) {
    for (const SampleKind kind : {SampleKind::typical, SampleKind::least, SampleKind::greatest}) {
      inputs.push_back(sample_record(message, kind, Seq(inputs.size() + 1)));
    }
  }
  return inputs;
}

}  // namespace cantus::fuzz
