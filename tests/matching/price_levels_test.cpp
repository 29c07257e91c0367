// The ladder of prices beside a std::map: the same levels in the same order, and a tree that stays flat whatever prices
// come.

#include "matching/price_levels.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace cantus {
namespace {

// Checks order, links and balance of a tree; returns its height.
int check(const PriceLevels& levels, PoolIndex tree, std::vector<std::int64_t>& keys) {
  if (tree == no_index) {
    return 0;
  }
  const PriceLevel& level = levels[tree];
  const int left = check(levels, level.left, keys);
  keys.push_back(level.key.get());
  const int right = check(levels, level.right, keys);
  EXPECT_LE(std::abs(left - right), 1);
  EXPECT_EQ(level.height, 1 + std::max(left, right));
  return level.height;
}

void expect_equal(const PriceLevels& levels, const Ladder& ladder, const std::map<std::int64_t, PoolIndex>& model) {
  std::vector<std::int64_t> expected;
  for (const auto& [key, index] : model) {
    expected.push_back(key);
  }
  std::vector<std::int64_t> in_tree;
  check(levels, ladder.root, in_tree);
  EXPECT_EQ(in_tree, expected);
  std::vector<std::int64_t> linked;
  PoolIndex better = no_index;
  for (PoolIndex at = ladder.best; at != no_index; at = levels[at].worse) {
    EXPECT_EQ(levels[at].better, better);
    linked.push_back(levels[at].key.get());
    better = at;
  }
  EXPECT_EQ(linked, expected);
}

TEST(PriceLevels, RandomLevelsComeAndGoAsInAMap) {
  std::mt19937 generator(5);
  PriceLevels levels(200);
  Ladder ladder;
  std::map<std::int64_t, PoolIndex> model;
  for (int i = 0; i < 5000; ++i) {
    const auto key = static_cast<std::int64_t>(generator() % 200) - 100;
    if (generator() % 2 == 0) {
      const PoolIndex index = levels.at(ladder, LevelKey(key));
      EXPECT_EQ(model.try_emplace(key, index).first->second, index);
    } else if (const auto found = model.find(key); found != model.end()) {
      levels.remove(ladder, found->second);
      model.erase(found);
    }
    if (i % 10 == 0) {
      expect_equal(levels, ladder, model);
    }
  }
}

TEST(PriceLevels, APriceSequenceInOrderStaysFlat) {
  PriceLevels levels(4096);
  Ladder ladder;
  std::map<std::int64_t, PoolIndex> model;
  for (std::int64_t key = 0; key < 4096; ++key) {
    model[key] = levels.at(ladder, LevelKey(key));
  }
  expect_equal(levels, ladder, model);
  EXPECT_EQ(levels[ladder.root].height, 13);
}

}  // namespace
}  // namespace cantus
