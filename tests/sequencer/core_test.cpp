// What the ordering core admits, drops, refuses and says by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

TEST(SequencerCore, OpensAFirstLogWithTermIdentityPublishersGrantsAndConfiguration) {
  Venue venue_;
  const TestLog& log = venue_.log();
  std::vector<std::uint16_t> types;
  for (std::size_t seq = 1; seq <= log.size(); ++seq) {
    const RecordHeader& header = *log.at(seq).header;
    types.push_back(header.type.get());
    EXPECT_EQ(header.seq, Seq(seq));
    EXPECT_EQ(header.venue, venue);
    EXPECT_EQ(header.log, LogNumber(1));
    EXPECT_EQ(header.term, Term(1));
    EXPECT_EQ(header.time, venue_.now());
    EXPECT_EQ(header.crc, checksum_of(header, log.at(seq).bytes()));
  }
  const auto said = types.begin() + 2 + static_cast<std::ptrdiff_t>(announcements());
  EXPECT_TRUE(std::all_of(types.begin() + 2, said, [](std::uint16_t type) {
    return type == FormatAnnounced::type.get() || type == RuleActivated::type.get();
  }));
  types.erase(types.begin() + 2, said);
  EXPECT_THAT(types, ::testing::ElementsAre(2, 1, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 20, 25, 10));
  EXPECT_EQ(log.at(17 + announcements()).header->publisher, config);
  EXPECT_EQ(log.at(17 + announcements()).header->publisher_seq, PublisherSeq(1));
  EXPECT_EQ(log.at(18 + announcements()).header->publisher_seq, PublisherSeq(2));
  EXPECT_EQ(log.last().as<OpeningComplete>().records, log.size() - 1);
  EXPECT_TRUE(venue_.core().opened());
}

TEST(SequencerCore, AttachesANewProcessAtThePositionOfItsRecord) {
  Venue venue_;
  const Attached attached = venue_.attach("gateway-1");
  EXPECT_EQ(attached.verdict, AttachVerdict::attached);
  const Event event = venue_.log().last();
  EXPECT_EQ(attached.incarnation, event.position());
  EXPECT_EQ(attached.read_through, event.header->seq);
  EXPECT_EQ(attached.term, Term(1));
  EXPECT_EQ(attached.next_publisher_seq, PublisherSeq(1));
  PublisherAttached expected;
  expected.publisher = gateway_1;
  expected.process = 77;
  expected.next_publisher_seq = PublisherSeq(1);
  expected.build = FixedString<40>("build");
  EXPECT_EQ(event.as<PublisherAttached>(), expected);
}

TEST(SequencerCore, KnowsNoPlacesButThoseOfTheLog) {
  Venue venue_;
  const std::size_t before = venue_.log().size();
  EXPECT_EQ(venue_.attach("nobody").verdict, AttachVerdict::unknown_publisher);
  EXPECT_EQ(venue_.attach("sequencer").verdict, AttachVerdict::unknown_publisher);
  EXPECT_EQ(venue_.attach("gateway-1", 1).verdict, AttachVerdict::unknown_place);
  EXPECT_EQ(venue_.attach("matching", 2).verdict, AttachVerdict::unknown_place);
  EXPECT_EQ(venue_.attach("matching", 65535).verdict, AttachVerdict::unknown_place);
  EXPECT_EQ(venue_.log().size(), before);
}

TEST(SequencerCore, AdmitsExactlyTheNextUnderTheRingsPublisher) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  venue_.advance(5);
  const Proposal proposal = order(1);
  EXPECT_EQ(venue_.propose(gateway, proposal).verdict, Verdict::admitted);
  const Event event = venue_.log().last();
  EXPECT_EQ(event.header->publisher, gateway_1);
  EXPECT_EQ(event.header->publisher_seq, PublisherSeq(1));
  EXPECT_EQ(event.header->topic, topic::orders);
  EXPECT_EQ(event.header->time, venue_.now());
  EXPECT_EQ(event.header->synced, Seq(venue_.log().size() - 1));
  EXPECT_EQ(event.header->crc, checksum_of(*event.header, event.bytes()));
  EXPECT_THAT(event.bytes(), ::testing::ElementsAreArray(proposal.payload));
  EXPECT_EQ(venue_.propose(gateway, order(2)).verdict, Verdict::admitted);
}

TEST(SequencerCore, DropsARepeatAndSuspendsWhereItsContentDiffers) {
  Venue venue_;
  const PlaceRef first = venue_.attach("matching", 0).place;
  const PlaceRef second = venue_.attach("matching", 1).place;
  EXPECT_EQ(venue_.propose(first, outcome(1, 7)).verdict, Verdict::admitted);
  const std::size_t admitted_at = venue_.log().size();
  EXPECT_EQ(venue_.propose(second, outcome(1, 7)).verdict, Verdict::repeat);
  EXPECT_EQ(venue_.propose(second, outcome(2, 8)).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.log().size(), admitted_at + 1);

  EXPECT_EQ(venue_.propose(second, outcome(1, 9)).verdict, Verdict::differs);
  const auto& suspended = venue_.log().last().as<PublisherSuspended>();
  EXPECT_EQ(suspended.publisher, matching);
  EXPECT_EQ(suspended.place, PlaceId(1));
  EXPECT_EQ(suspended.reason, SuspendReason::repeat_differs);
  EXPECT_EQ(suspended.from, PublisherSeq(1));
  EXPECT_EQ(suspended.admitted, Seq(admitted_at));
  EXPECT_NE(suspended.admitted_crc, suspended.other_crc);

  // From here on nothing of the publisher is admitted, of any place.
  EXPECT_EQ(venue_.propose(first, outcome(3)).verdict, Verdict::waits);
  EXPECT_EQ(venue_.propose(first, outcome(3)).wait_for, WaitFor::resolution);
}

TEST(SequencerCore, ForgetsRepeatsOlderThanItsWindow) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const std::uint64_t window = small_limits().other_window;
  for (std::uint64_t number = 1; number <= window + 1; ++number) {
    ASSERT_EQ(venue_.propose(gateway, order(number)).verdict, Verdict::admitted);
  }
  EXPECT_EQ(venue_.propose(gateway, order(1, 999)).verdict, Verdict::repeat);
  EXPECT_EQ(venue_.propose(gateway, order(2, 999)).verdict, Verdict::differs);
  EXPECT_TRUE(venue_.log().last().is<NewOrder>()) << "what was admitted stands; nobody is held back by it";
}

// What a replica says that it disputes.
Proposal dispute(std::uint64_t number, std::uint64_t admitted) {
  PublisherSuspended message;
  message.from = PublisherSeq(1);
  message.admitted = Seq(admitted);
  message.admitted_crc = 5;
  message.publisher = gateway_1;
  message.other_crc = 6;
  message.reason = SuspendReason::endless_proposals;
  message.other_type = 77;
  return Proposal::of(number, message);
}

TEST(SequencerCore, AReplicaIsBelievedThatItDisputesHoweverLongAgo) {
  for (const bool forgotten : {true, false}) {
    Venue venue_;
    const PlaceRef first = venue_.attach("matching", 0).place;
    const PlaceRef second = venue_.attach("matching", 1).place;
    const std::uint64_t numbers = small_limits().outcome_window + (forgotten ? 2 : 1);
    const std::size_t before = venue_.log().size();
    for (std::uint64_t number = 1; number <= numbers; ++number) {
      ASSERT_EQ(venue_.propose(first, outcome(number)).verdict, Verdict::admitted);
    }
    ASSERT_EQ(venue_.propose(second, outcome(2, 9)).verdict, forgotten ? Verdict::repeat : Verdict::differs);
    if (!forgotten) {
      continue;
    }
    EXPECT_EQ(venue_.propose(second, dispute(2, before + 2)).verdict, Verdict::differs);
    const auto& suspended = venue_.log().last().as<PublisherSuspended>();
    EXPECT_EQ(suspended.publisher, matching) << "the publisher is the ring's";
    EXPECT_EQ(suspended.place, PlaceId(1));
    EXPECT_EQ(suspended.reason, SuspendReason::repeat_differs);
    EXPECT_EQ(suspended.from, PublisherSeq(2));
    EXPECT_EQ(suspended.admitted, Seq(before + 2));
    EXPECT_EQ(suspended.other_crc, 6u);
    EXPECT_EQ(suspended.other_type, 77u);
    EXPECT_TRUE(venue_.core().publisher(first).suspended);
    EXPECT_EQ(venue_.core().publisher(first).in_doubt, Seq(before + 2));
    EXPECT_EQ(venue_.rebuilt()->digest(), venue_.core().digest());
  }
}

TEST(SequencerCore, WhatIsRememberedGoesBeforeTheDisputersWord) {
  Venue venue_;
  const PlaceRef first = venue_.attach("matching", 0).place;
  const PlaceRef second = venue_.attach("matching", 1).place;
  ASSERT_EQ(venue_.propose(first, outcome(1)).verdict, Verdict::admitted);
  const std::size_t admitted_at = venue_.log().size();
  EXPECT_EQ(venue_.propose(second, dispute(1, 3)).verdict, Verdict::differs);
  const auto& suspended = venue_.log().last().as<PublisherSuspended>();
  EXPECT_EQ(suspended.admitted, Seq(admitted_at));
  EXPECT_EQ(suspended.admitted_crc, outcome(1).header.crc);
}

// Who has not read it yet, or is wrong once more, holds nobody up: not by its word, nor by what it repeats.
TEST(SequencerCore, WhatOperatorsHaveSaidOfARecordIsNotDisputedAgain) {
  for (const bool voided : {false, true}) {
    Venue venue_;
    const PlaceRef first = venue_.attach("matching", 0).place;
    const PlaceRef second = venue_.attach("matching", 1).place;
    ASSERT_EQ(venue_.propose(first, outcome(1)).verdict, Verdict::admitted);
    ASSERT_EQ(venue_.propose(first, outcome(2)).verdict, Verdict::admitted);
    const std::size_t admitted_at = venue_.log().size() - 1;
    ASSERT_EQ(venue_.propose(second, dispute(1, 3)).verdict, Verdict::differs);
    Resolved resolved;
    resolved.suspension = Seq(venue_.log().size());
    resolved.publisher = matching;
    resolved.from = PublisherSeq(1);
    resolved.first = Seq(admitted_at);
    resolved.voided = voided ? 1 : 0;
    ASSERT_TRUE(venue_.carry_out(resolved));
    const std::size_t before = venue_.log().size();
    EXPECT_EQ(venue_.propose(second, dispute(1, 3)).verdict, Verdict::repeat);
    EXPECT_EQ(venue_.propose(second, outcome(1, 9)).verdict, Verdict::differs);
    EXPECT_EQ(venue_.log().size(), before);
    EXPECT_EQ(venue_.rebuilt()->digest(), venue_.core().digest());
    // The next one is void with it, or is as doubtful as any.
    EXPECT_EQ(venue_.propose(second, dispute(2, 3)).verdict, voided ? Verdict::repeat : Verdict::differs);
  }
}

// What a publisher says between two quarantines of one command, in another pass, is void with what stands before them.
TEST(SequencerCore, QuarantinesOfOneCommandDecideTogetherHoweverManyPassesSayThem) {
  Venue venue_;
  const PlaceRef first = venue_.attach("matching", 0).place;
  const PlaceRef second = venue_.attach("matching", 1).place;
  ASSERT_EQ(venue_.propose(first, outcome(1)).verdict, Verdict::admitted);
  Quarantine one;
  one.position = Seq(venue_.log().size());
  one.machine = MachineName::matching;
  one.publisher = matching;
  one.first = one.position;
  one.rest = 1;
  ASSERT_TRUE(venue_.carry_out(one));
  ASSERT_EQ(venue_.propose(first, outcome(2)).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.rebuilt()->digest(), venue_.core().digest());
  Quarantine last;
  last.position = one.position;
  last.machine = MachineName::reporter;
  ASSERT_TRUE(venue_.carry_out(last));
  EXPECT_EQ(venue_.rebuilt()->digest(), venue_.core().digest());
  ASSERT_EQ(venue_.propose(first, outcome(3)).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.propose(second, dispute(1, 3)).verdict, Verdict::repeat);
  EXPECT_EQ(venue_.propose(second, dispute(2, 3)).verdict, Verdict::repeat) << "said between the two";
  EXPECT_FALSE(venue_.core().publisher(first).suspended);
  EXPECT_EQ(venue_.propose(second, dispute(3, 3)).verdict, Verdict::differs);
}

TEST(SequencerCore, NobodyElseSaysThatAPublisherIsSuspended) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const PlaceRef replica = venue_.attach("matching").place;
  for (std::uint64_t number = 1; number <= small_limits().other_window + 1; ++number) {
    ASSERT_EQ(venue_.propose(gateway, order(number)).verdict, Verdict::admitted);
  }
  const std::size_t before = venue_.log().size();
  EXPECT_EQ(venue_.propose(gateway, dispute(1, 3)).verdict, Verdict::repeat) << "forgotten: a repeat like any other";
  EXPECT_EQ(venue_.propose(gateway, dispute(small_limits().other_window + 2, 3)).refusal, Refusal::sequencers_own);
  EXPECT_EQ(venue_.log().size(), before);
  EXPECT_EQ(venue_.propose(replica, dispute(2, 3)).refusal, Refusal::number_skipped) << "of what is not admitted yet";
  EXPECT_EQ(venue_.log().last().as<PublisherSuspended>().reason, SuspendReason::wish_refused);
}

TEST(SequencerCore, RefusesAGapAndAdmitsTheRightNumberAfterwards) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const std::size_t before = venue_.log().size();
  const Admission gap = venue_.propose(gateway, order(2));
  EXPECT_EQ(gap.verdict, Verdict::refused);
  EXPECT_EQ(gap.refusal, Refusal::number_skipped);
  EXPECT_EQ(venue_.propose(gateway, order(0)).refusal, Refusal::number_skipped);
  EXPECT_EQ(venue_.log().size(), before);
  EXPECT_EQ(venue_.propose(gateway, order(1)).verdict, Verdict::admitted);
}

TEST(SequencerCore, ARefusedWishSuspendsItsPublisherByName) {
  Venue venue_;
  const PlaceRef place = venue_.attach("matching", 1).place;
  EXPECT_EQ(venue_.propose(place, order(1)).refusal, Refusal::topic_not_granted);
  const auto& suspended = venue_.log().last().as<PublisherSuspended>();
  EXPECT_EQ(suspended.publisher, matching);
  EXPECT_EQ(suspended.place, PlaceId(1));
  EXPECT_EQ(suspended.reason, SuspendReason::wish_refused);
  EXPECT_EQ(suspended.from, PublisherSeq(1));
  EXPECT_EQ(suspended.admitted, Seq());
  EXPECT_EQ(suspended.other_type, NewOrder::type.get()) << "it says what was refused";
}

TEST(SequencerCore, BytesThatWentWrongSuspendNobody) {
  Venue venue_;
  const PlaceRef place = venue_.attach("matching", 1).place;
  Proposal broken = outcome(1);
  broken.payload[3] ^= std::byte{1};
  EXPECT_EQ(venue_.propose(place, broken).refusal, Refusal::wrong_checksum);
  Proposal stranger = outcome(1);
  stranger.header.venue = VenueId(venue.get() + 1);
  stranger.seal();
  EXPECT_EQ(venue_.propose(place, stranger).refusal, Refusal::wrong_venue);
  EXPECT_EQ(venue_.propose(place, outcome(1)).verdict, Verdict::admitted);
}

TEST(SequencerCore, AGrantOfATopicIsAGrantOfItsMessagesOnly) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  struct Row {
    const char* what;
    Proposal proposal;
    Refusal refusal;
  };
  const auto changed = [](Proposal proposal, auto&& change) {
    change(proposal);
    proposal.seal();
    return proposal;
  };
  const std::vector<Row> rows = {
      {"another topic's type on a granted topic",
       changed(outcome(1), [](Proposal& p) { p.header.topic = topic::orders; }), Refusal::wrong_topic},
      {"the sequencer's own type",
       changed(Proposal::of(1, TimeTick{}), [](Proposal& p) { p.header.topic = topic::orders; }),
       Refusal::sequencers_own},
      {"an unknown type of the sequencer's numbers",
       changed(order(1), [](Proposal& p) { p.header.type = MessageType(19); }), Refusal::sequencers_own},
      {"the control topic", changed(order(1), [](Proposal& p) { p.header.topic = topic::control; }),
       Refusal::sequencers_own},
      {"a topic that is not granted", outcome(1), Refusal::topic_not_granted},
      {"a topic that does not exist",
       changed(order(1),
               [](Proposal& p) {
                 p.header.type = MessageType(500);
                 p.header.topic = TopicId(64);
               }),
       Refusal::not_announced},
      {"a version that is not announced", changed(order(1), [](Proposal& p) { p.header.version = 7; }),
       Refusal::not_announced},
      {"a version beyond all", changed(order(1), [](Proposal& p) { p.header.version = 255; }), Refusal::not_announced},
      {"a type that is not announced", changed(order(1), [](Proposal& p) { p.header.type = MessageType(200); }),
       Refusal::not_announced},
      {"a payload that is too short", changed(order(1), [](Proposal& p) { p.payload.pop_back(); }),
       Refusal::wrong_size},
      {"a payload that is too long", changed(order(1), [](Proposal& p) { p.payload.push_back({}); }),
       Refusal::wrong_size},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(venue_.propose(gateway, row.proposal).refusal, row.refusal) << row.what;
  }
}

// The sequencer knows nothing of such messages but what their announcement says.
TEST(SequencerCore, WhatIsAnnouncedIsAdmittedWithTheSizeAndTopicOfItsAnnouncement) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const auto proposal = [](std::uint64_t number, TopicId topic, std::size_t bytes) {
    Proposal made = order(number);
    made.header.type = MessageType(240);
    made.header.version = 3;
    made.header.topic = topic;
    made.payload.resize(bytes);
    made.seal();
    return made;
  };
  EXPECT_EQ(venue_.propose(gateway, proposal(1, topic::orders, 24)).refusal, Refusal::not_announced);
  ASSERT_TRUE(venue_.carry_out(format(240, 3, topic::orders, 24)));
  const std::size_t size = venue_.log().size();
  EXPECT_FALSE(venue_.carry_out(format(240, 3, topic::orders, 24))) << "once";
  EXPECT_EQ(venue_.log().size(), size);
  EXPECT_EQ(venue_.propose(gateway, proposal(1, topic::orders, 32)).refusal, Refusal::wrong_size);
  EXPECT_EQ(venue_.propose(gateway, proposal(1, topic::sessions, 24)).refusal, Refusal::wrong_topic);
  EXPECT_EQ(venue_.propose(gateway, proposal(1, topic::orders, 24)).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.core().digest(), venue_.rebuilt()->digest());
  venue_.restart();
  const PlaceRef again = venue_.attach("gateway-1").place;
  EXPECT_EQ(venue_.propose(again, proposal(2, topic::orders, 24)).verdict, Verdict::admitted) << "the log remembers it";
}

TEST(SequencerCore, ARateMakesWaitAndCountsOnlyWhatIsAdmitted) {
  OpeningContent content = small_venue();
  content.publishers[4].rate_per_second = 10;
  content.publishers[4].burst = 2;
  Venue venue_(content);
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  EXPECT_EQ(venue_.propose(gateway, order(1)).verdict, Verdict::admitted);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(venue_.propose(gateway, order(1)).verdict, Verdict::repeat);
  }
  EXPECT_EQ(venue_.propose(gateway, order(2)).verdict, Verdict::admitted);
  const Admission waits = venue_.propose(gateway, order(3));
  EXPECT_EQ(waits.verdict, Verdict::waits);
  EXPECT_EQ(waits.wait_for, WaitFor::rate);
  EXPECT_EQ(waits.retry_at, TimeNs(venue_.now().get() + 100'000'000));
  venue_.set_now(TimeNs(waits.retry_at.get() - 1));
  EXPECT_EQ(venue_.propose(gateway, order(3)).verdict, Verdict::waits);
  venue_.set_now(waits.retry_at);
  EXPECT_EQ(venue_.propose(gateway, order(3)).verdict, Verdict::admitted);
}

TEST(SequencerCore, HeldTopicsWaitWhileOthersPass) {
  Venue venue_;
  const PlaceRef one = venue_.attach("gateway-1").place;
  const PlaceRef two = venue_.attach("gateway-2").place;
  venue_.hold(client_topics);
  const Admission waits = venue_.propose(one, order(1));
  EXPECT_EQ(waits.verdict, Verdict::waits);
  EXPECT_EQ(waits.wait_for, WaitFor::room);
  EXPECT_EQ(venue_.propose(two, held(1)).verdict, Verdict::admitted);
  venue_.hold(TopicSet());
  EXPECT_EQ(venue_.propose(one, order(1)).verdict, Verdict::admitted);
}

TEST(SequencerCore, StopsAndNamesWhoProposesWithoutEnd) {
  OpeningContent content = small_venue();
  content.publishers[2].endless_max = 3;
  Venue venue_(content);
  const PlaceRef place = venue_.attach("matching").place;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(venue_.propose(place, outcome(number)).verdict, Verdict::admitted);
  }
  EXPECT_EQ(venue_.propose(gateway, order(1)).verdict, Verdict::admitted);
  for (std::uint64_t number = 4; number <= 5; ++number) {
    EXPECT_EQ(venue_.propose(place, outcome(number)).verdict, Verdict::admitted);
  }
  // A sealing is nobody's cause.
  venue_.begin_pass();
  SegmentSealed sealed;
  sealed.segment = 1;
  venue_.core().seal(sealed, venue_.batch());
  venue_.commit();
  EXPECT_EQ(venue_.propose(place, outcome(6)).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.propose(place, outcome(7)).refusal, Refusal::endless_proposals);
  const auto& suspended = venue_.log().last().as<PublisherSuspended>();
  EXPECT_EQ(suspended.publisher, matching);
  EXPECT_EQ(suspended.reason, SuspendReason::endless_proposals);
  EXPECT_EQ(suspended.from, PublisherSeq(7));
}

// Who dies and comes back, or has its replica do so, has no more cause than before.
TEST(SequencerCore, WhoComesBackStillProposesWithoutEnd) {
  OpeningContent content = small_venue();
  content.publishers[2].endless_max = 3;
  Venue venue_(content);
  const PlaceRef place = venue_.attach("matching").place;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(venue_.propose(place, outcome(number)).verdict, Verdict::admitted);
    venue_.attach("matching");
  }
  venue_.attach("matching", 1);
  EXPECT_EQ(venue_.propose(place, outcome(4)).refusal, Refusal::endless_proposals);
}

TEST(SequencerCore, AnIncarnationIsOneProcesssLife) {
  Venue venue_;
  const Attached old = venue_.attach("gateway-1");
  const AttachRequest other{"gateway-1", PlaceId(0), 4711, old.incarnation, "test"};
  EXPECT_EQ(venue_.core().judge(other), AttachVerdict::not_its_incarnation);
  EXPECT_EQ(venue_.attach("gateway-1", 0, old.incarnation).verdict, AttachVerdict::attached);
}

TEST(SequencerCore, ANewProcessReplacesTheOldIncarnation) {
  Venue venue_;
  const Attached old = venue_.attach("gateway-1");
  EXPECT_EQ(venue_.propose(old.place, order(1)).verdict, Verdict::admitted);
  const Attached fresh = venue_.attach("gateway-1");
  EXPECT_NE(fresh.incarnation, old.incarnation);
  EXPECT_EQ(fresh.next_publisher_seq, PublisherSeq(2));
  const auto& lost = venue_.log().at(venue_.log().size() - 1).as<PublisherLost>();
  EXPECT_EQ(lost.incarnation, old.incarnation);
  EXPECT_EQ(lost.reason, LostReason::replaced);
  EXPECT_EQ(venue_.attach("gateway-1", 0, old.incarnation).verdict, AttachVerdict::incarnation_over);
}

TEST(SequencerCore, ALivingProcessKeepsItsIncarnationOverANewTerm) {
  Venue venue_;
  const Attached before = venue_.attach("gateway-1");
  venue_.restart();
  const std::size_t size = venue_.log().size();
  const Attached after = venue_.attach("gateway-1", 0, before.incarnation);
  EXPECT_EQ(after.verdict, AttachVerdict::attached);
  EXPECT_EQ(after.incarnation, before.incarnation);
  EXPECT_EQ(after.term, Term(2));
  EXPECT_EQ(after.read_through, Seq(size));
  EXPECT_EQ(venue_.log().size(), size) << "nothing happened that the log must say";
  venue_.advance(return_within_ns);
  venue_.tick();
  EXPECT_TRUE(venue_.log().last().is<TimeTick>());
}

TEST(SequencerCore, WhoDoesNotComeBackInTimeIsLost) {
  Venue venue_;
  const Attached gateway = venue_.attach("gateway-1");
  const Attached second = venue_.attach("matching", 1);
  const Attached third = venue_.attach("gateway-2");
  venue_.lose(third.place);
  venue_.restart();
  EXPECT_EQ(venue_.core().awaited(), 2u);
  venue_.advance(return_within_ns - 1);
  EXPECT_EQ(venue_.tick(), 1u);
  EXPECT_TRUE(venue_.log().last().is<TimeTick>());
  venue_.advance(1);
  EXPECT_EQ(venue_.tick(), 2u);
  const auto& first = venue_.log().at(venue_.log().size() - 1).as<PublisherLost>();
  const auto& last = venue_.log().last().as<PublisherLost>();
  EXPECT_EQ(first.incarnation, second.incarnation);
  EXPECT_EQ(first.place, PlaceId(1));
  EXPECT_EQ(last.incarnation, gateway.incarnation);
  EXPECT_EQ(last.reason, LostReason::not_back_after_term);
  EXPECT_EQ(venue_.core().awaited(), 0u);
  EXPECT_EQ(venue_.attach("gateway-1", 0, gateway.incarnation).verdict, AttachVerdict::incarnation_over);
}

TEST(SequencerCore, AStreamThatEndedMustComeBackInTime) {
  Venue venue_;
  const Attached gateway = venue_.attach("gateway-1");
  venue_.begin_pass();
  venue_.core().expect_return(gateway.place);
  EXPECT_EQ(venue_.attach("gateway-1", 0, gateway.incarnation).incarnation, gateway.incarnation);
  EXPECT_EQ(venue_.core().awaited(), 0u);
  venue_.begin_pass();
  venue_.core().expect_return(gateway.place);
  venue_.advance(return_within_ns);
  venue_.tick();
  EXPECT_EQ(venue_.log().at(venue_.log().size()).as<PublisherLost>().incarnation, gateway.incarnation);
}

TEST(SequencerCore, TimeTicksAfterSilenceAndNeverRunsBackwards) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  const TimeNs start = venue_.now();
  venue_.advance(silence_ns - 1);
  EXPECT_EQ(venue_.tick(), 0u);
  venue_.advance(1);
  EXPECT_EQ(venue_.tick(), 1u);
  EXPECT_TRUE(venue_.log().last().is<TimeTick>());
  EXPECT_EQ(venue_.log().last().header->time, TimeNs(start.get() + silence_ns));
  EXPECT_EQ(venue_.tick(), 0u);
  venue_.set_now(TimeNs(start.get() - 1'000'000'000));
  EXPECT_EQ(venue_.propose(gateway, order(1)).verdict, Verdict::admitted);
  EXPECT_EQ(venue_.log().last().header->time, TimeNs(start.get() + silence_ns));
}

TEST(SequencerCore, ATermNamesTheRecordBeforeIt) {
  Venue venue_;
  venue_.attach("gateway-1");
  const std::size_t last = venue_.log().size();
  venue_.restart();
  const auto& started = venue_.log().last().as<TermStarted>();
  EXPECT_EQ(started.previous_seq, Seq(last));
  EXPECT_EQ(started.previous_term, Term(1));
  EXPECT_EQ(venue_.log().last().header->term, Term(2));
}

TEST(SequencerCore, RefusesATermThatWasOpenedOnAnotherLog) {
  Venue venue_;
  const std::size_t size = venue_.log().size();
  venue_.restart();
  const Event event = venue_.log().last();
  const auto refused = [&](TermStarted started) {
    SequencerCore core(small_limits());
    for (std::size_t seq = 1; seq <= size; ++seq) {
      EXPECT_TRUE(core.apply(venue_.log().at(seq)));
    }
    return !core.apply(Event{event.header, reinterpret_cast<const std::byte*>(&started)}).ok();
  };
  TermStarted started = event.as<TermStarted>();
  EXPECT_FALSE(refused(started));
  started.previous_seq = started.previous_seq.next();
  EXPECT_TRUE(refused(started));
  started = event.as<TermStarted>();
  started.previous_term = started.previous_term.next();
  EXPECT_TRUE(refused(started));
}

TEST(SequencerCore, RefusesALogThatCannotBe) {
  Venue venue_;
  const PlaceRef gateway = venue_.attach("gateway-1").place;
  venue_.propose(gateway, order(1));
  const std::size_t size = venue_.log().size();
  struct Row {
    const char* what;
    void (*change)(RecordHeader&);
    ErrorCode code;
  };
  const std::vector<Row> rows = {
      {"a skipped position", [](RecordHeader& h) { h.seq = h.seq.next(); }, ErrorCode::corrupt},
      {"time running backwards", [](RecordHeader& h) { h.time = TimeNs(h.time.get() - 1); }, ErrorCode::corrupt},
      {"another venue", [](RecordHeader& h) { h.venue = h.venue.next(); }, ErrorCode::corrupt},
      {"another log", [](RecordHeader& h) { h.log = h.log.next(); }, ErrorCode::corrupt},
      {"an older term", [](RecordHeader& h) { h.term = Term(0); }, ErrorCode::corrupt},
      {"a term that was not opened", [](RecordHeader& h) { h.term = Term(2); }, ErrorCode::corrupt},
      {"a publisher that is not defined", [](RecordHeader& h) { h.publisher = PublisherId(99); }, ErrorCode::corrupt},
      {"a skipped publisher sequence", [](RecordHeader& h) { h.publisher_seq = PublisherSeq(3); }, ErrorCode::corrupt},
      {"a control record of an unknown type",
       [](RecordHeader& h) {
         h.publisher = sequencer_publisher;
         h.publisher_seq = PublisherSeq(19 + announcements());
         h.topic = topic::control;
         h.type = MessageType(19);
       },
       ErrorCode::not_supported},
  };
  for (const Row& row : rows) {
    SequencerCore core(small_limits());
    for (std::size_t seq = 1; seq < size; ++seq) {
      ASSERT_TRUE(core.apply(venue_.log().at(seq)));
    }
    const Digest before = core.digest();
    const Event event = venue_.log().at(size);
    RecordHeader header = *event.header;
    row.change(header);
    const Status status = core.apply(Event{&header, event.payload});
    ASSERT_FALSE(status.ok()) << row.what;
    EXPECT_EQ(status.error().code, row.code) << row.what << ": " << status.error().text;
    EXPECT_EQ(core.digest(), before) << row.what;
    EXPECT_TRUE(core.apply(event)) << row.what;
  }
}

}  // namespace
}  // namespace cantus::test
