// What operators sign of publishers and grants the sequencer puts on the log as its own word: all of it, once, in every
// history of ends and starts; and nothing else counts as signed for.
#include "sequencer/app/signed_changes.h"

#include <gtest/gtest.h>

#include "runtime/key_pair.h"
#include "tests/refdata/signed_venue.h"

namespace cantus::sequencer {
namespace {

using enum OperatorRole;

class SignedChangesTest : public ::testing::Test {
 protected:
  SignedChangesTest() {
    core_.set_venue(SignedVenue::venue, SignedVenue::log);
    core_.open_term(PassView{}, Hash256{}, "test", batch_);
    for (const PublisherPermission& one : venue_.refdata.publishing().all()) {
      EXPECT_TRUE(open(one.defined));
      for (std::uint16_t topic = 0; topic < 64; ++topic) {
        PublishGranted granted;
        granted.publisher = one.defined.publisher;
        granted.granted = TopicId(topic);
        EXPECT_TRUE(!one.grants.contains(TopicId(topic)) || open(granted));
      }
    }
    batch_.clear();
  }
  template <class M>
  bool open(const M& message) {
    batch_.clear();
    return core_.append_opening({sequencer_publisher, M::type, M::version, M::topic, payload_of(message)}, batch_).ok();
  }
  // Of a sequencer that read the log so far.
  [[nodiscard]] std::unique_ptr<SignedChanges> started() const {
    auto changes = std::make_unique<SignedChanges>();
    for (const auto& record : venue_.records) {
      changes->apply(SignedVenue::event_of(record));
    }
    return changes;
  }
  // Of one that begins with a snapshot of what the log said so far.
  [[nodiscard]] std::unique_ptr<SignedChanges> started_from_snapshot() const {
    ReferenceData refdata;
    DuePermissions due;
    for (const auto& record : venue_.records) {
      refdata.apply(SignedVenue::event_of(record));
      due.apply(SignedVenue::event_of(record), refdata);
    }
    SnapshotWriter out;
    refdata.save(out);
    due.save(out);
    const Result<std::vector<std::byte>> bytes = std::move(out).finish();
    const Event last = SignedVenue::event_of(venue_.records.back());
    const SnapshotPosition taken_at{SignedVenue::venue, last.position(), last.header->time};
    const Result<SnapshotSections> sections = SnapshotSections::parse(taken_at, *bytes);
    auto changes = std::make_unique<SignedChanges>();
    const Status restored = changes->restore(*sections);
    EXPECT_TRUE(restored.ok()) << restored.error().text;
    return changes;
  }
  std::size_t staged_by(SignedChanges& changes) {
    batch_.clear();
    changes.carry_out(core_, batch_);
    return batch_.count();
  }
  [[nodiscard]] TopicSet grants_of_gateway() const {
    return core_.publishers().at(*core_.publishers().find(PublisherId(10))).grants;
  }
  static PublishRevoked no_more_orders() {
    PublishRevoked change;
    change.publisher = PublisherId(10);
    change.revoked = topic::orders;
    return change;
  }

  SignedVenue venue_;
  SequencerCore core_;
  Batch batch_{1 << 16};
};

TEST_F(SignedChangesTest, AreCarriedOutOnce) {
  const auto changes = started();
  EXPECT_EQ(staged_by(*changes), 0U);
  const std::size_t read = venue_.records.size();
  ASSERT_EQ(venue_.run("ann", administrator, venue_.parts(no_more_orders())).outcome, CommandResult::Outcome::took);
  for (std::size_t i = read; i < venue_.records.size(); ++i) {
    changes->apply(SignedVenue::event_of(venue_.records[i]));
  }
  EXPECT_EQ(staged_by(*changes), 1U);
  EXPECT_FALSE(grants_of_gateway().contains(topic::orders));
  changes->apply(batch_);
  EXPECT_EQ(staged_by(*changes), 0U);
}

TEST_F(SignedChangesTest, AreMadeUpByTheNextSequencerUnlessTheyStandOnTheLog) {
  ASSERT_EQ(venue_.run("ann", administrator, venue_.parts(no_more_orders())).outcome, CommandResult::Outcome::took);
  EXPECT_EQ(staged_by(*started()), 1U);
  venue_.apply(no_more_orders(), sequencer_publisher);
  EXPECT_EQ(staged_by(*started()), 0U);
  EXPECT_EQ(staged_by(*started_from_snapshot()), 0U);
}

TEST_F(SignedChangesTest, AreMadeUpBehindASnapshot) {
  FormatAnnounced format;
  format.on_topic = topic::outcomes;
  format.announced = MessageType(200);
  format.announced_version = 1;
  format.payload_bytes = 24;
  format.name = FixedString<32>("NewThing");
  const CommandResult waits = venue_.run("olga", operations, venue_.parts(format));
  ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, CommandResult::Outcome::took);
  ASSERT_EQ(venue_.run("ann", administrator, venue_.parts(no_more_orders())).outcome, CommandResult::Outcome::took);
  EXPECT_EQ(staged_by(*started_from_snapshot()), 2U);
  EXPECT_NE(core_.announcements().formats().find(MessageType(200), 1), nullptr);
  EXPECT_FALSE(grants_of_gateway().contains(topic::orders));
}

TEST_F(SignedChangesTest, ALogIsToEndUntilItsEndIsBegun) {
  RollOrdered order;
  order.ends = SignedVenue::log;
  ASSERT_EQ(venue_.run("olga", operations, venue_.parts(order)).outcome, CommandResult::Outcome::took);
  EXPECT_TRUE(started()->roll_due(SignedVenue::log));
  EXPECT_TRUE(started_from_snapshot()->roll_due(SignedVenue::log));
  EXPECT_FALSE(started_from_snapshot()->roll_due(LogNumber(SignedVenue::log.get() + 1)));
  RollBegin begin;
  begin.next = LogNumber(SignedVenue::log.get() + 1);
  venue_.apply(begin, sequencer_publisher);
  EXPECT_FALSE(started()->roll_due(SignedVenue::log));
  EXPECT_FALSE(started_from_snapshot()->roll_due(SignedVenue::log));
}

// Whoever shows the machine that judges commands less than everybody else reads has it take others for good ones.
TEST_F(SignedChangesTest, ArePutOnTheLogBesideAChangeOfTheKeyThatSignsHeads) {
  const auto named = [](std::uint32_t number, const runtime::KeyPair& key) {
    HeadKeyDefined defined;
    defined.number = number;
    defined.key = key.public_key();
    defined.voucher = key.sign(payload_of(statement_of(SignedVenue::venue, defined)));
    return defined;
  };
  venue_.apply(named(1, *runtime::KeyPair::generate()), PublisherId(60));
  FormatAnnounced format;
  format.on_topic = topic::outcomes;
  format.announced = MessageType(200);
  format.announced_version = 1;
  format.payload_bytes = 24;
  format.name = FixedString<32>("NewThing");
  const CommandResult waits =
      venue_.run("olga", operations, venue_.parts(named(2, *runtime::KeyPair::generate()), format));
  ASSERT_EQ(waits.outcome, CommandResult::Outcome::waits);
  ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, CommandResult::Outcome::took);
  EXPECT_EQ(staged_by(*started()), 1U);
}

// Who makes outcomes has to read that before it speaks again, once all of it is said.
TEST_F(SignedChangesTest, QuarantinesAreTheSequencersWord) {
  PublisherDefined outcomes;
  outcomes.publisher = PublisherId(12);
  outcomes.places = 2;
  outcomes.service_class = ServiceClass::outcome;
  outcomes.name = FixedString<32>("outcomes");
  venue_.apply(outcomes, PublisherId(1));
  Quarantine quarantine;
  quarantine.position = Seq(1);
  quarantine.machine = MachineName::matching;
  quarantine.rest = 1;
  Quarantine voiding = quarantine;
  voiding.machine = MachineName::credit;
  voiding.publisher = outcomes.publisher;
  voiding.first = Seq(2);
  voiding.from = PublisherSeq(1);
  voiding.rest = 0;
  const CommandResult waits = venue_.run("olga", operations, venue_.parts(quarantine, voiding));
  ASSERT_EQ(waits.outcome, CommandResult::Outcome::waits) << text_of(waits.refusal);
  ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, CommandResult::Outcome::took);
  const auto changes = started();
  EXPECT_EQ(staged_by(*changes), 2U);
  EXPECT_TRUE(changes->take_voided());
  EXPECT_FALSE(changes->take_voided());
  changes->apply(batch_);
  EXPECT_EQ(staged_by(*changes), 0U);
}

TEST_F(SignedChangesTest, WaitForTheSecondPerson) {
  PublisherDefined publisher;
  publisher.publisher = PublisherId(11);
  publisher.places = 1;
  publisher.service_class = ServiceClass::input;
  publisher.name = FixedString<32>("gw-2");
  PublishGranted granted;
  granted.publisher = PublisherId(11);
  granted.granted = topic::orders;
  const CommandResult waits = venue_.run("ann", administrator, venue_.parts(publisher, granted));
  ASSERT_EQ(waits.outcome, CommandResult::Outcome::waits);
  EXPECT_EQ(staged_by(*started()), 0U);
  ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, CommandResult::Outcome::took);
  EXPECT_EQ(staged_by(*started()), 2U);
  EXPECT_TRUE(core_.publishers().at(*core_.publishers().find("gw-2")).grants.contains(topic::orders));
}

// What only other applications read the sequencer need not know; what it must read itself it does not announce.
TEST_F(SignedChangesTest, AnAnnouncementIsCarriedOutUnlessItWouldStopTheNextSequencer) {
  FormatAnnounced format;
  format.announced = MessageType(200);
  format.announced_version = 1;
  format.payload_bytes = 24;
  format.name = FixedString<32>("NewThing");
  for (const bool read : {false, true}) {
    format.on_topic = read ? topic::operators : topic::outcomes;
    const CommandResult waits = venue_.run("olga", operations, venue_.parts(format));
    ASSERT_EQ(waits.outcome, CommandResult::Outcome::waits);
    ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, CommandResult::Outcome::took);
    const auto changes = started();
    EXPECT_EQ(staged_by(*changes), read ? 0U : 1U);
    if (!read) {
      EXPECT_NE(core_.announcements().formats().find(MessageType(200), 1), nullptr);
      venue_.apply(format, sequencer_publisher);
      format.announced = MessageType(201);
    }
  }
}

TEST_F(SignedChangesTest, WhatTheSequencerCannotDoIsPassedBy) {
  ASSERT_EQ(venue_.run("ann", administrator, venue_.parts(no_more_orders())).outcome, CommandResult::Outcome::took);
  batch_.clear();
  ASSERT_TRUE(core_.carry_out(no_more_orders(), batch_).ok());  // it has done so for another reason
  EXPECT_EQ(staged_by(*started()), 0U);
}

TEST_F(SignedChangesTest, WhatNobodySignedForIsSeen) {
  ReferenceData refdata;
  DuePermissions due;
  for (const auto& record : venue_.records) {
    refdata.apply(SignedVenue::event_of(record));
    EXPECT_TRUE(due.apply(SignedVenue::event_of(record), refdata));
  }
  venue_.apply(no_more_orders(), sequencer_publisher);
  const Event forged = SignedVenue::event_of(venue_.records.back());
  refdata.apply(forged);
  EXPECT_FALSE(due.apply(forged, refdata));
}

}  // namespace
}  // namespace cantus::sequencer
