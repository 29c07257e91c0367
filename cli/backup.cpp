// `cantus backup`, `cantus restore`, `cantus log mend`: copies of a venue's log elsewhere (keeping/backup.h).
#include "keeping/backup.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/disk_view.h"
#include "cli/failure.h"
#include "cli/venue_place.h"
#include "keeping/backup_list.h"
#include "runtime/clock.h"
#include "runtime/same_place.h"
#include "runtime/scheduling.h"

namespace cantus::cli {
namespace {

int run_backup(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  if (!place) {
    return fail(arguments, "backup", place.error());
  }
  const host::VenuePaths& paths = place->paths();
  // The venue may run on the same cores.
  runtime::take_share(runtime::Share::what_is_left);
  const keeping::BackupSource source{paths.journal(), paths.memory, {paths.data / "venue-id", place->configuration()}};
  const std::filesystem::path folder = std::filesystem::absolute(arguments.words().front()).lexically_normal();
  // Two would write one list, if not one folder. A disk that takes no file any more is backed up all the same, and
  // above all others.
  const Result<std::unique_ptr<runtime::FileLock>> alone = runtime::system_files().lock(paths.data / "backup.lock");
  if (!alone && alone.error().code == ErrorCode::already_in_use) {
    return fail(arguments, "backup", Error(alone.error()).context("one backup of a venue at a time"));
  }
  const Result<keeping::BackupReport> report =
      keeping::back_up(runtime::system_files(), source, folder, runtime::system_clock().utc(), arguments.has("verify"));
  if (!report) {
    return fail(arguments, "backup", report.error());
  }
  if (Status noted = keeping::note_backup(runtime::system_files(), paths.data, folder, report->manifest); !noted) {
    return fail(arguments, "backup", std::move(noted).error().context("the backup is complete, but not noted"));
  }
  if (runtime::are_on_one_device(paths.data, folder)) {
    std::fprintf(stderr, "cantus backup: %s is on the same device as %s: what destroys it destroys both\n",
                 folder.c_str(), paths.data.c_str());
  }
  if (arguments.has("json")) {
    const nlohmann::ordered_json json = {{"through", report->manifest.through.get()},
                                         {"chain", to_hex(report->manifest.chain.bytes)},
                                         {"segments", report->segments},
                                         {"copied", report->copied},
                                         {"bytes", report->bytes}};
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf("through record %llu: %llu segments, %llu of them copied now (%s), each read back and verified\n",
                static_cast<unsigned long long>(report->manifest.through.get()),
                static_cast<unsigned long long>(report->segments), static_cast<unsigned long long>(report->copied),
                bytes_text(report->bytes).c_str());
    if (report->segments > report->copied && !arguments.has("verify")) {
      std::printf("%llu were copied before and not read again: --verify does\n",
                  static_cast<unsigned long long>(report->segments - report->copied));
    }
  }
  return exit_ok;
}

int run_restore(const Arguments& arguments) {
  const std::string data = arguments.text_or("data", "");
  if (data.empty()) {
    std::fprintf(stderr, "cantus restore: --data NEW says where to\n");
    return exit_usage;
  }
  const Result<VenuePlace> place = VenuePlace::at(data);
  if (!place) {
    return complain_of("restore", of_file(place.error()));
  }
  const std::filesystem::path folder = std::filesystem::absolute(arguments.words().front());
  const Result<keeping::RestoreReport> report =
      keeping::restore(runtime::system_files(), folder, {place->paths().data, place->paths().memory});
  if (!report) {
    return complain_of("restore", of_file(report.error()));
  }
  if (report->was_started) {
    std::printf("a venue was started in %s itself: what it wrote behind the backup is left out, and stays there\n",
                folder.c_str());
  }
  std::printf("records 1 to %llu in %llu segments, every one verified\n",
              static_cast<unsigned long long>(report->last.get()), static_cast<unsigned long long>(report->segments));
  std::printf("start it with: cantus up --config %s/venue.json --data %s\n", data.c_str(), data.c_str());
  return exit_ok;
}

int run_mend(const Arguments& arguments) {
  const Result<LogFolders> folders = log_folders_at(arguments.text_or("data", default_data_directory));
  if (!folders) {
    return complain_of("log mend", folders.error());
  }
  const Result<std::vector<std::uint64_t>> mended =
      keeping::mend(runtime::system_files(), folders->journal, std::filesystem::absolute(arguments.words().front()));
  if (!mended) {
    return complain_of("log mend", of_file(mended.error()));
  }
  for (const std::uint64_t number : *mended) {
    std::printf("segment %llu: a good copy is in its place\n", static_cast<unsigned long long>(number));
  }
  if (mended->empty()) {
    std::printf("every sealed segment is good\n");
  }
  return exit_ok;
}

constexpr Option backup_options[] = {
    data_option,
    {"verify", OptionKind::flag, "", "also read again what was copied before, and copy again what is bad"},
    {"json", OptionKind::flag, "", "one JSON object"},
};
constexpr Option restore_options[] = {
    {"data", OptionKind::text, "NEW", "the new venue's directory; it must hold no log, nor what is left of one"},
};
constexpr Option mend_options[] = {
    {"data", OptionKind::text, "DIR", log_folder_summary},
};

}  // namespace

const Command backup_command = {
    .name = "backup",
    .words = "FOLDER",
    .summary = "Bring a copy of the log up to date, while the venue runs.",
    .details =
        "Everything that is synced, in packed segments; only what is new is copied, and all of it is read back and\n"
        "compared with its root before it counts. May be killed and started again. The folder is a log as any other:\n"
        "`cantus log verify --data FOLDER`. A folder that holds records which this log does not have is refused, and "
        "so\n"
        "is a venue's own directory, whatever way leads there.\n"
        "It holds what the log holds, password verifiers included: protect it like the venue's directory.",
    .options = backup_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_backup};

const Command restore_command = {
    .name = "restore",
    .words = "FOLDER",
    .summary = "Make a venue's directory out of a backup.",
    .details =
        "Every byte is verified on its way; a bad one is named, and nothing starts from what is not whole. What the\n"
        "venue said after its last backup is not in it: never start both from here on. Refused where a log was "
        "before,\n"
        "on disk or in memory: it is named, and moved away by whoever knows that it is not needed.",
    .options = restore_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_restore};

const Command log_mend_command = {
    .name = "log mend",
    .words = "FOLDER",
    .summary = "Replace sealed segments that are bad or missing by good copies from a backup.",
    .details =
        "Reads every sealed segment from the device. A copy is taken only if it is what the directory record says was\n"
        "sealed. The venue may run; a process that had touched the bad place reads the good copy when it starts anew.",
    .options = mend_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_mend};

}  // namespace cantus::cli
