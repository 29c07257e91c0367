// `cantus snapshot list`, `take` and `fetch`: the states that the venue's applications start from
// (snapshots/README.md).
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/civil_time.h"
#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/venue_place.h"
#include "eventlog/snapshot_file.h"
#include "snapshots/begin.h"
#include "snapshots/service.h"

namespace cantus::cli {
namespace {

constexpr std::uint64_t wait_s_default = 60;

Result<VenuePlace> place_of(const Arguments& arguments) {
  return VenuePlace::with_log(arguments.text_or("data", default_data_directory));
}

Result<std::unique_ptr<eventlog::LogReader>> log_of(const VenuePlace& place) {
  return eventlog::open_log(place.paths().journal(), place.paths().memory);
}

int list_snapshots_of(const Arguments& arguments) {
  const Result<VenuePlace> place = place_of(arguments);
  if (!place) {
    return complain_of("snapshot list", place.error());
  }
  const std::filesystem::path folder = eventlog::snapshot_folder(place->paths().data);
  runtime::Files& files = runtime::system_files();
  for (const LogSeq position : eventlog::list_snapshots(files, folder)) {
    const std::string name = eventlog::snapshot_name(position);
    const Result<eventlog::Snapshot> snapshot = eventlog::read_snapshot(files, folder / name);
    if (!snapshot) {
      std::printf("%s  NOT USABLE: %s\n", name.c_str(), snapshot.error().text.c_str());
      continue;
    }
    const Result<std::unique_ptr<eventlog::LogReader>> log = log_of(*place);
    if (!log) {
      return complain_of("snapshot list", log.error());
    }
    const std::optional<std::string> why = snapshots::why_not(snapshot->info, **log);
    std::printf("%s  %llu bytes  %s  %s%s%s\n", name.c_str(), static_cast<unsigned long long>(snapshot->info.bytes),
                utc_text(snapshot->info.taken_at.time).c_str(), snapshot->info.build.c_str(),
                why ? "  NOT USABLE: " : "", why ? why->c_str() : "");
  }
  return exit_ok;
}

// The file asks; the log answers.
int run_take(const Arguments& arguments) {
  const Result<VenuePlace> place = place_of(arguments);
  if (!place) {
    return complain_of("snapshot take", place.error());
  }
  if (!SupervisorLock::holder(*place)) {
    return complain_of("snapshot take", {ErrorCode::not_found, "no venue runs on " + place->paths().data.string()});
  }
  Result<std::unique_ptr<eventlog::LogReader>> log = log_of(*place);
  if (!log) {
    return complain_of("snapshot take", log.error());
  }
  if (Status sought = (*log)->seek((*log)->last().next()); !sought) {
    return complain_of("snapshot take", sought.error());
  }
  runtime::Files& files = runtime::system_files();
  const std::filesystem::path folder = eventlog::snapshot_folder(place->paths().data);
  Status asked = files.make_directories(folder);
  if (asked && !files.exists(folder / snapshots::wanted_file)) {
    const Result<std::unique_ptr<runtime::File>> wanted = files.create(folder / snapshots::wanted_file);
    asked = wanted ? Status() : Status(wanted.error());
  }
  if (!asked) {
    return complain_of("snapshot take", asked.error());
  }
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(arguments.number_or("wait", wait_s_default));
  while (std::chrono::steady_clock::now() < until) {
    const Result<std::optional<Event>> next = (*log)->next();
    if (!next) {
      return complain_of("snapshot take", next.error());
    }
    if (!next->has_value()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } else if ((*next)->is<SnapshotTaken>()) {
      const auto& named = (*next)->as<SnapshotTaken>();
      std::printf("snapshot behind %llu, %llu bytes: %s\n", static_cast<unsigned long long>(named.position.get()),
                  static_cast<unsigned long long>(named.bytes),
                  (folder / eventlog::snapshot_name(LogSeq((*next)->header->log, named.position))).c_str());
      return exit_ok;
    }
  }
  return complain_of(
      "snapshot take",
      {ErrorCode::failed, "none was named on the log in time; see the log file of the application 'snapshots'"});
}

// Only what our own log names is taken over, whoever has it.
int run_fetch(const Arguments& arguments) {
  const Result<VenuePlace> place = place_of(arguments);
  if (!place) {
    return complain_of("snapshot fetch", place.error());
  }
  runtime::Files& files = runtime::system_files();
  const std::filesystem::path from = arguments.words()[0];
  const std::filesystem::path folder = files.exists(from / "venue-id") ? eventlog::snapshot_folder(from) : from;
  snapshots::Starts starts(
      files, folder, [&place] { return log_of(*place); },
      [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); });
  const eventlog::Snapshot* const newest = starts.at(0);
  if (newest == nullptr) {
    return complain_of("snapshot fetch", {ErrorCode::refused, "there is no snapshot in " + folder.string() +
                                                                  " that this venue's log names"});
  }
  const Result<eventlog::SnapshotInfo> written =
      eventlog::write_snapshot(files, eventlog::snapshot_folder(place->paths().data), newest->info, newest->sections);
  if (!written) {
    return complain_of("snapshot fetch", written.error());
  }
  std::printf("fetched %s\n", eventlog::snapshot_name(written->taken_at.position).c_str());
  return exit_ok;
}

constexpr Option list_options[] = {data_option};
constexpr Option take_options[] = {
    data_option,
    {"wait", OptionKind::number, "SECONDS", "how long to wait for it (60)"},
};

}  // namespace

const Command snapshot_list_command = {.name = "snapshot list",
                                       .summary = "List a venue's snapshots, and which of them are of no use.",
                                       .options = list_options,
                                       .run = list_snapshots_of};

const Command snapshot_take_command = {
    .name = "snapshot take",
    .summary = "Have a running venue take a snapshot now.",
    .details = "Returns once it is written and named on the log. Nobody waits for it but this command.\n",
    .options = take_options,
    .run = run_take};

const Command snapshot_fetch_command = {
    .name = "snapshot fetch",
    .words = "DIR",
    .summary = "Take over the newest snapshot of another instance that has the same log.",
    .details =
        "DIR is another venue's directory, or a folder of snapshots. Only one that this venue's own log names is\n"
        "taken over; applications that start from then on begin with it.\n",
    .options = list_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_fetch};

}  // namespace cantus::cli
