// That a record stands on a log: the record, the hashes from it to its segment's root, and the segment's signed head.
// Little-endian:
//
//   0    "cantus-proof-1", two zeros
//   16   u64 index of the record in its segment, from 0
//   24   u64 records in the segment
//   32   HeadStatement, as it was signed (refdata/head_keys.h)
//   144  public key, 32 bytes
//   176  signature, 64 bytes
//   240  u32 hashes in the path, u32 bytes of the record
//   248  the path: 32 bytes each, from the record's sibling up (RFC 9162, section 2.1.3)
//   …    the record, header and payload
//
// docs/check-proof checks one with nothing but OpenSSL's command.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "keeping/heads.h"
#include "messages/snapshot.h"

namespace cantus::keeping {

struct Proof {
  std::uint64_t index = 0;
  std::uint64_t records = 0;
  HeadStatement statement;
  SigningKey key;
  Signature signature;
  std::vector<Hash256> path;
  std::vector<std::byte> record;
};

[[nodiscard]] std::vector<std::byte> to_bytes(const Proof& proof);

// Of record `seq`, by the head that counts on the log. Errors: not_found (there is no such record), refused (it is not
// in a sealed segment yet, or the segment's head is not on the log yet), corrupt. `memory` as of eventlog::open_log,
// `begin` as of HeadsOnLog: null if the log's first record lies here.
[[nodiscard]] Result<Proof> prove(runtime::Files& files, const std::filesystem::path& journal,
                                  const std::filesystem::path& memory, Seq seq,
                                  const SnapshotSections* begin = nullptr);

}  // namespace cantus::keeping
