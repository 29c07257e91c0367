// What the simulation is worth: each planted bug is switched on, and seeds are played until it is found, or all of
// them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/program/plan_text.h"

namespace cantus::sim {

struct ScoreOptions {
  std::uint64_t from = 1;
  std::uint64_t seeds = 200;
  Draw draw;
  std::size_t jobs = 1;
  std::vector<std::string> mutants;  // empty: all
  bool first_alone = false;
  const std::atomic<bool>* stop = nullptr;
};

struct MutantScore {
  std::string name;
  std::string what;
  std::uint64_t played = 0;
  std::uint64_t reached = 0;  // seeds that came by its place
  std::uint64_t found = 0;
  std::optional<std::uint64_t> first;
  std::map<std::string, std::uint64_t> by;  // what was broken, in how many seeds
};

// In the order of the table. Seeds that fail without any bug say nothing of one: they are left out, and named.
struct ScoreResult {
  std::vector<std::uint64_t> bad_seeds;
  std::vector<MutantScore> scores;
};
[[nodiscard]] ScoreResult run_score(const ScoreOptions& options);

}  // namespace cantus::sim
