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

// ---- several over each other
// ------------------------------------------------------------------------------------------

// What matching said, under the number that is its position.
struct OwnRecord {
  explicit OwnRecord(std::uint64_t seq) {
    header.publisher = PublisherId(3);
    header.seq = Seq(seq);
    header.publisher_seq = PublisherSeq(seq);
    header.log = LogNumber(1);
    header.length = sizeof(RecordHeader);
  }
  [[nodiscard]] Event event() const { return {&header, nullptr}; }
  RecordHeader header;
};

Quarantine voiding(std::uint64_t position, std::uint64_t first, std::uint32_t trusted) {
  Quarantine quarantine = of(position, MachineName::matching);
  quarantine.publisher = PublisherId(3);
  quarantine.first = Seq(first);
  quarantine.from = PublisherSeq(first);
  quarantine.trusted_crc = trusted;
  return quarantine;
}

std::optional<std::uint32_t> trusted(const Exceptions& known, std::uint64_t seq) {
  const VoidRecords* const said = known.trusted_at(OwnRecord(seq).event());
  return said == nullptr ? std::nullopt : std::optional(said->trusted_crc);
}

TEST(Exceptions, WhatIsTrustedIsSaidByTheLastWhoChangedWhatIsComputedThere) {
  Exceptions behind;
  behind.apply(Said(voiding(7, 9, 1), 20).event());
  EXPECT_EQ(trusted(behind, 9), 1U);
  EXPECT_EQ(trusted(behind, 10), std::nullopt) << "of the first record only";
  behind.apply(Said(voiding(12, 14, 2), 30).event());
  EXPECT_EQ(trusted(behind, 9), 1U) << "what begins behind it leaves it as it is";
  EXPECT_EQ(trusted(behind, 14), 2U);

  Exceptions before;
  before.apply(Said(voiding(7, 9, 1), 20).event());
  before.apply(Said(voiding(3, 5, 2), 30).event());
  EXPECT_EQ(trusted(before, 9), std::nullopt) << "what is computed there is another thing now";
  EXPECT_EQ(trusted(before, 5), 2U);

  // Its own first difference lies behind what was void already, but it may change what is wished for there.
  Exceptions over;
  over.apply(Said(voiding(7, 9, 1), 20).event());
  over.apply(Said(voiding(8, 22, 2), 30).event());
  EXPECT_EQ(trusted(over, 9), std::nullopt);
  EXPECT_EQ(trusted(over, 22), 2U);

  Exceptions gateway;
  gateway.apply(Said(voiding(7, 9, 1), 20).event());
  gateway.apply(Said(of(3, MachineName::gateway), 30).event());
  EXPECT_EQ(trusted(gateway, 9), 1U) << "what gateways render is no computation";

  Exceptions again;
  again.apply(Said(voiding(7, 9, 1), 20).event());
  again.apply(Said(voiding(8, 9, 2), 30).event());
  EXPECT_EQ(trusted(again, 9), 2U);
}

TEST(Exceptions, WhetherAVoidRecordMayHaveLeftSaysWhoVoidedItFirst) {
  for (const bool told : {false, true}) {
    Quarantine first = voiding(7, 9, 1);
    first.left_through = told ? Seq(~std::uint64_t{0}) : Seq();
    Quarantine second = voiding(3, 5, 2);
    second.left_through = told ? Seq() : Seq(~std::uint64_t{0});
    Exceptions known;
    known.apply(Said(first, 20).event());
    known.apply(Said(second, 30).event());
    EXPECT_EQ(known.may_have_left(OwnRecord(9).event()), told);
    EXPECT_EQ(known.may_have_left(OwnRecord(5).event()), !told);
    EXPECT_EQ(known.may_have_left(OwnRecord(25).event()), !told);
  }
}

TEST(Exceptions, QuarantinesOfOneCommandTakeEffectWithTheLast) {
  Quarantine one = voiding(7, 9, 1);
  one.rest = 1;
  Exceptions known;
  EXPECT_FALSE(known.apply(Said(one, 20).event()));
  EXPECT_TRUE(known.empty());
  EXPECT_EQ(known.newest(), Seq());
  SnapshotWriter out;
  known.save(out);
  const auto bytes = std::move(out).finish();
  ASSERT_TRUE(bytes);
  const SnapshotPosition at{VenueId(1), LogSeq(LogNumber(1), Seq(20)), TimeNs(1)};
  const Result<SnapshotSections> sections = SnapshotSections::parse(at, *bytes);
  ASSERT_TRUE(sections);
  Exceptions restored;
  ASSERT_TRUE(restored.restore(*sections).ok());
  EXPECT_EQ(restored.digest(), known.digest());
  for (Exceptions* const each : {&known, &restored}) {
    EXPECT_FALSE(each->apply(Said(one, 20).event())) << "it was seen";
    EXPECT_TRUE(each->apply(Said(of(8, MachineName::credit), 21).event()));
    EXPECT_EQ(each->quarantines().all().size(), 2U);
    EXPECT_EQ(each->newest(), Seq(21));
    EXPECT_TRUE(each->is_void(OwnRecord(20).event()));
    EXPECT_TRUE(each->unsound(Seq(20)));
    EXPECT_FALSE(each->unsound(Seq(21)));
  }
  EXPECT_EQ(restored.digest(), known.digest());
}

// A report is void with its trade, not with what some other publisher said at that place.
TEST(Exceptions, AReportIsVoidWithTheRecordsOfWhoTrades) {
  RecordHeader header;
  header.length = sizeof(RecordHeader) + sizeof(PublishGranted);
  header.type = PublishGranted::type;
  header.version = PublishGranted::version;
  header.topic = PublishGranted::topic;
  header.seq = Seq(1);
  PublishGranted granted;
  granted.publisher = PublisherId(3);
  granted.granted = Trade::topic;
  ReportSubmit submit;
  submit.trade = TradeId(LogNumber(1), Seq(10));
  RecordHeader reported;
  reported.length = sizeof(RecordHeader) + sizeof(ReportSubmit);
  reported.type = ReportSubmit::type;
  reported.version = ReportSubmit::version;
  reported.topic = ReportSubmit::topic;
  reported.publisher = PublisherId(4);
  reported.seq = Seq(15);
  for (const bool trades : {false, true}) {
    Exceptions known;
    granted.publisher = PublisherId(trades ? 3 : 5);
    known.apply(Event{&header, payload_of(granted).data()});
    known.apply(Said(voiding(7, 9, 1), 20).event());
    EXPECT_EQ(known.is_void(Event{&reported, payload_of(submit).data()}), trades);
  }
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
