// The prices at which orders rest, for all books of the venue in one pool. A ladder (one side of a book) is a balanced
// tree (AVL) of its levels, for finding a price, whose levels are also linked from best to worst, for walking. Its
// shape follows from the history of its prices alone, and its depth is bounded whatever prices are sent.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/pool.h"
#include "matching/order.h"

namespace cantus {

using OrderQueue = PoolList<Order, &Order::in_level>;

// Smaller is better: the price of a sell, minus the price of a buy.
using LevelKey = Strong<struct LevelKeyTag, std::int64_t>;
[[nodiscard]] constexpr LevelKey level_key(Side side, Price price) {
  return LevelKey(side == Side::buy ? -price.get() : price.get());
}

struct PriceLevel {
  LevelKey key;
  PoolIndex left = no_index;
  PoolIndex right = no_index;
  PoolIndex better = no_index;
  PoolIndex worse = no_index;
  std::int32_t height = 1;
  OrderQueue orders;  // in time priority
};

struct Ladder {
  PoolIndex root = no_index;
  PoolIndex best = no_index;
};

class PriceLevels {
 public:
  explicit PriceLevels(std::size_t levels_max) : levels_(levels_max) {}

  // The level with this key, made if it is not there; the caller knows that there is room (a level for each order).
  [[nodiscard]] PoolIndex at(Ladder& ladder, LevelKey key);
  // Takes an empty level away.
  void remove(Ladder& ladder, PoolIndex level);

  PriceLevel& operator[](PoolIndex index) { return levels_[index]; }
  const PriceLevel& operator[](PoolIndex index) const { return levels_[index]; }

 private:
  [[nodiscard]] std::int32_t height(PoolIndex tree) const { return tree == no_index ? 0 : levels_[tree].height; }
  void measure(PoolIndex tree);
  [[nodiscard]] PoolIndex balanced(PoolIndex tree);
  [[nodiscard]] PoolIndex rotated_left(PoolIndex tree);
  [[nodiscard]] PoolIndex rotated_right(PoolIndex tree);
  [[nodiscard]] PoolIndex inserted(PoolIndex tree, PoolIndex level);
  [[nodiscard]] PoolIndex erased(PoolIndex tree, LevelKey key);
  [[nodiscard]] PoolIndex without_least(PoolIndex tree, PoolIndex& least);

  Pool<PriceLevel> levels_;
};

}  // namespace cantus
