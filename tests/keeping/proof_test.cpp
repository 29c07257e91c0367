// Signed heads and proofs: what the key signed is what was sealed; docs/check-proof takes a good proof and no other.
#include "keeping/proof.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/eventlog/support.h"

namespace cantus::keeping::test {
namespace {

using eventlog::test::identity;
using eventlog::test::Venue;
using testing::HasSubstr;

const std::filesystem::path data = "/data";

struct Signed {
  Signed() {
    CANTUS_ASSERT(venue.open().ok() && venue.append(60, 400).ok(), "it is written");
    venue.listener->wait_synced(venue.journal->last());
    venue.listener->wait_sealed(1);
    directory = *eventlog::read_directory(venue.files, venue.options.journal);
  }
  Result<Proof> prove(std::uint64_t seq) { return keeping::prove(venue.files, data, venue.options.journal, Seq(seq)); }
  Heads heads() { return *read_heads(venue.files, data, identity); }

  Venue venue;
  eventlog::Directory directory;
};

// The script with a proof and a key; its exit code, and what it printed.
class Script {
 public:
  Script() {
    std::string name = (std::filesystem::temp_directory_path() / "cantus-proof-XXXXXX").string();
    CANTUS_ASSERT(::mkdtemp(name.data()) != nullptr, "a folder is made");
    folder_ = name;
  }
  ~Script() { std::filesystem::remove_all(folder_); }
  int check(const std::vector<std::byte>& proof, const SigningKey& key) {
    std::ofstream(folder_ / "proof", std::ios::binary)
        .write(reinterpret_cast<const char*>(proof.data()), static_cast<std::streamsize>(proof.size()));
    std::ofstream(folder_ / "key.pem") << public_pem(key);
    const std::string command = std::string(CANTUS_CHECK_PROOF) + " " + (folder_ / "proof").string() + " " +
                                (folder_ / "key.pem").string() + " >" + (folder_ / "said").string() + " 2>&1";
    const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): the test's own words
    std::ifstream printed(folder_ / "said");
    said.assign(std::istreambuf_iterator<char>(printed), {});
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string said;

 private:
  std::filesystem::path folder_;
};

TEST(Heads, EverySealedSegmentIsSignedOnce) {
  Signed log;
  EXPECT_EQ(*sign_heads(log.venue.files, data, log.directory), log.directory.segments.size());
  EXPECT_EQ(*sign_heads(log.venue.files, data, log.directory), 0U);
  const Heads heads = log.heads();
  ASSERT_EQ(heads.keys.size(), 1U);
  EXPECT_EQ(heads.fault(identity), std::nullopt);
  for (const eventlog::SealedSegment& listed : log.directory.segments) {
    ASSERT_NE(heads.of(listed.number), nullptr);
    EXPECT_EQ(heads.of(listed.number)->statement.root, listed.root);
  }
}

TEST(Heads, ANewKeyIsNamedByTheOneBefore) {
  Signed log;
  EXPECT_FALSE(rotate_head_key(log.venue.files, data, identity).ok()) << "there is none yet";
  ASSERT_TRUE(sign_heads(log.venue.files, data, log.directory).ok());
  const SigningKey first = log.heads().keys[0].key;
  const auto second = rotate_head_key(log.venue.files, data, identity);
  ASSERT_TRUE(second.ok()) << second.error().text;
  ASSERT_TRUE(log.venue.append(60, 400).ok());
  log.venue.listener->wait_sealed(log.directory.segments.size() + 1);
  log.directory = *eventlog::read_directory(log.venue.files, log.venue.options.journal);
  ASSERT_GE(*sign_heads(log.venue.files, data, log.directory), 1U);
  Heads heads = log.heads();
  EXPECT_EQ(heads.fault(identity), std::nullopt);
  EXPECT_FALSE(heads.begins_anew(2, identity));
  EXPECT_EQ(heads.heads.front().key, 1U);
  EXPECT_EQ(heads.heads.back().key, 2U);
  EXPECT_EQ(log.prove(1)->key, first);
  EXPECT_EQ(log.prove(log.directory.last().get())->key, *second);
  heads.keys[1].signature.bytes[5] ^= std::byte{1};
  EXPECT_THAT(*heads.fault(identity), HasSubstr("key 2"));
}

TEST(Heads, WhatIsChangedIsNoSignedHead) {
  Signed log;
  ASSERT_TRUE(sign_heads(log.venue.files, data, log.directory).ok());
  Heads heads = log.heads();
  heads.heads[0].statement.root.bytes[0] ^= std::byte{1};
  EXPECT_THAT(*heads.fault(identity), HasSubstr("segment 1"));
  EXPECT_EQ(log.heads().fault({identity.venue, LogNumber(9)}).has_value(), true) << "of another log";
}

TEST(Heads, AKeyThatIsGoneIsNotReplacedInSilence) {
  Signed log;
  eventlog::Directory shorter = log.directory;
  shorter.segments.resize(1);
  ASSERT_EQ(*sign_heads(log.venue.files, data, shorter), 1U);
  ASSERT_TRUE(log.venue.files.remove(head_key_file(data)).ok());
  ASSERT_TRUE(log.venue.append(60, 400).ok());
  log.venue.listener->wait_sealed(3);
  log.directory = *eventlog::read_directory(log.venue.files, log.venue.options.journal);
  const auto signing = sign_heads(log.venue.files, data, log.directory);
  ASSERT_FALSE(signing.ok());
  EXPECT_EQ(signing.error().code, ErrorCode::refused);
  EXPECT_FALSE(rotate_head_key(log.venue.files, data, identity).ok());
  // An operator says that it is lost: the new one names itself, which anybody can see.
  ASSERT_TRUE(rotate_head_key(log.venue.files, data, identity, true).ok());
  EXPECT_GE(*sign_heads(log.venue.files, data, log.directory), 1U);
  EXPECT_EQ(log.heads().fault(identity), std::nullopt);
  EXPECT_TRUE(log.heads().begins_anew(1, identity));
  EXPECT_TRUE(log.heads().begins_anew(2, identity));
}

TEST(Heads, SigningAndRotationMayBeCutShortAnywhere) {
  Signed log;
  log.venue.die();
  eventlog::Directory shorter = log.directory;
  shorter.segments.resize(1);
  for (std::uint64_t n = 1; n < 100; ++n) {
    const auto files = log.venue.files.copy();
    files->plan(n, n % 2 == 0 ? runtime::CallFault::stop_before : runtime::CallFault::stop_after);
    static_cast<void>(sign_heads(*files, data, shorter));
    static_cast<void>(rotate_head_key(*files, data, identity));
    const bool through = files->plan_is_open();
    files->end_process();
    if (n % 3 == 0) {
      files->cut_power(n);
      files->boot();
    }
    const auto signing = sign_heads(*files, data, log.directory);
    ASSERT_TRUE(signing.ok()) << n << ": " << signing.error().text;
    const Heads heads = *read_heads(*files, data, identity);
    EXPECT_EQ(heads.fault(identity), std::nullopt) << n;
    EXPECT_EQ(heads.heads.size(), log.directory.segments.size()) << n;
    if (through) {
      ASSERT_GT(n, 10U);
      return;
    }
  }
}

TEST(Proof, OfARecordThatIsNotSealedSaysSo) {
  Signed log;
  const auto proof = log.prove(log.venue.journal->last().get());
  ASSERT_FALSE(proof.ok());
  EXPECT_EQ(proof.error().code, ErrorCode::refused);
  EXPECT_THAT(proof.error().text, HasSubstr("no sealed segment"));
  EXPECT_FALSE(log.prove(0).ok());
}

TEST(Proof, TheScriptTakesEveryGoodOne) {
  Signed log;
  Script script;
  const std::uint64_t last = log.directory.segments[0].last.get();
  for (const std::uint64_t seq : {std::uint64_t{1}, last / 2, last}) {
    if (seq > log.directory.last().get()) {
      continue;
    }
    const auto proof = log.prove(seq);
    ASSERT_TRUE(proof.ok()) << proof.error().text;
    const std::vector<std::byte> bytes = to_bytes(*proof);
    EXPECT_LE(bytes.size() - proof->record.size(), 2048U);
    EXPECT_EQ(script.check(bytes, proof->key), 0) << script.said;
    EXPECT_THAT(script.said, HasSubstr("proven: record " + std::to_string(seq) + " of log 3"));
  }
}

// Any byte changed, and whatever else somebody may try.
TEST(Proof, TheScriptTakesNoOther) {
  Signed log;
  Script script;
  const Proof proof = *log.prove(5);
  const std::vector<std::byte> good = to_bytes(proof);
  for (std::size_t at = 0; at < good.size(); at += at < 256 ? 60 : good.size() / 3) {
    std::vector<std::byte> bytes = good;
    bytes[at] ^= std::byte{1};
    const bool unread = at >= 152 && at < 184;  // the key that it was signed by, which nobody has to believe
    EXPECT_EQ(script.check(bytes, proof.key), unread ? 0 : 1) << at << script.said;
  }
  EXPECT_EQ(script.check(good, HeadKey::generate()->public_key()), 1);
  EXPECT_THAT(script.said, HasSubstr("not signed by this key"));
  std::vector<std::byte> longer = good;
  longer.push_back(std::byte{0});
  EXPECT_EQ(script.check(longer, proof.key), 1);
  EXPECT_EQ(script.check(std::vector<std::byte>(good.begin(), good.begin() + 100), proof.key), 1);
  // Another record of the same segment with the path of this one.
  Proof other = proof;
  other.record = log.prove(6)->record;
  EXPECT_EQ(script.check(to_bytes(other), proof.key), 1);
  other.index = 5;
  EXPECT_EQ(script.check(to_bytes(other), proof.key), 1);
  other = proof;
  other.path.pop_back();
  EXPECT_EQ(script.check(to_bytes(other), proof.key), 1);
}

}  // namespace
}  // namespace cantus::keeping::test
