// Many seeds: plays each, sums up what they were, and makes the failures small.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/sim/program/apart.h"
#include "tests/sim/program/plan_text.h"
#include "tests/sim/program/told.h"

namespace cantus::sim {

struct CampaignOptions {
  std::uint64_t from = 1;
  std::uint64_t seeds = 100;
  Draw draw;
  std::size_t jobs = 1;
  std::optional<std::uint64_t> minutes;  // no seed is begun later
  std::string mutant;
  bool keep_going = false;
  std::size_t shrink_plays_max = 200;
  const std::atomic<bool>* stop = nullptr;
};

struct Failure {
  std::uint64_t seed = 0;
  Broken broken;
  std::vector<std::string> last;
  std::string smallest;  // as a plan; empty where the same was made smaller for an earlier seed
  std::size_t shrink_plays = 0;
};

struct CampaignResult {
  std::uint64_t seeds = 0;  // played
  std::uint64_t next = 0;   // --from, to go on
  std::uint64_t repeated = 0;
  std::uint64_t records = 0;
  std::uint64_t orders = 0;
  std::uint64_t events = 0;
  std::int64_t simulated_ns = 0;
  double seconds = 0;
  Counts faults;
  Counts probes;
  std::vector<Failure> failures;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> hashes;  // by seed
};

[[nodiscard]] CampaignResult run_campaign(const CampaignOptions& options);
// Of one plan: as of a campaign of it alone.
[[nodiscard]] CampaignResult run_plan(const Plan& plan, const std::string& mutant);

// Writes the plan, with what it found as a comment; the file's path.
[[nodiscard]] Result<std::string> write_to_corpus(const std::string& folder, const Failure& failure);

}  // namespace cantus::sim
