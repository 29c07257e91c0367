// What both benchmark commands print.
#pragma once

#include <cstdio>
#include <string>

#include "bench/report.h"
#include "cli/command.h"
#include "cli/failure.h"

namespace cantus::cli {

inline constexpr Option bench_json_option{"json", OptionKind::flag, "",
                                          "one JSON object with machine, build, settings and results"};

// The whole object, or a line for each figure; the exit code.
inline int print_bench_result(const Arguments& arguments, const char* command, const Result<bench::Json>& result) {
  if (!result) {
    return fail(arguments, command, of_file(result.error()));
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

}  // namespace cantus::cli
