// The ring of proposals: order and content under concurrency, room, wrapping, and a producer that scribbles.
#include "runtime/ring.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>

#include <cstring>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace cantus::runtime {
namespace {

constexpr std::size_t data_bytes = 4096;

// Memory that both sides of a test share.
class RingMemory {
 public:
  explicit RingMemory(std::size_t bytes = data_bytes) : words_((ring_page_bytes + bytes) / sizeof(Line)) {}
  [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }
  [[nodiscard]] std::byte* data() { return bytes().data() + ring_page_bytes; }

 private:
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes{};
  };
  std::vector<Line> words_;
};

std::vector<std::byte> payload_for(std::uint64_t number, std::size_t bytes) {
  std::vector<std::byte> payload(bytes);
  for (std::size_t i = 0; i < bytes; ++i) {
    payload[i] = static_cast<std::byte>(number * 31 + i);
  }
  return payload;
}

bool push(RingProducer& producer, std::uint64_t number, std::size_t bytes) {
  return producer.push(VenueId(7), PublisherSeq(number), MessageType(90), 1, topic::bench, payload_for(number, bytes));
}

void expect_proposal(const RingConsumer& consumer, std::uint64_t number, std::size_t bytes) {
  ProposalHeader expected;
  expected.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + bytes);
  expected.type = MessageType(90);
  expected.version = 1;
  expected.venue = VenueId(7);
  expected.publisher_seq = PublisherSeq(number);
  expected.topic = topic::bench;
  expected.crc = checksum_of(expected, payload_for(number, bytes));
  ASSERT_EQ(std::memcmp(&expected, &consumer.header(), sizeof(expected)), 0) << "proposal " << number;
  ASSERT_TRUE(std::ranges::equal(consumer.payload(), payload_for(number, bytes))) << "proposal " << number;
}

TEST(Ring, NothingIsFoundInAnEmptyRing) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  EXPECT_EQ(consumer.peek(), RingConsumer::Found::nothing);
}

TEST(Ring, ProposalsOfEverySizeComeOutInOrderAsTheyWentIn) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  std::mt19937 random(1);
  std::deque<std::pair<std::uint64_t, std::size_t>> model;
  std::uint64_t number = 0;
  for (int step = 0; step < 50'000; ++step) {
    if (random() % 2 == 0) {
      const std::size_t bytes = random() % (payload_bytes_max + 1);
      std::size_t used = 0;
      for (const auto& [ignored, size] : model) {
        used += aligned_record(sizeof(ProposalHeader) + size);
      }
      const bool fits = used + aligned_record(sizeof(ProposalHeader) + bytes) + record_alignment <= data_bytes;
      ASSERT_EQ(push(producer, number + 1, bytes), fits);
      if (fits) {
        model.emplace_back(++number, bytes);
      }
    } else if (model.empty()) {
      ASSERT_EQ(consumer.peek(), RingConsumer::Found::nothing);
    } else {
      ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
      expect_proposal(consumer, model.front().first, model.front().second);
      consumer.pop();
      model.pop_front();
    }
  }
  EXPECT_GT(number, 10'000u);
}

// What is staged is seen by one store or not at all; what was dropped leaves nothing behind.
TEST(Ring, WhatIsStagedIsShownAtOnceOrNever) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  const auto stage = [&](std::uint64_t number) {
    return producer.stage(VenueId(7), PublisherSeq(number), MessageType(90), 1, topic::bench,
                          payload_for(number, 9 * (number % 9)));
  };
  std::uint64_t next = 1;
  for (int round = 0; round < 200; ++round) {
    for (std::uint64_t i = 0; i < 5; ++i) {
      ASSERT_TRUE(stage(1000 + i));
    }
    producer.drop();
    std::uint64_t staged = 0;
    while (staged < static_cast<std::uint64_t>(round % 40) && stage(next + staged)) {
      ++staged;
    }
    ASSERT_EQ(consumer.peek(), RingConsumer::Found::nothing);
    producer.show();
    for (std::uint64_t i = 0; i < staged; ++i, ++next) {
      ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
      expect_proposal(consumer, next, 9 * (next % 9));
      consumer.pop();
    }
    ASSERT_EQ(consumer.peek(), RingConsumer::Found::nothing);
  }
}

TEST(Ring, AProposalThatWaitsIsReadOnlyOnce) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  ASSERT_TRUE(push(producer, 1, 100));
  ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
  std::memset(memory.data(), 0xff, data_bytes);
  ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
  expect_proposal(consumer, 1, 100);
}

TEST(Ring, AReadersPageTakesNoProposals) {
  Result<RingConsumer> consumer = RingConsumer::create("reader", 0);
  ASSERT_TRUE(consumer.ok());
  EXPECT_EQ(consumer->peek(), RingConsumer::Found::nothing);
  Result<RingProducer> producer = RingProducer::open(UniqueFd(::dup(consumer->fd())));
  ASSERT_TRUE(producer.ok());
  EXPECT_FALSE(push(*producer, 1, 0));
}

// ---- a producer that scribbles -----------------------------------------------------------------------------------

class HostileRing : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(HostileRing, ALengthOutOfBoundsEndsTheStream) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  const std::uint32_t length = GetParam();
  std::memcpy(memory.data(), &length, sizeof(length));
  EXPECT_EQ(consumer.peek(), RingConsumer::Found::malformed);
  const std::uint32_t repaired = sizeof(ProposalHeader);
  std::memcpy(memory.data(), &repaired, sizeof(repaired));
  EXPECT_EQ(consumer.peek(), RingConsumer::Found::malformed) << "an ended stream stays ended";
}

INSTANTIATE_TEST_SUITE_P(Lengths, HostileRing,
                         ::testing::Values(1u, 31u, static_cast<std::uint32_t>(proposal_bytes_max) + 1, 4096u,
                                           0x7fffffffu, 0x80000000u, 0xffffffffu));

TEST(Ring, TheLengthThatWasBoundedIsTheOneThatCounts) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  ASSERT_TRUE(push(producer, 1, 40));
  ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
  const std::uint32_t length = 0xffffffff;
  std::memcpy(memory.data(), &length, sizeof(length));
  EXPECT_EQ(consumer.payload().size(), 40u);
}

TEST(Ring, RandomBytesNeverLeadOutOfTheRing) {
  std::mt19937 random(2);
  for (int round = 0; round < 2'000; ++round) {
    RingMemory memory;
    RingConsumer consumer(memory.bytes());
    std::byte* const data = memory.data();
    for (std::size_t i = 0; i < data_bytes; ++i) {
      data[i] = static_cast<std::byte>(random());
    }
    // Lengths that are in bounds lead on to what stands behind them.
    for (std::size_t i = 0; i < data_bytes; i += 8) {
      const auto length = static_cast<std::uint32_t>(random() % (proposal_bytes_max + 8));
      std::memcpy(data + i, &length, sizeof(length));
    }
    for (int i = 0; i < 1'000 && consumer.peek() == RingConsumer::Found::proposal; ++i) {
      ASSERT_LE(consumer.payload().size(), payload_bytes_max);
      consumer.pop();
    }
  }
}

TEST(Ring, WhatTheProducerWritesIntoThePageDoesNotMoveTheConsumer) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  ASSERT_TRUE(push(producer, 1, 64));
  ASSERT_TRUE(push(producer, 2, 64));
  ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
  consumer.pop();
  producer.page().consumed = 0xdeadbeef;
  producer.page().capacity = 1;
  ASSERT_EQ(consumer.peek(), RingConsumer::Found::proposal);
  expect_proposal(consumer, 2, 64);
}

TEST(Ring, MemoryThatMayShrinkIsRefused) {
  UniqueFd fd(::memfd_create("unsealed", 0));
  ASSERT_EQ(::ftruncate(fd.get(), 8192), 0);
  const Result<RingProducer> producer = RingProducer::open(std::move(fd));
  ASSERT_FALSE(producer.ok());
  EXPECT_EQ(producer.error().code, ErrorCode::refused);
}

TEST(Ring, MemoryThatIsNoRingIsRefused) {
  Result<SharedMemory> memory = SharedMemory::create("zeros", 8192);
  ASSERT_TRUE(memory.ok());
  const Result<RingProducer> producer = RingProducer::open(UniqueFd(::dup(memory->fd())));
  ASSERT_FALSE(producer.ok());
  EXPECT_EQ(producer.error().code, ErrorCode::not_supported);
}

// ---- two threads -------------------------------------------------------------------------------------------------

TEST(Ring, TwoThreadsPassEveryProposalOnceAndWhole) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  constexpr std::uint64_t count = 20'000;
  std::thread producing([&] {
    std::mt19937 random(3);
    for (std::uint64_t number = 1; number <= count; ++number) {
      const std::size_t bytes = random() % 600;
      while (!push(producer, number, bytes)) {
        std::this_thread::yield();
      }
    }
  });
  std::mt19937 random(3);
  for (std::uint64_t number = 1; number <= count; ++number) {
    const std::size_t bytes = random() % 600;
    while (consumer.peek() == RingConsumer::Found::nothing) {
      std::this_thread::yield();
    }
    expect_proposal(consumer, number, bytes);
    consumer.pop();
  }
  producing.join();
  EXPECT_EQ(consumer.peek(), RingConsumer::Found::nothing);
}

// Both sides sleep whenever they find nothing; a lost wake-up would leave both asleep, and the test would hang.
TEST(Ring, NoWakeUpIsLost) {
  RingMemory memory;
  RingConsumer consumer(memory.bytes());
  RingProducer producer(memory.bytes());
  const UniqueFd consumer_bell = std::move(make_doorbell()).value();
  const UniqueFd producer_bell = std::move(make_doorbell()).value();
  const auto sleep_on = [](int fd) {
    pollfd wanted{fd, POLLIN, 0};
    ASSERT_EQ(::poll(&wanted, 1, -1), 1);
    quiet_doorbell(fd);
  };
  constexpr std::uint64_t count = 20'000;
  std::thread producing([&] {
    RingPage& page = producer.page();
    for (std::uint64_t number = 1; number <= count; ++number) {
      while (!push(producer, number, 500)) {
        arm_sleep(page.participant_sleeping);
        if (push(producer, number, 500)) {
          disarm_sleep(page.participant_sleeping);
          break;
        }
        sleep_on(producer_bell.get());
        disarm_sleep(page.participant_sleeping);
      }
      if (wake_needed(page.sequencer_sleeping)) {
        ring_doorbell(consumer_bell.get());
      }
    }
  });
  RingPage& page = consumer.page();
  for (std::uint64_t number = 1; number <= count; ++number) {
    while (consumer.peek() == RingConsumer::Found::nothing) {
      arm_sleep(page.sequencer_sleeping);
      if (consumer.peek() == RingConsumer::Found::nothing) {
        sleep_on(consumer_bell.get());
      }
      disarm_sleep(page.sequencer_sleeping);
    }
    ASSERT_EQ(consumer.header().publisher_seq, PublisherSeq(number));
    consumer.pop();
    if (wake_needed(page.participant_sleeping)) {
      ring_doorbell(producer_bell.get());
    }
  }
  producing.join();
}

// ---- back-pressure -----------------------------------------------------------------------------------------------

TEST(Backlog, IsTheSmallestAmongPlacesThatMakeProgress) {
  const std::array places{PlaceLag{Seq(90), 5, true}, PlaceLag{Seq(100), 3, true}, PlaceLag{Seq(100), 0, false}};
  EXPECT_EQ(backlog_of(places, Seq(100)), 3u);
}
TEST(Backlog, NobodyMakingProgressClosesTheInput) {
  const std::array places{PlaceLag{Seq(100), 0, false}};
  EXPECT_EQ(backlog_of(places, Seq(100)), client_input_closed);
  EXPECT_EQ(backlog_of({}, Seq(100)), client_input_closed);
}
TEST(Backlog, FiguresThatCannotBeDoNotWrap) {
  const std::array places{PlaceLag{Seq(0), ~std::uint64_t{0}, true}};
  EXPECT_GE(backlog_of(places, Seq(~std::uint64_t{0})), std::uint64_t{1} << 62);
  const std::array ahead{PlaceLag{Seq(500), 2, true}};
  EXPECT_EQ(backlog_of(ahead, Seq(100)), 2u);
}

}  // namespace
}  // namespace cantus::runtime
