// Plays in processes of their own, several at once. A play uses state of its whole process (clocks, SQLite, logging)
// and may die of an assertion of the venue: so each has a process that was never used before, and its death is a
// finding.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "runtime/unique_fd.h"
#include "tests/sim/plan.h"
#include "tests/sim/program/told.h"

namespace cantus::sim {

struct PlayOptions {
  bool twice = false;  // the second time in a process that is used already; both must have the same hash
  std::string mutant;  // switched on, if any
};

// In this process.
[[nodiscard]] Told play_here(const Plan& plan, const PlayOptions& options);

class Apart {
 public:
  Apart() = default;
  ~Apart();  // ends what is under way
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

  // The number is given back with what it told.
  void begin(std::uint64_t number, const Plan& plan, const PlayOptions& options);
  [[nodiscard]] std::size_t under_way() const { return plays_.size(); }
  // Waits until one has ended. At least one is under way.
  [[nodiscard]] std::pair<std::uint64_t, Told> next();

 private:
  struct Play {
    pid_t pid = 0;
    std::uint64_t number = 0;
    runtime::UniqueFd told;   // files in memory
    runtime::UniqueFd words;  // what it wrote to stderr
  };
  std::list<Play> plays_;
};

// One play, to its end.
[[nodiscard]] Told play_apart(const Plan& plan, const PlayOptions& options);

}  // namespace cantus::sim
