// How participants are hosted, on the test bed: wishes and proposals reach the log once and in order whatever dies in
// between; a replica that disagrees stands still and leaves evidence; nothing in doubt is called stable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/host/input_wait.h"
#include "tests/runtime/answerer.h"
#include "tests/test_bed/test_bed.h"

namespace cantus::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::milliseconds past_retry{60};
constexpr PublisherId matching{3};

class HostTest : public ::testing::Test {
 protected:
  HostTest() : data_(std::filesystem::path(::testing::TempDir()) / ("host-" + std::to_string(::getpid()))) {
    options_.paths.data = data_;
    options_.build = "test build";
    VenueDefined venue;
    venue.ack_level = AckLevel::synced;
    venue.backlog_max = 100;
    venue.name = FixedString<32>("test");
    bed_.add_record(config_publisher, venue);
  }
  ~HostTest() override { std::filesystem::remove_all(data_); }

  [[nodiscard]] std::vector<std::uint64_t> answers() const {
    std::vector<std::uint64_t> raws;
    for (const CancelRejected& answer : bed_.log<CancelRejected>()) {
      raws.push_back(answer.order_id.raw());
    }
    return raws;
  }
  [[nodiscard]] std::vector<std::uint64_t> questions() const {
    std::vector<std::uint64_t> stamps;
    for (const BenchPayload& payload : bed_.log<BenchPayload>()) {
      stamps.push_back(payload.stamp);
    }
    return stamps;
  }
  [[nodiscard]] nlohmann::json evidence(const std::string& participant, Seq seq) const {
    std::ifstream file(data_ / "evidence" / (participant + "-" + std::to_string(seq.get()) + ".json"));
    return nlohmann::json::parse(file);
  }
  [[nodiscard]] Seq position_of_first(MessageType type) const {
    Seq seq(1);
    while (bed_.at(seq).header->type != type) {
      seq = seq.next();
    }
    return seq;
  }

  std::filesystem::path data_;
  host::ParticipantOptions options_;
  TestBed bed_;
};

// ---- machines ----------------------------------------------------------------------------------------------------

TEST_F(HostTest, BothReplicasProposeAndEachWishIsOnTheLogOnce) {
  Answerer first(2);
  Answerer second(2);
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), first, options_);
  bed_.add_machine("matching", PlaceId(1), second, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(1));
  asker.propose(question(2));
  bed_.settle();
  EXPECT_THAT(answers(), ElementsAre(1000, 1001, 2000, 2001));
  EXPECT_EQ(first.seen, answers());
  EXPECT_EQ(first.digest(), second.digest());
  EXPECT_TRUE(first.wishes().empty());
  EXPECT_THAT(bed_.fatal(), IsEmpty());
}

TEST_F(HostTest, WishesBeyondTheBoundInFlightFollowInOrder) {
  Answerer machine(500);
  options_.in_flight_max = 3;
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), machine, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(1));
  bed_.settle();
  ASSERT_EQ(answers().size(), 500u);
  for (std::uint64_t i = 0; i < 500; ++i) {
    EXPECT_EQ(answers()[i], 1000 + i);
  }
}

TEST_F(HostTest, AReplicaThatWasBehindCatchesUpAndTakesOver) {
  Answerer first;
  Answerer second;
  bed_.start();
  host::Participant& leading = bed_.add_machine("matching", PlaceId(0), first, options_);
  host::Participant& behind = bed_.add_machine("matching", PlaceId(1), second, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  bed_.pause(behind);
  asker.propose(question(1));
  bed_.settle();
  bed_.kill(leading);
  asker.propose(question(2));
  bed_.settle();
  EXPECT_THAT(answers(), ElementsAre(1000));
  bed_.pause(behind, false);
  bed_.settle();
  EXPECT_THAT(answers(), ElementsAre(1000, 2000));
}

TEST_F(HostTest, WishesThatNoSequencerTookAreProposedToTheNext) {
  Answerer machine(3);
  bed_.start();
  host::Participant& participant = bed_.add_machine("matching", PlaceId(0), machine, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  bed_.pause(participant);
  asker.propose(question(1));
  bed_.settle();
  bed_.kill_sequencer();
  bed_.pause(participant, false);
  bed_.settle();
  EXPECT_EQ(machine.wishes().size(), 3u);
  EXPECT_FALSE(participant.attached());
  bed_.start();
  bed_.advance(past_retry);
  EXPECT_TRUE(participant.attached());
  EXPECT_THAT(answers(), ElementsAre(1000, 1001, 1002));
}

TEST_F(HostTest, AMachineThatStartsLateRebuildsItsWishesFromTheLog) {
  Answerer machine;
  bed_.start();
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(1));
  asker.propose(question(2));
  bed_.settle();
  host::Participant& first = bed_.add_machine("matching", PlaceId(0), machine, options_);
  bed_.settle();
  EXPECT_THAT(answers(), ElementsAre(1000, 2000));
  bed_.kill(first);
  Answerer again;
  bed_.add_machine("matching", PlaceId(0), again, options_);
  bed_.settle();
  EXPECT_THAT(answers(), ElementsAre(1000, 2000));
  EXPECT_EQ(again.digest(), machine.digest());
}

TEST_F(HostTest, AReplicaThatDisagreesStandsStillWithEvidence) {
  Answerer right;
  Answerer wrong(1, "other");
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), right, options_);
  host::Participant& stopped = bed_.add_machine("matching", PlaceId(1), wrong, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(7));
  bed_.settle();
  const Seq at = position_of_first(CancelRejected::type);
  ASSERT_THAT(stopped.stands_still(), HasSubstr("at position " + std::to_string(at.get()) +
                                                " the log holds something else than this replica's wish"));
  EXPECT_THAT(bed_.fatal(), IsEmpty());
  EXPECT_EQ(stopped.applied().get(), at.get() - 1) << "it does not apply what it disagrees with";
  const nlohmann::json file = evidence("matching-1", at);
  EXPECT_EQ(file["position"], at.get());
  EXPECT_EQ(file["build"], "test build");
  EXPECT_EQ(file["digest"], to_text(wrong.digest()));
  EXPECT_EQ(file["on_log"]["record"]["body"]["cl_ord_id"], "same");
  EXPECT_EQ(file["ours"]["record"]["body"]["cl_ord_id"], "other");
  EXPECT_EQ(file["on_log"]["payload"].get<std::string>().size(), 2 * sizeof(CancelRejected));
  EXPECT_NE(file["on_log"]["payload"], file["ours"]["payload"]);
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u);
  EXPECT_EQ(suspended[0].reason, SuspendReason::repeat_differs);
  EXPECT_EQ(suspended[0].admitted, at);
}

TEST_F(HostTest, AReplicaThatNeverWishedForARecordStandsStill) {
  Answerer talkative;
  Answerer silent(0);
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), talkative, options_);
  host::Participant& stopped = bed_.add_machine("matching", PlaceId(1), silent, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(1));
  bed_.settle();
  EXPECT_THAT(stopped.stands_still(), HasSubstr("a number that this replica has not wished for"));
  const Seq at = position_of_first(CancelRejected::type);
  EXPECT_EQ(evidence("matching-1", at)["ours"], nullptr);
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u) << "it disputes what it did not wish for";
  EXPECT_EQ(suspended[0].admitted, at);
  EXPECT_EQ(suspended[0].other_type, 0);
  EXPECT_EQ(evidence("matching-0", at)["other"], nullptr);
}

TEST_F(HostTest, AWishThatIsRefusedSuspendsThePublisherByName) {
  Answerer machine;
  machine.forbidden = true;
  bed_.start();
  host::Participant& participant = bed_.add_machine("matching", PlaceId(0), machine, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(1));
  bed_.settle();
  const auto suspended = bed_.log<PublisherSuspended>();
  ASSERT_EQ(suspended.size(), 1u);
  EXPECT_EQ(suspended[0].publisher, matching);
  EXPECT_EQ(suspended[0].reason, SuspendReason::wish_refused);
  EXPECT_THAT(bed_.fatal(), IsEmpty());
  EXPECT_EQ(participant.applied(), bed_.last()) << "it reads on";
  EXPECT_FALSE(asker.proposer->client_input_open());
}

FormatAnnounced unknown_format() {
  FormatAnnounced format;
  format.announced = MessageType(200);
  format.announced_version = 3;
  format.on_topic = topic::bench;
  format.payload_bytes = 24;
  format.name = FixedString<32>("BenchThing3");
  return format;
}

TEST_F(HostTest, WhoMustKnowAFormatAndDoesNotStopsBeforeItsAnnouncement) {
  Answerer machine;
  Answerer other;
  bed_.announce(unknown_format());
  bed_.start();
  std::string too_old;
  options_.too_old = [&](const std::string& why) { too_old = why; };
  host::Participant& participant = bed_.add_machine("matching", PlaceId(0), machine, options_);
  // The one beside it reads nothing on that topic, and goes on.
  options_.reading.topics = TopicSet::of(topic::control, topic::outcomes);
  host::Participant& beside = bed_.add_machine("matching", PlaceId(1), other, options_);
  host::ParticipantOptions speaks = options_;
  Voice& asker = bed_.add_voice("bench", speaks);
  bed_.settle();
  Seq at(1);
  while (!bed_.at(at).is<FormatAnnounced>() || bed_.at(at).as<FormatAnnounced>() != unknown_format()) {
    at = at.next();
  }
  EXPECT_THAT(too_old, HasSubstr("matching-0: record " + std::to_string(at.get()) +
                                 " announces BenchThing3 (type 200 version 3, layout "));
  EXPECT_THAT(too_old, HasSubstr("which this build does not know; stopped before it"));
  EXPECT_EQ(participant.applied().get() + 1, at.get());
  EXPECT_EQ(machine.applied, participant.applied());
  EXPECT_EQ(bed_.page_of(participant).too_old.load(), 1u);
  const std::array<std::byte, 24> payload{};
  asker.proposer->propose(MessageType(200), 3, topic::bench, payload);
  bed_.settle();
  EXPECT_EQ(bed_.at(position_of_first(MessageType(200))).header->version, 3);
  EXPECT_EQ(beside.applied(), bed_.last());
  EXPECT_EQ(bed_.page_of(beside).too_old.load(), 0u);
  EXPECT_THAT(bed_.fatal(), IsEmpty());
}

TEST_F(HostTest, TheSameNumberWithAnotherLayoutIsNotKnown) {
  Answerer machine;
  FormatAnnounced format = unknown_format();
  format.announced = Trade::type;
  format.announced_version = 2;
  format.on_topic = topic::outcomes;
  bed_.announce(format);
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), machine, options_);
  bed_.settle();
  EXPECT_THAT(bed_.fatal(), ElementsAre(HasSubstr("announces BenchThing3 (type 52 version 2, layout ")));
}

TEST_F(HostTest, WhoRunsAMachineMustKnowTheSetsOfItsRules) {
  Answerer machine;
  Answerer other;
  RuleActivated rule = activation_of(all_rules()[0], 1);
  rule.set = 999;
  bed_.activate(rule);
  bed_.start();
  host::Participant& participant = bed_.add_machine("matching", PlaceId(0), machine, options_);
  options_.reading.machines = RuleOwners::of(RuleOwner::sessions);
  host::Participant& beside = bed_.add_machine("matching", PlaceId(1), other, options_);
  bed_.settle();
  EXPECT_THAT(bed_.fatal(), ElementsAre(HasSubstr("activates set 999 of the rule " + rule.name.str())));
  EXPECT_LT(participant.applied(), bed_.last());
  EXPECT_EQ(beside.applied(), bed_.last());
}

TEST_F(HostTest, WhatIsNotAnnouncedDoesNotReachTheLog) {
  bed_.start();
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  const Seq before = bed_.last();
  const std::array<std::byte, 24> payload{};
  asker.proposer->propose(MessageType(200), 3, topic::bench, payload);
  bed_.settle();
  EXPECT_EQ(bed_.last(), before);
  EXPECT_THAT(asker.refusal, HasSubstr("announces no messages of this type and version"));
}

TEST_F(HostTest, WhatWasReadAndIsNoLongerOnTheLogStopsItsReaders) {
  Answerer machine;
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), machine, options_);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  bed_.journal().sync_automatically(false);
  asker.propose(question(1));
  bed_.settle();
  bed_.kill_sequencer();
  bed_.journal().lose_unsynced();
  bed_.start();
  bed_.advance(past_retry);
  EXPECT_THAT(bed_.fatal(),
              ElementsAre(HasSubstr("matching-0: reading the log"), HasSubstr("bench-0: reading the log")));
}

TEST_F(HostTest, AMachinesPageNamesWhatItIsAboutToApply) {
  struct Looker final : Machine {
    void apply(const Event& event) override {
      expected = event.header->seq.get();
      if (page != nullptr) {
        applying.push_back(page->applying.load());
      }
    }
    [[nodiscard]] Digest digest() const override { return {}; }
    const runtime::PlacePage* page = nullptr;
    std::uint64_t expected = 0;
    std::vector<std::uint64_t> applying;
  } looker;
  bed_.start();
  host::Participant& reader = bed_.add_reader("looker", looker, false);
  looker.page = &bed_.page_of(reader);
  bed_.settle();
  ASSERT_EQ(looker.applying.size(), bed_.last().get());
  EXPECT_EQ(looker.applying.back(), bed_.last().get());
  EXPECT_EQ(looker.page->applied.load(), bed_.last().get());
  EXPECT_EQ(looker.page->stable.load(), bed_.last().get());
  EXPECT_EQ(looker.page->since_ns.load(), bed_.loop().clock().monotonic_ns());
  const std::int64_t before = looker.page->heartbeat_ns.load();
  bed_.advance(1s);
  EXPECT_GE(looker.page->heartbeat_ns.load(), before + 750'000'000);
}

// ---- edges -------------------------------------------------------------------------------------------------------

TEST_F(HostTest, ProposalsAreNumberedOnAndKeptUntilTheyAreStable) {
  options_.in_flight_max = 3;
  bed_.start();
  Voice& voice = bed_.add_voice("bench", options_);
  EXPECT_FALSE(voice.proposer->can_propose());
  bed_.settle();
  EXPECT_EQ(voice.told, "attached@1 ");
  EXPECT_EQ(voice.proposer->publisher(), PublisherId(7));
  bed_.journal().sync_automatically(false);
  EXPECT_EQ(voice.propose(question(1)), PublisherSeq(1));
  EXPECT_EQ(voice.propose(question(2)), PublisherSeq(2));
  EXPECT_TRUE(voice.proposer->can_propose());
  EXPECT_FALSE(voice.proposer->can_propose(2));
  EXPECT_EQ(voice.propose(question(3)), PublisherSeq(3));
  bed_.settle();
  EXPECT_THAT(questions(), ElementsAre(1, 2, 3));
  EXPECT_EQ(voice.applied, bed_.last());
  EXPECT_FALSE(voice.proposer->can_propose()) << "on the log, but not stable";
  EXPECT_LT(voice.stable, bed_.last());
  bed_.journal().sync_through(Seq(bed_.last().get() - 1));
  bed_.settle();
  EXPECT_EQ(voice.stable.get(), bed_.last().get() - 1);
  EXPECT_TRUE(voice.proposer->can_propose(2));
  EXPECT_FALSE(voice.proposer->can_propose(3));
}

TEST_F(HostTest, ProposalsThatWereLostInARingComeAgainUnderTheirNumbers) {
  bed_.start();
  Voice& voice = bed_.add_voice("bench");
  bed_.settle();
  voice.propose(question(1));
  bed_.settle();
  voice.propose(question(2));
  voice.propose(question(3));
  bed_.loop().run_once();  // into the ring, behind the sequencer's turn
  bed_.kill_sequencer();
  bed_.loop().run_once();
  EXPECT_THAT(questions(), ElementsAre(1));
  EXPECT_FALSE(voice.proposer->can_propose());
  bed_.start();
  bed_.advance(past_retry);
  EXPECT_EQ(voice.told, "attached@1 attached@2 ");
  EXPECT_THAT(questions(), ElementsAre(1, 2, 3));
  EXPECT_EQ(voice.propose(question(4)), PublisherSeq(4));
  bed_.settle();
  EXPECT_THAT(questions(), ElementsAre(1, 2, 3, 4));
}

TEST_F(HostTest, AProposalAdmittedBeforeItsPublisherSawItIsNotRepeated) {
  bed_.start();
  Voice& voice = bed_.add_voice("bench");
  bed_.settle();
  voice.propose(question(1));
  voice.propose(question(2));
  bed_.loop().run_once();
  bed_.pause(bed_.participant_of(voice));
  bed_.settle();
  EXPECT_THAT(questions(), ElementsAre(1, 2));
  bed_.kill_sequencer();
  bed_.start();
  bed_.pause(bed_.participant_of(voice), false);
  bed_.advance(past_retry);
  EXPECT_EQ(voice.told, "attached@1 attached@2 ");
  EXPECT_THAT(questions(), ElementsAre(1, 2));
  EXPECT_EQ(voice.attachment.next_publisher_seq, PublisherSeq(3));
  EXPECT_THAT(bed_.fatal(), IsEmpty());
}

TEST_F(HostTest, MoreThanARingHoldsFollowsAsThereIsRoom) {
  options_.in_flight_max = 5'000;
  bed_.start();
  Voice& voice = bed_.add_voice("bench", options_);
  bed_.settle();
  for (std::uint64_t i = 1; i <= 5'000; ++i) {
    voice.propose(question(i));
  }
  bed_.settle();
  const std::vector<std::uint64_t> stamps = questions();
  ASSERT_EQ(stamps.size(), 5'000u);
  EXPECT_TRUE(std::ranges::is_sorted(stamps));
}

TEST_F(HostTest, ARefusedProposalAndAllBehindItAreForgottenAndMayBeReplaced) {
  bed_.start();
  Voice& voice = bed_.add_voice("bench");
  bed_.settle();
  voice.propose(question(1));
  voice.propose(PartyDefined{});  // not granted
  voice.propose(question(3));
  bed_.settle();
  EXPECT_EQ(voice.told, "attached@1 refused#2 ");
  EXPECT_THAT(voice.refusal, HasSubstr("topic"));
  EXPECT_THAT(questions(), ElementsAre(1));
  EXPECT_TRUE(voice.proposer->can_propose()) << "a replacement may be made at once";
  EXPECT_EQ(voice.propose(question(22)), PublisherSeq(2));
  bed_.advance(past_retry);
  EXPECT_EQ(voice.told, "attached@1 refused#2 attached@1 ");
  EXPECT_THAT(questions(), ElementsAre(1, 22));
  EXPECT_EQ(bed_.log<PublisherLost>().size(), 0u) << "a refusal is not the end of an incarnation";
}

TEST_F(HostTest, AnIncarnationThatWasTakenForLostStartsAnewWithoutItsQueue) {
  bed_.start();
  Voice& voice = bed_.add_voice("bench");
  bed_.settle();
  const Incarnation first = voice.attachment.incarnation;
  voice.propose(question(1));
  bed_.settle();
  bed_.kill_sequencer();
  bed_.loop().run_once();
  bed_.pause(bed_.participant_of(voice));
  bed_.start();
  bed_.advance(3s);
  ASSERT_EQ(bed_.log<PublisherLost>().size(), 1u);
  EXPECT_EQ(bed_.log<PublisherLost>()[0].reason, LostReason::not_back_after_term);
  bed_.pause(bed_.participant_of(voice), false);
  bed_.advance(past_retry);
  EXPECT_EQ(voice.told, "attached@1 lost attached@2 ");
  EXPECT_NE(voice.attachment.incarnation, first);
  EXPECT_EQ(voice.propose(question(2)), PublisherSeq(2));
  bed_.settle();
  EXPECT_THAT(questions(), ElementsAre(1, 2));
}

TEST_F(HostTest, TheEndOfAProcessIsOnTheLogWithItsKind) {
  bed_.start();
  Voice& killed = bed_.add_voice("gateway-1");
  Voice& ended = bed_.add_voice("gateway-2");
  bed_.settle();
  bed_.kill(killed);
  bed_.settle();
  bed_.kill(ended, true);
  bed_.settle();
  const auto lost = bed_.log<PublisherLost>();
  ASSERT_EQ(lost.size(), 2u);
  EXPECT_EQ(lost[0].reason, LostReason::process_gone);
  EXPECT_EQ(lost[1].reason, LostReason::detached);
}

TEST_F(HostTest, NothingIsCalledStableBeforeTheEdgeIsAttached) {
  bed_.start();
  struct Order final : host::EdgeApplication {
    void apply(const Event&) override {}
    void on_stable(Seq) override { calls += 's'; }
    void on_attached(const host::Attachment&) override { calls += 'a'; }
    void on_lost() override { calls += 'l'; }
    void on_refused(PublisherSeq, const std::string&) override { calls += 'r'; }
    std::string calls;
  } edge;
  host::ParticipantOptions few;
  few.events_per_poll = 3;
  bed_.add_edge(
      "gateway-1", edge, [](host::EdgeProposer&) {}, few);
  bed_.settle();
  EXPECT_EQ(edge.calls.substr(0, 2), "as");
}

TEST_F(HostTest, ASuspensionHoldsTheStableMarkBeforeTheRecordInDoubt) {
  Answerer right;
  Answerer wrong(1, "other");
  bed_.start();
  Voice& asker = bed_.add_voice("bench");
  Voice& gateway = bed_.add_voice("gateway-1");
  bed_.add_machine("matching", PlaceId(0), right, options_);
  bed_.add_machine("matching", PlaceId(1), wrong, options_);
  bed_.settle();
  bed_.journal().sync_automatically(false);
  asker.propose(question(1));
  bed_.settle();
  EXPECT_FALSE(gateway.proposer->client_input_open());
  bed_.journal().sync_automatically(true);
  bed_.advance(1s);
  const Seq doubtful = position_of_first(CancelRejected::type);
  EXPECT_EQ(gateway.stable.get(), doubtful.get() - 1);
  EXPECT_EQ(gateway.applied, bed_.last());
  // An edge that starts afterwards does not release it either.
  Voice& late = bed_.add_voice("gateway-2");
  bed_.settle();
  EXPECT_EQ(late.told, "attached@1 ");
  EXPECT_EQ(late.stable.get(), doubtful.get() - 1);
}

TEST_F(HostTest, ClientsAreReadOnlyBelowTheBoundOfBackPressure) {
  bed_.start();
  Voice& gateway = bed_.add_voice("gateway-1");
  EXPECT_FALSE(gateway.proposer->client_input_open()) << "not attached";
  bed_.settle();
  EXPECT_TRUE(gateway.proposer->client_input_open());
  bed_.set_client_backlog(99);
  EXPECT_TRUE(gateway.proposer->client_input_open());
  bed_.set_client_backlog(100);
  EXPECT_FALSE(gateway.proposer->client_input_open());
  bed_.set_client_backlog(0);
  EXPECT_TRUE(gateway.proposer->client_input_open());
  bed_.kill_sequencer();
  bed_.loop().run_once();
  EXPECT_FALSE(gateway.proposer->client_input_open());
}

TEST(InputWait, SaysWhatLastsAndItsEnd) {
  host::InputWait wait;
  auto look = [&wait, now = std::int64_t{0}](const std::string& why) mutable {
    now += 600'000'000;
    return wait.look(why, now);
  };
  EXPECT_EQ(look(""), "");
  EXPECT_EQ(look("full"), "") << "it may be over the next time";
  EXPECT_EQ(look(""), "");
  EXPECT_EQ(look("full"), "");
  EXPECT_EQ(look("full"), "incoming messages are not read: full");
  EXPECT_EQ(look("full"), "");
  EXPECT_EQ(look("behind"), "");
  EXPECT_EQ(look("behind"), "incoming messages are not read: behind");
  EXPECT_EQ(look(""), "incoming messages are read again; for 3 s they were not: behind");
  EXPECT_EQ(look(""), "");
}

TEST(HostSequenced, AtTheLevelSequencedEverythingAppliedIsStable) {
  TestBed bed;
  VenueDefined venue;
  venue.ack_level = AckLevel::sequenced;
  bed.add_record(config_publisher, venue);
  bed.journal().sync_automatically(false);
  bed.start();
  Voice& voice = bed.add_voice("bench");
  bed.settle();
  voice.propose(question(1));
  bed.settle();
  EXPECT_EQ(bed.journal().synced(), Seq(0));
  EXPECT_EQ(voice.stable, bed.last());
}

TEST_F(HostTest, AnEdgeThatTakesOrdersPublishesHowLongTheyTook) {
  bed_.start();
  Voice voice;
  const host::Participant& edge =
      bed_.add_edge("bench", voice, [&](host::EdgeProposer& proposer) { voice.proposer = &proposer; });
  voice.latency = runtime::OrderLatency{7, 100, 900, 1000};
  bed_.advance(std::chrono::nanoseconds(runtime::heartbeat_period_ns));
  const runtime::PlacePage& page = bed_.page_of(edge);
  EXPECT_EQ(page.orders_answered.load(), 7u);
  EXPECT_EQ(page.order_p50_ns.load(), 100u);
  EXPECT_EQ(page.order_p99_ns.load(), 900u);
  EXPECT_EQ(page.order_max_ns.load(), 1000u);
}

// ---- readers -----------------------------------------------------------------------------------------------------

TEST_F(HostTest, AReaderOfStableRecordsIsGivenNothingThatAPowerCutCouldTake) {
  Answerer eager;
  Answerer careful;
  bed_.start();
  bed_.add_reader("eager", eager, false);
  bed_.add_reader("careful", careful, true);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  const Seq synced = bed_.last();
  EXPECT_EQ(careful.applied, synced);
  bed_.journal().sync_automatically(false);
  asker.propose(question(1));
  bed_.settle();
  EXPECT_EQ(eager.applied, bed_.last());
  EXPECT_EQ(careful.applied, synced);
  bed_.journal().sync_through(bed_.last());
  bed_.settle();
  EXPECT_EQ(careful.applied, bed_.last());
  EXPECT_TRUE(bed_.log<PublisherAttached>().size() == 1) << "readers are not named on the log";
}

// What follows a suspension may have been caused by what is in doubt.
TEST_F(HostTest, AReaderOfStableRecordsIsHeldByASuspension) {
  Answerer right;
  Answerer wrong(1, "other");
  Answerer eager;
  Answerer careful;
  bed_.start();
  bed_.add_machine("matching", PlaceId(0), right, options_);
  bed_.add_machine("matching", PlaceId(1), wrong, options_);
  bed_.add_reader("eager", eager, false);
  bed_.add_reader("careful", careful, true);
  Voice& asker = bed_.add_voice("bench");
  bed_.settle();
  asker.propose(question(1));
  bed_.settle();
  ASSERT_EQ(bed_.log<PublisherSuspended>().size(), 1u);
  const Seq suspended = position_of_first(PublisherSuspended::type);
  asker.propose(question(2));
  bed_.settle();
  ASSERT_GT(bed_.last(), suspended);
  EXPECT_EQ(eager.applied, bed_.last());
  EXPECT_EQ(careful.applied, suspended);
}

TEST_F(HostTest, AReaderOfATopicIsGivenNothingElseAndStandsAtTheEndAllTheSame) {
  struct Listening final : Machine {
    void apply(const Event& event) override {
      EXPECT_TRUE(TopicSet::of(topic::outcomes, topic::control, topic::refdata).contains(event.header->topic));
      outcomes += event.header->topic == topic::outcomes ? 1 : 0;
    }
    [[nodiscard]] Digest digest() const override { return {}; }
    int outcomes = 0;
  } listening;
  Answerer machine;
  bed_.start();
  Voice& asker = bed_.add_voice("bench");
  bed_.add_machine("matching", PlaceId(0), machine, options_);
  host::ParticipantOptions options;
  options.topics = TopicSet::of(topic::outcomes);
  host::Participant& participant = bed_.add_reader("outcomes", listening, false, options);
  bed_.settle();
  EXPECT_TRUE(participant.attached());
  for (std::uint64_t i = 1; i <= 5; ++i) {
    asker.propose(question(i));
  }
  bed_.settle();
  EXPECT_GT(listening.outcomes, 0);
  EXPECT_EQ(participant.applied(), bed_.last());
}

TEST_F(HostTest, AReaderReadsOnWithoutASequencer) {
  Answerer reader;
  bed_.start();
  host::Participant& participant = bed_.add_reader("console", reader, false);
  bed_.settle();
  EXPECT_TRUE(participant.attached());
  bed_.kill_sequencer();
  bed_.settle();
  EXPECT_FALSE(participant.attached());
  bed_.start();
  bed_.advance(past_retry);
  EXPECT_EQ(reader.applied, bed_.last());
  EXPECT_TRUE(participant.attached());
}

}  // namespace
}  // namespace cantus::test
