#include "matching/price_levels.h"

#include <algorithm>

namespace cantus {

PoolIndex PriceLevels::at(Ladder& ladder, LevelKey key) {
  PoolIndex better = no_index;
  PoolIndex worse = no_index;
  for (PoolIndex tree = ladder.root; tree != no_index;) {
    const PriceLevel& level = levels_[tree];
    if (level.key == key) {
      return tree;
    }
    (key < level.key ? worse : better) = tree;
    tree = key < level.key ? level.left : level.right;
  }
  const PoolIndex added = levels_.take();
  levels_[added] = PriceLevel{};
  levels_[added].key = key;
  levels_[added].better = better;
  levels_[added].worse = worse;
  (better == no_index ? ladder.best : levels_[better].worse) = added;
  if (worse != no_index) {
    levels_[worse].better = added;
  }
  ladder.root = inserted(ladder.root, added);
  return added;
}

void PriceLevels::remove(Ladder& ladder, PoolIndex level) {
  const PriceLevel removed = levels_[level];
  CANTUS_ASSERT(removed.orders.empty(), "a level goes when nothing rests there any more");
  (removed.better == no_index ? ladder.best : levels_[removed.better].worse) = removed.worse;
  if (removed.worse != no_index) {
    levels_[removed.worse].better = removed.better;
  }
  ladder.root = erased(ladder.root, removed.key);
  levels_.give_back(level);
}

void PriceLevels::measure(PoolIndex tree) {
  PriceLevel& level = levels_[tree];
  level.height = 1 + std::max(height(level.left), height(level.right));
}

PoolIndex PriceLevels::rotated_left(PoolIndex tree) {
  const PoolIndex top = levels_[tree].right;
  levels_[tree].right = levels_[top].left;
  levels_[top].left = tree;
  measure(tree);
  measure(top);
  return top;
}

PoolIndex PriceLevels::rotated_right(PoolIndex tree) {
  const PoolIndex top = levels_[tree].left;
  levels_[tree].left = levels_[top].right;
  levels_[top].right = tree;
  measure(tree);
  measure(top);
  return top;
}

PoolIndex PriceLevels::balanced(PoolIndex tree) {
  PriceLevel& level = levels_[tree];
  const std::int32_t lean = height(level.left) - height(level.right);
  if (lean > 1) {
    const PriceLevel& left = levels_[level.left];
    if (height(left.left) < height(left.right)) {
      level.left = rotated_left(level.left);
    }
    return rotated_right(tree);
  }
  if (lean < -1) {
    const PriceLevel& right = levels_[level.right];
    if (height(right.right) < height(right.left)) {
      level.right = rotated_right(level.right);
    }
    return rotated_left(tree);
  }
  measure(tree);
  return tree;
}

PoolIndex PriceLevels::inserted(PoolIndex tree, PoolIndex level) {
  if (tree == no_index) {
    return level;
  }
  PriceLevel& top = levels_[tree];
  if (levels_[level].key < top.key) {
    top.left = inserted(top.left, level);
  } else {
    top.right = inserted(top.right, level);
  }
  return balanced(tree);
}

PoolIndex PriceLevels::erased(PoolIndex tree, LevelKey key) {
  PriceLevel& top = levels_[tree];
  if (key < top.key) {
    top.left = erased(top.left, key);
    return balanced(tree);
  }
  if (key > top.key) {
    top.right = erased(top.right, key);
    return balanced(tree);
  }
  if (top.right == no_index) {
    return top.left;
  }
  PoolIndex least = no_index;
  const PoolIndex rest = without_least(top.right, least);
  levels_[least].left = top.left;
  levels_[least].right = rest;
  return balanced(least);
}

PoolIndex PriceLevels::without_least(PoolIndex tree, PoolIndex& least) {
  PriceLevel& top = levels_[tree];
  if (top.left == no_index) {
    least = tree;
    return top.right;
  }
  top.left = without_least(top.left, least);
  return balanced(tree);
}

}  // namespace cantus
