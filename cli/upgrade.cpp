// `cantus upgrade …`: which build a log needs, another build for a running process, and what a new build brings with it
// announced and activated on the log. docs/operations.md has the procedure.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/text.h"
#include "cli/build.h"
#include "cli/commands.h"
#include "cli/later_begin.h"
#include "cli/manifest.h"
#include "cli/operations_file.h"
#include "cli/process_program.h"
#include "cli/readings.h"
#include "cli/signing.h"
#include "eventlog/reader.h"
#include "runtime/place.h"
#include "runtime/unique_fd.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

// ---- upgrade check
// ---------------------------------------------------------------------------------------------------

// Everything that a log announces and activates, up to its end.
Result<Announcements> announcements_in(const fs::path& data) {
  const Result<LogFolders> at = log_folders_at(data);
  if (!at) {
    return at.error();
  }
  const auto reader = eventlog::open_log(at->journal, at->memory);
  if (!reader) {
    return reader.error();
  }
  host::LogFacts facts;
  const Result<VenuePlace> place = VenuePlace::at(data);
  const auto begin = !place              ? Error(place.error())
                     : !place->has_log() ? Result(std::unique_ptr<snapshots::LaterBegin>())
                                         : begin_of<host::LogFacts>(place->paths());
  const Status begun = begin ? begin_behind(begin->get(), **reader, facts) : Status(begin.error());
  if (!begun) {
    return Error(begun.error());
  }
  Announcements announcements = facts.announcements();
  while (true) {
    const Result<std::optional<Event>> next = (*reader)->next();
    if (!next) {
      return next.error();
    }
    if (!next->has_value()) {
      return announcements;
    }
    announcements.apply(**next);
  }
}

void tell_check(const Manifest& manifest, const std::vector<Unknown>& unknown,
                const std::vector<FormatAnnounced>& still_to_announce, const Announcements& log) {
  std::printf("build %s\n", manifest.build.c_str());
  std::printf("announced on the log: formats %zu, rules activated %zu\n", log.formats().all().size(),
              log.rules().activations().size());
  for (const Unknown& one : unknown) {
    std::printf("not known to the build: %s, since record %s; behind it stop: %s\n", one.what.c_str(),
                to_text(one.position).c_str(), one.stops.empty() ? "nobody" : joined(one.stops).c_str());
  }
  for (const FormatAnnounced& format : still_to_announce) {
    std::printf("not on the log yet: %s; to be announced once everybody who reads it knows it\n",
                text_of(format).c_str());
  }
  for (const Manifest::KnownRule& rule : manifest.rules) {
    if (const std::uint16_t set = log.rules().set_of(rule.number); set < rule.sets) {
      std::printf("not on the log yet: set %u of the rule %s, which is at %u\n", unsigned{rule.sets}, rule.name.c_str(),
                  unsigned{set});
    }
  }
  std::printf("%s\n", unknown.empty() ? "this build may run the venue on this log, or go back to it"
                                      : "this build can NOT run the whole venue on this log, nor go back to it");
}

int check(const Arguments& arguments) {
  const Result<Manifest> manifest = manifest_of(arguments.words()[0]);
  if (!manifest) {
    return fail(arguments, "upgrade check", of_file(manifest.error()));
  }
  const Result<Announcements> log = announcements_in(arguments.text_or("data", default_data_directory));
  if (!log) {
    return fail(arguments, "upgrade check", log.error());
  }
  const std::vector<Unknown> unknown = unknown_to(*manifest, *log);
  const std::vector<FormatAnnounced> still_to_announce = not_announced(*manifest, log->formats());
  if (arguments.has("json")) {
    Json json = {{"build", manifest->build},
                 {"may_run", unknown.empty()},
                 {"unknown", Json::array()},
                 {"not_announced", Json::array()}};
    for (const Unknown& one : unknown) {
      json["unknown"].push_back({{"what", one.what}, {"position", to_text(one.position)}, {"stops", one.stops}});
    }
    for (const FormatAnnounced& format : still_to_announce) {
      json["not_announced"].push_back(format.name.str());
    }
    std::printf("%s\n", json.dump(2).c_str());
  } else {
    tell_check(*manifest, unknown, still_to_announce, *log);
  }
  return unknown.empty() ? exit_ok : exit_difference;
}

// ---- upgrade process
// -------------------------------------------------------------------------------------------------

constexpr auto start_patience = std::chrono::seconds(60);

fs::path program_of_process(pid_t process) {
  std::error_code ignored;
  return fs::read_symlink("/proc/" + std::to_string(process) + "/exe", ignored);
}

// Asks the process to end, if it runs: a process id that was taken by another one since is not touched.
void ask_to_end(std::optional<pid_t> process, pid_t supervisor) {
  if (!process) {
    return;
  }
  const runtime::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, *process, 0)));
  std::ifstream status("/proc/" + std::to_string(*process) + "/stat");
  std::string text;
  std::getline(status, text);
  const std::size_t behind_name = text.rfind(')');
  const bool child = behind_name != std::string::npos &&
                     std::atoi(text.c_str() + std::min(behind_name + 4, text.size())) == supervisor;
  if (handle && child) {
    ::syscall(SYS_pidfd_send_signal, handle.get(), SIGTERM, nullptr, 0);
  }
}

// True once another process of the name runs the program.
bool runs(const VenuePlace& place, const std::string& name, std::optional<pid_t> before, const fs::path& program) {
  const auto until = std::chrono::steady_clock::now() + start_patience;
  while (std::chrono::steady_clock::now() < until) {
    const std::optional<pid_t> now = process_of(place, name);
    if (now && now != before && program_of_process(*now) == program) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

int complain_process(const std::string& text, int code) {
  std::fprintf(stderr, "cantus upgrade process: %s\n", text.c_str());
  return code;
}

int change_process(const Arguments& arguments) {
  const std::string& name = arguments.words()[0];
  const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  if (!place) {
    return complain_process(place.error().text, exit_failed);
  }
  const std::optional<pid_t> supervisor = SupervisorLock::holder(*place);
  if (!supervisor) {
    return complain_process("no venue runs on " + place->paths().data.string(), exit_not_running);
  }
  std::error_code fault;
  const fs::path program = fs::canonical(arguments.text_or("program", "/proc/self/exe"), fault);
  if (fault) {
    return complain_process(arguments.text_or("program", "") + ": " + fault.message(), exit_failed);
  }
  if (name.find('/') != std::string::npos || !fs::exists(place->run() / (name + ".pid"))) {
    return complain_process("the venue has no process " + name + "; `cantus status` lists them", exit_usage);
  }
  const Result<Manifest> manifest = manifest_of(program);
  if (!manifest) {
    return complain_process(manifest.error().text, exit_failed);
  }
  const Result<Manifest> venue = manifest_of("/proc/" + std::to_string(*supervisor) + "/exe");
  const Result<Announcements> log = announcements_in(place->paths().data);
  if (!venue || !log) {
    return complain_process(venue ? log.error().text : venue.error().text, exit_failed);
  }
  if (manifest->interfaces != venue->interfaces) {
    return complain_process("processes of the build " + manifest->build +
                                " talk to each other in another way than those "
                                "of " +
                                venue->build + ": end the venue, and start it with the new build",
                            exit_difference);
  }
  // Whoever of its applications would stop: the supervisor could only put it aside. (Which they are it knows best.)
  for (const Unknown& one : unknown_to(*manifest, *log)) {
    if (!one.stops.empty() && !arguments.has("anyway")) {
      return complain_process("the build " + manifest->build + " does not know " + one.what +
                                  ", which the log has since " + to_text(one.position) +
                                  "; it cannot be gone back to. --anyway for a process that "
                                  "hosts none of " +
                                  joined(one.stops),
                              exit_too_old);
    }
  }
  if (const Status noted = note_operation(*place, Operation::upgrade, name + ": " + manifest->build); !noted) {
    return complain_process("it cannot be noted: " + noted.error().text, exit_failed);
  }
  const std::optional<pid_t> before = process_of(*place, name);
  if (const Status asked = ask_for_program(*place, name, program); !asked) {
    return complain_process(asked.error().text, exit_failed);
  }
  ask_to_end(before, *supervisor);
  if (!runs(*place, name, before, program)) {
    return complain_process(name + " does not run " + program.string() + " after a minute; see " +
                                (place->logs() / (name + ".out")).string(),
                            exit_failed);
  }
  std::printf("%s runs %s (%s)\n", name.c_str(), program.c_str(), manifest->build.c_str());
  return exit_ok;
}

// ---- upgrade announce, upgrade activate -----------------------------------------------------------------------------

// Applications that run and would stop behind the record, with their builds.
template <class M>
Result<std::vector<std::string>> who_would_stop(const VenueState& state, const M& announced) {
  std::vector<std::string> stopping;
  for (const runtime::PlaceReading& place : runtime::read_places(runtime::system_files(), state.place.paths().memory)) {
    const ApplicationReading* const application = reading_of(place.name, state.refdata().publishing());
    if (!place.lease_held || application == nullptr || !application->reading.concerns(announced)) {
      continue;
    }
    const Result<Manifest> manifest = manifest_of("/proc/" + std::to_string(place.process) + "/exe");
    if (!manifest) {
      return Error(manifest.error()).context("what " + place.name + " knows");
    }
    if (!manifest->knows(announced)) {
      stopping.push_back(place.name + ":" + std::to_string(place.place) + " (" + manifest->build + ")");
    }
  }
  return stopping;
}

// The part, unless somebody who runs now would have to stop for it.
template <class M>
Status add_part(const VenueState& state, const M& announced, std::vector<CommandPart>& parts) {
  const Result<std::vector<std::string>> stopping = who_would_stop(state, announced);
  if (!stopping) {
    return stopping.error();
  }
  if (!stopping->empty()) {
    return Error{ErrorCode::refused, "who reads " + text_of(announced) + " runs a build that does not know it: " +
                                         joined(*stopping) + "; upgrade these processes first"};
  }
  parts.push_back(part_of(announced, parts.size()));
  return {};
}

int announce(const Arguments& arguments) {
  return sign_parts(arguments, "upgrade announce", [&](const VenueState& state) -> Result<std::vector<CommandPart>> {
    std::vector<CommandPart> parts;
    for (const FormatAnnounced& format : not_announced(own_manifest(), state.refdata().formats())) {
      const auto& wanted = arguments.words();
      if (wanted.empty() || std::find(wanted.begin(), wanted.end(), format.name.str()) != wanted.end()) {
        if (Status added = add_part(state, format, parts); !added) {
          return std::move(added).error();
        }
      }
    }
    if (parts.empty()) {
      return Error{ErrorCode::refused, "this build, " + build_name() +
                                           ", knows nothing of that which the log does not "
                                           "announce already"};
    }
    return parts;
  });
}

int activate(const Arguments& arguments) {
  return sign_parts(arguments, "upgrade activate", [&](const VenueState& state) -> Result<std::vector<CommandPart>> {
    const RuleInfo* const rule = rule_named(arguments.words()[0]);
    const std::optional<std::uint64_t> set = parse_unsigned(arguments.words()[1], 65'535);
    if (rule == nullptr || !set || *set == 0 || *set > rule->sets) {
      return Error{ErrorCode::refused, "this build, " + build_name() + ", has no such set of a rule; it has " +
                                           (rule == nullptr ? std::string("no rule of that name")
                                                            : "sets 1 to " + std::to_string(rule->sets))};
    }
    std::vector<CommandPart> parts;
    if (Status added = add_part(state, activation_of(*rule, static_cast<std::uint16_t>(*set)), parts); !added) {
      return std::move(added).error();
    }
    return parts;
  });
}

constexpr Option check_options[] = {
    {"data", OptionKind::text, "DIR", log_folder_summary},
    {"json", OptionKind::flag, "", "one JSON object"},
};
constexpr Option process_options[] = {
    {"program", OptionKind::text, "PATH", "the `cantus` of the build that it is to run (this one)"},
    {"anyway", OptionKind::flag, "", "also a build that does not know all that the log announces"},
    data_option,
};

}  // namespace

const Command upgrade_check_command = {
    .name = "upgrade check",
    .words = "BUILD",
    .summary = "Say whether a build can run on a log, or be gone back to.",
    .details =
        "BUILD is the `cantus` program of that build, or a file with what its `cantus version --json` prints. Ends "
        "with\n"
        "3 if the log announces a format or a rule that the build does not know: it may be rolled back no more.\n",
    .options = check_options,
    .words_min = 1,
    .words_max = 1,
    .run = check};

const Command upgrade_process_command = {
    .name = "upgrade process",
    .words = "NAME",
    .summary = "Let one process of a running venue go on with another build.",
    .details =
        "The process ends in good order and the supervisor starts it again with that program, until the venue ends.\n"
        "One that needs a newer build is started by it, too. Go on with the next once `cantus status` is well.\n",
    .options = process_options,
    .words_min = 1,
    .words_max = 1,
    .run = change_process};

const Command upgrade_announce_command = {
    .name = "upgrade announce",
    .words = "[FORMAT…]",
    .summary = "Sign that messages of formats which this build brings may be written.",
    .details =
        "All that the log does not announce yet, or those named (`cantus upgrade check` lists them). Refused while a\n"
        "running process that reads them does not know them. From then on the build before cannot be gone back to.\n",
    .options = sign_options,
    .words_min = 0,
    .words_max = 64,
    .run = announce};

const Command upgrade_activate_command = {
    .name = "upgrade activate",
    .words = "RULE SET",
    .summary = "Sign that another set of a rule holds from now on.",
    .details =
        "Every message is judged by the set that holds where it stands. A set that held before may be activated "
        "again.\n"
        "Refused while a running process that judges by the rule does not know the set.\n",
    .options = sign_options,
    .words_min = 2,
    .words_max = 2,
    .run = activate};

}  // namespace cantus::cli
