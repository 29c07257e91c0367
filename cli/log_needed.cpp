// `cantus log needed`: which part of a venue's journal must be kept.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/needs.h"

namespace cantus::cli {
namespace {

int run(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  if (!place) {
    return fail(arguments, "log needed", place.error());
  }
  const Result<std::vector<snapshots::Need>> needs = needs_of(*place);
  if (!needs) {
    return fail(arguments, "log needed", needs.error());
  }
  const Seq first = snapshots::first_needed(*needs);
  if (arguments.has("json")) {
    nlohmann::ordered_json json = {{"from", first.get()}, {"needs", nlohmann::ordered_json::array()}};
    for (const snapshots::Need& need : *needs) {
      json["needs"].push_back({{"what", need.what}, {"from", need.from.get()}});
    }
    std::printf("%s\n", json.dump().c_str());
    return exit_ok;
  }
  for (const snapshots::Need& need : *needs) {
    std::printf("%-12llu %s\n", static_cast<unsigned long long>(need.from.get()), need.what.c_str());
  }
  std::printf("what stands before record %llu is needed by none of these\n",
              static_cast<unsigned long long>(first.get()));
  return exit_ok;
}

constexpr Option options[] = {data_option, {"json", OptionKind::flag, "", "one JSON object"}};

}  // namespace

const Command log_needed_command = {.name = "log needed",
                                    .summary = "Say from which record on a venue's journal must be kept, and for what.",
                                    .details =
                                        "The sequencer starts at the begin of the log in which a snapshot was taken, "
                                        "and sessions may ask again for what\n"
                                        "was caused before. What stands before all of these is removed by the keeper, "
                                        "if its settings say so, once a\n"
                                        "backup holds it.\n",
                                    .options = options,
                                    .run = run};

}  // namespace cantus::cli
