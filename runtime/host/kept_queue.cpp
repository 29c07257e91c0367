#include "runtime/host/kept_queue.h"

#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/copy_words.h"

namespace cantus::host {
namespace {

constexpr std::size_t bytes_at_first = std::size_t{1} << 16;
static_assert(bytes_at_first >= payload_bytes_max && std::has_single_bit(bytes_at_first));

}  // namespace

KeptQueue::KeptQueue(std::size_t count_max)
    : count_max_(count_max), mask_(std::bit_ceil(count_max) - 1), slots_(mask_ + 1), bytes_(bytes_at_first) {
  CANTUS_ASSERT(count_max > 0, "an edge may have something in flight");
}

void KeptQueue::push(PublisherSeq number, MessageType type, std::uint8_t version, TopicId topic,
                     std::span<const std::byte> payload) {
  CANTUS_ASSERT(size_ < count_max_ && payload.size() <= payload_bytes_max, "room is tested before a proposal is made");
  const std::uint64_t begin = place_for(payload.size());
  if (!payload.empty()) {
    copy_words(bytes_.data() + (begin & (bytes_.size() - 1)), payload.data(), payload.size());
  }
  // Field by field: a slot that is made first and then copied is waited for (base/copy_words.h).
  Slot& kept = slot_at(size_);
  kept.number = number;
  kept.seq = Seq();
  kept.begin = begin;
  kept.bytes = static_cast<std::uint32_t>(payload.size());
  kept.type = type;
  kept.topic = topic;
  kept.version = version;
  ++size_;
}

// Where so many bytes lie in one piece behind the newest payload.
inline std::uint64_t KeptQueue::place_for(std::size_t bytes) {
  for (;; grow()) {
    if (empty()) {
      return 0;
    }
    const Slot& newest = slot(size_ - 1);
    const std::uint64_t end = newest.begin + newest.bytes;
    const std::uint64_t left = bytes_.size() - (end & (bytes_.size() - 1));
    const std::uint64_t begin = bytes <= left ? end : end + left;
    if (begin + bytes - slot(0).begin <= bytes_.size()) {
      return begin;
    }
  }
}

void KeptQueue::grow() {
  const std::vector<std::byte> old = std::exchange(bytes_, std::vector<std::byte>(2 * bytes_.size()));
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    Slot& kept = slot_at(i);
    std::memcpy(bytes_.data() + end, old.data() + (kept.begin & (old.size() - 1)), kept.bytes);
    kept.begin = std::exchange(end, end + kept.bytes);
  }
}

void KeptQueue::replace(std::size_t i, MessageType type, std::uint8_t version, TopicId topic,
                        std::span<const std::byte> payload) {
  KeptQueue behind(count_max_);
  for (std::size_t j = i + 1; j < size_; ++j) {
    const WishView kept = at(j);
    behind.push(kept.number, kept.type, kept.version, kept.topic, kept.payload);
  }
  const PublisherSeq replaced = number(i);
  size_ = i;
  push(replaced, type, version, topic, payload);
  push_all(behind);
}

void KeptQueue::remove_from(std::size_t i, const std::function<bool(const WishView&)>& unwanted) {
  std::size_t first = i;
  while (first < size_ && !unwanted(at(first))) {
    ++first;
  }
  if (first >= size_) {
    return;
  }
  KeptQueue behind(count_max_);
  PublisherSeq next = number(first);
  for (std::size_t j = first + 1; j < size_; ++j) {
    if (const WishView kept = at(j); !unwanted(kept)) {
      behind.push(std::exchange(next, next.next()), kept.type, kept.version, kept.topic, kept.payload);
    }
  }
  size_ = first;
  push_all(behind);
}

void KeptQueue::push_all(const KeptQueue& others) {
  for (std::size_t j = 0; j < others.size(); ++j) {
    const WishView kept = others.at(j);
    push(kept.number, kept.type, kept.version, kept.topic, kept.payload);
  }
}

void KeptQueue::pop_oldest(std::size_t count) {
  CANTUS_ASSERT(count <= size_, "no more is taken than is kept");
  first_ = (first_ + count) & mask_;
  size_ -= count;
}

void KeptQueue::pop_newest() {
  CANTUS_ASSERT(!empty(), "something is kept");
  --size_;
}

}  // namespace cantus::host
