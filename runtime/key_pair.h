// An Ed25519 key that signs (RFC 8032), made and used by OpenSSL. Whoever only checks signatures has base/ed25519.h.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/ed25519.h"
#include "base/result.h"

struct evp_pkey_st;

namespace cantus::runtime {

class KeyPair {
 public:
  // Failed: the system has no randomness.
  [[nodiscard]] static Result<KeyPair> generate();
  // Of a PEM text, encrypted under the passphrase or, if that is empty, not at all. Nothing if it is no such key.
  [[nodiscard]] static std::optional<KeyPair> from_pem(std::string_view pem, std::string_view passphrase);

  [[nodiscard]] SigningKey public_key() const;
  [[nodiscard]] Signature sign(std::span<const std::byte> bytes) const;
  // For OpenSSL's own calls; stays ours.
  [[nodiscard]] evp_pkey_st* get() const { return key_.get(); }

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit KeyPair(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace cantus::runtime
