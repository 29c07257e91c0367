#include "eventlog/packed.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.h"
#include "base/crc32c.h"
#include "eventlog/layout.h"

namespace cantus::eventlog {
namespace {

constexpr std::uint64_t packed_magic = 0x312064656b636170;  // "packed 1"
constexpr std::uint32_t skippable_magic = 0x184d2a5c;       // zstd's own, of frames that it passes over
constexpr int level = 3;

struct Skippable {
  std::uint32_t magic = skippable_magic;
  std::uint32_t bytes = 0;
};
static_assert(sizeof(Skippable) == 8 && ZSTD_MAGIC_SKIPPABLE_START == (skippable_magic & 0xfffffff0));
constexpr std::size_t frames_at = sizeof(Skippable) + sizeof(PackedHeader);

std::uint32_t crc_of(PackedHeader header) {
  header.crc = 0;
  return crc32c(payload_of(header));
}

std::span<const std::byte> bytes_of(const std::vector<PackedFrame>& frames) { return std::as_bytes(std::span(frames)); }

bool is_skippable(std::span<const std::byte> at, std::uint64_t bytes) {
  Skippable frame;
  std::memcpy(&frame, at.data(), sizeof(frame));
  return frame.magic == skippable_magic && frame.bytes == bytes;
}

Error damaged(const std::string& what) { return Error{ErrorCode::corrupt, what}; }

}  // namespace

std::string packed_name(std::uint64_t number, std::uint32_t opening) { return segment_name(number, opening) + ".zst"; }

void PackedSegment::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }
void Packer::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

PackedSegment::PackedSegment(std::span<const std::byte> bytes, const PackedHeader& header,
                             std::vector<PackedFrame> frames)
    : bytes_(bytes), header_(header), frames_(std::move(frames)), context_(ZSTD_createDCtx()) {
  CANTUS_ASSERT(context_ != nullptr, "there is memory for unpacking");
}

Result<std::unique_ptr<PackedSegment>> PackedSegment::open(std::span<const std::byte> bytes, LogIdentity identity,
                                                           std::uint64_t number, std::uint32_t opening) {
  PackedHeader header;
  if (bytes.size() < frames_at + sizeof(Skippable)) {
    return damaged("shorter than a packed segment");
  }
  std::memcpy(&header, bytes.data() + sizeof(Skippable), sizeof(header));
  if (!is_skippable(bytes, sizeof(header)) || header.magic != packed_magic || header.crc != crc_of(header)) {
    return damaged("not a packed segment, or its header is damaged");
  }
  if (header.format != packed_format) {
    return damaged("packed by format " + std::to_string(header.format) + ", which this build does not know");
  }
  if (header.venue != identity.venue || header.log != identity.log) {
    return damaged("a segment of another log");
  }
  if (header.number != number || header.opening != opening) {
    return damaged("another segment than its name says");
  }
  // What the index takes is what lies behind index_at, so no count that is claimed can ask for more memory than the
  // file is long.
  const std::uint64_t index_bytes = std::uint64_t{header.frames} * sizeof(PackedFrame);
  if (header.index_at < frames_at || header.index_at > bytes.size() - sizeof(Skippable) ||
      bytes.size() - sizeof(Skippable) - header.index_at != index_bytes ||
      !is_skippable(bytes.subspan(header.index_at), index_bytes)) {
    return damaged("its length is not what its header says");
  }
  std::vector<PackedFrame> frames(header.frames);
  if (!frames.empty()) {
    std::memcpy(frames.data(), bytes.data() + header.index_at + sizeof(Skippable), index_bytes);
  }
  if (crc32c(bytes_of(frames)) != header.index_crc) {
    return damaged("its index is damaged");
  }
  if (const std::string fault = index_fault(header, frames); !fault.empty()) {
    return damaged(fault);
  }
  return std::unique_ptr<PackedSegment>(new PackedSegment(bytes, header, std::move(frames)));
}

std::string PackedSegment::index_fault(const PackedHeader& header, const std::vector<PackedFrame>& frames) {
  if (frames.empty() || frames.front().first.is_zero()) {
    return "it holds no record";
  }
  std::uint64_t at = segment_data_begin;
  std::uint64_t packed_at = frames_at;
  Seq before;
  for (const PackedFrame& frame : frames) {
    if (frame.at != at || frame.packed_at != packed_at || frame.bytes < sizeof(RecordHeader) ||
        frame.bytes > packed_frame_bytes_max || frame.bytes % record_alignment != 0 || frame.packed_bytes == 0 ||
        frame.packed_bytes > header.index_at - packed_at || frame.first <= before) {
      return "its index says what cannot be";
    }
    at += frame.bytes;
    packed_at += frame.packed_bytes;
    before = frame.first;
  }
  return at == header.end && packed_at == header.index_at && header.end <= header.segment_bytes
             ? std::string()
             : "its index says what cannot be";
}

std::size_t PackedSegment::frame_of(Seq seq) const {
  const auto behind =
      std::partition_point(frames_.begin(), frames_.end(), [seq](const PackedFrame& f) { return f.first <= seq; });
  return behind == frames_.begin() ? 0 : static_cast<std::size_t>(behind - frames_.begin()) - 1;
}

std::size_t PackedSegment::frame_of(TimeNs time) const {
  const auto behind = std::partition_point(frames_.begin(), frames_.end(),
                                           [time](const PackedFrame& f) { return f.first_time < time; });
  return behind == frames_.begin() ? 0 : static_cast<std::size_t>(behind - frames_.begin()) - 1;
}

std::span<const std::byte> PackedSegment::packed(std::size_t frame) const {
  return bytes_.subspan(frames_[frame].packed_at, frames_[frame].packed_bytes);
}

Status PackedSegment::unpack(std::size_t frame, std::span<std::byte> into) {
  const std::span<const std::byte> from = packed(frame);
  const std::string where = "offset " + std::to_string(frames_[frame].packed_at) + ": ";
  CANTUS_ASSERT(into.size() == frames_[frame].bytes, "there is room for a whole frame");
  if (crc32c(from) != frames_[frame].crc) {
    return damaged(where + "the checksum of a frame is wrong");
  }
  if (ZSTD_getFrameContentSize(from.data(), from.size()) != into.size() ||
      ZSTD_decompressDCtx(context_.get(), into.data(), into.size(), from.data(), from.size()) != into.size()) {
    return damaged(where + "a frame cannot be unpacked");
  }
  return {};
}

Packer::Packer(runtime::File& file, LogIdentity identity, std::uint64_t number, std::uint32_t opening,
               std::uint64_t segment_bytes)
    : file_(file), packed_at_(frames_at), context_(ZSTD_createCCtx()) {
  CANTUS_ASSERT(context_ != nullptr, "there is memory for packing");
  header_.magic = packed_magic;
  header_.venue = identity.venue;
  header_.number = number;
  header_.segment_bytes = segment_bytes;
  header_.end = segment_data_begin;
  header_.log = identity.log;
  header_.opening = opening;
  header_.format = packed_format;
  plain_.reserve(packed_frame_bytes_max);
  packed_.resize(ZSTD_compressBound(packed_frame_bytes_max));
}

Status Packer::add(const Event& record, bool* full) {
  if (plain_.empty()) {
    PackedFrame frame;
    frame.at = header_.end;
    frame.packed_at = packed_at_;
    frame.first = record.header->seq;
    frame.first_time = record.header->time;
    frames_.push_back(frame);
  }
  const std::span<const std::byte> bytes = record_bytes(record);
  plain_.insert(plain_.end(), bytes.begin(), bytes.end());
  plain_.resize(aligned_record(plain_.size()));
  header_.end += aligned_record(bytes.size());
  const bool due = plain_.size() >= packed_frame_bytes;
  if (full != nullptr) {
    *full = due;
  }
  return due ? write_frame() : Status();
}

Status Packer::write_frame() {
  const std::size_t size =
      ZSTD_compressCCtx(context_.get(), packed_.data(), packed_.size(), plain_.data(), plain_.size(), level);
  CANTUS_ASSERT(ZSTD_isError(size) == 0, "what has room can be packed");
  const std::span<const std::byte> bytes = std::span<const std::byte>(packed_).first(size);
  PackedFrame& frame = frames_.back();
  frame.bytes = static_cast<std::uint32_t>(plain_.size());
  frame.packed_bytes = static_cast<std::uint32_t>(size);
  frame.crc = crc32c(bytes);
  plain_.clear();
  packed_at_ += size;
  return file_.write_at(frame.packed_at, bytes);
}

Status Packer::finish() {
  CANTUS_ASSERT(!frames_.empty(), "a segment holds a record");
  if (!plain_.empty()) {
    if (Status status = write_frame(); !status) {
      return status;
    }
  }
  header_.index_at = packed_at_;
  header_.frames = static_cast<std::uint32_t>(frames_.size());
  header_.index_crc = crc32c(bytes_of(frames_));
  header_.crc = crc_of(header_);
  const auto write = [&](std::uint64_t at, std::span<const std::byte> content) {
    Skippable head;
    head.bytes = static_cast<std::uint32_t>(content.size());
    std::vector<std::byte> whole(sizeof(head));
    std::memcpy(whole.data(), &head, sizeof(head));
    whole.insert(whole.end(), content.begin(), content.end());
    return file_.write_at(at, whole);
  };
  if (Status status = write(header_.index_at, bytes_of(frames_)); !status) {
    return status;
  }
  return write(0, payload_of(header_));
}

}  // namespace cantus::eventlog
