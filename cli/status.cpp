// `cantus status`: what stands of a venue, running or not, from its log and the pages of its processes. Read-only.
#include <cstdio>
#include <limits>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/poisons.h"
#include "cli/venue_place.h"
#include "cli/venue_view.h"
#include "runtime/clock.h"

namespace cantus::cli {
namespace {

// All of it, to the log's end; where an old place is damaged, what stands behind it.
Result<std::unique_ptr<VenueView>> read_all(const host::VenuePaths& paths) {
  const auto read = [](Result<std::unique_ptr<VenueView>> view) {
    const Result<bool> all = view ? (*view)->read_on(std::numeric_limits<std::size_t>::max()) : true;
    return all ? std::move(view) : Result<std::unique_ptr<VenueView>>(all.error());
  };
  Result<std::unique_ptr<VenueView>> view = read(VenueView::open(paths));
  return view || view.error().code != ErrorCode::corrupt ? std::move(view)
                                                         : read(VenueView::open_behind(paths, view.error()));
}

int run(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  if (!place) {
    return fail(arguments, "status", place.error());
  }
  const host::VenuePaths& paths = place->paths();
  const Result<std::unique_ptr<VenueView>> view = read_all(paths);
  if (!view) {
    return fail(arguments, "status", view.error());
  }
  const bool running = SupervisorLock::holder(*place).has_value();
  const HostView host = HostView::of(paths.memory);
  const DiskView disk = DiskView::of(paths.data);
  const ScreenInput input{**view, host, running, read_poisons(*place), &disk, read_ends(*place)};
  if (arguments.has("json")) {
    std::printf("%s", status_json(input).c_str());
  } else {
    std::printf("%s on %s\n", running ? "running" : "not running", paths.data.c_str());
    for (const std::string& line : screen_lines(input)) {
      std::printf("%s\n", line.c_str());
    }
  }
  if (!running) {
    return exit_not_running;
  }
  return warnings(input).empty() ? exit_ok : exit_difference;
}

constexpr Option options[] = {
    data_option,
    {"json", OptionKind::flag, "", "one JSON object"},
};

}  // namespace

const Command status_command = {
    .name = "status",
    .summary = "Show what stands of a venue: position, processes, sessions, counts.",
    .details = "Exit code 0: it runs; 3: it runs, and a warning says what is wrong; 5: it does not run.\n",
    .options = options,
    .run = run};

}  // namespace cantus::cli
