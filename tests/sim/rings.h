// The rings through which the simulated processes propose, seen from outside. They are not simulated: each is memory of
// this process (runtime/ring.h), made by the sequencer under its publisher's name and shared with whoever proposes.
// Only between two events is there anything to see that stays so.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "messages/record.h"
#include "runtime/shared_memory.h"

namespace cantus::sim {

// A proposal that the sequencer has not taken.
struct Unread {
  std::uint64_t offset = 0;  // counts bytes for ever, as in the ring
  std::uint32_t length = 0;  // header and payload
};

class Ring {
 public:
  Ring(std::string place, runtime::SharedMemory memory);

  // As the sequencer names it: the publisher, and its place where it has several.
  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] std::uint64_t capacity() const { return memory_.size() - page_bytes; }
  // The oldest first.
  [[nodiscard]] std::vector<Unread> unread() const;
  // There is no room for another one like any of those that lie there.
  [[nodiscard]] bool full() const;

  // Bytes of a proposal, which may wrap.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  void write(std::uint64_t offset, std::span<const std::byte> bytes);

  // The proposal there is wrong, and the sequencer has not looked at it yet: it must end the stream before that.
  void must_not_be_taken(const Unread& unread) { wrong_at_ = std::min(wrong_at_, unread.offset); }
  [[nodiscard]] bool took_what_is_wrong() const { return consumed() > wrong_at_; }

 private:
  static constexpr std::uint64_t page_bytes = 4096;

  [[nodiscard]] std::uint64_t consumed() const;

  std::string place_;
  runtime::SharedMemory memory_;
  std::uint64_t wrong_at_ = UINT64_MAX;
};

// Those whose sequencer has not let go of them, in the order in which they were made.
[[nodiscard]] std::vector<Ring*> rings();

}  // namespace cantus::sim
