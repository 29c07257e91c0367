// `cantus version`: which build this is.
#include <cstdio>

#include "cli/build.h"
#include "cli/commands.h"

namespace cantus::cli {
namespace {

int run(const Arguments&) {
  std::printf("cantus %s\n", build_name().c_str());
  return exit_ok;
}

}  // namespace

const Command version_command = {.name = "version",
                                 .words = "",
                                 .summary = "Print which build this is.",
                                 .details = "",
                                 .options = {},
                                 .words_min = 0,
                                 .words_max = 0,
                                 .run = run};

}  // namespace cantus::cli
