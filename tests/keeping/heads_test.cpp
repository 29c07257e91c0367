// The keys that sign heads, and heads, as they stand on the log: what counts, who may say it, and what is found wrong.
#include "keeping/heads.h"

#include <gmock/gmock.h>

#include "tests/keeping/signed_log.h"
#include "tests/refdata/signed_venue.h"

namespace cantus::keeping::test {
namespace {

using enum OperatorRole;
using Outcome = CommandResult::Outcome;
using testing::HasSubstr;
using testing::Not;

// ---- the machine

class HeadKeysTest : public testing::Test {
 protected:
  HeadKeysTest() : first_(*HeadKey::generate()), second_(*HeadKey::generate()) {}

  [[nodiscard]] const HeadKeys& keys() const { return venue_.refdata.head_keys(); }
  static HeadKeyDefined named(std::uint32_t number, const HeadKey& key, const HeadKey* before) {
    return name_key(SignedVenue::venue, number, key, before);
  }
  void say_first() { venue_.apply(named(1, first_, nullptr), keeper_publisher); }
  void seal(std::uint64_t segment) {
    SegmentSealed sealed;
    sealed.segment = segment;
    venue_.apply(sealed, PublisherId(1));
  }
  static HeadSigned head(std::uint64_t segment, std::uint32_t number, const HeadKey& key) {
    HeadStatement statement;
    statement.venue = SignedVenue::venue;
    statement.segment = segment;
    statement.root.bytes[0] = static_cast<std::byte>(segment);
    return sign_head(statement, number, key);
  }
  void say(const HeadSigned& head) { venue_.apply(head, keeper_publisher); }
  CommandResult rotate(const HeadKeyDefined& key) {
    const CommandResult waits = venue_.run("olga", operations, venue_.parts(key));
    return waits.outcome == Outcome::waits ? venue_.decide("bob", compliance, waits.command) : waits;
  }

  SignedVenue venue_;
  HeadKey first_;
  HeadKey second_;
};

TEST_F(HeadKeysTest, TheFirstKeyIsTheKeepersWordAndNoLaterOneIs) {
  HeadKeyDefined forged = named(1, first_, nullptr);
  forged.voucher.bytes[3] ^= std::byte{1};
  venue_.apply(forged, keeper_publisher);
  venue_.apply(named(2, first_, nullptr), keeper_publisher);
  EXPECT_EQ(keys().current(), 0U);
  EXPECT_EQ(rotate(named(1, first_, nullptr)).refusal, CommandRefusal::settings_changed) << "nothing to rotate";
  say_first();
  ASSERT_EQ(keys().current(), 1U);
  venue_.apply(named(1, second_, nullptr), keeper_publisher);
  venue_.apply(named(2, second_, &first_), keeper_publisher);
  EXPECT_EQ(keys().current(), 1U);
  EXPECT_EQ(keys().all()[0].key, first_.public_key());
}

TEST_F(HeadKeysTest, HeadsCountOneBehindTheOtherByTheKeyInForce) {
  seal(1);
  say(head(1, 1, first_));
  EXPECT_EQ(keys().signed_through(), 0U) << "there is no key yet";
  say_first();
  say(head(1, 1, second_));
  say(head(1, 2, first_));
  say(head(2, 1, first_));
  EXPECT_EQ(keys().signed_through(), 0U);
  say(head(1, 1, first_));
  say(head(2, 1, first_));
  EXPECT_EQ(keys().signed_through(), 1U) << "segment 2 is not sealed";
  seal(2);
  seal(3);
  say(head(3, 1, first_));
  EXPECT_EQ(keys().signed_through(), 1U);
  HeadSigned changed = head(2, 1, first_);
  changed.root.bytes[9] ^= std::byte{1};
  say(changed);
  EXPECT_EQ(keys().signed_through(), 1U);
  say(head(2, 1, first_));
  say(head(3, 1, first_));
  EXPECT_EQ(keys().signed_through(), 3U);
}

TEST_F(HeadKeysTest, TwoOperatorsRetireAKey) {
  say_first();
  seal(1);
  const HeadKeyDefined next = named(2, second_, &first_);
  EXPECT_EQ(venue_.run("rita", risk, venue_.parts(next)).refusal, CommandRefusal::role_may_not);
  const CommandResult waits = venue_.run("olga", operations, venue_.parts(next));
  EXPECT_EQ(waits.outcome, Outcome::waits);
  EXPECT_EQ(venue_.decide("rita", risk, waits.command).refusal, CommandRefusal::role_may_not);
  EXPECT_EQ(keys().current(), 1U);
  const ChangeId before = waits.command;
  ASSERT_EQ(venue_.decide("bob", compliance, waits.command).outcome, Outcome::took);
  ASSERT_EQ(keys().current(), 2U);
  EXPECT_TRUE(keys().all()[1].vouched_for);
  EXPECT_EQ(keys().in_force_at(before), 1U);
  EXPECT_EQ(keys().in_force_at(keys().all()[1].since), 1U) << "it is in force behind its own record";
  EXPECT_EQ(keys().in_force_at(LogSeq(SignedVenue::log, keys().all()[1].since.seq().next())), 2U);
  say(head(1, 1, first_));
  EXPECT_EQ(keys().signed_through(), 0U) << "a retired key signs nothing";
  say(head(1, 2, second_));
  EXPECT_EQ(keys().signed_through(), 1U);
}

TEST_F(HeadKeysTest, EveryRefusalOfAKeyHasItsName) {
  say_first();
  EXPECT_EQ(rotate(named(1, second_, &first_)).refusal, CommandRefusal::settings_changed);
  EXPECT_EQ(rotate(named(3, second_, &first_)).refusal, CommandRefusal::settings_changed);
  EXPECT_EQ(rotate(named(2, first_, &first_)).refusal, CommandRefusal::name_taken);
  const HeadKey nobody = *HeadKey::generate();
  EXPECT_EQ(rotate(named(2, second_, &nobody)).refusal, CommandRefusal::malformed);
  HeadKeyDefined small = named(2, second_, &first_);
  small.key = SigningKey{};
  small.key.bytes[0] = std::byte{1};  // for which anybody can sign
  EXPECT_EQ(rotate(small).refusal, CommandRefusal::malformed);
  EXPECT_EQ(
      venue_.run("olga", operations, venue_.parts(named(2, second_, &first_), named(3, nobody, &second_))).refusal,
      CommandRefusal::malformed);
  EXPECT_EQ(keys().current(), 1U);
  // One that is lost vouches for nothing, and everybody can see that.
  EXPECT_EQ(rotate(named(2, second_, nullptr)).outcome, Outcome::took);
  EXPECT_FALSE(keys().all()[1].vouched_for);
}

TEST_F(HeadKeysTest, ARotationThatWaitsEndsWithAnother) {
  say_first();
  const HeadKey third = *HeadKey::generate();
  const ChangeId one = venue_.run("olga", operations, venue_.parts(named(2, second_, &first_))).command;
  const ChangeId other = venue_.run("ann", operations, venue_.parts(named(2, third, &first_))).command;
  ASSERT_EQ(venue_.decide("bob", compliance, other).outcome, Outcome::took);
  EXPECT_EQ(venue_.decide("bob", compliance, one).refusal, CommandRefusal::unknown_command);
  EXPECT_EQ(keys().all()[1].key, third.public_key());
}

TEST_F(HeadKeysTest, TheStateIsRestoredAtAnyPosition) {
  say_first();
  for (const std::uint64_t segment : {1, 2, 3}) {
    seal(segment);
  }
  say(head(1, 1, first_));
  rotate(named(2, second_, nullptr));
  say(head(2, 2, second_));
  ReferenceData full;
  for (const std::vector<std::byte>& record : venue_.records) {
    const Event here = SignedVenue::event_of(record);
    full.apply(here);
    SnapshotWriter out;
    full.save(out);
    const std::vector<std::byte> bytes = *std::move(out).finish();
    ReferenceData again;
    const auto sections = SnapshotSections::parse({here.header->venue, here.position(), here.header->time}, bytes);
    ASSERT_TRUE(sections.ok() && again.restore(*sections).ok()) << here.header->seq.get();
    EXPECT_EQ(again.head_keys().current(), full.head_keys().current());
    EXPECT_EQ(again.head_keys().signed_through(), full.head_keys().signed_through());
    EXPECT_EQ(again.head_keys().sealed_through(), full.head_keys().sealed_through());
    EXPECT_EQ(again.head_keys().venue(), full.head_keys().venue());
  }
  EXPECT_EQ(full.head_keys().signed_through(), 2U);
  ReferenceData less;
  for (std::size_t i = 0; i + 1 < venue_.records.size(); ++i) {
    less.apply(SignedVenue::event_of(venue_.records[i]));
  }
  EXPECT_FALSE(less.digest() == full.digest()) << "the digest covers what is signed";
}

// ---- the signer, and what is found on the log

TEST(HeadSigner, EverySealedSegmentIsSignedOnce) {
  SignedLog log;
  log.seal_more();
  log.sign_all();
  HeadsOnLog heads = log.heads();
  EXPECT_EQ(heads.keys().current(), 1U);
  EXPECT_EQ(heads.keys().signed_through(), heads.keys().sealed_through());
  EXPECT_GE(heads.keys().signed_through(), 1U);
  EXPECT_EQ(heads.fault(log.directory()), std::nullopt);
  EXPECT_EQ(log.signer->trouble(), "");
  // A later one goes on, with what was sealed while nobody was there.
  log.seal_more();
  log.start_signer();
  log.sign_all();
  heads = log.heads();
  EXPECT_EQ(heads.keys().signed_through(), heads.keys().sealed_through());
  EXPECT_EQ(heads.keys().current(), 1U);
  for (const eventlog::SealedSegment& listed : log.directory().segments) {
    if (listed.number <= heads.keys().signed_through()) {
      ASSERT_NE(heads.of(listed.number), nullptr);
      EXPECT_EQ(heads.of(listed.number)->root, listed.root);
    }
  }
}

TEST(HeadSigner, OneThatDiesWithItsFirstKeyLeavesItToTheNext) {
  SignedLog log;
  log.read_on();
  ASSERT_EQ(log.proposer.held.size(), 1U);
  log.start_signer();  // what was held is lost
  log.seal_more();
  log.sign_all();
  EXPECT_EQ(log.venue.files.list(log.data / "keys")->size(), 1U);
  EXPECT_GE(log.heads().keys().signed_through(), 1U);
}

TEST(HeadSigner, AKeyThatIsGoneIsNotReplacedInSilence) {
  SignedLog log;
  log.seal_more();
  log.sign_all();
  const std::uint64_t before = log.heads().keys().signed_through();
  const std::filesystem::path file = head_key_file(log.data, log.heads().keys().all()[0].key);
  const std::vector<std::byte> content = log.venue.files.content(file);
  ASSERT_TRUE(log.venue.files.remove(file).ok());
  log.start_signer();
  log.seal_more();
  log.sign_all();
  EXPECT_THAT(log.signer->trouble(), HasSubstr("is not in"));
  EXPECT_EQ(log.heads().keys().signed_through(), before);
  // Operators say that it is lost: the new one vouches for itself, which anybody can see.
  ASSERT_EQ(log.rotate(log.make_key(2, nullptr)).outcome, Outcome::took);
  log.start_signer();
  log.sign_all();
  EXPECT_EQ(log.signer->trouble(), "");
  EXPECT_EQ(log.heads().keys().signed_through(), log.heads().keys().sealed_through());
  EXPECT_FALSE(log.heads().keys().all()[1].vouched_for);
  // Put back, it is of no use any more.
  ASSERT_TRUE(runtime::replace_file(log.venue.files, file, content).ok());
  EXPECT_EQ(log.heads().fault(log.directory()), std::nullopt);
}

TEST(HeadSigner, AHeadThatARotationOvertookIsSignedAgain) {
  SignedLog log;
  log.seal_more();
  log.read_on();
  log.admit_held();  // the first key
  log.read_on();
  ASSERT_EQ(log.proposer.held.size(), 1U);  // a head by key 1
  const HeadKey before = log.secret(1);
  ASSERT_EQ(log.rotate(log.make_key(2, &before)).outcome, Outcome::took);
  log.sign_all();
  HeadsOnLog heads = log.heads();
  EXPECT_TRUE(heads.keys().all()[1].vouched_for);
  EXPECT_EQ(heads.keys().signed_through(), heads.keys().sealed_through());
  EXPECT_EQ(heads.of(1)->key, 2U);
  EXPECT_EQ(heads.fault(log.directory()), std::nullopt) << "what came too late is true, and does not count";
}

// What the log refuses is said again a while later, not without end.
TEST(HeadSigner, AHeadThatDoesNotCountIsWaitedOut) {
  SignedLog log;
  log.seal_more();
  log.read_on();
  log.admit_held();  // the first key
  log.read_on();
  ASSERT_EQ(log.proposer.held.size(), 1U);
  log.proposer.held[0].payload[100] ^= std::byte{1};  // of the signature
  log.admit_held();
  log.read_on();
  EXPECT_TRUE(log.proposer.held.empty());
  EXPECT_THAT(log.signer->trouble(), HasSubstr("does not count the head of segment 1"));
  log.later_ns = 6'000'000'000;
  log.put(TimeTick{}, PublisherId(1));
  log.sign_all();
  EXPECT_EQ(log.signer->trouble(), "");
  EXPECT_EQ(log.heads().keys().signed_through(), log.heads().keys().sealed_through());
}

// Where the log's begin is not there any more: keys as a state has them that stands behind some of the heads.
TEST(HeadsOnLog, AreTheSameToWhoBeginsWithAState) {
  SignedLog log;
  log.seal_more();
  log.sign_all();
  log.seal_more();
  log.read_on();  // holds a head by key 1
  const HeadKey before = log.secret(1);
  ASSERT_EQ(log.rotate(log.make_key(2, &before)).outcome, Outcome::took);
  log.sign_all();  // puts that on the log, too late, and what counts instead
  SnapshotWriter writer;
  log.state()->save(writer);
  const std::vector<std::byte> saved = *std::move(writer).finish();
  const LogSeq position(SignedLog::identity().log, log.venue.journal->last());
  const SnapshotSections sections = *SnapshotSections::parse({SignedLog::identity().venue, position, {}}, saved);
  log.seal_more();
  log.sign_all();
  const HeadsOnLog whole = log.heads();
  auto reader = *log.venue.reader();
  const HeadsOnLog later = *HeadsOnLog::read(*reader, &sections);
  ASSERT_EQ(later.keys().signed_through(), whole.keys().signed_through());
  EXPECT_EQ(later.fault(log.directory()), std::nullopt);
  for (std::uint64_t segment = 1; segment <= whole.keys().signed_through(); ++segment) {
    ASSERT_NE(later.of(segment), nullptr) << segment;
    EXPECT_EQ(later.of(segment)->signature, whole.of(segment)->signature) << segment;
  }
}

TEST(HeadsOnLog, AHeadByAKeyThatIsNotOnRecordIsRefused) {
  for (const std::uint32_t number : {0U, 2U}) {
    SignedLog log;
    log.seal_more();
    log.sign_all();
    const HeadStatement sealed = keeping::statement_of(log.directory(), log.directory().segments[0]);
    log.put(sign_head(sealed, number, *HeadKey::generate()), keeper_publisher);
    EXPECT_THAT(log.heads().fault(log.directory()).value_or(""),
                HasSubstr("by key " + std::to_string(number) + ", which is not on record"));
  }
}

TEST(HeadsOnLog, ASignatureOfSomebodyElseIsRefused) {
  SignedLog log;
  log.seal_more();
  log.sign_all();
  const HeadStatement sealed = keeping::statement_of(log.directory(), log.directory().segments[0]);
  log.put(sign_head(sealed, 1, *HeadKey::generate()), keeper_publisher);
  EXPECT_THAT(log.heads().fault(log.directory()).value_or(""), HasSubstr("not that of key 1"));
}

// The key's own holder cannot say two things of one segment, whether it counts or comes too late.
TEST(HeadsOnLog, AHeadOfSomethingElseIsRefused) {
  for (const bool too_late : {false, true}) {
    SignedLog log;
    log.seal_more();
    log.read_on();
    log.admit_held();  // the first key
    if (too_late) {
      log.sign_all();
    }
    HeadStatement lie = keeping::statement_of(log.directory(), log.directory().segments[0]);
    lie.root.bytes[0] ^= std::byte{1};
    log.put(sign_head(lie, 1, log.secret(1)), keeper_publisher);
    EXPECT_THAT(log.heads().fault(log.directory()).value_or(""), HasSubstr("not what was sealed")) << too_late;
  }
}

TEST(HeadKeyFiles, AKeyIsDurableBeforeAnybodyHearsOfIt) {
  for (std::uint64_t n = 1; n < 50; ++n) {
    runtime::SimulatedFiles files("/memory");
    ASSERT_TRUE(files.make_directories("/data").ok());
    files.plan(n, n % 2 == 0 ? runtime::CallFault::stop_before : runtime::CallFault::stop_after);
    const Result<HeadKey> made = make_head_key(files, "/data");
    const bool through = files.plan_is_open();
    files.cut_power(n);
    files.boot();
    if (made) {
      EXPECT_EQ(read_head_key(files, "/data", made->public_key())->to_text(), made->to_text()) << n;
    }
    const std::optional<HeadKey> found = some_head_key(files, "/data");
    EXPECT_TRUE(found.has_value() || !made) << n;
    if (through) {
      ASSERT_GT(n, 4U);
      return;
    }
  }
  FAIL() << "it never came to an end";
}

}  // namespace
}  // namespace cantus::keeping::test
