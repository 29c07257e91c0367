#include "runtime/key_pair.h"

#include <openssl/pem.h>

#include "base/assert.h"
#include "runtime/openssl.h"

namespace cantus::runtime {
namespace {

// In the place of OpenSSL's own, which would ask at the terminal.
int give_passphrase(char* out, int size, int, void* context) {
  const auto& passphrase = *static_cast<const std::string_view*>(context);
  if (passphrase.size() > static_cast<std::size_t>(size)) {
    return -1;
  }
  passphrase.copy(out, passphrase.size());
  return static_cast<int>(passphrase.size());
}

}  // namespace

void KeyPair::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<KeyPair> KeyPair::generate() {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) {
    return Error{ErrorCode::failed, "no key can be made"};
  }
  return KeyPair(key);
}

std::optional<KeyPair> KeyPair::from_pem(std::string_view pem, std::string_view passphrase) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPair found(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase));
  if (found.key_ == nullptr || EVP_PKEY_get_base_id(found.key_.get()) != EVP_PKEY_ED25519) {
    return std::nullopt;
  }
  return found;
}

SigningKey KeyPair::public_key() const {
  SigningKey key;
  std::size_t size = key.bytes.size();
  const int got = EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(key.bytes.data()), &size);
  CANTUS_ASSERT(got == 1 && size == key.bytes.size(), "an Ed25519 key has a public half");
  return key;
}

Signature KeyPair::sign(std::span<const std::byte> bytes) const {
  Signature signature;
  std::size_t size = signature.bytes.size();
  const std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const bool made = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.bytes.data()), &size,
                                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
  CANTUS_ASSERT(made && size == signature.bytes.size(), "a key signs");
  return signature;
}

}  // namespace cantus::runtime
