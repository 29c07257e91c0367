// A stream of a stranger: however it is split, the framer hands out the same messages, each of which is one, and holds
// no more than its bound.
#include "fix/framing.h"

#include <string>

#include "base/assert.h"
#include "fix/message_text.h"
#include "tests/fix/fix_text.h"
#include "tests/fuzz/fuzz.h"

namespace cantus::fuzz {

namespace {

constexpr fix::FramingLimits limits{.message_bytes_max = 512, .buffer_bytes_max = 16384, .garbled_max = 1'000'000};

std::vector<std::string> read(std::span<const std::byte> stream, std::size_t piece) {
  std::vector<std::string> messages;
  fix::Framer framer(limits);
  while (!stream.empty() && !framer.broken()) {
    const std::size_t size = std::min({piece, stream.size(), framer.room()});
    framer.add(stream.first(size));
    stream = stream.subspan(size);
    while (const auto message = framer.next()) {
      messages.emplace_back(*message);
    }
    CANTUS_ASSERT(framer.buffered() <= limits.buffer_bytes_max, "the buffer is bounded");
  }
  return messages;
}

}  // namespace

void play(std::span<const std::byte> input) {
  const std::vector<std::string> whole = read(input, input.size());
  for (const std::string& message : whole) {
    CANTUS_ASSERT(message.size() <= limits.message_bytes_max, "a message is within its limit");
    const std::string_view counted = std::string_view(message).substr(0, message.size() - 7);
    CANTUS_ASSERT(message.substr(message.size() - 7, 6) == "10=" + fix::checksum_text(counted),
                  "its checksum is right");
    fix::FieldList fields;
    fields.split(message);
    CANTUS_ASSERT(fields.fields().size() >= 3 || !fields.complete(), "it has its three first fields");
  }
  CANTUS_ASSERT(read(input, 1) == whole, "byte by byte the same messages come out");
  CANTUS_ASSERT(read(input, 7) == whole, "in pieces the same messages come out");
}

std::vector<std::vector<std::byte>> seeds() {
  const std::string logon = test::fix_message("35=A|34=1|49=ALPHA1|52=20261121-21:00:00.000|56=CANTUS|98=0|108=30|");
  const std::string beat = test::fix_message("35=0|34=2|49=ALPHA1|52=20261121-21:00:01.000|56=CANTUS|");
  std::string wrong = beat;
  wrong[wrong.size() - 2] ^= 1;
  std::vector<std::vector<std::byte>> inputs;
  for (const std::string& text : {logon, logon + beat, wrong + beat, "noise" + beat, beat.substr(0, 20) + beat,
                                  std::string("8=FIX.4.4\x01"
                                              "9=600\x01"
                                              "35=D\x01"),
                                  beat + beat + beat}) {
    const auto bytes = std::as_bytes(std::span(text));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

}  // namespace cantus::fuzz
