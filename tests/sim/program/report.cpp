#include "tests/sim/program/report.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/build.h"
#include "tests/sim/probes.h"

namespace cantus::sim {
namespace {

using Json = nlohmann::ordered_json;

#ifdef __clang__
constexpr const char* compiler = "clang++ " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

std::string build() { return cli::build_name() + ", " + compiler; }

double rate(double of, double seconds) { return seconds > 0 ? of / seconds : 0; }

std::string text_of(const Counts& counts) {
  std::string text;
  for (const auto& [name, times] : counts) {
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(times);
  }
  return text.empty() ? "none" : text;
}

std::vector<std::string> never_reached(const Counts& probes) {
  std::vector<std::string> names;
  for (const std::string_view probe : all_probes) {
    if (!probes.contains(std::string(probe))) {
      names.emplace_back(probe);
    }
  }
  return names;
}

void print_failure(const Failure& failure, const std::string& flags) {
  std::printf("\nFAILED: seed %llu\n  build   %s\n  flags   %s\n  broken  %s\n          %s\n",
              static_cast<unsigned long long>(failure.seed), build().c_str(), flags.c_str(),
              failure.broken.invariant.c_str(), failure.broken.what.c_str());
  for (const std::string& line : failure.last) {
    std::printf("  %s\n", line.c_str());
  }
  if (!failure.smallest.empty()) {
    std::printf("the smallest plan that breaks it, after %zu plays (`cantus sim --plan FILE`):\n%s",
                failure.shrink_plays, failure.smallest.c_str());
  }
}

Json to_json(const Failure& failure) {
  return {{"seed", failure.seed},        {"invariant", failure.broken.invariant},
          {"what", failure.broken.what}, {"last", failure.last},
          {"plan", failure.smallest},    {"shrink_plays", failure.shrink_plays}};
}

void print(const Json& object) {
  // What a peer sent may stand in what was found, and need not be UTF-8.
  std::printf("%s\n", object.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace

void print_campaign(const CampaignResult& result, const std::string& flags) {
  const double simulated_s = static_cast<double>(result.simulated_ns) / 1e9;
  const auto seeds = static_cast<double>(result.seeds);
  std::printf("%llu seeds, %llu orders, %llu records, %.1f simulated seconds in %.1f s\n",
              static_cast<unsigned long long>(result.seeds), static_cast<unsigned long long>(result.orders),
              static_cast<unsigned long long>(result.records), simulated_s, result.seconds);
  std::printf("a second: %.2f seeds, %.0f records, %.1f simulated seconds\n", rate(seeds, result.seconds),
              rate(static_cast<double>(result.records), result.seconds), rate(simulated_s, result.seconds));
  std::printf("faults: %s\n", text_of(result.faults).c_str());
  for (const auto& [probe, times] : result.probes) {
    std::printf("%9llu times: %s\n", static_cast<unsigned long long>(times), probe.c_str());
  }
  for (const std::string& name : never_reached(result.probes)) {
    std::printf("    never reached: %s\n", name.c_str());
  }
  std::printf("played twice with one history: %llu; to go on: --from %llu\n",
              static_cast<unsigned long long>(result.repeated), static_cast<unsigned long long>(result.next));
  for (const Failure& failure : result.failures) {
    print_failure(failure, flags);
  }
}

void print_campaign_json(const CampaignResult& result, const std::string& flags) {
  const double simulated_s = static_cast<double>(result.simulated_ns) / 1e9;
  Json failures = Json::array();
  for (const Failure& failure : result.failures) {
    failures.push_back(to_json(failure));
  }
  print({{"build", build()},
         {"flags", flags},
         {"seeds", result.seeds},
         {"next", result.next},
         {"played_twice", result.repeated},
         {"orders", result.orders},
         {"records", result.records},
         {"events", result.events},
         {"simulated_s", simulated_s},
         {"seconds", result.seconds},
         {"seeds_per_s", rate(static_cast<double>(result.seeds), result.seconds)},
         {"records_per_s", rate(static_cast<double>(result.records), result.seconds)},
         {"simulated_s_per_s", rate(simulated_s, result.seconds)},
         {"faults", result.faults},
         {"probes", result.probes},
         {"never_reached", never_reached(result.probes)},
         {"failures", failures}});
}

void print_score(const ScoreResult& result) {
  std::size_t found = 0;
  for (const MutantScore& score : result.scores) {
    found += score.found != 0 ? 1 : 0;
    const std::string first = score.first ? "first by seed " + std::to_string(*score.first) : "NOT FOUND";
    std::printf("%-30s found in %3llu of %llu, reached in %llu, %s\n", score.name.c_str(),
                static_cast<unsigned long long>(score.found), static_cast<unsigned long long>(score.played),
                static_cast<unsigned long long>(score.reached), first.c_str());
    for (const auto& [invariant, times] : score.by) {
      std::printf("    %llu by: %s\n", static_cast<unsigned long long>(times), invariant.c_str());
    }
  }
  std::printf("%zu of %zu planted bugs found\n", found, result.scores.size());
  for (const std::uint64_t seed : result.bad_seeds) {
    std::printf("seed %llu fails without any of them and was left out\n", static_cast<unsigned long long>(seed));
  }
}

void print_score_json(const ScoreResult& result, const std::string& flags) {
  Json scores = Json::array();
  for (const MutantScore& score : result.scores) {
    scores.push_back({{"name", score.name},
                      {"what", score.what},
                      {"played", score.played},
                      {"reached", score.reached},
                      {"found", score.found},
                      {"first", score.first ? Json(*score.first) : Json(nullptr)},
                      {"by", score.by}});
  }
  print({{"build", build()}, {"flags", flags}, {"bad_seeds", result.bad_seeds}, {"mutants", scores}});
}

}  // namespace cantus::sim
