// Signed heads: for each sealed segment the venue's own key signs what was sealed and what stood before it, so that
// somebody who has the public key can tell later that a record was on this log, without trusting whoever shows it.
//
// Heads stand in `DIR/heads`, a text file with a checksum:
//
//   cantus-heads 1
//   key <public key> <signature>                          the first is signed by itself, each later one by the one
//   before head <key's number> <segment> <first> <last> <chain before> <root> <signature> crc <CRC-32C of everything
//   above, 8 hexadecimal digits>
//
// The secret half stands in `DIR/keys/head.pem` (PKCS #8, for its owner only) and is nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ed25519.h"
#include "base/result.h"
#include "eventlog/directory.h"
#include "messages/record.h"
#include "runtime/files.h"
#include "runtime/key_pair.h"

namespace cantus::keeping {

// What is signed, byte for byte; integers are little-endian.
struct HeadStatement {
  std::array<char, 16> purpose{'c', 'a', 'n', 't', 'u', 's', '-', 'h', 'e', 'a', 'd', '-', '1', '\0', '\0', '\0'};
  VenueId venue;
  LogNumber log;  // the journal's first; which of its logs a record is of, the record says, and the root holds it
  std::uint32_t reserved = 0;
  std::uint64_t segment = 0;
  Seq first;
  Seq last;
  Hash256 before;  // chain before the segment; behind it stands SHA-256(before, root)
  Hash256 root;
};
static_assert(sizeof(HeadStatement) == 120 && std::has_unique_object_representations_v<HeadStatement>);
[[nodiscard]] HeadStatement statement_of(const eventlog::Directory& directory, const eventlog::SealedSegment& listed);

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

struct SignedHead {
  std::uint64_t key = 0;  // number of the key, from 1
  HeadStatement statement;
  Signature signature;
};
struct NamedKey {
  SigningKey key;
  Signature signature;  // over the new key, its number and the log: by the key before it, or by itself
};

struct Heads {
  std::vector<NamedKey> keys;
  std::vector<SignedHead> heads;  // by segment

  [[nodiscard]] const SignedHead* of(std::uint64_t segment) const;
  // True if nobody vouches for the key (by number) but itself.
  [[nodiscard]] bool begins_anew(std::size_t number, eventlog::LogIdentity identity) const;
  // Nothing if every signature is that of its key; else what is not.
  [[nodiscard]] std::optional<std::string> fault(eventlog::LogIdentity identity) const;
};
[[nodiscard]] std::string to_text(const Heads& heads);
[[nodiscard]] Result<Heads> heads_from(std::string_view text, eventlog::LogIdentity identity);

// Where they lie in a venue's directory.
[[nodiscard]] inline std::filesystem::path heads_file(const std::filesystem::path& data) { return data / "heads"; }
[[nodiscard]] inline std::filesystem::path head_key_file(const std::filesystem::path& data) {
  return data / "keys" / "head.pem";
}
// None if there is no file yet. Corrupt if it is not what was written, or a signature in it is not its key's.
[[nodiscard]] Result<Heads> read_heads(runtime::Files& files, const std::filesystem::path& data,
                                       eventlog::LogIdentity identity);

// Signs what the directory record lists and nobody has signed; makes a key if there never was one. How many. Errors:
// corrupt (what is there is not what was written), refused (the key's file is gone or another one), no_space, failed.
[[nodiscard]] Result<std::size_t> sign_heads(runtime::Files& files, const std::filesystem::path& data,
                                             const eventlog::Directory& directory);
// From here on another key signs; the present one says so, or, `anew`, nobody does but the new one: for an operator
// whose old key is lost.
[[nodiscard]] Result<SigningKey> rotate_head_key(runtime::Files& files, const std::filesystem::path& data,
                                                 eventlog::LogIdentity identity, bool anew = false);

}  // namespace cantus::keeping
