// SHA-512 and Ed25519, by the standards' own examples and against another implementation.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/ed25519.h"
#include "base/sha512.h"
#include "base/text.h"

namespace cantus {
namespace {

template <std::size_t N>
FixedBytes<N> from_hex(std::string_view hex) {
  FixedBytes<N> bytes;
  for (std::size_t i = 0; i < N; ++i) {
    bytes.bytes[i] = static_cast<std::byte>(std::stoul(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string hex_of(std::span<const std::byte> bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

std::vector<std::byte> random_bytes(std::mt19937_64& random, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  return bytes;
}

// Another's key pair.
class Signer {
 public:
  explicit Signer(std::mt19937_64& random) {
    const std::vector<std::byte> seed = random_bytes(random, 32);
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                            reinterpret_cast<const unsigned char*>(seed.data()), seed.size()));
    std::size_t size = 32;
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(public_key.bytes.data()), &size);
  }
  [[nodiscard]] Signature sign(std::span<const std::byte> bytes) const {
    Signature signature;
    std::size_t size = 64;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.bytes.data()), &size,
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return signature;
  }
  SigningKey public_key;

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
};

TEST(Sha512, GivesTheStandardsExamples) {
  EXPECT_EQ(hex_of(Sha512().add(std::as_bytes(std::span(std::string_view("abc")))).finish().bytes),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(hex_of(Sha512().finish().bytes),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

TEST(Sha512, AgreesWithAnotherForEveryLengthHoweverItIsCut) {
  std::mt19937_64 random(1);
  for (std::size_t length = 0; length < 600; ++length) {
    const std::vector<std::byte> bytes = random_bytes(random, length);
    Hash512 expected;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(expected.bytes.data()), nullptr,
               EVP_sha512(), nullptr);
    const std::size_t cut = length == 0 ? 0 : random() % length;
    ASSERT_EQ(Sha512().add(std::span(bytes).first(cut)).add(std::span(bytes).subspan(cut)).finish(), expected)
        << length;
  }
}

// RFC 8032, section 7.1, tests 1 to 3.
TEST(Ed25519, TakesTheStandardsExamples) {
  struct Example {
    const char* key;
    std::vector<std::byte> message;
    const char* signature;
  };
  const Example examples[] = {{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                               {},
                               "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e397"
                               "01cf9b46bd25bf5f0595bbe24"
                               "655141438e7a100b"},
                              {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                               {std::byte{0x72}},
                               "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f361"
                               "3d0f11d8c387b2eaeb4302aee"
                               "b00d291612bb0c00"},
                              {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                               {std::byte{0xaf}, std::byte{0x82}},
                               "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76"
                               "0984dc6594a7c15e9716ed28d"
                               "c027beceea1ec40a"}};
  for (const Example& example : examples) {
    EXPECT_TRUE(is_signed(from_hex<32>(example.key), from_hex<64>(example.signature), example.message)) << example.key;
  }
}

TEST(Ed25519, TakesWhatAnotherSignedAndNothingOfWhichABitIsFlipped) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 40; ++i) {
    const Signer signer(random);
    std::vector<std::byte> message = random_bytes(random, random() % 400 + 1);
    const Signature good = signer.sign(message);
    ASSERT_TRUE(is_signing_key(signer.public_key));
    ASSERT_TRUE(is_signed(signer.public_key, good, message));
    Signature signature = good;
    const auto flipped = [&random](std::span<std::byte> bytes) {
      const std::uint64_t bit = random() % (bytes.size() * 8);
      bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    };
    flipped(signature.bytes);
    EXPECT_FALSE(is_signed(signer.public_key, signature, message));
    SigningKey key = signer.public_key;
    flipped(key.bytes);
    EXPECT_FALSE(is_signed(key, good, message));
    EXPECT_FALSE(is_signed(Signer(random).public_key, good, message));
    flipped(message);
    EXPECT_FALSE(is_signed(signer.public_key, good, message));
  }
}

// S and S + L say the same to who does not look: then a signature had two forms.
TEST(Ed25519, TakesOnlyOneFormOfASignature) {
  const auto order = from_hex<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::mt19937_64 random(3);
  const Signer signer(random);
  const std::vector<std::byte> message = random_bytes(random, 100);
  Signature signature = signer.sign(message);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += std::to_integer<unsigned>(signature.bytes[32 + i]) + std::to_integer<unsigned>(order.bytes[i]);
    signature.bytes[32 + i] = static_cast<std::byte>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(is_signed(signer.public_key, signature, message));
}

TEST(Ed25519, RefusesKeysForWhichAnybodyCouldSign) {
  const char* const small_order[] = {
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  };
  for (const char* key : small_order) {
    EXPECT_FALSE(is_signing_key(from_hex<32>(key))) << key;
  }
  // Not below the prime (1 + p), and with a sign where there is none.
  EXPECT_FALSE(is_signing_key(from_hex<32>("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  EXPECT_FALSE(is_signing_key(from_hex<32>("0100000000000000000000000000000000000000000000000000000000000080")));
  EXPECT_FALSE(is_signing_key(from_hex<32>("0200000000000000000000000000000000000000000000000000000000000000")));
}

}  // namespace
}  // namespace cantus
