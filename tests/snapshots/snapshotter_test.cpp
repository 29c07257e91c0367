// Snapshots are taken, named on the log and started from: in a whole venue on one thread.

#include "snapshots/snapshotter.h"

#include <gtest/gtest.h>

#include "runtime/simulated_files.h"
#include "snapshots/begin.h"
#include "snapshots/needed.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

using snapshots::Snapshotter;
using snapshots::Starts;

const std::filesystem::path folder = "/data/snapshots";

class Taking : public ::testing::Test {
 protected:
  Taking() {
    VenueDefined venue;
    venue.open_orders_max = 100;
    venue.cl_ord_ids_max = 1000;
    venue.backlog_max = 100;
    venue.ack_level = AckLevel::synced;
    venue.name = FixedString<32>("test");
    bed.add_record(config_publisher, venue);
    bed.add_record(config_publisher, ReferenceDataComplete{});
    bed.start();
    voice = &bed.add_voice("bench");
    bed.settle();
  }

  Starts starts() {
    return {files, folder, [this]() -> Result<std::unique_ptr<eventlog::LogReader>> { return bed.journal().reader(); },
            [this](const std::string& text) { said.push_back(text); }};
  }
  // A snapshotter as its process makes it.
  void begin(std::uint64_t every_records = 20) {
    Starts from = starts();
    host::ParticipantOptions options;
    snapshotter = snapshots::begin<Snapshotter>(from, "snapshots", options, [&] {
      return std::make_unique<Snapshotter>(
          files, snapshots::SnapshotterOptions{folder, "build", every_records, 1'000'000'000'000, 2});
    });
    participant = &bed.add_edge(
        "snapshots", *snapshotter, [this](host::EdgeProposer& proposer) { snapshotter->use(proposer); }, options);
    bed.settle();
  }
  void end() {
    bed.kill(*participant);
    snapshotter.reset();
    bed.settle();
  }
  void speak(int records) {
    for (int i = 0; i < records; ++i) {
      voice->propose(BenchPayload{});
      bed.settle();
    }
  }
  [[nodiscard]] std::filesystem::path file(const SnapshotTaken& named) const {
    return folder / eventlog::snapshot_name(LogSeq(LogNumber(1), named.position));
  }
  void flip_byte(const std::filesystem::path& path) {
    std::array<std::byte, 1> byte{files.content(path)[700] ^ std::byte{1}};
    files.damage(path, 700, byte);
  }

  runtime::SimulatedFiles files{"/memory"};
  TestBed bed;
  Voice* voice = nullptr;
  std::unique_ptr<Snapshotter> snapshotter;
  host::Participant* participant = nullptr;
  std::vector<std::string> said;
};

TEST_F(Taking, EachIsNamedOnTheLogAndTheNewestAreKept) {
  begin();
  speak(100);
  const std::vector<SnapshotTaken> named = bed.log<SnapshotTaken>();
  ASSERT_GE(named.size(), 3U);
  EXPECT_GE(named[1].position.get(), named[0].position.get() + 20);
  EXPECT_EQ(named[0].machines.view(),
            "exceptions/4 host/4 refdata/5 inbound/3 marketdata/1 credit/1 matching/2 reports/1 outbound/3 numbers/3 "
            "passwords/1 "
            "days/2 due/1");
  EXPECT_EQ(eventlog::list_snapshots(files, folder).size(), 2U);
  Starts usable = starts();
  ASSERT_NE(usable.at(0), nullptr);
  EXPECT_EQ(usable.at(0)->info.taken_at.position.seq(), named.back().position);
  EXPECT_EQ(usable.at(0)->info.sha256, named.back().sha256);
  ASSERT_NE(usable.at(1), nullptr);
  EXPECT_EQ(usable.at(2), nullptr);
  EXPECT_EQ(said, std::vector<std::string>{});
}

TEST_F(Taking, NothingIsWrittenThatIsNotStable) {
  begin();
  bed.journal().sync_automatically(false);
  speak(60);
  EXPECT_EQ(eventlog::list_snapshots(files, folder).size(), 0U);
  bed.journal().sync_through(bed.last());
  bed.settle();
  EXPECT_EQ(eventlog::list_snapshots(files, folder).size(), 1U);
}

TEST_F(Taking, OldOnesAreThereUntilTheLogNamesTheNewOneForGood) {
  begin();
  speak(60);
  ASSERT_EQ(eventlog::list_snapshots(files, folder).size(), 2U);
  bed.journal().sync_automatically(false);
  const std::size_t named = bed.log<SnapshotTaken>().size();
  speak(30);
  bed.journal().sync_through(bed.last());  // the state's position; the record that names it comes now
  bed.settle();
  ASSERT_EQ(bed.log<SnapshotTaken>().size(), named + 1);
  EXPECT_EQ(eventlog::list_snapshots(files, folder).size(), 3U);
  bed.journal().sync_through(bed.last());
  bed.settle();
  EXPECT_EQ(eventlog::list_snapshots(files, folder).size(), 2U);
}

TEST_F(Taking, OneThatIsNotNamedGoesAndNoOtherOne) {
  begin();
  speak(60);
  const std::vector<LogSeq> before = eventlog::list_snapshots(files, folder);
  bed.journal().sync_automatically(false);
  speak(30);
  bed.kill_sequencer();
  bed.journal().sync_through(bed.last());
  bed.settle();
  ASSERT_EQ(eventlog::list_snapshots(files, folder).size(), before.size() + 1);
  snapshotter->on_refused(PublisherSeq(1), "the permission is gone");
  EXPECT_EQ(eventlog::list_snapshots(files, folder), before);
}

TEST_F(Taking, ItGoesOnFromItsOwn) {
  begin();
  speak(60);
  const SnapshotTaken newest = bed.log<SnapshotTaken>().back();
  end();
  speak(5);
  begin();
  EXPECT_EQ(bed.page_of(*participant).started_from.load(), newest.position.get());
  const std::size_t before = bed.log<SnapshotTaken>().size();
  speak(40);
  EXPECT_GT(bed.log<SnapshotTaken>().size(), before);
}

TEST_F(Taking, MatchingStartsFromItWithTheTail) {
  begin();
  speak(60);
  const SnapshotTaken newest = bed.log<SnapshotTaken>().back();
  MatchingApplication whole;
  host::Participant& first = bed.add_machine("matching", PlaceId(0), whole);
  Starts from = starts();
  host::ParticipantOptions options;
  const auto restored =
      snapshots::begin<Application>(from, "matching", options, [] { return std::make_unique<MatchingApplication>(); });
  host::Participant& second = bed.add_machine("matching", PlaceId(1), *restored, options);
  speak(10);
  EXPECT_EQ(bed.page_of(first).started_from.load(), 0U);
  EXPECT_EQ(bed.page_of(second).started_from.load(), newest.position.get());
  EXPECT_EQ(second.applied(), bed.last());
  EXPECT_TRUE(second.attached());
  EXPECT_EQ(restored->digest(), whole.digest());
}

TEST_F(Taking, ADamagedOneIsPassedOverForTheOneBefore) {
  begin();
  speak(80);
  const std::vector<SnapshotTaken> named = bed.log<SnapshotTaken>();
  flip_byte(file(named.back()));
  Starts usable = starts();
  ASSERT_NE(usable.at(0), nullptr);
  EXPECT_EQ(usable.at(0)->info.taken_at.position.seq(), named[named.size() - 2].position);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("is not as it was written"), std::string::npos) << said[0];
}

TEST_F(Taking, OneThatTheLogDoesNotNameIsPassedOverAndRemoved) {
  begin();
  speak(60);
  const SnapshotTaken newest = bed.log<SnapshotTaken>().back();
  Result<eventlog::Snapshot> other = eventlog::read_snapshot(files, file(newest));
  ASSERT_TRUE(other);
  end();
  const Event event = bed.at(bed.last());
  ASSERT_TRUE(eventlog::write_snapshot(files, folder, eventlog::snapshot_info(event, "build"), other->sections));
  const LogSeq unnamed = event.position();
  Starts usable = starts();
  ASSERT_NE(usable.at(0), nullptr);
  EXPECT_EQ(usable.at(0)->info.taken_at.position.seq(), newest.position);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("the log does not name it"), std::string::npos) << said[0];
  begin();
  EXPECT_FALSE(files.exists(folder / eventlog::snapshot_name(unnamed)));
}

// A file whose own SHA-256 is right but which holds another state than the log names.
TEST_F(Taking, OneThatTheLogNamesOtherwiseIsPassedOver) {
  begin();
  speak(60);
  const SnapshotTaken newest = bed.log<SnapshotTaken>().back();
  Result<eventlog::Snapshot> other = eventlog::read_snapshot(files, file(newest));
  ASSERT_TRUE(other);
  other->sections.back() ^= std::byte{1};
  ASSERT_TRUE(eventlog::write_snapshot(files, folder, other->info, other->sections));
  Starts usable = starts();
  ASSERT_NE(usable.at(0), nullptr);
  EXPECT_LT(usable.at(0)->info.taken_at.position.seq(), newest.position);
  other->info.record_hash.bytes[3] ^= std::byte{1};
  EXPECT_EQ(snapshots::why_not(other->info, *bed.journal().reader()), "the log holds another record at its position");
  other->info.taken_at.venue = VenueId(1);
  EXPECT_EQ(snapshots::why_not(other->info, *bed.journal().reader()), "it is of another venue");
}

// Behind what voids their states a new one is taken at once, and none that is of use goes for those that are not.
TEST_F(Taking, WhatTheLogVoidsIsReplacedAtOnce) {
  begin();
  speak(60);
  for (const bool all : {false, true}) {
    SCOPED_TRACE(all);
    Starts before = starts();
    ASSERT_NE(before.at(1), nullptr);
    const Seq older = before.at(1)->info.taken_at.position.seq();
    Quarantine quarantine;
    quarantine.position = all ? Seq(1) : older.next();
    quarantine.machine = MachineName::credit;
    bed.quarantine(quarantine);
    bed.settle();
    ASSERT_EQ(bed.fatal().size(), all ? 2U : 1U) << "it is to begin anew";
    end();
    const Seq exception = bed.last();
    begin(1'000'000);
    EXPECT_EQ(bed.page_of(*participant).started_from.load(), all ? 0U : older.get());
    speak(2);
    Starts usable = starts();
    ASSERT_NE(usable.at(0), nullptr);
    EXPECT_GE(usable.at(0)->info.taken_at.position.seq(), exception);
    EXPECT_EQ(usable.at(1) == nullptr ? Seq() : usable.at(1)->info.taken_at.position.seq(), all ? Seq() : older);
    EXPECT_EQ(usable.at(2), nullptr);
    EXPECT_EQ(eventlog::list_snapshots(files, folder).size(), all ? 1U : 2U);
    EXPECT_EQ(bed.log<SnapshotTaken>().back().position, usable.at(0)->info.taken_at.position.seq());
  }
}

TEST_F(Taking, WhoWatchesHearsOfEachExceptionOnce) {
  snapshots::ExceptionWatch watch(
      [this]() -> Result<std::unique_ptr<eventlog::LogReader>> { return bed.journal().reader(); });
  EXPECT_TRUE(watch.news()) << "nothing is known of what stands there already";
  EXPECT_FALSE(watch.news());
  for (int i = 0; i < 2; ++i) {
    Quarantine quarantine;
    quarantine.position = Seq(1 + static_cast<std::uint64_t>(i));
    quarantine.machine = MachineName::credit;
    bed.quarantine(quarantine);
    speak(3);
    EXPECT_TRUE(watch.news());
    EXPECT_FALSE(watch.news());
  }
}

// A live segment stays in memory as long as anybody reads in it: who asks now and then holds none meanwhile.
TEST_F(Taking, WhoWatchesGivesWayAndHoldsNothing) {
  std::weak_ptr<int> held;
  class Held final : public eventlog::LogReader {
   public:
    Held(std::unique_ptr<eventlog::LogReader> reader, std::shared_ptr<int> held)
        : reader_(std::move(reader)), held_(std::move(held)) {}
    eventlog::LogIdentity identity() const override { return reader_->identity(); }
    Result<std::optional<Event>> next() override { return reader_->next(); }
    Status seek(Seq seq) override { return reader_->seek(seq); }
    Result<Seq> find(TimeNs time) override { return reader_->find(time); }
    Seq position() const override { return reader_->position(); }
    Seq last() const override { return reader_->last(); }
    Seq synced() const override { return reader_->synced(); }

   private:
    std::unique_ptr<eventlog::LogReader> reader_;
    std::shared_ptr<int> held_;
  };
  snapshots::ExceptionWatch watch([&]() -> Result<std::unique_ptr<eventlog::LogReader>> {
    auto now = std::make_shared<int>();
    held = now;
    return std::unique_ptr<eventlog::LogReader>(std::make_unique<Held>(bed.journal().reader(), std::move(now)));
  });
  EXPECT_TRUE(watch.news());
  speak(12'000);  // more than is read without asking
  std::size_t asked = 0;
  const auto never = [&asked](std::size_t) {
    ++asked;
    return false;
  };
  EXPECT_TRUE(watch.news(never)) << "it was not read to the end";
  EXPECT_EQ(asked, 1U);
  EXPECT_TRUE(held.expired());
  const auto always = [](std::size_t) { return true; };
  EXPECT_FALSE(watch.news(always));
  EXPECT_TRUE(held.expired());
  EXPECT_FALSE(watch.news(never)) << "what was read is not read again";
}

TEST_F(Taking, AStateThatIsNotTheLogsIsNotTaken) {
  begin();
  speak(10);
  Voice& wrong = bed.add_voice("matching");
  bed.settle();
  OrderAccepted never_wished;
  never_wished.cause = Seq(1);
  wrong.propose(never_wished);
  bed.settle();
  EXPECT_NE(snapshotter->given_up(), "");
  const std::size_t before = bed.log<SnapshotTaken>().size();
  speak(60);
  EXPECT_EQ(bed.log<SnapshotTaken>().size(), before);
}

TEST_F(Taking, ADiskThatIsFullCostsOneSnapshotAndNothingElse) {
  begin();
  files.fail_write(1, "snapshot");
  speak(10);
  EXPECT_EQ(bed.log<SnapshotTaken>().size(), 0U);
  speak(40);
  EXPECT_GE(bed.log<SnapshotTaken>().size(), 1U);
}

}  // namespace
}  // namespace cantus::test
