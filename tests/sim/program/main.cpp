// cantus-sim, and cantus-sim-mutants: what `cantus sim` and `cantus sim score` run.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/sim_options.h"
#include "tests/sim/program/mutants.h"
#include "tests/sim/program/report.h"

namespace cantus::sim {
namespace {

using cli::Arguments;

std::atomic<bool> asked_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

std::string flags;  // the words of the command line

std::size_t cores() { return static_cast<std::size_t>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L)); }

std::size_t jobs_of(const Arguments& arguments) {
  return std::max<std::size_t>(arguments.number_or("jobs", cores()), 1);
}

bool is_mutant(const std::string& name) { return std::ranges::count(all_mutants(), name, &MutantInfo::name) != 0; }

int tell(const Arguments& arguments, const CampaignResult& result) {
  if (arguments.has("hashes")) {
    for (const auto& [seed, hash] : result.hashes) {
      std::printf("%llu %s\n", static_cast<unsigned long long>(seed), hash_text(hash).c_str());
    }
  } else if (arguments.has("json")) {
    print_campaign_json(result, flags);
  } else {
    print_campaign(result, flags);
  }
  return result.failures.empty() ? cli::exit_ok : cli::exit_difference;
}

int play_plan(const Arguments& arguments, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    return cli::fail(arguments, "sim", "cannot read " + path, cli::exit_failed);
  }
  const Result<Plan> plan = parse_plan(text.str());
  if (!plan) {
    return cli::fail(arguments, "sim", path + ": " + plan.error().text, cli::exit_usage);
  }
  return tell(arguments, run_plan(*plan, arguments.text_or("mutant", "")));
}

int keep(const Arguments& arguments, const CampaignResult& result) {
  for (const Failure& failure : result.failures) {
    if (failure.smallest.empty()) {
      continue;
    }
    const Result<std::string> path = write_to_corpus(arguments.text_or("corpus", ""), failure);
    if (!path) {
      return cli::fail(arguments, "sim", path.error().text, cli::exit_failed);
    }
    std::fprintf(stderr, "written: %s\n", path->c_str());
  }
  return cli::exit_ok;
}

int run_seeds(const Arguments& arguments) {
  const std::string mutant = arguments.text_or("mutant", "");
  if (!mutant.empty() && !is_mutant(mutant)) {
    return cli::fail(arguments, "sim", "there is no planted bug '" + mutant + "' in this program", cli::exit_usage);
  }
  if (const auto plan = arguments.text("plan")) {
    return play_plan(arguments, *plan);
  }
  const Result<Draw> draw = parse_draw(arguments.text_or("faults", ""));
  if (!draw) {
    return cli::fail(arguments, "sim", draw.error().text, cli::exit_usage);
  }
  CampaignOptions options;
  options.from = arguments.number_or("from", 1);
  options.minutes = arguments.number("minutes");
  options.seeds = arguments.number_or("seeds", options.minutes ? std::numeric_limits<std::uint64_t>::max() : 100);
  options.draw = *draw;
  options.jobs = jobs_of(arguments);
  options.mutant = mutant;
  options.keep_going = arguments.has("keep-going");
  options.stop = &asked_to_stop;
  const CampaignResult result = run_campaign(options);
  const int kept = arguments.has("corpus") ? keep(arguments, result) : cli::exit_ok;
  return kept == cli::exit_ok ? tell(arguments, result) : kept;
}

int run_scores(const Arguments& arguments) {
  const Result<Draw> draw = parse_draw(arguments.text_or("faults", ""));
  if (!draw) {
    return cli::fail(arguments, "sim score", draw.error().text, cli::exit_usage);
  }
  ScoreOptions options;
  options.from = arguments.number_or("from", options.from);
  options.seeds = arguments.number_or("seeds", options.seeds);
  options.draw = *draw;
  options.jobs = jobs_of(arguments);
  options.first_alone = arguments.has("first");
  options.stop = &asked_to_stop;
  if (const auto names = arguments.text("mutant")) {
    options.mutants = cli::split_list(*names);
  }
  for (const std::string& name : options.mutants) {
    if (!is_mutant(name)) {
      return cli::fail(arguments, "sim score", "there is no planted bug '" + name + "'", cli::exit_usage);
    }
  }
  if (all_mutants().empty()) {
    return cli::fail(arguments, "sim score", "this program has no planted bugs; cantus-sim-mutants has",
                     cli::exit_usage);
  }
  const ScoreResult result = run_score(options);
  arguments.has("json") ? print_score_json(result, flags) : print_score(result);
  const bool all_found = std::ranges::all_of(result.scores, [](const auto& score) { return score.found != 0; });
  return all_found && result.bad_seeds.empty() ? cli::exit_ok : cli::exit_difference;
}

constexpr cli::Command sim{.name = "sim",
                           .summary = "Play the whole venue under simulation, seed by seed, with faults.",
                           .options = cli::sim_options,
                           .run = run_seeds};
constexpr cli::Command score{.name = "sim score",
                             .summary = "Switch each planted bug on and say which seeds find it.",
                             .options = cli::sim_score_options,
                             .run = run_scores};

int run(std::vector<std::string> line) {
  for (const std::string& word : line) {
    flags += (flags.empty() ? "" : " ") + word;
  }
  const bool scores = !line.empty() && line[0] == "score";
  const cli::Command& command = scores ? score : sim;
  if (scores) {
    line.erase(line.begin());
  }
  const Result<Arguments> arguments = cli::parse_arguments(command, line);
  if (!arguments) {
    cli::say_failure(command.name, arguments.error().text, std::ranges::count(line, "--json") != 0);
    return cli::exit_usage;
  }
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { asked_to_stop = true; });
  }
  return command.run(*arguments);
}

}  // namespace
}  // namespace cantus::sim

int main(int argc, char** argv) { return cantus::sim::run(std::vector<std::string>(argv + 1, argv + argc)); }
