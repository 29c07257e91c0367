// `cantus audit-trail`: who did what to the venue, from its log.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/civil_time.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "eventlog/reader.h"
#include "refdata/app/audit_trail.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const refdata::TrailEntry& entry) {
  Json json = {{"seq", entry.seq.get()},  {"time", utc_text(entry.time)}, {"kind", name_of(entry.kind)},
               {"who", entry.who},        {"role", entry.role},           {"what", entry.what},
               {"reason", entry.reason},  {"outcome", entry.outcome},     {"refused", entry.refused},
               {"changes", entry.changes}};
  if (!entry.role.empty()) {
    json["role_held"] = entry.role_held;
  }
  if (!entry.command.is_zero()) {
    json["command"] = to_text(entry.command);
  }
  return json;
}

void print(const refdata::TrailEntry& entry) {
  const std::string who = entry.role.empty() ? entry.who : refdata::in_role(entry.who, entry.role, entry.role_held);
  const std::string about =
      entry.kind == refdata::TrailEntry::Kind::decision || entry.kind == refdata::TrailEntry::Kind::overtaken
          ? " " + to_text(entry.command)
          : std::string();
  const std::string reason = entry.reason.empty() ? "" : ": " + entry.reason;
  std::printf("%llu  %s  %s  %s%s%s\n    %s\n", static_cast<unsigned long long>(entry.seq.get()),
              utc_text(entry.time).c_str(), who.c_str(), entry.what.c_str(), about.c_str(), reason.c_str(),
              entry.outcome.c_str());
  for (const std::string& change : entry.changes) {
    std::printf("      %s\n", change.c_str());
  }
}

int run(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  if (!place) {
    return fail(arguments, "audit-trail", place.error());
  }
  Result<std::unique_ptr<eventlog::LogReader>> log =
      eventlog::open_log(place->paths().journal(), place->paths().memory);
  if (!log) {
    return fail(arguments, "audit-trail", log.error());
  }
  const std::uint64_t from = arguments.number_or("from", 1);
  const std::uint64_t to = std::min(arguments.number_or("to", (*log)->last().get()), (*log)->last().get());
  refdata::AuditTrail trail;
  Json entries = Json::array();
  bool alarm = false;
  for (std::uint64_t at = 1; at <= to; ++at) {
    const Result<std::optional<Event>> event = (*log)->next();
    if (!event) {
      return fail(arguments, "audit-trail", event.error());
    }
    if (!event->has_value()) {
      break;
    }
    for (const refdata::TrailEntry& entry : trail.apply(**event)) {
      if (at < from) {
        continue;
      }
      alarm = alarm || entry.kind == refdata::TrailEntry::Kind::unsigned_change;
      if (arguments.has("json")) {
        entries.push_back(json_of(entry));
      } else {
        print(entry);
      }
    }
  }
  if (arguments.has("json")) {
    std::printf("%s\n", Json{{"entries", entries}}.dump(2).c_str());
  }
  return alarm ? exit_difference : exit_ok;
}

constexpr Option options[] = {
    {"from", OptionKind::number, "SEQ", "first position (1)"},
    {"to", OptionKind::number, "SEQ", "last position (the log's end)"},
    {"json", OptionKind::flag, "", "one object"},
    data_option,
};

}  // namespace

const Command audit_trail_command = {
    .name = "audit-trail",
    .summary = "List who did what: signed commands, second persons, what ended or was overtaken, starts and stops.",
    .details =
        "Read from the log alone, the venue may be down; every signature is judged again. A change of who may write\n"
        "that nobody signed is listed as unsigned_change, and the exit code is then 3.\n",
    .options = options,
    .run = run};

}  // namespace cantus::cli
