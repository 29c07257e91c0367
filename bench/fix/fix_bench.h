// `cantus bench fix`: order to first ExecutionReport through the venue in its default layout, beside stock QuickFIX
// acceptors that do nothing but answer, all under the same load generator in one run.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "bench/report.h"

namespace cantus::bench {

struct FixBenchOptions {
  std::filesystem::path programs;  // folder of `cantus` and `cantus-bench-acceptor`
  std::string build;               // name of this build
  std::size_t orders = 5000;       // one at a time, per round
  std::size_t pipelined = 20000;   // per round
  std::size_t window = 64;         // unanswered orders when pipelined
  std::size_t rounds = 3;          // venue and base lines in turn; medians of the rounds are given
  std::function<void(const std::string&)> progress;
  // Removes what a venue that has ended leaves outside its directory: its folder in memory.
  std::function<void(const std::filesystem::path& data)> forget_venue;
};

// The whole JSON object, or why it could not be measured. Everything it starts is ended, everything it writes removed.
[[nodiscard]] Result<Json> run_fix_bench(const FixBenchOptions& options);

}  // namespace cantus::bench
