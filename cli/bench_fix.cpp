// `cantus bench fix`: order to first ExecutionReport, beside stock QuickFIX acceptors, in one run.
#include <cstdio>

#include "bench/fix/fix_bench.h"
#include "cli/build.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/venue_place.h"

namespace cantus::cli {
namespace {

int run(const Arguments& arguments) {
  bench::FixBenchOptions options;
  options.programs = program_folder();
  options.build = build_name();
  options.orders = arguments.number_or("orders", options.orders);
  options.pipelined = arguments.number_or("pipelined", options.pipelined);
  options.window = arguments.number_or("window", options.window);
  options.rounds = arguments.number_or("rounds", options.rounds);
  options.progress = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  options.forget_venue = [](const std::filesystem::path& data) {
    std::error_code ignored;
    if (const Result<VenuePlace> place = VenuePlace::at(data)) {
      std::filesystem::remove_all(place->paths().memory, ignored);
    }
  };
  const Result<bench::Json> result = bench::run_fix_bench(options);
  if (!result) {
    std::fprintf(stderr, "cantus bench fix: %s\n", result.error().text.c_str());
    return exit_failed;
  }
  if (arguments.has("json")) {
    std::printf("%s\n", result->dump().c_str());
    return exit_ok;
  }
  for (const auto& row : result->at("results")) {
    std::printf("%s\n", row.dump().c_str());
  }
  return exit_ok;
}

constexpr Option options[] = {
    {"json", OptionKind::flag, "", "one JSON object with machine, build, settings and results"},
    {"orders", OptionKind::number, "N", "orders one at a time, per round (5000)"},
    {"pipelined", OptionKind::number, "N", "orders pipelined, per round (20000)"},
    {"window", OptionKind::number, "N", "unanswered orders when pipelined (64)"},
    {"rounds", OptionKind::number, "N", "rounds of venue and base lines in turn (3)"},
};

}  // namespace

const Command bench_fix_command = {.name = "bench fix",
                                   .words = "",
                                   .summary = "Measure order to first report over FIX, beside stock QuickFIX.",
                                   .details = "",
                                   .options = options,
                                   .words_min = 0,
                                   .words_max = 0,
                                   .run = run};

}  // namespace cantus::cli
