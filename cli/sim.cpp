// `cantus sim`, `cantus sim score`: the whole venue under simulation. The simulator defines the C library's clocks
// itself, so it cannot be a part of this program: it lies beside it, as the build makes it (tests/sim/program).
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "cli/child.h"
#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/sim_options.h"

namespace cantus::cli {
namespace {

// Becomes the companion, with the same words.
int become(const Arguments& arguments, std::string_view command, std::span<const Option> options, const char* program) {
  std::vector<std::string> words{(program_folder() / program).string()};
  if (command == "sim score") {
    words.emplace_back("score");
  }
  for (const Option& option : options) {
    if (arguments.has(option.name)) {
      words.push_back("--" + std::string(option.name) +
                      (option.kind == OptionKind::flag ? "" : "=" + arguments.text_or(option.name, "")));
    }
  }
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  ::execv(words[0].c_str(), pointers.data());
  const std::string why = std::strerror(errno);
  return fail(
      arguments, command,
      "cannot start " + words[0] + ": " + why + " (`./cantus sim` builds it; it is no part of what is installed)",
      exit_failed);
}

int run_sim(const Arguments& arguments) {
  return become(arguments, "sim", sim_options, arguments.has("mutant") ? "cantus-sim-mutants" : "cantus-sim");
}
int run_score(const Arguments& arguments) {
  return become(arguments, "sim score", sim_score_options, "cantus-sim-mutants");
}

}  // namespace

const Command sim_command = {
    .name = "sim",
    .summary = "Play the whole venue under simulation, seed by seed, with faults.",
    .details =
        "One thread, simulated time, the production code of every process, clients, desks and a regulator: what a "
        "seed\n"
        "decides happens again in every run of it. A failure is made smaller and printed as a plan that --plan plays.\n"
        "Ends with 3 where something was found.",
    .options = sim_options,
    .run = run_sim};

const Command sim_score_command = {
    .name = "sim score",
    .summary = "Switch each planted bug on and say which seeds find it.",
    .details = "The bugs stand in the sources as CANTUS_MUTANT (base/mutant.h); only cantus-sim-mutants has them.",
    .options = sim_score_options,
    .run = run_score};

}  // namespace cantus::cli
