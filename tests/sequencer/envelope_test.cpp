// Proposals as nobody should send them: whatever arrives, nothing reaches the log that its publisher did not check.
#include <gtest/gtest.h>

#include <random>

#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

// The proposal with one bit changed, header and payload counted through.
[[nodiscard]] Proposal flipped(Proposal proposal, std::size_t bit) {
  const auto mask = static_cast<std::byte>(1u << (bit % 8));
  const std::size_t at = bit / 8;
  if (at < sizeof(ProposalHeader)) {
    reinterpret_cast<std::byte*>(&proposal.header)[at] ^= mask;
  } else {
    proposal.payload[at - sizeof(ProposalHeader)] ^= mask;
  }
  return proposal;
}

TEST(SequencerEnvelope, NoSingleBitMayChange) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const std::size_t before = venue_.log().size();
  const Proposal good = order(1);
  const std::size_t bits = (sizeof(ProposalHeader) + good.payload.size()) * 8;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const Admission admission = venue_.propose(gateway, flipped(good, bit));
    ASSERT_EQ(admission.verdict, Verdict::refused) << "bit " << bit;
    ASSERT_LE(admission.refusal, last_malformed) << "bit " << bit;
  }
  EXPECT_EQ(venue_.log().size(), before);
  EXPECT_EQ(venue_.propose(gateway, good).verdict, Verdict::admitted);
}

TEST(SequencerEnvelope, JudgesInOrder) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  struct Row {
    Refusal refusal;
    void (*change)(Proposal&);
    bool seal;
  };
  // Each row makes one thing wrong besides all that the rows before it made wrong.
  const std::vector<Row> rows = {
      {Refusal::topic_not_granted, [](Proposal& p) { p = outcome(1); }, true},
      {Refusal::wrong_size, [](Proposal& p) { p.payload.resize(3); }, true},
      {Refusal::wrong_topic, [](Proposal& p) { p.header.topic = topic::reports; }, true},
      {Refusal::not_announced, [](Proposal& p) { p.header.version = 2; }, true},
      {Refusal::number_skipped, [](Proposal& p) { p.header.publisher_seq = PublisherSeq(9); }, true},
      {Refusal::wrong_venue, [](Proposal& p) { p.header.venue = VenueId(1); }, true},
      {Refusal::wrong_checksum, [](Proposal& p) { p.header.crc ^= 1; }, false},
      {Refusal::reserved_not_zero, [](Proposal& p) { p.header.reserved_2 = 1; }, false},
      {Refusal::malformed_length, [](Proposal& p) { p.header.length += 8; }, false},
  };
  Proposal proposal;
  for (const Row& row : rows) {
    row.change(proposal);
    if (row.seal) {
      proposal.seal();
    }
    EXPECT_EQ(venue_.propose(gateway, proposal).refusal, row.refusal) << text_of(row.refusal);
  }
}

TEST(SequencerEnvelope, TakesTheLongestPayloadAndNoLonger) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  Proposal proposal = order(1);
  ASSERT_TRUE(venue_.carry_out(format(240, 1, topic::orders, payload_bytes_max)));
  ASSERT_TRUE(venue_.carry_out(format(241, 1, topic::orders, 0)));
  proposal.header.type = MessageType(240);
  proposal.payload.assign(payload_bytes_max + 1, std::byte{0x5a});
  proposal.seal();
  EXPECT_EQ(venue_.propose(gateway, proposal).refusal, Refusal::malformed_length);
  proposal.payload.pop_back();
  proposal.seal();
  EXPECT_EQ(venue_.propose(gateway, proposal).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.log().last().header->length, record_bytes_max);
  proposal.payload.clear();
  proposal.header.type = MessageType(241);
  proposal.header.publisher_seq = PublisherSeq(2);
  proposal.seal();
  EXPECT_EQ(venue_.propose(gateway, proposal).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.log().last().header->length, sizeof(RecordHeader));
}

TEST(SequencerEnvelope, RandomBytesNeverReachTheLog) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const std::size_t before = venue_.log().size();
  std::mt19937_64 random(20'261'121);
  for (int i = 0; i < 20'000; ++i) {
    Proposal proposal;
    for (std::size_t at = 0; at < sizeof(ProposalHeader); ++at) {
      reinterpret_cast<std::byte*>(&proposal.header)[at] = static_cast<std::byte>(random());
    }
    proposal.payload.resize(random() % (payload_bytes_max + 10));
    if (i % 2 == 0) {
      proposal.header.reserved = 0;
      proposal.header.reserved_2 = 0;
      proposal.header.venue = venue;
      proposal.header.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + proposal.payload.size());
    }
    ASSERT_EQ(venue_.propose(gateway, proposal).verdict, Verdict::refused);
  }
  EXPECT_EQ(venue_.log().size(), before);
}

}  // namespace
}  // namespace cantus::test
