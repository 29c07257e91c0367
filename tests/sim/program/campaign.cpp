#include "tests/sim/program/campaign.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "tests/sim/program/shrink.h"

namespace cantus::sim {
namespace {

constexpr std::uint64_t repeated_one_in = 20;
constexpr std::uint64_t seeds_in_a_row = 10;  // in one process

using WallClock = std::chrono::steady_clock;  // of the host: no world lives in this process

double seconds_since(WallClock::time_point begin) {
  return std::chrono::duration<double>(WallClock::now() - begin).count();
}

void count(CampaignResult& result, std::uint64_t seed, const Told& told) {
  ++result.seeds;
  result.repeated += told.repeated ? 1 : 0;
  result.records += told.records;
  result.orders += told.orders;
  result.events += told.events;
  result.simulated_ns += told.simulated_ns;
  add(result.faults, told.faults);
  add(result.probes, told.probes);
  result.hashes.emplace_back(seed, told.hash);
  if (told.broken) {
    result.failures.push_back({seed, *told.broken, told.last, "", 0});
  }
}

class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options) : options_(options), next_(options.from) {}

  CampaignResult run() {
    for (;;) {
      while (apart_.under_way() < options_.jobs && may_begin()) {
        begin_some();
      }
      if (apart_.idle()) {
        break;
      }
      const auto [seed, told] = apart_.next();
      take(seed, told);
    }
    result_.next = next_;
    result_.seconds = seconds_since(begin_);
    std::ranges::sort(result_.failures, {}, &Failure::seed);
    std::ranges::sort(result_.hashes);
    for (Failure& failure : result_.failures) {
      make_small(failure);
    }
    return result_;
  }

 private:
  [[nodiscard]] bool may_begin() const {
    const bool asked_to_stop = options_.stop != nullptr && *options_.stop;
    const bool late = options_.minutes && seconds_since(begin_) >= static_cast<double>(*options_.minutes * 60);
    const bool found = !result_.failures.empty() && !options_.keep_going;
    return next_ - options_.from < options_.seeds && !asked_to_stop && !late && !found;
  }

  // As many at once as a share of what is left, so that all processes end at about the same time.
  void begin_some() {
    const std::uint64_t left = options_.seeds - (next_ - options_.from);
    const std::uint64_t share = std::clamp<std::uint64_t>(left / (2 * options_.jobs), 1, seeds_in_a_row);
    std::vector<Task> tasks;
    for (std::uint64_t i = 0; i < share; ++i, ++next_) {
      tasks.push_back(
          {next_, draw_plan(next_, options_.draw), {.twice = next_ % repeated_one_in == 0, .mutant = options_.mutant}});
    }
    apart_.begin(std::move(tasks));
  }

  void take(std::uint64_t seed, const Told& told) {
    count(result_, seed, told);
    if (told.broken) {
      std::fprintf(stderr, "FOUND: seed %llu: %s: %s\n", static_cast<unsigned long long>(seed),
                   told.broken->invariant.c_str(), told.broken->what.c_str());
    }
    if (const auto now = WallClock::now(); now - said_ >= std::chrono::seconds(5)) {
      said_ = now;
      std::fprintf(stderr, "%llu seeds, %.1f a second, %zu failed\n", static_cast<unsigned long long>(result_.seeds),
                   static_cast<double>(result_.seeds) / seconds_since(begin_), result_.failures.size());
    }
  }

  // Of the failures of one kind the first alone: the others are mostly the same bug.
  void make_small(Failure& failure) {
    const std::string& invariant = failure.broken.invariant;
    if (!made_small_.insert(invariant).second) {
      return;
    }
    std::fprintf(stderr, "seed %llu is made smaller\n", static_cast<unsigned long long>(failure.seed));
    const bool twice = failure.seed % repeated_one_in == 0;
    const auto fails = [&](const Plan& plan) {
      const Told told = play_apart(plan, {.twice = twice, .mutant = options_.mutant});
      return told.broken && told.broken->invariant == invariant;
    };
    const Shrunk shrunk = shrink(draw_plan(failure.seed, options_.draw), fails, options_.shrink_plays_max);
    failure.smallest = to_text(shrunk.plan);
    failure.shrink_plays = shrunk.plays;
  }

  const CampaignOptions& options_;
  const WallClock::time_point begin_ = WallClock::now();
  WallClock::time_point said_ = begin_;
  std::uint64_t next_;
  CampaignResult result_;
  std::set<std::string> made_small_;
  Apart apart_;
};

}  // namespace

CampaignResult run_campaign(const CampaignOptions& options) { return Campaign(options).run(); }

CampaignResult run_plan(const Plan& plan, const std::string& mutant) {
  const auto begin = WallClock::now();
  CampaignResult result;
  count(result, plan.seed, play_apart(plan, {.twice = true, .mutant = mutant}));
  result.next = plan.seed;
  result.seconds = seconds_since(begin);
  return result;
}

Result<std::string> write_to_corpus(const std::string& folder, const Failure& failure) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::path path = std::filesystem::path(folder) / ("seed-" + std::to_string(failure.seed) + ".plan");
  // One line, so that all of it is a comment.
  std::string found = failure.broken.invariant + ": " + failure.broken.what;
  std::ranges::replace_if(
      found, [](unsigned char c) { return c < ' '; }, ' ');
  std::ofstream file(path);
  file << "# once found: " << found << "\n" << failure.smallest;
  file.close();
  if (!file) {
    return Error{ErrorCode::failed, "cannot write " + path.string()};
  }
  return path.string();
}

}  // namespace cantus::sim
