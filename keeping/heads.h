// Signed heads: for each sealed segment the venue's own key signs what was sealed and what stood before it, so that
// somebody who has the public key can tell later that a record was on this log, without trusting whoever shows it.
//
// Heads and keys are records (refdata/head_keys.h). What stands in files is the secret half of each key, in
// `DIR/keys/head-<first 16 digits of the public half>.pem` (PKCS #8, for its owner only), and nowhere else. It is
// durable before anybody hears of its public half.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/ed25519.h"
#include "base/result.h"
#include "eventlog/directory.h"
#include "messages/messages.h"
#include "refdata/head_keys.h"
#include "runtime/files.h"
#include "runtime/key_pair.h"

namespace cantus::keeping {

class HeadKey {
 public:
  // Failed: the system has no randomness.
  [[nodiscard]] static Result<HeadKey> generate();
  // Of the file's text. Refused: it is no key of this kind.
  [[nodiscard]] static Result<HeadKey> from_text(std::string_view pem);
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] SigningKey public_key() const { return key_.public_key(); }
  [[nodiscard]] Signature sign(std::span<const std::byte> bytes) const { return key_.sign(bytes); }

 private:
  explicit HeadKey(runtime::KeyPair key) : key_(std::move(key)) {}
  runtime::KeyPair key_;
};
// "-----BEGIN PUBLIC KEY-----": as OpenSSL takes it.
[[nodiscard]] std::string public_pem(const SigningKey& key);

// ---- files

[[nodiscard]] std::filesystem::path head_key_file(const std::filesystem::path& data, const SigningKey& key);
// A new key, its file durable.
[[nodiscard]] Result<HeadKey> make_head_key(runtime::Files& files, const std::filesystem::path& data);
// The secret half of `key`. Refused: it is not there, or its file holds another one.
[[nodiscard]] Result<HeadKey> read_head_key(runtime::Files& files, const std::filesystem::path& data,
                                            const SigningKey& key);
// Any that is there: before the first key is on the log, that of a process that died with it.
[[nodiscard]] std::optional<HeadKey> some_head_key(runtime::Files& files, const std::filesystem::path& data);

// ---- what is said with them

// Key `number` is `key`, and `before` vouches for it; null: the key itself.
[[nodiscard]] HeadKeyDefined name_key(VenueId venue, std::uint32_t number, const HeadKey& key, const HeadKey* before);
[[nodiscard]] HeadStatement statement_of(const eventlog::Directory& directory, const eventlog::SealedSegment& listed);
[[nodiscard]] HeadSigned sign_head(const HeadStatement& statement, std::uint32_t number, const HeadKey& key);

}  // namespace cantus::keeping
