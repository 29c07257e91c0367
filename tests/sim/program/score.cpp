#include "tests/sim/program/score.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/sim/program/apart.h"
#include "tests/sim/program/mutants.h"

namespace cantus::sim {
namespace {

constexpr std::size_t seeds_in_a_row = 5;  // in one process

class Scoring {
 public:
  explicit Scoring(const ScoreOptions& options) : options_(options) {}

  ScoreResult run() {
    ScoreResult result;
    MutantScore unharmed;
    play_seeds("", unharmed, false);
    result.bad_seeds.assign(found_.begin(), found_.end());
    bad_ = found_;
    for (const MutantInfo& info : all_mutants()) {
      if (asked_to_stop()) {
        break;
      }
      if (options_.mutants.empty() || std::ranges::count(options_.mutants, info.name) != 0) {
        result.scores.push_back(score(info));
      }
    }
    return result;
  }

 private:
  [[nodiscard]] bool asked_to_stop() const { return options_.stop != nullptr && *options_.stop; }

  MutantScore score(const MutantInfo& info) {
    MutantScore score;
    score.name = info.name;
    score.what = info.what;
    play_seeds(score.name, score, options_.first_alone);
    score.found = found_.size();
    if (!found_.empty()) {
      score.first = *found_.begin();
    }
    std::fprintf(stderr, "%-30s %llu of %llu\n", score.name.c_str(), static_cast<unsigned long long>(score.found),
                 static_cast<unsigned long long>(score.played));
    return score;
  }

  // Those that find something are in found_.
  void play_seeds(const std::string& mutant, MutantScore& score, bool first_alone) {
    found_.clear();
    Apart apart;
    std::uint64_t next = options_.from;
    const auto may_begin = [&] {
      return next - options_.from < options_.seeds && !(first_alone && !found_.empty()) && !asked_to_stop();
    };
    while (may_begin() || !apart.idle()) {
      if (may_begin() && apart.under_way() < options_.jobs) {
        begin_some(apart, next, mutant);
      } else if (!apart.idle()) {
        const auto [seed, told] = apart.next();
        take(seed, told, score);
      }
    }
  }

  void begin_some(Apart& apart, std::uint64_t& next, const std::string& mutant) const {
    std::vector<Task> tasks;
    for (; tasks.size() < seeds_in_a_row && next - options_.from < options_.seeds; ++next) {
      if (!bad_.contains(next)) {
        tasks.push_back({next, draw_plan(next, options_.draw), {.twice = false, .mutant = mutant}});
      }
    }
    if (!tasks.empty()) {
      apart.begin(std::move(tasks));
    }
  }

  void take(std::uint64_t seed, const Told& told, MutantScore& score) {
    ++score.played;
    score.reached += told.mutant_reached ? 1 : 0;
    if (told.broken) {
      found_.insert(seed);
      ++score.by[told.broken->invariant];
    }
  }

  const ScoreOptions& options_;
  std::set<std::uint64_t> found_;
  std::set<std::uint64_t> bad_;  // without any bug
};

}  // namespace

ScoreResult run_score(const ScoreOptions& options) { return Scoring(options).run(); }

}  // namespace cantus::sim
