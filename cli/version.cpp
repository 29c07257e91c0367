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

const Command version_command = {.name = "version", .summary = "Print which build this is.", .run = run};

}  // namespace cantus::cli
