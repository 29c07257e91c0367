#include "refdata/app/operator_key.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <charconv>

#include "base/text.h"
#include "runtime/openssl.h"

namespace cantus::refdata {
namespace {

// What `openssl pkcs8 -scrypt` takes: 16 MiB, some 50 ms.
constexpr std::uint64_t scrypt_n = 16'384;
constexpr std::uint64_t scrypt_r = 8;
constexpr std::uint64_t scrypt_p = 1;
constexpr std::string_view key_prefix = "ed25519:";

}  // namespace

Result<OperatorKey> OperatorKey::generate() {
  Result<runtime::KeyPair> key = runtime::KeyPair::generate();
  return key ? Result<OperatorKey>(OperatorKey(*std::move(key))) : Result<OperatorKey>(std::move(key).error());
}

Result<OperatorKey> OperatorKey::from_text(std::string_view text, std::string_view passphrase) {
  std::optional<runtime::KeyPair> key = runtime::KeyPair::from_pem(text, passphrase);
  if (!key) {
    return Error{ErrorCode::refused, "it is no operator's key, or the passphrase is not its own"};
  }
  return OperatorKey(*std::move(key));
}

Result<std::string> OperatorKey::to_text(std::string_view passphrase) const {
  if (passphrase.empty() || passphrase.size() > passphrase_bytes_max) {
    return Error{ErrorCode::refused, "a passphrase has 1 to " + std::to_string(passphrase_bytes_max) + " bytes"};
  }
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, runtime::FreeWith<PKCS8_PRIV_KEY_INFO_free>> plain(
      EVP_PKEY2PKCS8(key_.get()));
  X509_ALGOR* const algorithm =
      PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, scrypt_n, scrypt_r, scrypt_p);
  if (!plain || algorithm == nullptr) {
    return Error{ErrorCode::failed, "the key cannot be encrypted"};
  }
  // The algorithm is the result's on success.
  const std::unique_ptr<X509_SIG, runtime::FreeWith<X509_SIG_free>> encrypted(
      PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), algorithm));
  const runtime::Bio bio(BIO_new(BIO_s_mem()));
  if (!encrypted || PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) {
    return Error{ErrorCode::failed, "the key cannot be encrypted"};
  }
  return runtime::text_in(bio);
}

std::string to_text(const SigningKey& key) {
  std::string text(key_prefix);
  append_hex(text, key.bytes);
  return text;
}

Result<SigningKey> parse_signing_key(std::string_view text) {
  SigningKey key;
  bool good = text.starts_with(key_prefix) && text.size() == key_prefix.size() + 2 * key.bytes.size();
  for (std::size_t i = 0; good && i < key.bytes.size(); ++i) {
    unsigned value = 0;
    const char* const begin = text.data() + key_prefix.size() + 2 * i;
    const auto [end, fault] = std::from_chars(begin, begin + 2, value, 16);
    good = fault == std::errc{} && end == begin + 2;
    key.bytes[i] = static_cast<std::byte>(value);
  }
  if (!good || !is_signing_key(key)) {
    return Error{ErrorCode::refused,
                 "is no key as `cantus operator keygen` prints it: ed25519: and 64 hexadecimal "
                 "digits"};
  }
  return key;
}

}  // namespace cantus::refdata
