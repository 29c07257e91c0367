// Ends of the venue's processes that nobody asked for. The supervisor starts them again, so that whoever looks later
// sees all of them running: what it counted since `cantus up` stands in `<data>/run/ends` for `cantus status`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "cli/venue_place.h"

namespace cantus::cli {

struct Ends {
  std::string process;
  std::uint64_t count = 0;
  TimeNs last;      // UTC
  std::string how;  // of the last one: "was killed by signal 9 (Killed)"
  friend bool operator==(const Ends&, const Ends&) = default;
};

// In the order in which each process ended first.
class EndCounts {
 public:
  void note(std::string_view process, TimeNs at, std::string_view how);
  [[nodiscard]] const std::vector<Ends>& all() const { return all_; }

 private:
  std::vector<Ends> all_;
};

// As write_note (cli/note_file.h).
[[nodiscard]] bool write_ends(const VenuePlace& place, const EndCounts& counts);
// Lines that are none are passed by.
[[nodiscard]] std::vector<Ends> read_ends(const VenuePlace& place);
// "a ended 3 times unasked, last 2026-03-02T14:00:01Z: was killed by signal 9 (Killed)".
[[nodiscard]] std::string text_of(const Ends& ends);

}  // namespace cantus::cli
