// `cantus process`: hosts a chosen set of the venue's applications in one loop. `cantus up` starts these; by hand they
// serve for debugging.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>

#include "base/text.h"
#include "cli/applications.h"
#include "cli/build.h"
#include "cli/commands.h"
#include "cli/placeholders.h"
#include "cli/preflight.h"
#include "cli/venue_place.h"
#include "refdata/app/configuration.h"
#include "runtime/logging.h"
#include "runtime/scheduling.h"
#include "runtime/signals.h"

namespace cantus::cli {
namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "cantus process: %s\n", error.text.c_str());
  runtime::log_error(error.text);
  return error.code == ErrorCode::already_in_use  ? exit_in_use
         : error.code == ErrorCode::not_supported ? exit_too_old
                                                  : exit_failed;
}

int run(const Arguments& arguments) {
  Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  if (!place) {
    return complain(place.error());
  }
  if (const Status ours = place->check_owner(); !ours) {
    return complain(ours.error());
  }
  if (const Status good = look_for_backup(*place); !good) {
    return complain(good.error());
  }
  Result<refdata::Configuration> configuration = refdata::load_configuration(
      arguments.text_or("config", place->configuration().string()),
      place->has_log() ? refdata::ConfigurationOf::log : refdata::ConfigurationOf::new_venue);
  if (!configuration) {
    return complain(configuration.error());
  }
  if (const auto file = arguments.text("config"); file && !place->has_log()) {  // the demo's keys are drawn by `up`
    if (const Status own = no_placeholders(*configuration, *file); !own) {
      return complain(own.error());
    }
  }
  if (Status made = place->make_folders(); !made) {
    return complain(made.error());
  }
  const std::vector<std::string> names = split_list(arguments.text_or("run", ""));
  if (Status begun =
          runtime::start_logging(place->logs(), arguments.text_or("name", names[0]), runtime::LogLevel::info, false);
      !begun) {
    return complain(begun.error());
  }
  const std::unique_ptr<runtime::Loop> loop = runtime::make_loop(configuration->process.wait);
  std::vector<Seq> avoided;
  for (const std::string& text : split_list(arguments.text_or("avoid", ""))) {
    avoided.emplace_back(parse_unsigned(text, std::numeric_limits<std::uint64_t>::max()).value_or(0));
  }
  const bool orders = std::ranges::find(names, "sequencer") != names.end();
  // From here on, so that the threads of the applications leave the core to the loop.
  const runtime::OnCore on_core(orders ? configuration->process.sequencer_core : std::nullopt);
  Applications applications(runtime::host_system(), *loop, *place, *configuration, build_name(), std::move(avoided));
  for (const std::string& name : names) {
    if (Status added = applications.add(name); !added) {
      const Error error = std::move(added).error().context(name);
      return applications.exit_code() != exit_ok ? (complain(error), applications.exit_code()) : complain(error);
    }
  }
  applications.added();
  const runtime::StopOnSignals stop(*loop);
  runtime::log_info("running " + arguments.text_or("run", ""));
  loop->run();
  applications.close();
  return applications.exit_code();
}

constexpr Option options[] = {
    {"run", OptionKind::text, "A,B,…", "applications to host, in this order"},
    data_option,
    {"avoid", OptionKind::text, "SEQ,…", "records of which no message to a client is made unless it is quarantined"},
    {"config", OptionKind::text, "FILE", "its configuration (DIR/run/venue.json)"},
    {"name", OptionKind::text, "NAME", "name of the process's log file (the first application)"},
};

}  // namespace

const Command process_command = {
    .name = "process",
    .summary = "Host some of a venue's applications in one process (what `cantus up` starts).",
    .details =
        "Applications: sequencer, matching:0, matching:1, reporter, scheduler, trade-reporter, audit, snapshots, "
        "keeper,\n"
        "and the gateways and market data injectors by their names in the configuration.\n",
    .options = options,
    .run = run};

}  // namespace cantus::cli
