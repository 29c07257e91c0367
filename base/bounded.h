// Containers with a bound: all memory is taken at construction, nothing allocates afterwards, and what does not fit
// is told to the caller, who tests capacity before a change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace cantus {

// First in, first out, at most `capacity` elements; index 0 is the oldest.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : slots_(capacity) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return slots_.size(); }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == slots_.size(); }

  T& push(T value) {
    CANTUS_ASSERT(!full(), "room is tested before a push");
    T& slot = slots_[wrap(first_ + size_)];
    slot = std::move(value);
    ++size_;
    return slot;
  }
  void pop() {
    CANTUS_ASSERT(!empty(), "pop takes from a queue that holds something");
    slots_[first_] = T{};
    first_ = wrap(first_ + 1);
    --size_;
  }
  T& operator[](std::size_t i) {
    CANTUS_ASSERT(i < size_, "index within the queue");
    return slots_[wrap(first_ + i)];
  }
  const T& operator[](std::size_t i) const {
    CANTUS_ASSERT(i < size_, "index within the queue");
    return slots_[wrap(first_ + i)];
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  void clear() {
    while (!empty()) {
      pop();
    }
  }

 private:
  [[nodiscard]] std::size_t wrap(std::size_t i) const { return i >= slots_.size() ? i - slots_.size() : i; }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

// Finds a value by key; never iterated, so its inner order can never reach an output. `Hash` maps a key to 64 well
// mixed bits. Linear probing, at most half full, deletion by moving back.
template <class Key, class Value, class Hash>
class HashIndex {
 public:
  explicit HashIndex(std::size_t capacity) : capacity_(capacity), slots_(table_size(capacity)) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == capacity_; }

  [[nodiscard]] Value* find(const Key& key) {
    const std::size_t at = locate(key);
    return slots_[at].used ? &slots_[at].value : nullptr;
  }
  [[nodiscard]] const Value* find(const Key& key) const {
    const std::size_t at = locate(key);
    return slots_[at].used ? &slots_[at].value : nullptr;
  }
  [[nodiscard]] bool contains(const Key& key) const { return find(key) != nullptr; }

  // The key must not be there, and there must be room.
  void insert(const Key& key, Value value) {
    CANTUS_ASSERT(!full(), "room is tested before an insertion");
    const std::size_t at = locate(key);
    CANTUS_ASSERT(!slots_[at].used, "a key is inserted once");
    slots_[at] = Slot{key, std::move(value), true};
    ++size_;
  }
  bool erase(const Key& key) {
    std::size_t hole = locate(key);
    if (!slots_[hole].used) {
      return false;
    }
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = (hole + 1) & mask; slots_[at].used; at = (at + 1) & mask) {
      const std::size_t home = Hash{}(slots_[at].key) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        slots_[hole] = std::move(slots_[at]);
        hole = at;
      }
    }
    slots_[hole] = Slot{};
    --size_;
    return true;
  }
  void clear() {
    for (Slot& slot : slots_) {
      slot = Slot{};
    }
    size_ = 0;
  }

 private:
  struct Slot {
    Key key{};
    Value value{};
    bool used = false;
  };

  static std::size_t table_size(std::size_t capacity) {
    std::size_t size = 16;
    while (size < capacity * 2) {
      size *= 2;
    }
    return size;
  }
  [[nodiscard]] std::size_t locate(const Key& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = Hash{}(key)&mask;
    while (slots_[at].used && !(slots_[at].key == key)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  std::size_t capacity_;
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

// Well mixed bits of one or two words, for HashIndex.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccd;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}

}  // namespace cantus
