// The golden log: records of every type and version that was ever released, kept for ever. Every later build must read
// them, and a layout that changes without a new version is found by its digest.
//
// As they were at each release they are kept under tests/messages/golden/released, where nothing changes any more.
//
// Three files stand under tests/messages/golden: `layouts.txt` (one line for each layout and each value of an
// enumeration), `golden.log` (records one behind another) and `golden.jsonl` (what they print as). They only grow.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "messages/record.h"

namespace cantus {

struct GoldenFiles {
  std::string layouts;
  std::string log;  // bytes of the records
  std::string json;
};

// What is wrong with the golden files of a release as this build sees them: a layout that changed, a record that it
// does not read, or that prints otherwise. Empty: nothing.
[[nodiscard]] std::string fault_of_release(const GoldenFiles& released);

// layouts.txt as this build's table gives it.
[[nodiscard]] std::string current_layouts();

struct LayoutChanges {
  std::vector<std::string> broken;  // committed lines that this build no longer fulfils: never after a release
  std::vector<std::string> added;   // lines of this build that are not committed yet

  [[nodiscard]] bool none() const { return broken.empty() && added.empty(); }
};
[[nodiscard]] LayoutChanges compare_layouts(std::string_view committed, std::string_view current);

// The events of a log file's bytes; the bytes are copied to aligned memory that the result owns.
class GoldenLog {
 public:
  // Fails at the first byte that is no record.
  [[nodiscard]] static Result<GoldenLog> read(std::string_view bytes);

  // Events point into the object's own memory.
  GoldenLog(const GoldenLog&) = delete;
  GoldenLog& operator=(const GoldenLog&) = delete;
  GoldenLog(GoldenLog&&) = default;
  GoldenLog& operator=(GoldenLog&&) = default;

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] std::string json() const;  // a line for each record

 private:
  GoldenLog() = default;

  std::vector<std::uint64_t> words_;
  std::vector<Event> events_;
};

// The files with what this build adds. A broken layout is refused unless `unreleased` says that no log anywhere holds
// it: then everything is written anew. `current` is current_layouts(), or another in tests.
[[nodiscard]] Result<GoldenFiles> update_golden(const GoldenFiles& old, bool unreleased,
                                                const std::string& current = current_layouts());

}  // namespace cantus
