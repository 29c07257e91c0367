// Signed heads and proofs: what the key signed is what was sealed; docs/check-proof takes a good proof and no other.
#include "keeping/proof.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/keeping/signed_log.h"

namespace cantus::keeping::test {
namespace {

using testing::HasSubstr;

struct Signed : SignedLog {
  Signed() {
    seal_more();
    sign_all();
  }
  Result<Proof> prove(std::uint64_t seq) {
    return keeping::prove(venue.files, venue.options.journal, venue.options.memory, Seq(seq));
  }
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
    return check_files("proof", "key.pem");
  }
  // Of its folder.
  int check_files(const std::string& proof, const std::string& key) {
    const std::string command = std::string(CANTUS_CHECK_PROOF) + " " + (folder_ / proof).string() + " " +
                                (folder_ / key).string() + " >" + (folder_ / "said").string() + " 2>&1";
    const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): the test's own words
    std::ifstream printed(folder_ / "said");
    said.assign(std::istreambuf_iterator<char>(printed), {});
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string said;

 private:
  std::filesystem::path folder_;
};

TEST(Proof, OfARecordThatIsNotSealedSaysSo) {
  Signed log;
  const auto proof = log.prove(log.venue.journal->last().get());
  ASSERT_FALSE(proof.ok());
  EXPECT_EQ(proof.error().code, ErrorCode::refused);
  EXPECT_THAT(proof.error().text, HasSubstr("no sealed segment"));
  EXPECT_FALSE(log.prove(0).ok());
  log.seal_more();
  const auto unsigned_one = log.prove(log.directory().last().get());
  ASSERT_FALSE(unsigned_one.ok());
  EXPECT_EQ(unsigned_one.error().code, ErrorCode::refused);
  EXPECT_THAT(unsigned_one.error().text, HasSubstr("not signed on the log yet"));
}

TEST(Proof, IsByTheKeyThatWasInForce) {
  Signed log;
  Script script;
  const HeadKey first = log.secret(1);
  const std::uint64_t by_first = log.last_signed().get();
  ASSERT_EQ(log.rotate(log.make_key(2, &first)).outcome, CommandResult::Outcome::took);
  log.seal_more();
  log.sign_all();
  const auto before = log.prove(by_first);
  const auto behind = log.prove(log.last_signed().get());
  ASSERT_TRUE(before.ok() && behind.ok());
  EXPECT_EQ(before->key, first.public_key());
  EXPECT_EQ(behind->key, log.secret(2).public_key());
  EXPECT_EQ(script.check(to_bytes(*before), before->key), 0) << script.said;
  EXPECT_EQ(script.check(to_bytes(*behind), behind->key), 0) << script.said;
  EXPECT_EQ(script.check(to_bytes(*behind), before->key), 1);
}

// A proof is not forged because whoever checks it mistyped a name.
TEST(Proof, WhatIsNotThereIsNamedAndProvesNothing) {
  Signed log;
  Script script;
  const auto proof = log.prove(1);
  ASSERT_TRUE(proof.ok()) << proof.error().text;
  ASSERT_EQ(script.check(to_bytes(*proof), proof->key), 0) << script.said;
  EXPECT_EQ(script.check_files("proof", "no-key.pem"), 2);
  EXPECT_THAT(script.said, HasSubstr("no-key.pem that can be read"));
  EXPECT_EQ(script.check_files("no-proof", "key.pem"), 2);
  EXPECT_THAT(script.said, HasSubstr("no-proof that can be read"));
  EXPECT_EQ(script.check_files("proof", "proof"), 2);
  EXPECT_THAT(script.said, HasSubstr("holds no public key"));
}

TEST(Proof, TheScriptTakesEveryGoodOne) {
  Signed log;
  Script script;
  const std::uint64_t last = log.directory().segments[0].last.get();
  for (const std::uint64_t seq : {std::uint64_t{1}, last / 2, last}) {
    if (seq > log.directory().last().get()) {
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
  for (std::size_t at = 0; at < good.size(); at += at < 248 ? 60 : good.size() / 3) {
    std::vector<std::byte> bytes = good;
    bytes[at] ^= std::byte{1};
    const bool unread = at >= 144 && at < 176;  // the key that it was signed by, which nobody has to believe
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
