// What a start or a recovery must find, said once more as plainly as docs/architecture.md, section 2 says it: from
// nothing but the bytes of all files, without the journal's own code for segments, surveys and starts. Slow, and meant
// to be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/file_journal.h"
#include "runtime/simulated_files.h"

namespace cantus::eventlog::test {

using Image = runtime::SimulatedFiles::Image;
using Record = std::vector<std::byte>;  // header and payload

enum class Act { open, recover };

// Refused with a code, or the log with what is said of it.
struct Expected {
  std::optional<ErrorCode> refused;
  std::string why;  // for the test's own messages
  StartReport report;
  std::vector<Record> log;  // record i is number i + 1
};

// `files` as processes see them (their page cache), `device` as the device holds them.
[[nodiscard]] Expected expect(const Image& files, const Image& device, const std::string& boot_id,
                              const JournalOptions& options, Act act);

// Of the control page and the memory segments in `files`: what anybody on the host can have seen or been told.
struct Visible {
  std::uint64_t synced = 0;
  std::uint64_t last = 0;  // by the page; more may be visible by their commit words
  std::uint64_t live_segment = 0;
  std::uint32_t opening = 0;
};
[[nodiscard]] std::optional<Visible> visible_in(const Image& files, const JournalOptions& options);

}  // namespace cantus::eventlog::test
