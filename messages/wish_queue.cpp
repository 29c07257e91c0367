#include "messages/wish_queue.h"

#include <algorithm>
#include <cstddef>

namespace cantus {

WishQueue::WishQueue(std::size_t capacity, std::size_t payload_max)
    : capacity_(capacity), payload_max_(payload_max), slots_(capacity), bytes_(capacity * payload_max) {}

void WishQueue::push(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload) {
  CANTUS_ASSERT(size_ < capacity_, "room for a wish is tested before a change");
  CANTUS_ASSERT(payload.size() <= payload_max_, "a wish fits its slot");
  const std::size_t at = (first_ + size_) % capacity_;
  slots_[at] = Slot{type, version, topic, static_cast<std::uint32_t>(payload.size())};
  std::ranges::copy(payload, bytes_.begin() + static_cast<std::ptrdiff_t>(at * payload_max_));
  ++size_;
}

WishView WishQueue::at(std::size_t i) const {
  CANTUS_ASSERT(i < size_, "index within the outstanding wishes");
  const std::size_t at = (first_ + i) % capacity_;
  const Slot& slot = slots_[at];
  return {PublisherSeq(first_number_.get() + i),
          slot.type,
          slot.version,
          slot.topic,
          {bytes_.data() + at * payload_max_, slot.size}};
}

WishQueue::Settled WishQueue::settle(const Event& own) {
  if (size_ == 0 || own.header->publisher_seq != first_number_) {
    return Settled::unexpected;
  }
  const WishView head = at(0);
  const bool equal = own.header->type == head.type && own.header->version == head.version &&
                     own.header->topic == head.topic && std::ranges::equal(own.bytes(), head.payload);
  if (!equal) {
    return Settled::different;
  }
  first_ = (first_ + 1) % capacity_;
  --size_;
  first_number_ = first_number_.next();
  return Settled::equal;
}

void WishQueue::digest_into(DigestBuilder& digest) const {
  digest.add(first_number_).add(static_cast<std::uint64_t>(size_));
  for (std::size_t i = 0; i < size_; ++i) {
    const WishView wish = at(i);
    digest.add(wish.type).add(wish.version).add(wish.topic).add_bytes(wish.payload);
  }
}

}  // namespace cantus
