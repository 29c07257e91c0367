#include "refdata/app/operator_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <charconv>

#include "base/assert.h"
#include "base/text.h"

namespace cantus::refdata {
namespace {

// What `openssl pkcs8 -scrypt` takes: 16 MiB, some 50 ms.
constexpr std::uint64_t scrypt_n = 16'384;
constexpr std::uint64_t scrypt_r = 8;
constexpr std::uint64_t scrypt_p = 1;
constexpr std::string_view key_prefix = "ed25519:";

template <auto free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

int give_passphrase(char* out, int size, int, void* context) {
  const auto& passphrase = *static_cast<const std::string_view*>(context);
  if (passphrase.size() > static_cast<std::size_t>(size)) {
    return -1;
  }
  passphrase.copy(out, passphrase.size());
  return static_cast<int>(passphrase.size());
}

}  // namespace

void OperatorKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<OperatorKey> OperatorKey::generate() {
  const std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_keygen(context.get(), &key) != 1) {
    return Error{ErrorCode::failed, "no key can be made"};
  }
  return OperatorKey(key);
}

Result<OperatorKey> OperatorKey::from_text(std::string_view text, std::string_view passphrase) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase);
  OperatorKey found(key);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
    return Error{ErrorCode::refused, "it is no operator's key, or the passphrase is not its own"};
  }
  return found;
}

Result<std::string> OperatorKey::to_text(std::string_view passphrase) const {
  if (passphrase.empty() || passphrase.size() > passphrase_bytes_max) {
    return Error{ErrorCode::refused, "a passphrase has 1 to " + std::to_string(passphrase_bytes_max) + " bytes"};
  }
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>> plain(EVP_PKEY2PKCS8(key_.get()));
  X509_ALGOR* const algorithm =
      PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, scrypt_n, scrypt_r, scrypt_p);
  if (!plain || algorithm == nullptr) {
    return Error{ErrorCode::failed, "the key cannot be encrypted"};
  }
  // The algorithm is the result's on success.
  const std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>> encrypted(
      PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), algorithm));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!encrypted || PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) {
    return Error{ErrorCode::failed, "the key cannot be encrypted"};
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

SigningKey OperatorKey::public_key() const {
  SigningKey key;
  std::size_t size = key.bytes.size();
  const int got = EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(key.bytes.data()), &size);
  CANTUS_ASSERT(got == 1 && size == key.bytes.size(), "an Ed25519 key has a public half");
  return key;
}

Signature OperatorKey::signature_of(std::span<const std::byte> bytes) const {
  Signature signature;
  std::size_t size = signature.bytes.size();
  const std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const bool made = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.bytes.data()), &size,
                                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
  CANTUS_ASSERT(made && size == signature.bytes.size(), "a key signs");
  return signature;
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
