// The proposals that an edge keeps until they are stable, oldest first, with where each was seen on the log.
//
// Their payloads lie one behind the other in a ring of bytes. That ring grows when it is too small; once it holds what
// the edge has in flight, nothing is allocated any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/types.h"
#include "messages/wish_queue.h"

namespace cantus::host {

class KeptQueue {
 public:
  // At most `count_max` proposals, at least 1.
  explicit KeptQueue(std::size_t count_max);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Fewer than `count_max` are kept. The payload is copied.
  void push(PublisherSeq number, MessageType type, std::uint8_t version, TopicId topic,
            std::span<const std::byte> payload);
  // The i-th, 0 is the oldest; its payload is valid until the next push.
  [[nodiscard]] WishView at(std::size_t i) const {
    const Slot& kept = slot(i);
    return {kept.number,
            kept.type,
            kept.version,
            kept.topic,
            {bytes_.data() + (kept.begin & (bytes_.size() - 1)), kept.bytes}};
  }
  [[nodiscard]] PublisherSeq number(std::size_t i) const { return slot(i).number; }
  // Where it was seen on the log; 0 before that.
  [[nodiscard]] Seq seq(std::size_t i) const { return slot(i).seq; }
  void set_seq(std::size_t i, Seq seq) { slot_at(i).seq = seq; }
  // Puts other words under the number of the i-th, which like all behind it was not seen on the log. Rare: it copies.
  void replace(std::size_t i, MessageType type, std::uint8_t version, TopicId topic,
               std::span<const std::byte> payload);
  // Removes those of the i-th and all behind it, none of which was seen on the log, of which `unwanted` is true. Those
  // behind take the numbers of those before. Rare: it copies.
  void remove_from(std::size_t i, const std::function<bool(const WishView&)>& unwanted);
  void pop_oldest(std::size_t count);  // at most what is kept
  void pop_newest();
  void clear() { size_ = 0; }

 private:
  struct Slot {
    PublisherSeq number;
    Seq seq;
    std::uint64_t begin = 0;  // of the payload: counts bytes for ever, its place is begin mod the ring's size
    std::uint32_t bytes = 0;
    MessageType type;
    TopicId topic;
    std::uint8_t version = 0;
  };

  [[nodiscard]] const Slot& slot(std::size_t i) const {
    CANTUS_ASSERT(i < size_, "index within what is kept");
    return slot_at(i);
  }
  [[nodiscard]] Slot& slot_at(std::size_t i) { return slots_[(first_ + i) & mask_]; }
  [[nodiscard]] const Slot& slot_at(std::size_t i) const { return slots_[(first_ + i) & mask_]; }
  [[nodiscard]] std::uint64_t place_for(std::size_t bytes);
  void grow();
  void push_all(const KeptQueue& others);

  std::size_t count_max_;
  std::size_t mask_;  // of slots, a power of two
  std::vector<Slot> slots_;
  std::vector<std::byte> bytes_;  // a power of two
  std::size_t first_ = 0;         // slot of the oldest
  std::size_t size_ = 0;
};

}  // namespace cantus::host
