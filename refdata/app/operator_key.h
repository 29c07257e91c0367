// The secret half of an operator's key. It lives in a file of its owner, encrypted under a passphrase (PKCS #8 in PEM:
// scrypt, AES-256), and is never shown, logged or put on the log; on the log stands the public half.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/ed25519.h"
#include "base/result.h"
#include "refdata/signed_bytes.h"
#include "runtime/key_pair.h"

namespace cantus::refdata {

inline constexpr std::size_t passphrase_bytes_max = 512;

class OperatorKey {
 public:
  // A new one. Failed: the system has no randomness.
  [[nodiscard]] static Result<OperatorKey> generate();
  // Of a file's text. Refused: it is no key of this kind, or the passphrase is another.
  [[nodiscard]] static Result<OperatorKey> from_text(std::string_view text, std::string_view passphrase);
  // Refused: the passphrase is empty or too long.
  [[nodiscard]] Result<std::string> to_text(std::string_view passphrase) const;

  [[nodiscard]] SigningKey public_key() const { return key_.public_key(); }
  // Signs a command or decision whose other fields are all set.
  template <class M>
  void sign(VenueId venue, LogNumber log, M& message) const {
    message.signature = key_.sign(SignedBytes<M>(venue, log, message).bytes);
  }

 private:
  explicit OperatorKey(runtime::KeyPair key) : key_(std::move(key)) {}

  runtime::KeyPair key_;
};

// "ed25519:" and 64 hexadecimal digits, as configurations hold it.
[[nodiscard]] std::string to_text(const SigningKey& key);
[[nodiscard]] Result<SigningKey> parse_signing_key(std::string_view text);

}  // namespace cantus::refdata
