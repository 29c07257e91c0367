// Wishes: first in, first out, numbered without gaps, settled only by the same bytes.
#include "messages/wish_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace cantus {
namespace {

TimeTick tick() { return {}; }
PublishGranted grant(std::uint16_t publisher) { return {PublisherId(publisher), TopicId(1), {}}; }

// A record of the queue's own publisher, kept alive with its event.
class Own {
 public:
  template <class M>
  Own(const M& message, std::uint64_t number) : Own(M::type, M::version, M::topic, payload_of(message), number) {}
  Own(MessageType type, std::uint8_t version, TopicId topic, std::span<const std::byte> payload, std::uint64_t number) {
    RecordHeader header;
    header.type = type;
    header.version = version;
    header.topic = topic;
    header.publisher_seq = PublisherSeq(number);
    build_record(bytes_, header, payload);
  }
  [[nodiscard]] Event event() const {
    return {reinterpret_cast<const RecordHeader*>(bytes_.data()), bytes_.data() + sizeof(RecordHeader)};
  }

 private:
  std::vector<std::byte> bytes_;
};

Digest digest_of(const WishQueue& queue) {
  DigestBuilder digest;
  queue.digest_into(digest);
  return digest.digest();
}

TEST(WishQueue, NumbersBeginAtOneAndNeverRepeat) {
  WishQueue queue(2, 64);
  EXPECT_EQ(queue.first_number(), PublisherSeq(1));
  queue.push(tick());
  queue.push(grant(3));
  EXPECT_EQ(queue.next_number(), PublisherSeq(3));
  EXPECT_EQ(queue.room(), 0u);
  EXPECT_EQ(queue.settle(Own(tick(), 1).event()), WishQueue::Settled::equal);
  queue.push(grant(4));
  EXPECT_EQ(queue.first_number(), PublisherSeq(2));
  EXPECT_EQ(queue.at(0).number, PublisherSeq(2));
  EXPECT_EQ(queue.at(1).number, PublisherSeq(3));
  EXPECT_TRUE(std::ranges::equal(queue.at(1).payload, payload_of(grant(4))));
}

TEST(WishQueue, ADigestOfAnotherBuildsStateIsNotCompared) {
  RollDigest wished{Seq(7), {}, 5};
  RollDigest said = wished;
  said.digest.bytes[0] = std::byte{1};
  WishQueue queue(2, 64);
  queue.push(wished);
  EXPECT_EQ(queue.settle(Own(said, 1).event()), WishQueue::Settled::different);
  said.sections = 6;
  said.drained = Seq(8);
  EXPECT_EQ(queue.settle(Own(said, 1).event()), WishQueue::Settled::different) << "of another state";
  said.drained = wished.drained;
  EXPECT_EQ(queue.settle(Own(said, 1).event()), WishQueue::Settled::equal);
  EXPECT_TRUE(queue.empty());
}

TEST(WishQueue, OnlyTheSameBytesSettleTheHead) {
  WishQueue queue(4, 64);
  queue.push(grant(3));
  queue.push(tick());
  const Digest before = digest_of(queue);
  EXPECT_EQ(queue.settle(Own(grant(4), 1).event()), WishQueue::Settled::different);
  EXPECT_EQ(queue.settle(Own(tick(), 1).event()), WishQueue::Settled::different);
  EXPECT_EQ(queue.settle(Own(PublishGranted::type, 2, PublishGranted::topic, payload_of(grant(3)), 1).event()),
            WishQueue::Settled::different);
  EXPECT_EQ(queue.settle(Own(PublishGranted::type, 1, topic::bench, payload_of(grant(3)), 1).event()),
            WishQueue::Settled::different);
  EXPECT_EQ(queue.settle(Own(grant(3), 2).event()), WishQueue::Settled::unexpected);
  EXPECT_EQ(digest_of(queue), before);
  EXPECT_EQ(queue.settle(Own(grant(3), 1).event()), WishQueue::Settled::equal);
  EXPECT_EQ(queue.settle(Own(grant(3), 1).event()), WishQueue::Settled::unexpected);
  EXPECT_EQ(queue.settle(Own(tick(), 2).event()), WishQueue::Settled::equal);
  EXPECT_EQ(queue.settle(Own(tick(), 3).event()), WishQueue::Settled::unexpected);
}

TEST(WishQueue, BehavesAsADequeAndItsDigestIgnoresWhereThingsLie) {
  std::mt19937 random(13);
  WishQueue queue(5, 32);
  WishQueue twin(9, 48);
  std::deque<std::vector<std::byte>> model;
  std::uint64_t first = 1;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0 && queue.room() > 0) {
      std::vector<std::byte> payload(random() % 33);
      std::ranges::generate(payload, [&] { return static_cast<std::byte>(random()); });
      queue.push(MessageType(77), 1, TopicId(4), payload);
      twin.push(MessageType(77), 1, TopicId(4), payload);
      model.push_back(payload);
    } else if (!queue.empty()) {
      const Own own(MessageType(77), 1, TopicId(4), model.front(), first++);
      ASSERT_EQ(queue.settle(own.event()), WishQueue::Settled::equal);
      ASSERT_EQ(twin.settle(own.event()), WishQueue::Settled::equal);
      model.pop_front();
    }
    ASSERT_EQ(queue.size(), model.size());
    ASSERT_EQ(digest_of(queue), digest_of(twin));
    for (std::size_t i = 0; i < model.size(); ++i) {
      ASSERT_EQ(queue.at(i).number, PublisherSeq(first + i));
      ASSERT_TRUE(std::ranges::equal(queue.at(i).payload, model[i]));
    }
  }
}

TEST(WishQueue, AShortQueueStaysInItsPlace) {
  WishQueue queue(64, 64);
  const std::byte* place = nullptr;
  for (std::uint64_t number = 1; number < 200; ++number) {
    queue.push(tick());
    place = place == nullptr ? queue.at(0).payload.data() : place;
    ASSERT_EQ(queue.at(0).payload.data(), place);
    ASSERT_EQ(queue.settle(Own(tick(), number).event()), WishQueue::Settled::equal);
  }
}

TEST(WishQueueDeathTest, RoomIsTheMachinesDuty) {
  WishQueue queue(1, 8);
  queue.push(tick());
  EXPECT_DEATH(queue.push(tick()), "tested before a change");
  WishQueue narrow(2, 7);
  EXPECT_DEATH(narrow.push(tick()), "fits its slot");
  EXPECT_DEATH((void)narrow.at(0), "index within");
}

}  // namespace
}  // namespace cantus
