// `cantus recover`: past a stop mark. Takes the tail of the log from shared memory, else from the device, into new
// files.
#include <cstdio>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/operations_file.h"
#include "cli/venue_place.h"
#include "eventlog/file_journal.h"
#include "refdata/app/configuration.h"

namespace cantus::cli {
namespace {

int run(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  if (!place) {
    return complain_of("recover", place.error());
  }
  if (const Status ours = place->check_owner(); !ours) {
    return complain_of("recover", ours.error());
  }
  eventlog::JournalOptions options;
  const std::string file = arguments.text_or("config", place->configuration().string());
  if (const Result<refdata::Configuration> configuration =
          refdata::load_configuration(file, refdata::ConfigurationOf::log)) {
    options.segment_bytes = configuration->process.journal.segment_bytes;
  } else if (arguments.has("config")) {
    return complain_of("recover", of_file(configuration.error()));
  } else {
    std::fprintf(stderr, "%s; new segments have %zu bytes\n", configuration.error().text.c_str(),
                 options.segment_bytes);
  }
  options.journal = place->paths().journal();
  options.memory = place->paths().memory;
  runtime::Files& files = runtime::system_files();
  if (const auto mark = eventlog::stop_mark(files, options.journal, options.memory)) {
    std::fprintf(stderr, "stop mark: %s\n", mark->c_str());
  } else {
    std::printf("there is no stop mark: nothing is to be recovered\n");
    return exit_ok;
  }
  const Result<eventlog::StartReport> report = eventlog::recover(files, options);
  if (!report) {
    return complain_of("recover", report.error());
  }
  std::printf("%s\n", report->text().c_str());
  if (const Status noted = note_operation(*place, Operation::recover, arguments.text_or("reason", "")); !noted) {
    std::fprintf(stderr, "cantus recover: it is not noted: %s\n", noted.error().text.c_str());
  }
  return exit_ok;
}

constexpr Option options_[] = {
    data_option,
    {"config", OptionKind::text, "FILE", "its configuration, for the size of segments (DIR/run/venue.json)"},
    {"reason", OptionKind::text, "TEXT", "why; recorded on the log at the next start"},
};

}  // namespace

const Command recover_command = {
    .name = "recover",
    .summary = "After a failed write or sync: rebuild the end of the log in new files.",
    .details =
        "A failed write or sync leaves a stop mark, and nothing restarts the sequencer, because the page cache would\n"
        "pretend that all is well. See to the disk first. Then this takes what is not sealed from shared memory, if\n"
        "the host was not restarted since, else from the device itself; writes it into new files and syncs them;\n"
        "and only then removes the mark. It says up to where the log reaches and what was cut.",
    .options = options_,
    .run = run};

}  // namespace cantus::cli
