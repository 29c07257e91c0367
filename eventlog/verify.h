// Everything that a log's files hold, compared byte by byte with what was written: for an auditor, after a restore,
// before the only other copy is removed. Reads files alone and writes nothing; the venue may run meanwhile.
//
// What tells a wrong byte: the checksum of every record, zeros where nothing was written, the Merkle root and the chain
// of every sealed segment as the directory record lists them, and the log's own SegmentSealed records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "eventlog/identity.h"
#include "messages/messages.h"
#include "runtime/files.h"

namespace cantus::eventlog {

// Where a log is not what was written.
struct BadBytes {
  std::filesystem::path file;
  std::uint64_t offset = 0;  // the first of them in the file
  std::uint64_t count = 1;   // of which it is known that one at least is wrong; 1: it is this byte
  Seq record;                // that they belong to; 0 if to none
  std::string why;
};
[[nodiscard]] std::string text_of(const BadBytes& bad);

struct VerifiedLog {
  LogIdentity identity;        // of the first log that the journal holds …
  LogNumber log;               // … and the last
  std::uint64_t sealed = 0;    // segments that are good
  std::uint64_t removed = 0;   // segments that a backup holds (eventlog/removed.h), and that were not looked at
  std::uint64_t unsealed = 0;  // segments that were looked at
  std::uint64_t bytes = 0;     // of records
  Seq last;                    // of the good records
  Seq promised;                // greatest synced mark that was found: so far nothing may be missing
  Hash256 chain;               // head behind the last sealed segment
  std::optional<BadBytes> first_bad;
  // Between records and behind headers stand zeros that nobody reads. One that is not zero spoils nothing, but whatever
  // changed it may change more.
  std::optional<BadBytes> first_stray;
  // Records and bytes behind the end that were never promised to anybody: what a crash tears, a start cuts.
  std::uint64_t torn_records = 0;
  std::uint64_t torn_bytes = 0;
};

// Called before each segment with how many are done, of how many; for people who wait.
using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// Goes through the log in order and ends at the first bad byte. Errors: not_found (no log there, or a listed file is
// missing), corrupt (the directory record cannot be read, so nothing is known of the files), io.
[[nodiscard]] Result<VerifiedLog> verify_log(runtime::Files& files, const std::filesystem::path& journal,
                                             const VerifyProgress& progress = {});

// The same as one word: corrupt, naming the first bad byte, if there is one; stray ones do not count.
[[nodiscard]] Status check_log(runtime::Files& files, const std::filesystem::path& journal);

// If one changed byte explains why the bytes at the beginning of `from` are not the record that is expected, and no
// other one does: its offset, and what it was. `from` reaches to the end of what may be read.
struct ChangedByte {
  std::size_t offset = 0;
  std::byte was{};
};
[[nodiscard]] std::optional<ChangedByte> find_changed_byte(std::span<const std::byte> from, LogIdentity identity,
                                                           Seq expected, Term term);
// The same for bytes whose CRC-32C is known.
[[nodiscard]] std::optional<ChangedByte> find_changed_byte(std::span<const std::byte> bytes, std::uint32_t crc);

}  // namespace cantus::eventlog
