// `cantus version`: which build this is, and what it knows.
#include <cstdio>

#include "cli/build.h"
#include "cli/commands.h"
#include "cli/manifest.h"

namespace cantus::cli {
namespace {

int run(const Arguments& arguments) {
  if (arguments.has("json")) {
    std::printf("%s", to_json(own_manifest()).c_str());
  } else {
    std::printf("cantus %s\n", build_name().c_str());
  }
  return exit_ok;
}

constexpr Option options[] = {
    {"json", OptionKind::flag, "", "with every format and rule that it knows, as `cantus upgrade check` takes it"},
};

}  // namespace

const Command version_command = {
    .name = "version", .summary = "Print which build this is.", .options = options, .run = run};

}  // namespace cantus::cli
