// What a reader of the log has before it: its own for the time that it reads there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

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

// Views that were used of late, so many of segments that are sealed and of others. (Memory of a segment that was sealed
// meanwhile is freed only when nobody maps it any more.)
class RecentViews {
 public:
  // Null: none of those that are kept.
  template <class IsWanted>
  [[nodiscard]] std::shared_ptr<SegmentView> find(IsWanted is_wanted) {
    const auto known = std::ranges::find_if(views_, [&](const auto& view) { return is_wanted(*view); });
    if (known == views_.end()) {
      return nullptr;
    }
    std::rotate(views_.begin(), known, known + 1);
    return views_.front();
  }
  [[nodiscard]] bool has(std::uint64_t number) const {
    return std::ranges::any_of(views_, [number](const auto& view) { return view->number == number; });
  }
  void keep(const std::shared_ptr<SegmentView>& view) {
    if (std::ranges::find(views_, view) != views_.end()) {
      return;
    }
    views_.insert(views_.begin(), view);
    std::size_t kept = view->sealed ? sealed_max : unsealed_max;
    std::erase_if(views_, [&](const auto& one) {
      const bool too_many = one->sealed == view->sealed && kept == 0;
      kept -= one->sealed == view->sealed && kept > 0 ? 1 : 0;
      return too_many;
    });
  }
  void clear() { views_.clear(); }

 private:
  static constexpr std::size_t sealed_max = 8;
  static constexpr std::size_t unsealed_max = 2;
  std::vector<std::shared_ptr<SegmentView>> views_;  // the last one first
};

}  // namespace cantus::eventlog
