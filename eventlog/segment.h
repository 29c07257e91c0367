// One unsealed segment: its live memory, which the appender writes and everybody reads, and its file, which the writer
// thread fills from that memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/result.h"
#include "eventlog/identity.h"
#include "eventlog/layout.h"
#include "runtime/files.h"

namespace cantus::eventlog {

struct Segment {
  std::uint64_t number = 0;
  std::uint32_t opening = 0;
  std::unique_ptr<runtime::Mapping> memory;
  std::unique_ptr<runtime::File> file;
  std::span<std::byte> bytes;               // the memory
  std::size_t copied = segment_data_begin;  // what lies before is in the file and synced; the writer's
  std::atomic<Segment*> next{nullptr};      // stored by the appender before it puts the end marker here
};

// Where a journal's files lie and whose they are.
struct SegmentPlace {
  runtime::Files& files;
  std::filesystem::path journal;
  std::filesystem::path memory;
  LogIdentity identity;
  std::uint32_t opening = 1;
};

// A new one with its space reserved in memory and on disk. Its names appear when all of it is there, on disk durably.
[[nodiscard]] Result<std::unique_ptr<Segment>> make_segment(const SegmentPlace& place, std::uint64_t number,
                                                            std::size_t bytes);
// The control page in `memory` that a journal of this boot keeps or left, if it is of that log, mapped for `access`;
// null if there is none. Errors where that cannot be told now.
[[nodiscard]] Result<std::unique_ptr<runtime::Mapping>> map_control(runtime::Files& files,
                                                                    const std::filesystem::path& memory,
                                                                    LogIdentity identity, runtime::Access access);
[[nodiscard]] inline const ControlPage& control_in(const runtime::Mapping& page) {
  return *reinterpret_cast<const ControlPage*>(page.bytes().data());
}

// One that an earlier process of this boot left; not_found if its memory is not there, corrupt if it is not whole.
[[nodiscard]] Result<std::unique_ptr<Segment>> adopt_segment(const SegmentPlace& place, std::uint64_t number);

}  // namespace cantus::eventlog
