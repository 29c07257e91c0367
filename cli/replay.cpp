// `cantus replay verify` and `cantus replay at`: the log through the machines again (replay/). Both only read, and need
// nothing but the journal's folder.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/log_query.h"
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
      return Error{ErrorCode::failed, "there is no folder " + *folder};
    }
  }
  return at;
}

// The last record that is not behind the place; looked for with a reader of its own.
Result<Seq> place_in(const LogFolders& folders, const LogPlace& place) {
  auto reader = eventlog::open_log(folders.journal, folders.memory);
  if (!reader) {
    return reader.error();
  }
  Result<Seq> seq = last_of(**reader, place);
  if (seq && seq->is_zero()) {
    return Error{ErrorCode::failed, "the log begins behind that place"};
  }
  return seq;
}

Result<replay::VerifyReport> verify(const Arguments& arguments, const LogPlace& through) {
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
  const Result<Seq> last = place_in(*place, through);
  if (!last) {
    return last.error();
  }
  options.through = *last;
  if (std::filesystem::is_directory(place->fix_logs)) {
    options.fix_logs = place->fix_logs;
  }
  return replay::verify(**reader, log, options);
}

int run_verify(const Arguments& arguments) {
  // Of a running venue: what stood when we began.
  const std::optional<LogPlace> through = parse_log_place(arguments.text_or("through", "end"));
  if (!through) {
    return fail(arguments, "replay verify", "--through is a position, a time as 2026-11-21T09:30:15Z, or end",
                exit_usage);
  }
  const Result<replay::VerifyReport> report = verify(arguments, *through);
  if (!report) {
    return fail(arguments, "replay verify", report.error());
  }
  std::printf("%s", (arguments.has("json") ? replay::to_json(*report) : replay::to_text(*report)).c_str());
  return report->first_difference ? exit_difference : report->unreadable ? exit_too_old : exit_ok;
}

int run_at(const Arguments& arguments) {
  const std::optional<LogPlace> wanted = parse_log_place(arguments.words()[0]);
  if (!wanted) {
    return fail(arguments, "replay at",
                "'" + arguments.words()[0] + "' is no place: a position, a time as 2026-11-21T09:30:15Z, or end",
                exit_usage);
  }
  const std::string name = arguments.text_or("show", "book");
  const auto view = replay::view_named(name);
  if (!view) {
    return fail(arguments, "replay at", "--show is book, credit, sessions or reports, not '" + name + "'", exit_usage);
  }
  const Result<LogFolders> place = folders_of(arguments);
  if (!place) {
    return fail(arguments, "replay at", place.error());
  }
  auto reader = eventlog::open_log(place->journal, place->memory);
  if (!reader) {
    return fail(arguments, "replay at", reader.error());
  }
  const Result<Seq> seq = place_in(*place, *wanted);
  if (!seq) {
    return fail(arguments, "replay at", seq.error());
  }
  Result<Exceptions> exceptions = replay::exceptions_of(**reader);
  if (!exceptions) {
    return fail(arguments, "replay at", exceptions.error());
  }
  const auto replica = std::make_unique<replay::Replica>(*std::move(exceptions));
  const Result<replay::ReplayedTo> reached = replay::replay(**reader, *replica, *seq);
  if (!reached) {
    return fail(arguments, "replay at", reached.error());
  }
  if (reached->position != *seq) {
    return fail(arguments, "replay at",
                Error{ErrorCode::failed, "the log ends at " + std::to_string(reached->position.get())});
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
    {"through", OptionKind::text, "PLACE", "stop behind this position, time or `end` (end)"},
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
        "message to every session, and compares the message logs. Ends with 3 if anything differs, with 8 if all\n"
        "is well up to a place behind which a newer build is needed. Only reads.\n",
    .options = verify_options,
    .run = run_verify};

const Command replay_at_command = {
    .name = "replay at",
    .words = "PLACE",
    .summary = "Show what stood at a position of the log, at a time, or at its end.",
    .details =
        "Books, credit, sessions or reports, as the machines know them once the record is applied. A place is a\n"
        "position, a time as 2026-11-21T09:30:15Z (the last record not behind it), or `end`. Only reads.\n",
    .options = at_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_at};

}  // namespace cantus::cli
