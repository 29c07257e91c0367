// What the keeper has done and found, in a small text file that outlives it and that `cantus status` reads:
//
//   cantus-keeping 1
//   packed <segments> <bytes in their own files> <bytes packed>
//   pass <number of the next segment> <begun>
//   passed <ended> <segments>
//   bad <number> <found at> <why>     (one a line)
//   trouble <text>
//   not-removed <text>
//   removal-noted <number of a segment>
//   crc <CRC-32C of everything above, 8 hexadecimal digits>
//
// Times are nanoseconds of UTC. A file that cannot be read is the same as none: nothing depends on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/types.h"
#include "runtime/files.h"

namespace cantus::keeping {

struct BadSegment {
  TimeNs found_at;
  std::string why;  // with the file
  friend bool operator==(const BadSegment&, const BadSegment&) = default;
};

struct KeepingState {
  std::uint64_t packed = 0;        // sealed segments that are packed
  std::uint64_t plain_bytes = 0;   // of their records, before
  std::uint64_t packed_bytes = 0;  // of their files, behind
  // The pass of verification that is under way: the segment that comes next, 0 if none is.
  std::uint64_t next_to_verify = 0;
  TimeNs pass_begun;
  // The last one that went through; 0 if there was none.
  TimeNs pass_ended;
  std::uint64_t pass_segments = 0;
  std::map<std::uint64_t, BadSegment> bad;  // by number, until they are found good
  std::string trouble;                      // why something is not packed; empty if nothing stands in the way
  std::string not_removed;                  // why something old is not removed; likewise
  std::uint64_t removal_noted = 0;          // through this segment it is noted that they were removed
  friend bool operator==(const KeepingState&, const KeepingState&) = default;
};

[[nodiscard]] std::string to_text(const KeepingState& state);
[[nodiscard]] Result<KeepingState> state_from(std::string_view text);

// In the venue's directory.
[[nodiscard]] std::filesystem::path state_file(const std::filesystem::path& data);
[[nodiscard]] KeepingState read_state(runtime::Files& files, const std::filesystem::path& file);
[[nodiscard]] Status write_state(runtime::Files& files, const std::filesystem::path& file, const KeepingState& state);

}  // namespace cantus::keeping
