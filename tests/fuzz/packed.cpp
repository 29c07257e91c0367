// Bytes as a packed segment: as they are (most fail at a checksum), and with checksums that fit, so that every claim of
// header and index is judged. What is accepted stays within what the file accounts for.
#include "eventlog/packed.h"

#include <cstring>

#include "base/assert.h"
#include "base/crc32c.h"
#include "eventlog/layout.h"
#include "eventlog/sealed_file.h"
#include "runtime/simulated_files.h"
#include "tests/fuzz/fuzz.h"

namespace cantus::fuzz {
namespace {

using eventlog::PackedFrame;
using eventlog::PackedHeader;
using eventlog::PackedSegment;

constexpr eventlog::LogIdentity identity{VenueId(0x5eed), LogNumber(1)};
constexpr std::size_t skippable_bytes = 8;

void play_file(std::span<const std::byte> bytes) {
  const auto opened = PackedSegment::open(bytes, identity, 1, 1);
  if (!opened) {
    return;
  }
  PackedSegment& packed = **opened;
  for (std::size_t i = 0; i < packed.frames().size(); ++i) {
    const PackedFrame& frame = packed.frames()[i];
    CANTUS_ASSERT(frame.bytes <= eventlog::packed_frame_bytes_max, "a frame is bounded before it is unpacked");
    std::vector<std::byte> into(frame.bytes);
    static_cast<void>(packed.unpack(i, into));
    CANTUS_ASSERT(packed.frame_of(frame.first) == i, "a frame holds its first record");
  }
  eventlog::SealedSegment listed;
  listed.number = 1;
  listed.opening = 1;
  listed.first = packed.frames().front().first;
  listed.last = packed.frames().back().first;
  listed.end = packed.header().end;
  CANTUS_ASSERT(!eventlog::read_sealed(bytes, true, identity, listed).ok(), "its root is another one");
}

// Sums of header and index made right, where they lie within the file.
void reseal(std::vector<std::byte>& bytes) {
  PackedHeader header;
  if (bytes.size() < skippable_bytes + sizeof(header)) {
    return;
  }
  std::memcpy(&header, bytes.data() + skippable_bytes, sizeof(header));
  const std::uint64_t index = header.index_at + skippable_bytes;
  if (header.index_at < bytes.size() && index <= bytes.size()) {
    const auto rest = std::span<const std::byte>(bytes).subspan(index);
    const std::size_t frames = rest.size() / sizeof(PackedFrame);
    header.frames = static_cast<std::uint32_t>(frames);
    header.index_crc = crc32c(rest.first(frames * sizeof(PackedFrame)));
    std::vector<PackedFrame> entries(frames);
    if (frames > 0) {
      std::memcpy(entries.data(), rest.data(), frames * sizeof(PackedFrame));
    }
    for (PackedFrame& entry : entries) {
      if (entry.packed_at < bytes.size() && entry.packed_bytes <= bytes.size() - entry.packed_at) {
        entry.crc = crc32c(std::span<const std::byte>(bytes).subspan(entry.packed_at, entry.packed_bytes));
      }
    }
    if (frames > 0) {
      std::memcpy(bytes.data() + index, entries.data(), frames * sizeof(PackedFrame));
    }
    header.index_crc = crc32c(std::as_bytes(std::span(entries)));
  }
  header.crc = 0;
  header.crc = crc32c(payload_of(header));
  std::memcpy(bytes.data() + skippable_bytes, &header, sizeof(header));
}

}  // namespace

void play(std::span<const std::byte> input) {
  play_file(input);
  std::vector<std::byte> bytes(input.begin(), input.end());
  reseal(bytes);
  play_file(bytes);
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const std::uint64_t count : {1U, 40U, 600U}) {
    runtime::SimulatedFiles files("/memory");
    const auto file = files.create("/packed");
    CANTUS_ASSERT(file.ok(), "a file is made");
    eventlog::Packer packer(**file, identity, 1, 1, std::uint64_t{1} << 20);
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
      RecordHeader header;
      header.type = MessageType(60000);
      header.version = 1;
      header.term = Term(1);
      header.seq = Seq(seq);
      header.time = TimeNs(static_cast<std::int64_t>(seq));
      header.venue = identity.venue;
      header.log = identity.log;
      std::vector<std::byte> record;
      build_record(record, header, std::vector<std::byte>(seq % 1000, std::byte(seq % 7)));
      CANTUS_ASSERT(packer.add(eventlog::event_at(record.data())).ok(), "it is packed");
    }
    CANTUS_ASSERT(packer.finish().ok(), "it is packed");
    inputs.push_back(files.content("/packed"));
  }
  return inputs;
}

}  // namespace cantus::fuzz
