#include "refdata/app/password.h"

#include <gtest/gtest.h>

namespace cantus::refdata {
namespace {

constexpr ScryptCost cheap{4, 8, 1};

std::array<std::byte, 16> salt_of(int seed) {
  std::array<std::byte, 16> salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) {
    salt[i] = static_cast<std::byte>(seed + static_cast<int>(i));
  }
  return salt;
}

TEST(Password, RightOneIsKnownAndOthersAreNot) {
  const auto verifier = make_verifier("correct horse", cheap, salt_of(1));
  ASSERT_TRUE(verifier.ok());
  EXPECT_TRUE(verify_password(*verifier, "correct horse"));
  for (const char* wrong : {"", "correct hors", "correct horse ", "Correct horse"}) {
    EXPECT_FALSE(verify_password(*verifier, wrong)) << wrong;
  }
}

TEST(Password, SaltsMakeEqualPasswordsDiffer) {
  EXPECT_NE(make_verifier("same", cheap, salt_of(1))->verifier, make_verifier("same", cheap, salt_of(2))->verifier);
}

// form.
TEST(Password, TextReadsBackAsTheSameVerifier) {
  const auto verifier = make_verifier("secret", cheap, salt_of(7));
  ASSERT_TRUE(verifier.ok());
  const std::string text = to_text(*verifier);
  EXPECT_TRUE(text.starts_with("scrypt$4$8$1$0708090a0b0c0d0e0f10111213141516$")) << text;
  const auto parsed = parse_verifier(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, *verifier);
}

TEST(Password, MalformedAndExcessiveVerifiersAreRefused) {
  const std::string good = to_text(*make_verifier("secret", cheap, salt_of(7)));
  std::string tail = good.substr(good.find("$0708"));
  for (const std::string& bad :
       {std::string(), std::string("scrypt"), good + "0", good.substr(1), "scrypt$4$8$1" + tail + "$",
        "scrypt$0$8$1" + tail, "scrypt$21$8$1" + tail, "scrypt$20$32$1" + tail, "scrypt$4$0$1" + tail,
        "scrypt$4$8$0" + tail, "scrypt$256$8$1" + tail, "scrypt$-4$8$1" + tail, "bcrypt$4$8$1" + tail}) {
    EXPECT_FALSE(parse_verifier(bad).ok()) << bad;
  }
  EXPECT_TRUE(parse_verifier("scrypt$4$8$1" + tail).ok());
}

TEST(Password, EmptyAndOverlongPasswordsAreRefused) {
  EXPECT_FALSE(make_verifier("", cheap, salt_of(1)).ok());
  EXPECT_FALSE(make_verifier(std::string(password_bytes_max + 1, 'x'), cheap, salt_of(1)).ok());
  EXPECT_FALSE(make_verifier("x", ScryptCost{20, 32, 1}, salt_of(1)).ok());
}

}  // namespace
}  // namespace cantus::refdata
