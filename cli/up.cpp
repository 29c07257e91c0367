// `cantus up`: starts a venue and keeps it running, in the foreground.
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <thread>

#include "cli/child.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/demo.h"
#include "cli/failure.h"
#include "cli/operations_file.h"
#include "cli/preflight.h"
#include "cli/sequencer_ready.h"
#include "cli/supervisor.h"
#include "eventlog/file_journal.h"
#include "eventlog/reader.h"
#include "runtime/files.h"
#include "runtime/place.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;

// What is not there is a file of the venue's or of the configuration's: that no venue runs is why one is started.
int complain(const Error& error) { return complain_of("up", of_file(error)); }

std::vector<SupervisedProcess> processes_of(const Preflight& venue, Layout layout, bool participants) {
  std::vector<SupervisedProcess> processes;
  const fs::path program = program_folder() / "cantus";
  for (const ProcessPlan& plan : plan_processes(layout, parts_of(venue.configuration))) {
    SupervisedProcess process;
    process.name = plan.name;
    process.words = {program.string(), "process", "--data", venue.place.paths().data.string(), "--name", plan.name};
    process.applications = plan.applications;
    process.output = venue.place.logs() / (plan.name + ".out");
    process.hosts_sequencer = processes.empty();
    processes.push_back(std::move(process));
  }
  if (participants) {
    SupervisedProcess process;
    process.name = "participants";
    process.words = {(program_folder() / "cantus-participant").string(), venue.participants_file().string()};
    process.output = venue.place.logs() / "participants.out";
    process.participant = true;
    processes.push_back(std::move(process));
  }
  return processes;
}

// A log that could not be written is not opened again before somebody has looked at it. True if it was said.
bool stopped_for_good(const std::string& data) {
  const Result<VenuePlace> place = VenuePlace::at(data);
  if (!place || SupervisorLock::holder(*place)) {
    return false;
  }
  const host::VenuePaths& paths = place->paths();
  const auto mark = eventlog::stop_mark(runtime::system_files(), paths.journal(), paths.memory);
  if (mark) {
    std::fprintf(stderr,
                 "cantus up: the log carries a stop mark: %s\n`cantus recover --data %s` takes what was not written; "
                 "then start again\n",
                 mark->c_str(), paths.data.c_str());
  }
  return mark.has_value();
}

// `cantus down` has noted its own.
void note_stop(const VenuePlace& place) {
  Result<std::vector<OperationNoted>> noted = noted_operations(place);
  if (noted) {
    std::erase_if(*noted, [](const OperationNoted& one) { return one.operation == Operation::remove; });
  }
  if (noted && !noted->empty() && noted->back().operation != Operation::stop) {
    if (const Status added = note_operation(place, Operation::stop, "at its own terminal or by a signal"); !added) {
      std::printf("that it was ended is not noted: %s\n", added.error().text.c_str());
    }
  }
}

int run(const Arguments& arguments) {
  if (arguments.has("alone") && arguments.has("config")) {
    std::fprintf(stderr, "cantus up: --alone is of the demo venue; with --config there are no participants\n");
    return exit_usage;
  }
  if (stopped_for_good(arguments.text_or("data", default_data_directory))) {
    return exit_stopped;
  }
  const bool demo = !arguments.has("config");
  Result<Preflight> venue =
      demo ? check_venue(arguments.text_or("data", default_data_directory), std::nullopt)
           : check_venue(arguments.text_or("data", default_data_directory), fs::path(*arguments.text("config")));
  if (!venue) {
    return complain(venue.error());
  }
  Layout layout = venue->configuration.process.layout;
  if (const std::optional<std::string> chosen = arguments.text("layout")) {
    const Result<Layout> parsed = parse_layout(*chosen);
    if (!parsed) {
      std::fprintf(stderr, "cantus up: %s\n", parsed.error().text.c_str());
      return exit_usage;
    }
    layout = *parsed;
  }
  layout = resolve_layout(layout, std::thread::hardware_concurrency(),
                          all_applications(parts_of(venue->configuration)).size());
  if (Status made = venue->place.make_data_folders(); !made) {
    return complain(made.error());
  }
  Result<SupervisorLock> lock = SupervisorLock::take(venue->place);
  if (!lock) {
    return complain(lock.error());
  }
  const bool participants = demo && !arguments.has("alone");
  if (Status ready = prepare_venue(*venue, participants); !ready) {
    return complain(ready.error());
  }
  if (Status noted = note_operation(venue->place, Operation::start, arguments.text_or("reason", "")); !noted) {
    return complain(noted.error());
  }
  NotesOnLog notes(venue->place,
                   [&] { return eventlog::open_log(venue->place.paths().journal(), venue->place.paths().memory); });
  Console console(venue->place, venue->configuration, ::isatty(STDOUT_FILENO) == 1 && !arguments.has("plain"));
  console.banner(layout, demo);
  Supervisor supervisor(venue->place, processes_of(*venue, layout, participants),
                        [&console](const std::string& text) { console.say(text); });
  if (supervisor.start(SequencerReady(venue->place))) {
    console.say("the venue is open");
  }
  const int result = supervisor.run([&] {
    console.refresh();
    notes.look();
  });
  console.leave();
  std::printf("ending\n");
  supervisor.stop();
  note_stop(venue->place);
  if (const Status given_up = venue->place.give_up_memory(); !given_up) {
    std::printf("what lies in %s stays for the next start: %s\n", venue->place.paths().memory.c_str(),
                given_up.error().text.c_str());
  }
  std::printf("ended\n");
  return result;
}

constexpr Option options[] = {
    {"config", OptionKind::text, "FILE", "the venue's configuration; without it the demo venue, with participants"},
    {"data", OptionKind::text, "DIR", "where the venue's log and files live (cantus-data)"},
    {"layout", OptionKind::text, "NAME", "auto, one, two or each: how applications share processes"},
    {"reason", OptionKind::text, "TEXT", "why it is started; recorded on the log"},
    {"alone", OptionKind::flag, "", "the demo venue without its participants"},
    {"plain", OptionKind::flag, "", "lines instead of the live screen"},
};

}  // namespace

const Command up_command = {
    .name = "up",
    .summary = "Start a venue and keep it running; Ctrl-C or `cantus down` ends it.",
    .details =
        "The configuration is checked whole first. At the first start it goes onto the log; later starts refuse\n"
        "another one and show the difference, which operators sign for with `cantus apply`. What dies is started "
        "again, but never a sequencer whose log could\n"
        "not be written (`cantus recover` goes on from there).\n",
    .options = options,
    .run = run};

}  // namespace cantus::cli
