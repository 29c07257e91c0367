// The wishes of a machine: proposals that it wants on the log, first in, first out, never changed, reordered or
// withdrawn (docs/architecture.md, section 4). Wish k is publisher sequence k. The runtime asks for what is outstanding
// and proposes it; the head goes when the message of the machine's own publisher with that number is applied, and must
// be byte-equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/digest.h"
#include "base/types.h"
#include "messages/record.h"
#include "messages/snapshot.h"

namespace cantus {

struct WishView {
  PublisherSeq number;
  MessageType type;
  std::uint8_t version = 0;
  TopicId topic;
  std::span<const std::byte> payload;  // valid until the next push or pop
};

// The record says what was proposed, byte for byte, under the same number.
[[nodiscard]] bool says(const Event& record, const WishView& proposed);

// The proposal as an event, for whoever asks what it says; of its header, for which there must be room as long as the
// event is used, only what the proposal determines is set.
[[nodiscard]] Event event_of(const WishView& proposal, RecordHeader& header);

// The checksum that the wish would carry as a proposal under the record's number: what operators trust is named by it
// (Resolved.trusted_crc).
[[nodiscard]] std::uint32_t checksum_in_place_of(const Event& record, const WishView& wish);

class WishQueue {
 public:
  // Room for `capacity` outstanding wishes of at most `payload_max` bytes each, taken here and now.
  WishQueue(std::size_t capacity, std::size_t payload_max);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t room() const { return capacity_ - size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Publisher sequence of the oldest outstanding wish (the next to be admitted), and of the next to be pushed.
  [[nodiscard]] PublisherSeq first_number() const { return first_number_; }
  [[nodiscard]] PublisherSeq next_number() const { return PublisherSeq(first_number_.get() + size_); }

  // Room is tested by the machine before it changes anything.
  template <class M>
  void push(const M& message) {
    push(M::type, M::version, M::topic, payload_of(message));
  }
  void push(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload);

  // Ahead of all that is outstanding, which moves on by one. Only where nobody can have put on the log any of it since
  // its numbers were given: at the resolution of a suspension.
  template <class M>
  void push_first(const M& message) {
    push_first(M::type, M::version, M::topic, payload_of(message));
  }
  void push_first(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload);

  // The i-th outstanding wish; 0 is the oldest.
  [[nodiscard]] WishView at(std::size_t i) const;

  // What became of the head when a message of the machine's own publisher was applied.
  enum class Settled { equal, different, unexpected };
  // `equal`: the head is gone. `different`: the log holds other bytes under this number. `unexpected`: the log holds a
  // number that this machine has not wished for. In the last two cases nothing changed, and the replica must stop and
  // give evidence.
  // A RollDigest is equal to one that another build says of the same state, or who did not know that records were void.
  [[nodiscard]] Settled settle(const Event& own);
  // The machine's own publisher has a void record on the log (messages/exceptions.h): its number is used up, and every
  // outstanding wish moves on by one. False if it is not the number that comes next.
  [[nodiscard]] bool pass(const Event& own);

  void digest_into(DigestBuilder& digest) const;
  void save_into(SnapshotWriter& out) const;
  // Into a queue that was never used.
  void restore_from(SectionReader& in);

 private:
  struct Slot {
    MessageType type;
    std::uint8_t version = 0;
    TopicId topic;
    std::uint32_t size = 0;
  };

  void put(std::size_t at, MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload);
  [[nodiscard]] std::size_t wrap(std::size_t i) const { return i >= capacity_ ? i - capacity_ : i; }

  std::size_t capacity_;
  std::size_t payload_max_;
  std::vector<Slot> slots_;
  std::unique_ptr<std::byte[]> bytes_;  // capacity_ * payload_max_; pages that were never needed stay untouched
  std::size_t first_ = 0;               // 0 where none is outstanding, so that a short queue stays in few cache lines
  std::size_t size_ = 0;
  PublisherSeq first_number_{1};
};

}  // namespace cantus
