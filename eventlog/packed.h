// A sealed segment compressed: the same records at the same offsets, in frames that can be unpacked one by one.
//
//   skippable frame: PackedHeader
//   zstd frames, each of whole records that lie one behind the other (about packed_frame_bytes of them)
//   skippable frame: a PackedFrame for each of them
//
// So `zstd -dc` gives the records of a file one behind the other. What the file claims is believed only as far as it is
// bounded and its checksums are right; what the records are worth is still each record's own checksum and the
// segment's root.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/identity.h"
#include "messages/record.h"
#include "runtime/files.h"

struct ZSTD_DCtx_s;
struct ZSTD_CCtx_s;

namespace cantus::eventlog {

inline constexpr std::size_t packed_frame_bytes = std::size_t{256} << 10;  // a frame is full from here on
inline constexpr std::size_t packed_frame_bytes_max = packed_frame_bytes + aligned_record(record_bytes_max);
inline constexpr std::uint32_t packed_format = 1;

struct PackedHeader {
  std::uint64_t magic = 0;
  VenueId venue;
  std::uint64_t number = 0;         // of the segment
  std::uint64_t segment_bytes = 0;  // of the segment's own file, as its header says
  std::uint64_t end = 0;            // where the last record ends in the segment
  std::uint64_t index_at = 0;       // where the second skippable frame begins in this file
  LogNumber log;
  std::uint32_t opening = 0;
  std::uint32_t format = 0;
  std::uint32_t frames = 0;
  std::uint32_t index_crc = 0;  // CRC-32C over all PackedFrames
  std::uint32_t crc = 0;        // CRC-32C over the header with this field as 0
};
static_assert(sizeof(PackedHeader) == 72 && std::has_unique_object_representations_v<PackedHeader>);

struct PackedFrame {
  std::uint64_t at = 0;         // in the segment
  std::uint64_t packed_at = 0;  // in this file
  Seq first;
  TimeNs first_time;
  std::uint32_t bytes = 0;
  std::uint32_t packed_bytes = 0;
  std::uint32_t crc = 0;  // CRC-32C over the packed bytes
  std::uint32_t reserved = 0;
};
static_assert(sizeof(PackedFrame) == 48 && std::has_unique_object_representations_v<PackedFrame>);

// "segment-<number>-<opening>.zst"
[[nodiscard]] std::string packed_name(std::uint64_t number, std::uint32_t opening);

// A packed segment's bytes, judged when it is made; unpacks frames. Used by one thread at a time.
class PackedSegment {
 public:
  // `bytes` outlive it. Corrupt if they are not that segment, packed by a format that this build knows.
  [[nodiscard]] static Result<std::unique_ptr<PackedSegment>> open(std::span<const std::byte> bytes,
                                                                   LogIdentity identity, std::uint64_t number,
                                                                   std::uint32_t opening);

  [[nodiscard]] const PackedHeader& header() const { return header_; }
  [[nodiscard]] const std::vector<PackedFrame>& frames() const { return frames_; }
  // Index of the frame that holds a position (or the last one, if that lies behind it), and of the one in which the
  // first record stamped at or after `time` may stand: there or at the beginning of the next.
  [[nodiscard]] std::size_t frame_of(Seq seq) const;
  [[nodiscard]] std::size_t frame_of(TimeNs time) const;
  // `into` is as long as the frame says. Corrupt if its bytes are not what was packed.
  [[nodiscard]] Status unpack(std::size_t frame, std::span<std::byte> into);
  // The packed bytes of a frame, as they are.
  [[nodiscard]] std::span<const std::byte> packed(std::size_t frame) const;

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  PackedSegment(std::span<const std::byte> bytes, const PackedHeader& header, std::vector<PackedFrame> frames);
  [[nodiscard]] static std::string index_fault(const PackedHeader& header, const std::vector<PackedFrame>& frames);

  std::span<const std::byte> bytes_;
  PackedHeader header_;
  std::vector<PackedFrame> frames_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

// Writes one, record by record, into a new file.
class Packer {
 public:
  // `file` is empty and outlives it. `segment_bytes`: of the segment's own file.
  Packer(runtime::File& file, LogIdentity identity, std::uint64_t number, std::uint32_t opening,
         std::uint64_t segment_bytes);

  // The next record; with `full` set on return a frame was written, which is a good moment to give way to others.
  [[nodiscard]] Status add(const Event& record, bool* full = nullptr);
  // What is left, index and header. The file is not synced. At least one record was added.
  [[nodiscard]] Status finish();

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  [[nodiscard]] Status write_frame();

  runtime::File& file_;
  PackedHeader header_;
  std::vector<PackedFrame> frames_;
  std::vector<std::byte> plain_;
  std::vector<std::byte> packed_;
  std::uint64_t packed_at_;
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

}  // namespace cantus::eventlog
