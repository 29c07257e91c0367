// Plays in processes of their own, several at once. A play uses state of its whole process (clocks, SQLite, logging)
// and may die of an assertion of the venue, which is a finding. A process plays some seeds in a row, since what it has
// of memory the next one takes; but none behind one that broke something.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <utility>
#include <vector>

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

// A play, and the number by which it is told of.
struct Task {
  std::uint64_t number = 0;
  Plan plan;
  PlayOptions options;
};

class Apart {
 public:
  Apart() = default;
  ~Apart();  // ends what is under way
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

  // In one process, as long as that lives.
  void begin(std::vector<Task> tasks);
  // Processes.
  [[nodiscard]] std::size_t under_way() const { return plays_.size(); }
  // Nothing is to be had from next() any more.
  [[nodiscard]] bool idle() const { return plays_.empty() && ended_.empty(); }
  // What one of the tasks told; waits for a process to end if none is known yet.
  [[nodiscard]] std::pair<std::uint64_t, Told> next();

 private:
  struct Play {
    pid_t pid = 0;
    std::vector<Task> tasks;
    runtime::UniqueFd told;   // files in memory: a line for each task
    runtime::UniqueFd words;  // what it wrote to stderr
  };
  void wait_for_one();
  void take(const Play& play, int status);

  std::list<Play> plays_;
  std::deque<std::pair<std::uint64_t, Told>> ended_;
};

// One play, to its end.
[[nodiscard]] Told play_apart(const Plan& plan, const PlayOptions& options);

}  // namespace cantus::sim
