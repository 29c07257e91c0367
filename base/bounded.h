// Containers with a bound: all memory is taken at construction, nothing allocates afterwards, and what does not fit
// is told to the caller, who tests capacity before a change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/pool.h"

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
// mixed bits. Keys and values lie densely in a pool, so few of them stay in few cache lines whatever there is room for;
// a table of their indices is probed linearly, is at most half full, and forgets by moving back.
template <class Key, class Value, class Hash>
class HashIndex {
 public:
  explicit HashIndex(std::size_t capacity) : entries_(capacity), table_(table_size(capacity), no_index) {}

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool full() const { return entries_.full(); }

  [[nodiscard]] Value* find(const Key& key) {
    const PoolIndex found = table_[locate(key)];
    return found == no_index ? nullptr : &entries_[found].value;
  }
  [[nodiscard]] const Value* find(const Key& key) const {
    const PoolIndex found = table_[locate(key)];
    return found == no_index ? nullptr : &entries_[found].value;
  }
  [[nodiscard]] bool contains(const Key& key) const { return find(key) != nullptr; }

  // The key must not be there, and there must be room.
  void insert(const Key& key, Value value) {
    CANTUS_ASSERT(!full(), "room is tested before an insertion");
    PoolIndex& at = table_[locate(key)];
    CANTUS_ASSERT(at == no_index, "a key is inserted once");
    at = entries_.take();
    entries_[at] = Entry{key, std::move(value)};
  }
  bool erase(const Key& key) {
    std::size_t hole = locate(key);
    if (table_[hole] == no_index) {
      return false;
    }
    entries_[table_[hole]] = Entry{};
    entries_.give_back(table_[hole]);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = (hole + 1) & mask; table_[at] != no_index; at = (at + 1) & mask) {
      const std::size_t home = Hash{}(entries_[table_[at]].key) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        table_[hole] = table_[at];
        hole = at;
      }
    }
    table_[hole] = no_index;
    return true;
  }
  void clear() {
    for (PoolIndex& index : table_) {
      if (index != no_index) {
        entries_[index] = Entry{};
        entries_.give_back(std::exchange(index, no_index));
      }
    }
  }

 private:
  struct Entry {
    Key key{};
    Value value{};
  };

  static std::size_t table_size(std::size_t capacity) {
    std::size_t size = 16;
    while (size < capacity * 2) {
      size *= 2;
    }
    return size;
  }
  // Where the key's index stands, or would stand.
  [[nodiscard]] std::size_t locate(const Key& key) const {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = Hash{}(key)&mask;
    while (table_[at] != no_index && !(entries_[table_[at]].key == key)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  Pool<Entry> entries_;
  std::vector<PoolIndex> table_;
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
