// What a publisher's last admitted proposals were, to compare a replica's repeat with them (docs/architecture.md,
// section 8): for each number the checksum of its content and where it stands on the log. Its room is made, and
// touched, when the publisher is defined.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.h"
#include "base/digest.h"
#include "base/types.h"

namespace cantus {

struct Admitted {
  Seq seq;
  std::uint32_t crc = 0;
  std::uint32_t reserved = 0;
};

class RepeatWindow {
 public:
  RepeatWindow() = default;
  // The count of slots is a power of two: so many numbers are remembered.
  explicit RepeatWindow(std::size_t slots) : slots_(slots) {
    CANTUS_ASSERT(slots != 0 && (slots & (slots - 1)) == 0, "a window is a power of two");
  }

  // Least number that is still known, of those below `next`.
  [[nodiscard]] PublisherSeq oldest(PublisherSeq next) const {
    return std::max(from_, PublisherSeq(next.get() > slots_.size() ? next.get() - slots_.size() : 1));
  }
  // Numbers below `from` are known no more.
  void forget(PublisherSeq from) { from_ = from; }
  void note(PublisherSeq number, Admitted what) { slots_[number.get() & (slots_.size() - 1)] = what; }
  // What was admitted as `number`, which is below `next`; nothing if that is too long ago.
  [[nodiscard]] std::optional<Admitted> find(PublisherSeq number, PublisherSeq next) const {
    if (number < from_ || next.get() - number.get() > slots_.size()) {
      return std::nullopt;
    }
    return slots_[number.get() & (slots_.size() - 1)];
  }

  void digest_into(DigestBuilder& digest, PublisherSeq next) const {
    for (std::uint64_t number = oldest(next).get(); number < next.get(); ++number) {
      const Admitted& what = slots_[number & (slots_.size() - 1)];
      digest.add(what.seq).add(what.crc);
    }
  }

 private:
  std::vector<Admitted> slots_;
  PublisherSeq from_{1};
};

}  // namespace cantus
