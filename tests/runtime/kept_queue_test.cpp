// The queue of an edge's proposals beside a naive one: random pushes, removals at both ends and within, and
// replacements, payloads of every size, so that its bytes wrap and grow.
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "runtime/host/kept_queue.h"

namespace cantus::host {
namespace {

constexpr std::size_t count_max = 300;  // times the greatest payload: more than the bytes it begins with

struct Naive {
  PublisherSeq number;
  MessageType type;
  std::uint8_t version = 0;
  TopicId topic;
  std::vector<std::byte> payload;
  Seq seq;
};

void expect_same(const KeptQueue& queue, const std::deque<Naive>& naive) {
  ASSERT_EQ(queue.size(), naive.size());
  for (std::size_t i = 0; i < naive.size(); ++i) {
    const WishView view = queue.at(i);
    ASSERT_EQ(view.number, naive[i].number);
    ASSERT_EQ(view.type, naive[i].type);
    ASSERT_EQ(view.version, naive[i].version);
    ASSERT_EQ(view.topic, naive[i].topic);
    ASSERT_EQ(std::vector<std::byte>(view.payload.begin(), view.payload.end()), naive[i].payload) << i;
    ASSERT_EQ(queue.seq(i), naive[i].seq);
  }
}

class Histories {
 public:
  explicit Histories(unsigned seed) : random_(seed) {}

  void step() {
    // Long phases of filling and of emptying.
    const bool filling = step_++ / 1'000 % 2 == 0;
    const auto choice = below(10);
    if (choice < (filling ? 7u : 3u)) {
      push();
    } else if (choice < 8 && !naive_.empty()) {
      queue_.pop_oldest(1);
      naive_.pop_front();
    } else if (choice == 8 && !naive_.empty() && naive_.back().seq.is_zero()) {
      queue_.pop_newest();
      naive_.pop_back();
      next_ = PublisherSeq(next_.get() - 1);
    } else if (choice == 9 && below(10) == 0) {
      remove();
    } else if (!naive_.empty()) {
      mark_or_replace(below(naive_.size()));
    }
  }
  void check() const { expect_same(queue_, naive_); }
  [[nodiscard]] std::size_t removed() const { return removed_; }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  Naive words() {
    Naive made{PublisherSeq(),
               MessageType(static_cast<std::uint16_t>(1 + below(90))),
               static_cast<std::uint8_t>(below(3)),
               TopicId(static_cast<std::uint16_t>(below(60))),
               std::vector<std::byte>(below(4) == 0 ? below(payload_bytes_max + 1) : below(40)),
               Seq()};
    for (std::byte& byte : made.payload) {
      byte = static_cast<std::byte>(random_());
    }
    return made;
  }

  void push() {
    if (naive_.size() == count_max) {
      return;
    }
    Naive made = words();
    made.number = next_;
    next_ = next_.next();
    queue_.push(made.number, made.type, made.version, made.topic, made.payload);
    naive_.push_back(std::move(made));
  }

  // What was seen on the log is not replaced any more, nor anything before it.
  void mark_or_replace(std::size_t i) {
    if (below(4) != 0) {
      const Seq seq(1 + below(1'000'000));
      queue_.set_seq(i, seq);
      naive_[i].seq = seq;
      return;
    }
    for (std::size_t j = i; j < naive_.size(); ++j) {
      if (!naive_[j].seq.is_zero()) {
        return;
      }
    }
    Naive made = words();
    made.number = naive_[i].number;
    queue_.replace(i, made.type, made.version, made.topic, made.payload);
    naive_[i] = std::move(made);
  }

  // Of those behind the last that was seen on the log, what has a certain version; the others move up.
  void remove() {
    std::size_t i = 0;
    for (std::size_t j = 0; j < naive_.size(); ++j) {
      i = naive_[j].seq.is_zero() ? i : j + 1;
    }
    const auto version = static_cast<std::uint8_t>(below(3));
    queue_.remove_from(i, [version](const WishView& kept) { return kept.version == version; });
    std::deque<Naive> left(naive_.begin(), naive_.begin() + static_cast<std::ptrdiff_t>(i));
    for (; i < naive_.size(); ++i) {
      if (naive_[i].version != version) {
        naive_[i].number = left.empty() ? naive_.front().number : left.back().number.next();
        left.push_back(std::move(naive_[i]));
      }
    }
    removed_ += naive_.size() - left.size();
    next_ = PublisherSeq(next_.get() - (naive_.size() - left.size()));
    naive_ = std::move(left);
  }

  std::mt19937 random_;
  KeptQueue queue_{count_max};
  std::deque<Naive> naive_;
  PublisherSeq next_{1};
  std::size_t step_ = 0;
  std::size_t removed_ = 0;
};

TEST(KeptQueue, IsAQueue) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Histories histories(seed);
    for (int i = 0; i < 6'000; ++i) {
      histories.step();
      if (i % 50 == 0) {
        histories.check();
        if (::testing::Test::HasFatalFailure()) {
          FAIL() << "seed " << seed << ", step " << i;
        }
      }
    }
    EXPECT_GT(histories.removed(), 100u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cantus::host
