// `cantus replay verify` and `cantus replay at`: the log through the machines again (replay/). Both only read, and need
// nothing but the journal's folder.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/venue_place.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "replay/show.h"
#include "replay/verify.h"

namespace cantus::cli {
namespace {

Result<LogFolders> folders_of(const Arguments& arguments) {
  Result<LogFolders> at = log_folders_at(arguments.text_or("data", default_data_directory));
  const auto folder = arguments.text("fix");
  if (at && folder) {
    at->fix_logs = *folder;
    if (!std::filesystem::is_directory(at->fix_logs)) {
      return Error{ErrorCode::not_found, "there is no folder " + *folder};
    }
  }
  return at;
}

int failed(const char* command, const Error& error) {
  std::fprintf(stderr, "cantus replay %s: %s\n", command, error.text.c_str());
  return error.code == ErrorCode::corrupt ? exit_difference : exit_failed;
}

Result<replay::VerifyReport> verify(const Arguments& arguments) {
  const Result<LogFolders> place = folders_of(arguments);
  if (!place) {
    return place.error();
  }
  auto reader = eventlog::open_log(place->journal, place->memory);
  auto again = eventlog::open_log(place->journal, place->memory);
  if (!reader || !again) {
    return reader ? again.error() : reader.error();
  }
  fix::ReaderLogAccess log(*std::move(again));
  replay::VerifyOptions options;
  // Of a running venue: what stood when we began.
  options.through = Seq(arguments.number_or("through", (*reader)->last().get()));
  if (std::filesystem::is_directory(place->fix_logs)) {
    options.fix_logs = place->fix_logs;
  }
  return replay::verify(**reader, log, options);
}

int run_verify(const Arguments& arguments) {
  const Result<replay::VerifyReport> report = verify(arguments);
  if (!report) {
    return failed("verify", report.error());
  }
  std::printf("%s", (arguments.has("json") ? replay::to_json(*report) : replay::to_text(*report)).c_str());
  return report->first_difference ? exit_difference : exit_ok;
}

int run_at(const Arguments& arguments) {
  const auto seq = parse_unsigned(arguments.words()[0], (std::uint64_t{1} << LogSeq::seq_bits) - 1);
  if (!seq || *seq == 0) {
    std::fprintf(stderr, "cantus replay at: '%s' is no position of a log\n", arguments.words()[0].c_str());
    return exit_usage;
  }
  const std::string name = arguments.text_or("show", "book");
  const auto view = replay::view_named(name);
  if (!view) {
    std::fprintf(stderr, "cantus replay at: --show is book, credit, sessions or reports, not '%s'\n", name.c_str());
    return exit_usage;
  }
  const Result<LogFolders> place = folders_of(arguments);
  if (!place) {
    return failed("at", place.error());
  }
  auto reader = eventlog::open_log(place->journal, place->memory);
  if (!reader) {
    return failed("at", reader.error());
  }
  const auto replica = std::make_unique<replay::Replica>();
  const Result<replay::ReplayedTo> reached = replay::replay(**reader, *replica, Seq(*seq));
  if (!reached) {
    return failed("at", reached.error());
  }
  if (reached->position != Seq(*seq)) {
    return failed("at", Error{ErrorCode::not_found, "the log ends at " + std::to_string(reached->position.get())});
  }
  std::printf("%s", (arguments.has("json") ? replay::show_json(*replica, *reached, *view)
                                           : replay::show_text(*replica, *reached, *view))
                        .c_str());
  return exit_ok;
}

constexpr Option log_option = {"data", OptionKind::text, "DIR", log_folder_summary};
constexpr Option json_option = {"json", OptionKind::flag, "", "one JSON object"};

constexpr Option verify_options[] = {
    log_option,
    {"fix", OptionKind::text, "DIR", "message logs to compare (the venue's own)"},
    {"through", OptionKind::number, "SEQ", "stop behind this position (the end)"},
    json_option,
};
constexpr Option at_options[] = {
    log_option,
    {"show", OptionKind::text, "VIEW", "book, credit, sessions or reports (book)"},
    json_option,
};

}  // namespace

const Command replay_verify_command = {
    .name = "replay verify",
    .summary = "Run a log through the machines again and name the first difference.",
    .details =
        "Compares every outcome on the log with what the machines make of it, re-creates every application\n"
        "message to every session, and compares the message logs. Ends with 3 if anything differs. Only reads.\n",
    .options = verify_options,
    .run = run_verify};

const Command replay_at_command = {
    .name = "replay at",
    .words = "SEQ",
    .summary = "Show what stood at a position of the log.",
    .details =
        "Books, credit, sessions or reports, as the machines know them once the record SEQ is applied. Only\n"
        "reads.\n",
    .options = at_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_at};

}  // namespace cantus::cli
