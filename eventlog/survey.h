// Judges the unsealed part of a log: how far its records are good, how far they were promised, what lies beyond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eventlog/directory.h"
#include "eventlog/scan.h"
#include "runtime/files.h"

namespace cantus::eventlog {

// The bytes of an unsealed segment, from wherever they were taken.
struct Source {
  std::uint64_t number = 0;
  std::string name;   // of the file, for messages
  std::string fault;  // why it is not that segment at all; empty if it is
  std::vector<std::byte> owned;
  std::unique_ptr<runtime::Mapping> mapping;

  [[nodiscard]] std::span<const std::byte> bytes() const { return mapping ? mapping->bytes() : owned; }
};

struct Survey {
  std::vector<Walk> walks;  // of the sources in order, up to and including the one where the good records end
  Seq last;                 // of the good records; the directory's last if there are none
  Term last_term;
  std::optional<Event> last_record;  // in a source; none if there are no good records
  Seq mark;                          // greatest synced mark in any good record, also beyond a bad one
  std::string end;                   // where and why the good records end, for messages
  std::uint64_t cut_records = 0;     // good ones beyond
  std::uint64_t cut_bytes = 0;
};

// `sources` are numbered on from what the directory lists, without a gap; `strays` are further files behind a gap.
[[nodiscard]] Survey survey(const Directory& directory, const std::vector<Source>& sources,
                            const std::vector<Source>& strays);

}  // namespace cantus::eventlog
