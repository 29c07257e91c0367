// Bounded containers against the standard ones, under random use.
#include "base/bounded.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <unordered_map>

namespace cantus {
namespace {

TEST(BoundedQueue, BehavesAsADeque) {
  std::mt19937 random(5);
  for (const std::size_t capacity : {1u, 2u, 7u, 64u}) {
    BoundedQueue<std::uint32_t> queue(capacity);
    std::deque<std::uint32_t> model;
    for (int step = 0; step < 20'000; ++step) {
      if (random() % 2 == 0 && !queue.full()) {
        const auto value = static_cast<std::uint32_t>(random());
        EXPECT_EQ(queue.push(value), value);
        model.push_back(value);
      } else if (!queue.empty()) {
        queue.pop();
        model.pop_front();
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_EQ(queue.full(), model.size() == capacity);
      for (std::size_t i = 0; i < model.size(); ++i) {
        ASSERT_EQ(queue[i], model[i]);
      }
    }
    queue.clear();
    EXPECT_TRUE(queue.empty());
  }
}

TEST(BoundedQueue, LetsGoOfWhatItPops) {
  BoundedQueue<std::shared_ptr<int>> queue(4);
  const auto value = std::make_shared<int>(1);
  queue.push(value);
  EXPECT_EQ(value.use_count(), 2);
  queue.pop();
  EXPECT_EQ(value.use_count(), 1);
}

TEST(BoundedQueueDeathTest, MisuseIsABrokenInvariant) {
  BoundedQueue<int> queue(1);
  EXPECT_DEATH(queue.pop(), "holds something");
  EXPECT_DEATH((void)queue[0], "index within");
  queue.push(1);
  EXPECT_DEATH(queue.push(2), "room is tested");
}

struct Mixed {
  std::uint64_t operator()(std::uint64_t key) const { return mix_bits(key); }
};
// Every key on a few slots: long chains, so that deletion must move others back.
struct Colliding {
  std::uint64_t operator()(std::uint64_t key) const { return key % 3; }
};
// Chains that run over the end of the table.
struct AtTheEnd {
  std::uint64_t operator()(std::uint64_t key) const { return ~(key % 4); }
};

template <class Hash>
void compare_with_map(std::size_t capacity, std::uint64_t keys) {
  std::mt19937 random(9);
  HashIndex<std::uint64_t, std::uint64_t, Hash> index(capacity);
  std::unordered_map<std::uint64_t, std::uint64_t> model;
  for (int step = 0; step < 30'000; ++step) {
    const std::uint64_t key = random() % keys;
    if (random() % 2 == 0) {
      if (!model.contains(key) && !index.full()) {
        const std::uint64_t value = random();
        index.insert(key, value);
        model.emplace(key, value);
      }
    } else {
      ASSERT_EQ(index.erase(key), model.erase(key) == 1);
    }
    ASSERT_EQ(index.size(), model.size());
    ASSERT_EQ(index.full(), model.size() == capacity);
    if (step % 16 != 0) {
      continue;
    }
    for (std::uint64_t each = 0; each < keys; ++each) {
      const auto found = model.find(each);
      const std::uint64_t* const value = index.find(each);
      ASSERT_EQ(value != nullptr, found != model.end()) << each;
      ASSERT_EQ(index.contains(each), found != model.end()) << each;
      if (value != nullptr) {
        ASSERT_EQ(*value, found->second);
      }
    }
  }
  index.clear();
  EXPECT_EQ(index.size(), 0u);
  EXPECT_FALSE(index.contains(0));
}

TEST(HashIndex, BehavesAsAMap) {
  compare_with_map<Mixed>(64, 100);
  compare_with_map<Colliding>(16, 24);
  compare_with_map<AtTheEnd>(8, 16);
  compare_with_map<Mixed>(1, 3);
}

TEST(HashIndexDeathTest, MisuseIsABrokenInvariant) {
  HashIndex<std::uint64_t, int, Mixed> index(2);
  index.insert(1, 1);
  EXPECT_DEATH(index.insert(1, 2), "inserted once");
  index.insert(2, 2);
  EXPECT_DEATH(index.insert(3, 3), "room is tested");
}

}  // namespace
}  // namespace cantus
