// How the journal's bytes lie: in segments, in the control page, in the stored mark; and the names of its files.
//
// A segment, in memory and on disk alike:
//   0      SegmentHeader, zero up to
//   4,096  records, one behind the other, each padded to 8 bytes
//   …      commit word 0 (nothing yet), or end_of_segment: the log goes on in the next segment
// The commit word is the record's `length`, stored last with release order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/fixed_string.h"
#include "eventlog/identity.h"
#include "messages/record.h"

namespace cantus::eventlog {

inline constexpr std::size_t segment_data_begin = 4096;
inline constexpr std::size_t segment_bytes_min = 16384;
inline constexpr std::uint32_t end_of_segment = 0xffffffff;
inline constexpr std::size_t end_marker_bytes = 8;
inline constexpr std::size_t record_room_max = aligned_record(record_bytes_max);
inline constexpr std::uint32_t layout_format = 1;

struct SegmentHeader {
  std::uint64_t magic = 0;
  VenueId venue;
  std::uint64_t number = 0;  // 1, 2, 3 …
  std::uint64_t bytes = 0;   // of the whole segment
  LogNumber log;
  std::uint32_t opening = 0;  // see segment_name
  std::uint32_t format = 0;
  std::uint32_t crc = 0;  // CRC-32C over the header with this field as 0
};
static_assert(sizeof(SegmentHeader) == 48 && std::has_unique_object_representations_v<SegmentHeader>);

[[nodiscard]] SegmentHeader segment_header(LogIdentity identity, std::uint64_t number, std::uint32_t opening,
                                           std::uint64_t bytes);
// Why these bytes are not that segment; empty if they are. They may end early, as a file that was cut: whoever reads
// them goes no further than they reach.
[[nodiscard]] std::string segment_fault(std::span<const std::byte> bytes, LogIdentity identity, std::uint64_t number,
                                        std::uint32_t opening);

// The small file that remembers the synced mark across a reboot; it is written after each batch and never synced.
struct StoredMark {
  std::uint64_t magic = 0;
  VenueId venue;
  Seq synced;
  LogNumber log;
  std::uint32_t crc = 0;  // CRC-32C over the struct with this field as 0
};
static_assert(sizeof(StoredMark) == 32 && std::has_unique_object_representations_v<StoredMark>);

[[nodiscard]] StoredMark stored_mark(LogIdentity identity, Seq synced);
// The mark that the file's bytes say; 0 if they are not whole or not of this log.
[[nodiscard]] Seq mark_from(std::span<const std::byte> bytes, LogIdentity identity);

// One page in shared memory that everybody on the host reads. It appears (by renaming) when the log may be read, and
// only its journal writes it.
struct ControlPage {
  std::uint64_t magic = 0;
  VenueId venue;
  LogNumber log;
  std::uint32_t format = 0;
  std::uint32_t opening = 0;
  std::uint32_t reserved = 0;
  FixedString<48> boot_id;
  // The page is no longer that of the log: the memory was lost or given up, and another page took its place.
  std::atomic<std::uint32_t> retired{0};
  std::atomic<std::uint32_t> stopped{0};          // a write or sync failed: the stop mark of this boot
  alignas(64) std::atomic<std::uint64_t> last;    // seq of the last record; after its commit word
  std::atomic<std::uint64_t> position;            // where the next record will begin in the live segment, bytes
  std::atomic<std::uint64_t> live_segment;        // number of the segment being appended to
  std::atomic<std::uint32_t> term;                // of the last record
  alignas(64) std::atomic<std::uint64_t> synced;  // last record that outlives a power cut; stored by the writer
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(sizeof(ControlPage) == 256 && offsetof(ControlPage, last) == 128 && offsetof(ControlPage, synced) == 192);

inline constexpr std::size_t control_page_bytes = 4096;
inline constexpr std::uint64_t control_magic = 0x315f6c7274637463;  // "ctctrl_1"

// True if the page is that of a log of this boot.
[[nodiscard]] bool control_is_valid(std::span<const std::byte> bytes, const std::string& boot_id);

// An opening is the log's life between two losses of its memory: after a reboot the tail is rewritten into files of the
// next opening, and files of an older one that the directory record does not list are no part of the log any more.
[[nodiscard]] std::string segment_name(std::uint64_t number, std::uint32_t opening);
struct SegmentName {
  std::uint64_t number = 0;
  std::uint32_t opening = 0;
};
[[nodiscard]] std::optional<SegmentName> parse_segment_name(const std::string& name);

inline constexpr const char* directory_file = "directory";
inline constexpr const char* mark_file = "mark";
inline constexpr const char* stop_file = "stop";
inline constexpr const char* lock_file = "lock";
inline constexpr const char* control_file = "control";

// The commit word of the record that begins at `at`, in memory that somebody else may be writing. Loading through a
// read-only mapping is sound: it never writes.
[[nodiscard]] inline std::uint32_t load_commit(const std::byte* at) {
  auto* word = const_cast<std::uint32_t*>(reinterpret_cast<const std::uint32_t*>(at));
  return std::atomic_ref<std::uint32_t>(*word).load(std::memory_order_acquire);
}
inline void store_commit(std::byte* at, std::uint32_t word) {
  std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(at)).store(word, std::memory_order_release);
}

[[nodiscard]] inline Event event_at(const std::byte* at) {
  return Event{reinterpret_cast<const RecordHeader*>(at), at + sizeof(RecordHeader)};
}
// Header and payload of a record, without padding.
[[nodiscard]] inline std::span<const std::byte> record_bytes(const Event& event) {
  return {reinterpret_cast<const std::byte*>(event.header), event.header->length};
}

}  // namespace cantus::eventlog
