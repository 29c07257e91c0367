// The directory record: which files make up the log's history, from which position to which. It is a small text file,
// replaced atomically; what it does not list, or what stands in a file behind its `last`, is never read as history.
//
//   cantus-log 1
//   venue 00000000000000ff
//   log 1
//   opening 1
//   predecessor <64 hexadecimal digits>
//   segment <number> <opening> <first> <last> <last term> <first time> <last time> <end> <root> <chain>   (one a line)
//   crc <CRC-32C of everything above, 8 hexadecimal digits>
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eventlog/identity.h"
#include "messages/messages.h"
#include "runtime/files.h"

namespace cantus::eventlog {

struct SealedSegment {
  std::uint64_t number = 0;
  std::uint32_t opening = 0;
  Seq first;
  Seq last;
  Term last_term;
  TimeNs first_time;
  TimeNs last_time;
  std::uint64_t end = 0;  // where the bytes of the last record end in the file
  Hash256 root;
  Hash256 chain;
  friend bool operator==(const SealedSegment&, const SealedSegment&) = default;
};
[[nodiscard]] SegmentSealed as_message(const SealedSegment& segment);

struct Directory {
  LogIdentity identity;
  std::uint32_t opening = 1;
  Hash256 predecessor_chain;
  std::vector<SealedSegment> segments;  // numbered 1, 2, 3 …, each beginning where the one before ends
  friend bool operator==(const Directory&, const Directory&) = default;

  [[nodiscard]] Seq last() const { return segments.empty() ? Seq(0) : segments.back().last; }
  [[nodiscard]] Term last_term() const { return segments.empty() ? Term(0) : segments.back().last_term; }
  [[nodiscard]] const Hash256& chain() const { return segments.empty() ? predecessor_chain : segments.back().chain; }
  [[nodiscard]] std::uint64_t next_number() const { return segments.size() + 1; }
  // The listed segment that holds a position, or none.
  [[nodiscard]] const SealedSegment* holding(Seq seq) const;
};

[[nodiscard]] std::string to_text(const Directory& directory);
[[nodiscard]] Result<Directory> directory_from(std::string_view text);

[[nodiscard]] Result<Directory> read_directory(runtime::Files& files, const std::filesystem::path& journal);
[[nodiscard]] Status write_directory(runtime::Files& files, const std::filesystem::path& journal,
                                     const Directory& directory);

}  // namespace cantus::eventlog
