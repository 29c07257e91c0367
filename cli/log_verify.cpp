// `cantus log verify`: every byte of a log's files against what was written (eventlog/verify.h). Read-only.
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/later_begin.h"
#include "cli/venue_place.h"
#include "eventlog/verify.h"
#include "keeping/heads_on_log.h"

namespace cantus::cli {
namespace {

nlohmann::ordered_json json_of(const std::optional<eventlog::BadBytes>& bad) {
  if (!bad) {
    return nullptr;
  }
  return {{"file", bad->file.string()},
          {"offset", bad->offset},
          {"bytes", bad->count},
          {"record", bad->record.get()},
          {"why", bad->why}};
}

// Heads that the log holds of what is sealed; looked at where every record is what was written.
struct VerifiedHeads {
  std::uint64_t signed_through = 0;  // segment
  std::uint32_t keys = 0;
  std::optional<std::string> fault;
};

Result<VerifiedHeads> verify_heads(const LogFolders& folders, const std::filesystem::path& data) {
  runtime::Files& files = runtime::system_files();
  const auto log = eventlog::open_log(files, folders.journal, folders.memory);
  const auto begin = later_begin_in(data);
  const Result<keeping::HeadsOnLog> heads = !log     ? Error(log.error())
                                            : !begin ? Error(begin.error())
                                                     : keeping::HeadsOnLog::read(**log, sections_of(*begin));
  // In this order: a segment of which the log holds a head is listed.
  const Result<eventlog::Directory> directory = eventlog::read_directory(files, folders.journal);
  if (!heads || !directory) {
    return !heads ? heads.error() : directory.error();
  }
  return VerifiedHeads{heads->keys().signed_through(), heads->keys().current(), heads->fault(*directory)};
}

void print_json(const eventlog::VerifiedLog& found, const VerifiedHeads& heads) {
  const nlohmann::ordered_json json = {{"good", !found.first_bad && !found.first_stray && !heads.fault},
                                       {"log", found.identity.log.get()},
                                       {"last_log", found.log.get()},
                                       {"records", found.last.get()},
                                       {"record_bytes", found.bytes},
                                       {"sealed_segments", found.sealed},
                                       {"unsealed_segments", found.unsealed},
                                       {"removed_segments", found.removed},
                                       {"promised", found.promised.get()},
                                       {"chain", to_hex(found.chain.bytes)},
                                       {"torn_records", found.torn_records},
                                       {"torn_bytes", found.torn_bytes},
                                       {"first_bad", json_of(found.first_bad)},
                                       {"first_stray", json_of(found.first_stray)},
                                       {"signed_segments", heads.signed_through},
                                       {"head_keys", heads.keys},
                                       {"bad_head", heads.fault ? nlohmann::ordered_json(*heads.fault) : nullptr}};
  std::printf("%s\n", json.dump().c_str());
}

void print_text(const eventlog::VerifiedLog& found, const VerifiedHeads& heads, const std::filesystem::path& data) {
  const std::uint32_t first = found.identity.log.get();
  const std::string logs = found.log.get() > first
                               ? "logs " + std::to_string(first) + " to " + std::to_string(found.log.get())
                               : "log " + std::to_string(first);
  std::printf("%s: %llu records, %llu bytes; %llu sealed segments, %llu unsealed\n", logs.c_str(),
              static_cast<unsigned long long>(found.last.get()), static_cast<unsigned long long>(found.bytes),
              static_cast<unsigned long long>(found.sealed), static_cast<unsigned long long>(found.unsealed));
  std::printf("chain behind the last seal: %s\n", to_hex(found.chain.bytes).c_str());
  if (found.removed > 0) {
    std::printf("%llu segments are in a backup only (journal/removed says in which), and were not looked at\n",
                static_cast<unsigned long long>(found.removed));
  }
  if (found.torn_bytes > 0) {
    std::printf(
        "behind record %llu: %llu records in %llu bytes that were promised to nobody; the next start cuts them\n",
        static_cast<unsigned long long>(found.last.get()), static_cast<unsigned long long>(found.torn_records),
        static_cast<unsigned long long>(found.torn_bytes));
  }
  if (found.first_stray) {
    std::printf("a byte that nobody reads is wrong: %s\n", text_of(*found.first_stray).c_str());
  }
  if (found.first_bad) {
    std::printf(
        "FIRST BAD BYTE: %s\nnothing was changed; of a sealed segment `cantus log mend BACKUP --data %s` fetches a "
        "good "
        "copy\n",
        text_of(*found.first_bad).c_str(), data.c_str());
  } else {
    std::printf("every record is what was written\n");
  }
  if (heads.fault) {
    std::printf("BAD HEAD: %s\n", heads.fault->c_str());
  } else if (heads.keys > 0) {
    std::printf("the heads of %llu sealed segments are signed\n",
                static_cast<unsigned long long>(heads.signed_through));
  }
}

int run(const Arguments& arguments) {
  const Result<LogFolders> folders = log_folders_at(arguments.text_or("data", default_data_directory));
  if (!folders) {
    return fail(arguments, "log verify", folders.error());
  }
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto progress = [terminal](std::uint64_t done, std::uint64_t all) {
    std::fprintf(stderr, "%ssegment %llu of %llu%s", terminal ? "\r" : "", static_cast<unsigned long long>(done) + 1,
                 static_cast<unsigned long long>(all), terminal ? "" : "\n");
  };
  const Result<eventlog::VerifiedLog> found = eventlog::verify_log(runtime::system_files(), folders->journal, progress);
  if (terminal) {
    std::fprintf(stderr, "\r\033[K");
  }
  if (!found) {
    return fail(arguments, "log verify", found.error());
  }
  const Result<VerifiedHeads> heads =
      found->first_bad ? VerifiedHeads{} : verify_heads(*folders, arguments.text_or("data", default_data_directory));
  if (!heads) {
    return fail(arguments, "log verify", heads.error());
  }
  arguments.has("json") ? print_json(*found, *heads)
                        : print_text(*found, *heads, arguments.text_or("data", default_data_directory));
  return found->first_bad || found->first_stray || heads->fault ? exit_difference : exit_ok;
}

constexpr Option options[] = {
    {"data", OptionKind::text, "DIR", log_folder_summary},
    {"json", OptionKind::flag, "", "one JSON object"},
};

}  // namespace

const Command log_verify_command = {
    .name = "log verify",
    .summary = "Check every byte of a log's files and name the first bad one.",
    .details =
        "Checksums of all records, terms, zeros between them, roots and chain of the sealed segments against the\n"
        "directory record and the log itself; heads that were signed by the keys on record. A single changed byte is "
        "named\n"
        "with what it was. The venue may run.\n"
        "Ends with 3 if a byte is bad. `cantus replay verify` checks what the records say.\n",
    .options = options,
    .run = run};

}  // namespace cantus::cli
