// Records as bytes: what was built reads back, what is not exactly that is refused.
#include "messages/record_words.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "messages/record_words.h"
#include "messages/tools/sample.h"

namespace cantus {
namespace {

std::vector<std::byte> record_of(const MessageInfo& message) {
  return sample_record(message, SampleKind::typical, Seq(7));
}

const MessageInfo& new_order() { return *describe(NewOrder::type, NewOrder::version); }

RecordFault fault_of(std::span<const std::byte> bytes) {
  Event event;
  return read_record(bytes, event);
}

TEST(Record, ReadsBackAndIsDispatchedAsItsType) {
  for (const MessageInfo& message : all_messages()) {
    const std::vector<std::byte> record = record_of(message);
    Event event;
    ASSERT_EQ(read_record(record, event), RecordFault::none) << message.layout.name;
    EXPECT_EQ(event.header->type, message.type);
    EXPECT_EQ(event.position(), LogSeq(LogNumber(1), Seq(7)));
    int calls = 0;
    EXPECT_TRUE(dispatch(event, [&]<class M>(const M& body) {
      ++calls;
      EXPECT_EQ(M::type, message.type);
      EXPECT_EQ(M::version, message.version);
      EXPECT_EQ(std::memcmp(&body, event.payload, sizeof(M)), 0);
    }));
    EXPECT_EQ(calls, 1);
  }
}

TEST(Record, EveryFlippedBitIsFound) {
  const std::vector<std::byte> good = record_of(new_order());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::vector<std::byte> bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_NE(fault_of(bad), RecordFault::none) << bit;
  }
}

TEST(Record, AnUnfinishedOneIsIncomplete) {
  const std::vector<std::byte> record = record_of(new_order());
  for (std::size_t size = 0; size < record.size(); ++size) {
    ASSERT_EQ(fault_of(std::span(record).first(size)), RecordFault::incomplete) << size;
  }
  std::vector<std::byte> uncommitted = record;
  std::memset(uncommitted.data(), 0, 4);
  EXPECT_EQ(fault_of(uncommitted), RecordFault::incomplete);
}

TEST(Record, LengthsOutsideTheBoundsAreRefusedBeforeAnythingIsRead) {
  std::vector<std::byte> record = record_of(new_order());
  for (const std::uint32_t length : {1u, 63u, 1351u, 0xffffffffu}) {
    std::memcpy(record.data(), &length, sizeof(length));
    EXPECT_EQ(fault_of(record), RecordFault::bad_length) << length;
  }
}

TEST(Record, PaddingIsZero) {
  std::vector<std::byte> record;
  RecordHeader header;
  build_record(record, header, std::as_bytes(std::span("abc", 3)));
  ASSERT_EQ(record.size(), 72u);
  ASSERT_EQ(fault_of(record), RecordFault::none);
  record.back() = std::byte{1};
  EXPECT_EQ(fault_of(record), RecordFault::bad_padding);
  header.reserved = 1;
  build_record(record, header, {});
  EXPECT_EQ(fault_of(record), RecordFault::bad_padding);
}

TEST(Record, AnUnknownVersionOrAForeignTopicIsNoMessage) {
  std::vector<std::byte> record = record_of(new_order());
  Event event;
  ASSERT_EQ(read_record(record, event), RecordFault::none);
  RecordHeader header = *event.header;
  EXPECT_TRUE(event.is<NewOrder>());
  EXPECT_FALSE(event.is<CancelRequest>());
  header.version = 200;
  EXPECT_FALSE((Event{&header, event.payload}.is<NewOrder>()));
  EXPECT_FALSE(dispatch(Event{&header, event.payload}, [](const auto&) { FAIL(); }));
  header.version = NewOrder::version;
  header.topic = topic::bench;
  EXPECT_FALSE((Event{&header, event.payload}.is<NewOrder>()));
  header.topic = NewOrder::topic;
  header.length += 8;
  EXPECT_FALSE((Event{&header, event.payload}.is<NewOrder>()));
}

TEST(RecordDeathTest, APayloadIsReadAsWhatItIs) {
  const std::vector<std::byte> record = record_of(new_order());
  Event event;
  ASSERT_EQ(read_record(record, event), RecordFault::none);
  EXPECT_DEATH((void)event.as<CancelRequest>(), "read as what it is");
}

// What two replicas must agree on: what the proposal carried, wherever and whenever it was admitted.
TEST(ProposalChecksum, CountsThePublishersWordsOnly) {
  const std::vector<std::byte> payload(24, std::byte{7});
  ProposalHeader proposal;
  proposal.length = static_cast<std::uint32_t>(sizeof(proposal) + payload.size());
  proposal.type = MessageType(1);
  proposal.version = 1;
  proposal.venue = VenueId(5);
  proposal.topic = TopicId(2);
  proposal.publisher_seq = PublisherSeq(3);
  proposal.crc = 99;  // counts as 0
  const std::uint32_t sum = checksum_of(proposal, payload);
  RecordHeader admitted;
  admitted.type = proposal.type;
  admitted.version = proposal.version;
  admitted.venue = proposal.venue;
  admitted.topic = proposal.topic;
  admitted.publisher_seq = proposal.publisher_seq;
  admitted.seq = Seq(17);
  admitted.time = TimeNs(18);
  admitted.term = Term(2);
  EXPECT_EQ(proposal_checksum(admitted, sum_of(payload)), sum);
  const auto differs = [&](auto change) {
    RecordHeader other = admitted;
    change(other);
    return proposal_checksum(other, sum_of(payload)) != sum;
  };
  EXPECT_TRUE(differs([](RecordHeader& header) { header.type = MessageType(2); }));
  EXPECT_TRUE(differs([](RecordHeader& header) { header.version = 2; }));
  EXPECT_TRUE(differs([](RecordHeader& header) { header.topic = TopicId(3); }));
  EXPECT_TRUE(differs([](RecordHeader& header) { header.publisher_seq = PublisherSeq(4); }));
  EXPECT_TRUE(differs([](RecordHeader& header) { header.venue = VenueId(6); }));
  EXPECT_NE(proposal_checksum(admitted, sum_of(std::span(payload).first(23))), sum);
}

// The hot path stores headers as words.
TEST(RecordWords, AreTheHeadersBytes) {
  RecordHeader record;
  ProposalHeader proposal;
  const auto fill = [](auto& header) {
    std::array<unsigned char, sizeof(header)> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<unsigned char>(0x81 + 3 * i);
    }
    std::memcpy(&header, bytes.data(), bytes.size());
  };
  fill(record);
  fill(proposal);
  RecordHeader stored_record;
  store_words(&stored_record, words_of(record));
  EXPECT_EQ(std::memcmp(&stored_record, &record, sizeof(record)), 0);
  ProposalHeader stored_proposal;
  store_words(&stored_proposal, words_of(proposal));
  EXPECT_EQ(std::memcmp(&stored_proposal, &proposal, sizeof(proposal)), 0);
}

}  // namespace
}  // namespace cantus
