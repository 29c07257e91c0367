// `cantus bench log`: the log's own latencies and rates.
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>

#include "bench/log/log_bench.h"
#include "cli/bench_result.h"
#include "cli/build.h"
#include "cli/commands.h"

namespace cantus::cli {
namespace {

int run(const Arguments& arguments) {
  bench::LogBenchOptions options;
  options.data = arguments.text_or("data", std::filesystem::temp_directory_path().string());
  options.build = build_name();
  options.round_trips = arguments.number_or("round-trips", options.round_trips);
  options.syncs = arguments.number_or("syncs", options.syncs);
  options.messages = arguments.number_or("messages", options.messages);
  options.burst_ns = static_cast<std::int64_t>(arguments.number_or("burst-ms", 1000)) * 1'000'000;
  options.burst_segment_bytes = arguments.number_or("burst-segment-mib", options.burst_segment_bytes >> 20) << 20;
  options.sustained_ns = static_cast<std::int64_t>(arguments.number_or("sustained-ms", 30'000)) * 1'000'000;
  options.readers = arguments.number_or("readers", options.readers);
  if (const auto only = arguments.text("only")) {
    std::istringstream names(*only);
    for (std::string name; std::getline(names, name, ',');) {
      options.only.push_back(name);
    }
  }
  options.spinning = !arguments.has("adaptive");
  if (arguments.has("core")) {
    options.core = static_cast<unsigned>(arguments.number_or("core", 0));
  }
  if (const auto layout = arguments.text("layout")) {
    if (*layout != "one" && *layout != "two") {
      return fail(arguments, "bench log", "--layout is one or two", exit_usage);
    }
    options.layout = *layout == "one" ? bench::LogBenchLayout::one : bench::LogBenchLayout::two;
  }
  options.progress = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  const Result<bench::Json> result = bench::run_log_bench(options);
  return print_bench_result(arguments, "bench log", result);
}

constexpr Option options_[] = {
    bench_json_option,
    {"data", OptionKind::text, "DIR", "where the log is written: the disk to be measured (the temporary folder)"},
    {"layout", OptionKind::text, "NAME",
     "one: sequencer and publisher in one loop; two: on a thread each (from 3 cores on)"},
    {"adaptive", OptionKind::flag, "", "wait as the venue does by default, instead of spinning"},
    {"core", OptionKind::number, "N",
     "the publisher's loop stays on this core (the one that devices interrupt least; --adaptive: any)"},
    {"only", OptionKind::text, "NAMES", "these results, with commas between (all)"},
    {"round-trips", OptionKind::number, "N", "samples of round_trip and wish_applied (100000)"},
    {"syncs", OptionKind::number, "N", "samples of wish_synced and of its floor (10000)"},
    {"messages", OptionKind::number, "N", "messages of throughput_1_synced, throughput_4x3, skip (4000000)"},
    {"burst-ms", OptionKind::number, "N", "how long throughput_1 proposes (1000)"},
    {"burst-segment-mib", OptionKind::number, "N", "size of its segments; two are reserved ahead (2048)"},
    {"sustained-ms", OptionKind::number, "N", "how long throughput_sustained proposes (30000)"},
    {"readers", OptionKind::number, "N", "processes that read another topic in attached_200 (200)"},
};

}  // namespace

const Command bench_log_command = {.name = "bench log",
                                   .summary = "Measure the log: round trip, wish to applied and synced, rates.",
                                   .options = options_,
                                   .run = run};

}  // namespace cantus::cli
