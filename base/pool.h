// A bounded store of equal things that are named by index, and lists threaded through them: what order books are made
// of. All memory is reserved at construction; pages that were never needed stay untouched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/assert.h"

namespace cantus {

using PoolIndex = std::uint32_t;
inline constexpr PoolIndex no_index = std::numeric_limits<PoolIndex>::max();

// Hands out indices of T, the one given back last first, else 0, 1, 2 … An element keeps its old content until it is
// assigned.
template <class T>
class Pool {
 public:
  explicit Pool(std::size_t capacity) : capacity_(capacity) {
    CANTUS_ASSERT(capacity < no_index, "a pool's indices are 32 bits");
    elements_.reserve(capacity);
    free_.reserve(capacity);
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t size() const { return elements_.size() - free_.size(); }
  [[nodiscard]] bool full() const { return size() == capacity_; }

  // Room is tested by the caller.
  [[nodiscard]] PoolIndex take() {
    CANTUS_ASSERT(!full(), "room in a pool is tested before it is taken");
    if (free_.empty()) {
      elements_.emplace_back();
      return static_cast<PoolIndex>(elements_.size() - 1);
    }
    const PoolIndex index = free_.back();
    free_.pop_back();
    return index;
  }
  void give_back(PoolIndex index) {
    CANTUS_ASSERT(index < elements_.size() && size() > 0, "what is given back was taken");
    free_.push_back(index);
  }
  T& operator[](PoolIndex index) {
    CANTUS_ASSERT(index < elements_.size(), "index within the pool");
    return elements_[index];
  }
  const T& operator[](PoolIndex index) const {
    CANTUS_ASSERT(index < elements_.size(), "index within the pool");
    return elements_[index];
  }

 private:
  std::size_t capacity_;
  std::vector<T> elements_;
  std::vector<PoolIndex> free_;
};

struct PoolLinks {
  PoolIndex previous = no_index;
  PoolIndex next = no_index;
};

// A list of elements of a pool, first in, first out, from which any may be taken; `links` is the member of T that
// belongs to this list.
template <class T, PoolLinks T::*links>
class PoolList {
 public:
  [[nodiscard]] bool empty() const { return first_ == no_index; }
  [[nodiscard]] PoolIndex first() const { return first_; }
  [[nodiscard]] static PoolIndex next(const Pool<T>& pool, PoolIndex index) { return (pool[index].*links).next; }

  void push_back(Pool<T>& pool, PoolIndex index) {
    pool[index].*links = PoolLinks{last_, no_index};
    (last_ == no_index ? first_ : (pool[last_].*links).next) = index;
    last_ = index;
  }
  void erase(Pool<T>& pool, PoolIndex index) {
    const PoolLinks at = pool[index].*links;
    (at.previous == no_index ? first_ : (pool[at.previous].*links).next) = at.next;
    (at.next == no_index ? last_ : (pool[at.next].*links).previous) = at.previous;
  }

 private:
  PoolIndex first_ = no_index;
  PoolIndex last_ = no_index;
};

}  // namespace cantus
