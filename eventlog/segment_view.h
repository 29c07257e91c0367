// What a reader of the log has before it: its own for the time that it reads there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "eventlog/layout.h"
#include "eventlog/sealed_file.h"
#include "runtime/files.h"

namespace cantus::eventlog {

// What is being read: a segment, or a frame of a packed one. `bytes` ends where nothing more may be read.
struct SegmentView {
  std::uint64_t number = 0;
  std::uint32_t opening = 0;
  bool sealed = false;
  std::unique_ptr<runtime::Mapping> mapping;
  std::shared_ptr<PackedFile> packed;  // null: the segment itself
  std::size_t frame = 0;
  std::unique_ptr<std::byte[]> unpacked;
  std::size_t base = 0;                    // where `bytes` begin in the segment
  std::size_t begin = segment_data_begin;  // where the records begin in `bytes`
  std::span<const std::byte> bytes;

  [[nodiscard]] std::string name() const {
    return packed != nullptr ? packed_name(number, opening) : segment_name(number, opening);
  }
  // For messages: a place in the segment as it was written, whatever form it has now.
  [[nodiscard]] std::string place(std::size_t offset) const {
    return name() + " at offset " + std::to_string(base + offset);
  }
};

}  // namespace cantus::eventlog
