// `cantus bench fix`: order to first ExecutionReport, beside stock QuickFIX acceptors, in one run.
#include <cstdio>

#include "bench/fix/fix_bench.h"
#include "cli/bench_result.h"
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
  return print_bench_result(arguments, "bench fix", result);
}

constexpr Option options[] = {
    bench_json_option,
    {"orders", OptionKind::number, "N", "orders one at a time, per round (5000)"},
    {"pipelined", OptionKind::number, "N", "orders pipelined, per round (20000)"},
    {"window", OptionKind::number, "N", "unanswered orders when pipelined (64)"},
    {"rounds", OptionKind::number, "N", "rounds of venue and base lines in turn (3)"},
};

}  // namespace

const Command bench_fix_command = {.name = "bench fix",
                                   .summary = "Measure order to first report over FIX, beside stock QuickFIX.",
                                   .options = options,
                                   .run = run};

}  // namespace cantus::cli
