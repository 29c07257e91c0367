// The records of one pass of the sequencer, framed one behind the other, as Journal::append takes them. All memory is
// taken at construction.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/copy_words.h"
#include "messages/record.h"
#include "messages/record_words.h"

namespace cantus {

class Batch {
 public:
  // Room for `capacity` bytes of records.
  explicit Batch(std::size_t capacity) : bytes_(capacity) {}

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t room() const { return bytes_.size() - size_; }
  [[nodiscard]] std::span<const std::byte> records() const { return {bytes_.data(), size_}; }
  // The topics on which it holds records: whose readers must be woken.
  [[nodiscard]] TopicSet topics() const { return topics_; }

  void clear() {
    size_ = 0;
    count_ = 0;
    topics_ = TopicSet();
  }

  // Copies the payload to where the next record's payload belongs, without adding a record yet: what is checked there
  // cannot change any more. There must be room for the record. The copy is valid until the next call.
  std::span<const std::byte> stage(std::span<const std::byte> payload) {
    CANTUS_ASSERT(
        payload.size() <= payload_bytes_max && aligned_record(sizeof(RecordHeader) + payload.size()) <= room(),
        "room is tested before a record is staged");
    std::byte* const at = bytes_.data() + size_ + sizeof(RecordHeader);
    copy_words(at, payload.data(), payload.size());
    return {at, payload.size()};
  }
  // Adds the record whose payload was staged last, and sets its checksum; the header's length is set by the caller.
  // Inlined, so that the header's fields come here in registers: they were set a moment ago (base/copy_words.h).
  [[gnu::always_inline]] Event commit(const RecordHeader& header, PayloadSum payload) {
    const std::size_t aligned = aligned_record(header.length);
    CANTUS_ASSERT(aligned <= room() && header.length == sizeof(header) + payload.bytes,
                  "a record is staged before it is committed");
    std::byte* const at = bytes_.data() + size_;
    auto* const stored = reinterpret_cast<RecordHeader*>(at);
    store_words(at, words_of(header));
    stored->crc = checksum_of(*stored, payload);
    if (aligned != header.length) {
      std::memset(at + header.length, 0, aligned - header.length);
    }
    size_ += aligned;
    ++count_;
    if (header.topic.get() < 64) {
      topics_.add(header.topic);
    }
    return Event{stored, at + sizeof(RecordHeader)};
  }

 private:
  std::vector<std::byte> bytes_;  // from operator new: aligned for any header
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  TopicSet topics_;
};

}  // namespace cantus
