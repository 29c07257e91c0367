#include "cli/preflight.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/demo.h"
#include "cli/demo_operators.h"
#include "cli/later_begin.h"
#include "cli/placeholders.h"
#include "cli/venue_view.h"
#include "eventlog/file_journal.h"
#include "eventlog/reader.h"
#include "keeping/backup.h"
#include "refdata/app/recorded.h"
#include "runtime/files.h"
#include "runtime/loop.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_text(const fs::path& path) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(runtime::system_files(), path);
  if (!bytes) {
    return std::move(bytes).error();
  }
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Status write_text(const fs::path& path, const std::string& text) {
  return runtime::replace_file(runtime::system_files(), path, std::as_bytes(std::span(text)));
}

// The folder itself, or what stands of the path to it.
fs::path standing(fs::path folder) {
  std::error_code ignored;
  while (!fs::exists(folder, ignored) && folder != folder.parent_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

// Without live memory a start reserves a segment and the next, on disk and in memory. Without that room its process
// would only die again and again.
Status look_at_space(const Preflight& venue) {
  std::error_code ignored;
  if (venue.place.has_log() && fs::exists(venue.place.paths().memory, ignored)) {
    return {};
  }
  constexpr std::uint64_t mib = 1024 * 1024;
  const std::uint64_t needed = 2 * venue.configuration.process.journal.segment_bytes;
  for (const fs::path& folder : {venue.place.paths().data, venue.place.paths().memory}) {
    std::error_code fault;
    const fs::space_info space = fs::space(standing(folder), fault);
    if (!fault && space.available < needed) {
      return Error{ErrorCode::no_space, "where " + folder.string() + " lies " + std::to_string(space.available / mib) +
                                            " MiB are free, and the log needs " +
                                            std::to_string((needed + mib - 1) / mib) +
                                            " MiB there (twice journal.segment_bytes)"};
    }
  }
  return {};
}

// The sequencer begins with the log that the newest state is of, and reads all of it. What is bad there would end it
// again and again; what is bad before keeps nobody from starting.
Status look_at_what_starts_read(const Preflight& venue, eventlog::LogReader& log) {
  const auto begin = begin_of<host::LogFacts, refdata::RecordedConfiguration>(venue.place.paths());
  if (!begin || *begin == nullptr) {
    return begin ? Status() : Status(begin.error());  // then all of it is read anyway
  }
  host::LogFacts facts;
  Status read = facts.restore((*begin)->sections());
  if (read) {
    read = log.seek(facts.log_begin());
  }
  while (read && log.position() < (*begin)->position()) {
    const Result<std::optional<Event>> event = log.next();
    if (!event || !event->has_value()) {
      read = event ? Error{ErrorCode::corrupt, "it ends before the snapshot"} : Error(event.error());
    }
  }
  return read;
}

Status compare_with_log(const Preflight& venue) {
  const host::VenuePaths& paths = venue.place.paths();
  if (!venue.place.has_log()) {
    return {};
  }
  Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(paths.journal(), paths.memory);
  if (!log) {
    return std::move(log).error().context("the venue's log");
  }
  refdata::RecordedConfiguration recorded;
  Status read = look_at_what_starts_read(venue, **log);
  if (read) {
    read = read_recorded(paths, **log, recorded);
  }
  if (!read) {
    return std::move(read).error().context("the venue's log");
  }
  const Announcements& announced = recorded.reference_data().announcements();
  if (const auto why = announced.why_unreadable(Reading()); why) {
    return Error{ErrorCode::not_supported, "this build, " + build_name() + ", cannot go on with the log in " +
                                               paths.data.string() + ": " + *why + "; " +
                                               announced.who_can_read(Reading())};
  }
  const auto operators_stay = refdata::why_operators_stay(venue.configuration.operators);
  if (!recorded.reference_data().complete()) {
    // The first start was cut short; the sequencer compares what is there and goes on.
    return operators_stay ? Status(Error{ErrorCode::refused, "operators: " + *operators_stay}) : Status();
  }
  const std::vector<std::string> differences = refdata::differences(venue.configuration, recorded);
  if (differences.empty()) {
    if (operators_stay) {
      std::fprintf(stderr, "warning: the log's operators: %s\n", operators_stay->c_str());
    }
    return {};
  }
  const std::string right =
      "cantus up --config " + venue.place.configuration().string() + " --data " + paths.data.string();
  if (venue.demo) {
    return Error{ErrorCode::refused, paths.data.string() + " holds the venue '" +
                                         recorded.reference_data().venue().name.str() +
                                         "', which is not the demo; type: " + right};
  }
  std::string text = "the configuration is not that of the log in " + paths.data.string() + ":";
  for (const std::string& difference : differences) {
    text += "\n  " + difference;
  }
  text += "\nThe log's own starts with: " + right +
          "\nWhile it runs, operators sign for the difference: cantus apply FILE --key FILE --reason TEXT --data " +
          paths.data.string() + "\nAnother venue needs another --data.";
  return Error{ErrorCode::refused, text};
}

Status look_for_holder(const Preflight& venue) {
  const std::optional<pid_t> holder = SupervisorLock::holder(venue.place);
  return holder ? Status(SupervisorLock::in_use(venue.place, *holder)) : Status();
}

// A port that one of our processes will listen on is free now.
Status look_at_ports(const Preflight& venue) {
  const std::unique_ptr<runtime::Loop> loop = runtime::make_loop(runtime::WaitMode::adaptive);
  for (const refdata::EdgeSettings& gateway : venue.configuration.process.gateways) {
    auto listener = loop->network().listen(gateway.address, [](std::unique_ptr<runtime::Stream>) {});
    if (!listener) {
      Error error = std::move(listener).error().context(gateway.name);
      if (venue.demo) {
        error.text +=
            "\nThe demo's ports stand in config/demo.json. With others: take a copy, change gateways[].port, then\n"
            "`cantus up --config COPY --data OTHER` (without the demo's participants).";
      }
      return error;
    }
  }
  return {};
}

// In the host's memory folder anybody may make what he likes: this no other user can have made.
bool is_ours_alone(const fs::path& folder) {
  struct stat status {};
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// A copy that runs beside its original, or beside another copy: each tells clients and the regulator what the other
// does not know. Who tries out a restored copy does just that, so it is said and not refused.
void warn_of_twin(const VenuePlace& place) {
  const Result<VenueId> id = place.venue_id();
  const fs::path& memory = place.paths().memory;
  std::error_code fault;
  for (fs::directory_iterator at(memory.parent_path(), fault); id && !fault && at != fs::directory_iterator();
       at.increment(fault)) {
    if (!at->path().filename().string().starts_with("cantus-") || at->path() == memory || !is_ours_alone(at->path())) {
      continue;
    }
    const HostView other = HostView::of_sequencer(at->path());
    if (other.sequencer_alive() && other.sequencer->venue == *id) {
      std::fprintf(stderr,
                   "warning: process %u runs a venue with the same id, a copy of this one or its original: neither "
                   "knows what the other tells clients and the regulator; end it unless one of them is only tried out "
                   "(its memory: %s)\n",
                   other.sequencer->process, at->path().c_str());
    }
  }
}

// The demo's participants, told where the gateways and their own files are.
Status write_participants(const Preflight& venue) {
  nlohmann::ordered_json settings = nlohmann::ordered_json::parse(demo_participants(), nullptr, true, true);
  settings["directory"] = venue.place.participants().string();
  settings["connect"] = nlohmann::ordered_json::array();
  for (const refdata::EdgeSettings& gateway : venue.configuration.process.gateways) {
    settings["connect"].push_back(gateway.address.text());
  }
  const nlohmann::ordered_json whole = nlohmann::ordered_json::parse(venue.configuration_text, nullptr, true, true);
  settings["instruments"] = nlohmann::ordered_json::array();
  for (const auto& instrument : whole.at("instruments")) {
    settings["instruments"].push_back({{"symbol", instrument.at("symbol")},
                                       {"tick", instrument.at("tick")},
                                       {"lot", instrument.value("lot", 1)},
                                       {"reference_price", instrument.at("reference_price")}});
  }
  if (Status made = runtime::system_files().make_directories(venue.place.participants()); !made) {
    return made;
  }
  return write_text(venue.participants_file(), settings.dump(2) + "\n");
}

}  // namespace

Status look_for_backup(const VenuePlace& place) {
  const std::string data = place.paths().data.string();
  return keeping::holds_backup(runtime::system_files(), data)
             ? Status(Error{ErrorCode::refused, data + " holds a backup (its file '" + keeping::manifest_file +
                                                    "'), in which no venue is started; a venue is made of it with: "
                                                    "cantus restore " +
                                                    data + " --data NEW"})
             : Status();
}

Result<Preflight> check_venue(const fs::path& data, const std::optional<fs::path>& configuration) {
  Preflight venue;
  venue.demo = !configuration.has_value();
  Result<VenuePlace> place = VenuePlace::at(data);
  if (!place) {
    return std::move(place).error();
  }
  venue.place = *place;
  if (Status good = look_for_backup(venue.place); !good) {
    return std::move(good).error();
  }
  if (configuration) {
    Result<std::string> text = read_text(*configuration);
    if (!text) {
      return std::move(text).error();
    }
    venue.configuration_text = std::move(*text);
  } else {
    Result<std::string> text = demo_text(venue.place);
    if (!text) {
      return std::move(text).error();
    }
    venue.configuration_text = std::move(*text);
  }
  Result<refdata::Configuration> parsed = refdata::parse_configuration(
      venue.configuration_text,
      venue.place.has_log() ? refdata::ConfigurationOf::log : refdata::ConfigurationOf::new_venue);
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.text = (configuration ? configuration->string() : "the demo's configuration") + ":\n" + error.text;
    return error;
  }
  venue.configuration = std::move(*parsed);
  if (configuration && !venue.place.has_log()) {
    if (Status own = no_placeholders(venue.configuration, *configuration); !own) {
      return std::move(own).error();
    }
  }
  warn_of_twin(venue.place);  // before its ports are found taken
  for (const auto& look : {look_for_holder, compare_with_log, look_at_space, look_at_ports}) {
    if (Status good = look(venue); !good) {
      return std::move(good).error();
    }
  }
  return venue;
}

Status prepare_venue(Preflight& venue, bool participants) {
  if (Result<VenueId> id = venue.place.venue_id(runtime::system_random()); !id) {
    return std::move(id).error();
  }
  if (Status made = venue.place.make_folders(); !made) {
    return made;
  }
  if (venue.demo && !venue.place.has_log()) {
    if (Status made = make_demo_keys(venue.place); !made) {
      return made;
    }
    Result<std::string> text = demo_text(venue.place);
    if (!text) {
      return std::move(text).error();
    }
    venue.configuration_text = std::move(*text);
  }
  if (Status written = write_text(venue.place.configuration(), venue.configuration_text); !written) {
    return written;
  }
  return participants ? write_participants(venue) : Status();
}

}  // namespace cantus::cli
