// A publisher's ring whose bytes are anything: the sequencer's side takes whole proposals out of it, judges their
// envelopes, and can be hurt by nothing.
#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "messages/tools/sample.h"
#include "messages/validate.h"
#include "runtime/ring.h"
#include "sequencer/envelope.h"
#include "tests/fuzz/fuzz.h"

namespace cantus::fuzz {
namespace {

constexpr std::size_t data_bytes = 4096;
constexpr VenueId venue{0x00c0ffee00c0ffee};

struct alignas(64) Memory {
  std::byte bytes[runtime::ring_page_bytes + data_bytes] = {};
};

const Formats& announced() {
  static const Formats formats = [] {
    Formats all;
    for (const FormatAnnounced& format : known_formats()) {
      all.apply(format, LogSeq(LogNumber(1), Seq(1)));
    }
    return all;
  }();
  return formats;
}

void judge(const ProposalHeader& header, std::span<const std::byte> payload) {
  CANTUS_ASSERT(header.length == sizeof(header) + payload.size(), "a proposal is handed over with its own length");
  if (check_whole(header, sum_of(payload), venue) != Refusal::none) {
    return;
  }
  CANTUS_ASSERT(checksum_of(header, payload) == header.crc, "what passes is what was sent");
  const Refusal refusal = check_type(announced(), header.type, header.version, header.topic, payload.size());
  const MessageInfo* const message = describe(header.type, header.version);
  if (refusal == Refusal::none) {
    CANTUS_ASSERT(message != nullptr && message->topic == header.topic && message->layout.size == payload.size(),
                  "what passes is announced, on its topic and with its size");
  }
  static_cast<void>(validate(header.type, header.version, payload));
}

}  // namespace

void play(std::span<const std::byte> input) {
  static Memory memory;  // large; cleared below
  std::memset(memory.bytes, 0, sizeof(memory.bytes));
  runtime::RingConsumer ring(memory.bytes);
  if (!input.empty()) {
    std::memcpy(memory.bytes + runtime::ring_page_bytes, input.data(), std::min(input.size(), data_bytes));
  }
  // A ring whose words are never cleared goes round for ever; the sequencer's own bound is a number a pass.
  for (int taken = 0; taken < 512; ++taken) {
    const auto found = ring.peek();
    if (found != runtime::RingConsumer::Found::proposal) {
      CANTUS_ASSERT(ring.peek() == found, "looking again changes nothing");
      break;
    }
    judge(ring.header(), ring.payload());
    ring.pop();
  }
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const MessageInfo& message : all_messages()) {
    for (const SampleKind kind : {SampleKind::typical, SampleKind::random}) {
      const auto payload = sample_payload(message, kind, inputs.size());
      ProposalHeader header;
      header.length = static_cast<std::uint32_t>(sizeof(header) + payload.size());
      header.type = message.type;
      header.version = message.version;
      header.topic = message.topic;
      header.venue = venue;
      header.publisher_seq = PublisherSeq(inputs.size() + 1);
      header.crc = checksum_of(header, payload);
      std::vector<std::byte> bytes(aligned_record(header.length));
      std::memcpy(bytes.data(), &header, sizeof(header));
      std::memcpy(bytes.data() + sizeof(header), payload.data(), payload.size());
      inputs.push_back(std::move(bytes));
    }
  }
  return inputs;
}

}  // namespace cantus::fuzz
