// Rings that die at every element: a publisher's process ends after it has put so many proposals into its ring, and
// possibly a part of one more; the sequencer dies after it has taken so many of them; what comes back proposes again
// from every place that it may. Whatever the moment, the log holds each number once, in order, with its own content.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "runtime/ring.h"
#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

constexpr std::uint64_t proposals = 9;
constexpr std::size_t ring_bytes = 4096;  // so small that it wraps on the way

// A ring in plain memory, between a gateway and the sequencer.
struct Ring {
  Ring()
      : lines((runtime::ring_page_bytes + ring_bytes) / sizeof(Line)),
        consumer(std::as_writable_bytes(std::span(lines))),
        producer(std::as_writable_bytes(std::span(lines))) {}
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes{};
  };
  std::vector<Line> lines;
  runtime::RingConsumer consumer;
  runtime::RingProducer producer;
};

// Proposals of different sizes; number n can be told by its content.
Proposal proposal(std::uint64_t number) {
  switch (number % 3) {
    case 0:
      return order(number, static_cast<std::int64_t>(number));
    case 1: {
      SessionHeld message;
      message.session = SessionId(static_cast<std::uint32_t>(number));
      return Proposal::of(number, message);
    }
    default: {
      ClientRefused message;
      message.client.number = MsgSeqNum(static_cast<std::uint32_t>(number));
      return Proposal::of(number, message);
    }
  }
}

class RingDeath : public ::testing::Test {
 protected:
  // A process in the gateway's place, with a ring of its own.
  void attach(Incarnation incarnation = {}) {
    attached_ = venue_->attach("gateway-1", 0, incarnation);
    ASSERT_EQ(attached_.verdict, AttachVerdict::attached);
    ring_ = std::make_unique<Ring>();
  }
  void begin() {
    venue_ = std::make_unique<Venue>();
    first_ = venue_->log().size() + 2;  // behind the attachment
    attach();
  }
  // Numbers from … through, whole.
  void put(std::uint64_t from, std::uint64_t through) {
    for (std::uint64_t number = from; number <= through; ++number) {
      const Proposal whole = proposal(number);
      ASSERT_TRUE(ring_->producer.push(whole.header, whole.payload));
    }
  }
  // The process dies while it writes one more: everything of it but its commit word, which is stored last.
  void put_torn(std::uint64_t number) {
    const Proposal torn = proposal(number);
    std::uint64_t offset = ring_->consumer.page().consumed.load();
    for (std::uint64_t whole = 1; whole < number; ++whole) {
      offset += (proposal(whole).header.length + 7) / 8 * 8;
    }
    auto* const data = reinterpret_cast<std::byte*>(ring_->lines.data()) + runtime::ring_page_bytes;
    const auto header = std::as_bytes(std::span(&torn.header, 1));
    std::vector<std::byte> bytes(header.begin(), header.end());
    bytes.insert(bytes.end(), torn.payload.begin(), torn.payload.end());
    for (std::size_t i = sizeof(std::uint32_t); i < bytes.size(); ++i) {
      data[(offset + i) % ring_bytes] = bytes[i];
    }
  }
  // The sequencer takes at most so many; returns how many were admitted.
  std::uint64_t serve(std::uint64_t most) {
    std::uint64_t admitted = 0;
    for (std::uint64_t i = 0; i < most && ring_->consumer.peek() == runtime::RingConsumer::Found::proposal; ++i) {
      venue_->begin_pass();
      const Admission admission =
          venue_->core().admit(attached_.place, ring_->consumer.header(), ring_->consumer.payload(), venue_->batch());
      venue_->commit();
      EXPECT_TRUE(admission.verdict == Verdict::admitted || admission.verdict == Verdict::repeat);
      admitted += admission.verdict == Verdict::admitted ? 1 : 0;
      ring_->consumer.pop();
    }
    return admitted;
  }
  // Every number once, in order, as it was proposed.
  void expect_all_once(std::uint64_t through) {
    std::uint64_t next = 1;
    for (std::size_t seq = first_; seq <= venue_->log().size(); ++seq) {
      const Event event = venue_->log().at(seq);
      if (event.header->publisher != gateway_1) {
        continue;
      }
      const Proposal expected = proposal(next);
      ASSERT_EQ(event.header->publisher_seq, PublisherSeq(next));
      ASSERT_EQ(event.header->type, expected.header.type);
      ASSERT_TRUE(std::ranges::equal(event.bytes(), expected.payload));
      ++next;
    }
    ASSERT_EQ(next, through + 1);
    ASSERT_EQ(venue_->rebuilt()->digest(), venue_->core().digest());
  }

  std::unique_ptr<Venue> venue_;
  std::unique_ptr<Ring> ring_;
  Attached attached_;
  std::size_t first_ = 0;
};

// What lies complete in a dead process's ring is admitted; the next process goes on where the log ends.
TEST_F(RingDeath, OfTheProcessAtEveryElement) {
  for (std::uint64_t whole = 0; whole <= proposals; ++whole) {
    for (const bool torn : {false, true}) {
      SCOPED_TRACE(std::to_string(whole) + " whole" + (torn ? " and a part" : ""));
      begin();
      put(1, whole);
      if (torn && whole < proposals) {
        put_torn(whole + 1);
      }
      ASSERT_EQ(serve(proposals + 1), whole);
      venue_->lose(attached_.place);
      attach();
      ASSERT_EQ(attached_.next_publisher_seq, PublisherSeq(whole + 1));
      put(whole + 1, proposals);
      ASSERT_EQ(serve(proposals), proposals - whole);
      ASSERT_NO_FATAL_FAILURE(expect_all_once(proposals));
    }
  }
}

// The sequencer dies when it has taken so many; the rest of the ring is never read. The process is the same one, comes
// back in the new term, and proposes again from the first that it has not seen on the log, wherever its reading stands.
TEST_F(RingDeath, OfTheSequencerAtEveryElement) {
  for (std::uint64_t put_before = 0; put_before <= proposals; ++put_before) {
    for (std::uint64_t taken = 0; taken <= put_before; ++taken) {
      for (std::uint64_t seen = 0; seen <= taken; ++seen) {
        SCOPED_TRACE(std::to_string(put_before) + " put, " + std::to_string(taken) + " taken, " + std::to_string(seen) +
                     " seen");
        begin();
        put(1, put_before);
        ASSERT_EQ(serve(taken), taken);
        venue_->restart();
        const Incarnation before = attached_.incarnation;
        attach(before);
        ASSERT_EQ(attached_.incarnation, before);
        ASSERT_EQ(attached_.next_publisher_seq, PublisherSeq(taken + 1));
        put(seen + 1, proposals);
        ASSERT_EQ(serve(2 * proposals), proposals - taken);
        ASSERT_NO_FATAL_FAILURE(expect_all_once(proposals));
      }
    }
  }
}

// A ring that loses an element on the way (only a bug could): nothing behind the gap is admitted, and the process that
// attaches again fills it.
TEST_F(RingDeath, AGapAtEveryElementEndsTheStream) {
  for (std::uint64_t lost = 1; lost < proposals; ++lost) {
    SCOPED_TRACE("number " + std::to_string(lost) + " is lost");
    begin();
    put(1, lost - 1);
    put(lost + 1, proposals);
    ASSERT_EQ(serve(lost - 1), lost - 1);
    ASSERT_EQ(ring_->consumer.peek(), runtime::RingConsumer::Found::proposal);
    venue_->begin_pass();
    const Admission refused =
        venue_->core().admit(attached_.place, ring_->consumer.header(), ring_->consumer.payload(), venue_->batch());
    ASSERT_EQ(refused.verdict, Verdict::refused);
    ASSERT_EQ(refused.refusal, Refusal::number_skipped);
    ASSERT_TRUE(venue_->batch().empty());
    venue_->core().expect_return(attached_.place);
    attach(attached_.incarnation);
    put(lost, proposals);
    ASSERT_EQ(serve(proposals), proposals - lost + 1);
    ASSERT_NO_FATAL_FAILURE(expect_all_once(proposals));
  }
}

}  // namespace
}  // namespace cantus::test
