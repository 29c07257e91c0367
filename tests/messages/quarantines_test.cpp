// What the log says of records that stand before: which machines must not handle them, which outcomes are void by that,
// and which states are no state to start from.

#include <gtest/gtest.h>

#include "messages/exceptions.h"
#include "messages/wish_queue.h"

namespace cantus {
namespace {

class Said {
 public:
  Said(Quarantine quarantine, std::uint64_t seq) : quarantine_(quarantine) {
    header_.length = sizeof(RecordHeader) + sizeof(Quarantine);
    header_.type = Quarantine::type;
    header_.version = Quarantine::version;
    header_.topic = Quarantine::topic;
    header_.seq = Seq(seq);
    header_.log = LogNumber(1);
  }
  [[nodiscard]] Event event() const { return {&header_, payload_of(quarantine_).data()}; }

 private:
  Quarantine quarantine_;
  RecordHeader header_;
};

Quarantine of(std::uint64_t position, MachineName machine) {
  Quarantine quarantine;
  quarantine.position = Seq(position);
  quarantine.machine = machine;
  return quarantine;
}

TEST(Quarantines, NameTheMachinesThatMustNotHandleARecord) {
  Exceptions known;
  EXPECT_TRUE(known.empty());
  known.apply(Said(of(7, MachineName::matching), 10).event());
  known.apply(Said(of(7, MachineName::gateway), 11).event());
  known.apply(Said(of(7, MachineName::gateway), 12).event());
  EXPECT_EQ(known.quarantines().all().size(), 2U) << "the second time it says nothing new";
  RecordHeader header;
  header.seq = Seq(7);
  Event event{&header, nullptr};
  known.annotate(event);
  EXPECT_FALSE(event.handled_by(MachineName::matching));
  EXPECT_FALSE(event.handled_by(MachineName::gateway));
  EXPECT_TRUE(event.handled_by(MachineName::credit));
  header.seq = Seq(8);
  known.annotate(event);
  EXPECT_TRUE(event.handled_by(MachineName::matching));
}

TEST(Quarantines, OfMachinesThatHaveNoFixedHandlingOrOfWhatIsNotThereAreNone) {
  Exceptions known;
  for (const MachineName machine : {MachineName::reference_data, MachineName::sessions, MachineName::host}) {
    EXPECT_FALSE(can_be_quarantined(machine));
    known.apply(Said(of(7, machine), 10).event());
  }
  known.apply(Said(of(10, MachineName::matching), 10).event());
  EXPECT_TRUE(known.empty());
}

TEST(Quarantines, AStateBetweenTheRecordAndWhatSaysSoIsUnsound) {
  Exceptions known;
  known.apply(Said(of(7, MachineName::credit), 10).event());
  known.apply(Said(of(2, MachineName::gateway), 20).event());
  EXPECT_FALSE(known.unsound(Seq(6)));
  EXPECT_TRUE(known.unsound(Seq(7)));
  EXPECT_TRUE(known.unsound(Seq(9)));
  EXPECT_FALSE(known.unsound(Seq(10))) << "whoever applied what says so began anew";
  EXPECT_FALSE(known.unsound(Seq(15))) << "what gateways render is no state";
}

// At the end of a log, which lies in between.
TEST(Quarantines, ADigestOfAnUnsoundStateNeedNotAgree) {
  Exceptions known;
  known.apply(Said(of(7, MachineName::credit), 10).event());
  RollDigest said{Seq(5), {}, 3};
  RecordHeader header;
  header.type = RollDigest::type;
  header.version = RollDigest::version;
  header.topic = RollDigest::topic;
  header.length = sizeof(RecordHeader) + sizeof(RollDigest);
  header.publisher_seq = PublisherSeq(1);
  Event event{&header, payload_of(said).data()};
  RollDigest wished = said;
  wished.digest.bytes[0] = std::byte{1};
  for (const auto& [seq, settled] :
       {std::pair(6, WishQueue::Settled::different), std::pair(8, WishQueue::Settled::equal),
        std::pair(10, WishQueue::Settled::different)}) {
    header.seq = Seq(static_cast<std::uint64_t>(seq));
    known.annotate(event);
    WishQueue wishes(1, sizeof(RollDigest));
    wishes.push(wished);
    EXPECT_EQ(wishes.settle(event), settled) << seq;
  }
}

TEST(Quarantines, VoidWhatThePublisherPutThereFromTheFirstDifferenceOn) {
  Quarantine quarantine = of(7, MachineName::matching);
  quarantine.publisher = PublisherId(3);
  quarantine.first = Seq(9);
  quarantine.from = PublisherSeq(4);
  quarantine.left_through = Seq(~std::uint64_t{0});
  quarantine.trusted_crc = 5;
  Exceptions known;
  known.apply(Said(quarantine, 12).event());
  RecordHeader header;
  header.publisher = PublisherId(3);
  header.log = LogNumber(1);
  header.length = sizeof(RecordHeader);
  const Event event{&header, nullptr};
  for (const auto& [seq, is_void] : {std::pair(8, false), std::pair(9, true), std::pair(11, true)}) {
    header.seq = Seq(static_cast<std::uint64_t>(seq));
    header.log = LogNumber(seq < 10 ? 1 : 2);  // a log may end in between
    EXPECT_EQ(known.is_void(event), is_void) << seq;
    EXPECT_EQ(known.may_have_left(event), is_void) << seq;
  }
  header.seq = Seq(12);
  EXPECT_FALSE(known.is_void(event));
}

TEST(Quarantines, ArePartOfASnapshot) {
  Exceptions known;
  known.apply(Said(of(7, MachineName::credit), 10).event());
  known.apply(Said(of(3, MachineName::gateway), 11).event());
  SnapshotWriter out;
  known.save(out);
  const auto bytes = std::move(out).finish();
  ASSERT_TRUE(bytes);
  const auto restored_at = [&](std::uint64_t seq, Exceptions& restored) {
    const SnapshotPosition at{VenueId(1), LogSeq(LogNumber(1), Seq(seq)), TimeNs(1)};
    const Result<SnapshotSections> sections = SnapshotSections::parse(at, *bytes);
    return sections ? restored.restore(*sections) : Status(sections.error());
  };
  Exceptions restored;
  ASSERT_TRUE(restored_at(11, restored));
  EXPECT_EQ(restored.digest(), known.digest());
  EXPECT_TRUE(restored.quarantines().at(Seq(3)).contains(MachineName::gateway));
  Exceptions early;
  EXPECT_FALSE(restored_at(10, early).ok()) << "a state does not know what stands behind it";
}

}  // namespace
}  // namespace cantus
