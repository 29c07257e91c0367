// `cantus quarantine`: operators sign that machines do not handle records that kill them. What changes is shown first.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/replay_death.h"
#include "cli/signing.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "replay/trial.h"

namespace cantus::cli {
namespace {

constexpr const char* command_name = "quarantine";
constexpr std::size_t records_max = Commands::parts_max;

std::optional<MachineName> machine_named(std::string_view name) {
  for (unsigned number = 1; number < 32; ++number) {
    const auto machine = static_cast<MachineName>(number);
    if (can_be_quarantined(machine) && name_of(machine) == name) {
      return machine;
    }
  }
  return std::nullopt;
}

Result<replay::Trial> try_on(const VenuePlace& place, const replay::TrialOptions& options) {
  auto reader = eventlog::open_log(place.paths().journal(), place.paths().memory);
  auto again = eventlog::open_log(place.paths().journal(), place.paths().memory);
  if (!reader || !again) {
    return reader ? again.error() : reader.error();
  }
  fix::ReaderLogAccess log(*std::move(again));
  return replay::try_quarantine(**reader, log, options);
}

std::string word_of(const replay::TriedRecord& record) {
  return std::to_string(record.position.get()) + ":" + std::string(name_of(record.machine));
}

// "SEQ:MACHINE", or "SEQ" and the machine of `--machine`.
std::optional<replay::TriedRecord> parse_record(const std::string& word, const std::string& machine_of_all) {
  const std::size_t colon = word.find(':');
  const std::uint64_t seq = parse_unsigned(word.substr(0, colon), ~std::uint64_t{0}).value_or(0);
  const auto machine = machine_named(colon == std::string::npos ? machine_of_all : word.substr(colon + 1));
  return seq == 0 || !machine ? std::nullopt : std::optional(replay::TriedRecord{Seq(seq), *machine});
}

// The machines may die all the same, of another record or in another machine: so it is tried in a process of its own
// first. With `add` what kills there is quarantined, too, until nothing does.
Status try_for_deaths(const VenuePlace& place, replay::TrialOptions& options, bool add) {
  while (true) {
    const std::optional<ReplayDeath> death = death_of([&](Cursor& cursor) {
      replay::TrialOptions tried = options;
      tried.cursor = &cursor;
      (void)try_on(place, tried);
    });
    if (!death) {
      return {};
    }
    const replay::TriedRecord record{death->record, death->machine};
    const std::string what = "a replay with it " + death->end + " at record " + std::to_string(record.position.get()) +
                             " in " + std::string(name_of(record.machine));
    if (!can_be_quarantined(record.machine) || std::ranges::find(options.records, record) != options.records.end()) {
      return Error{ErrorCode::refused, what + ": no quarantine helps against that, only a mended build"};
    }
    options.records.push_back(record);
    if (!add || options.records.size() > records_max) {
      std::string words;
      for (const replay::TriedRecord& one : options.records) {
        words += " " + word_of(one);
      }
      return Error{ErrorCode::refused, what + ": that is what to quarantine, instead (" + word_of(record) +
                                           ") or too (" + words.substr(1) + "; or say --all)"};
    }
    std::printf("%s: it is quarantined, too\n", what.c_str());
  }
}

void print(const char* title, const std::vector<std::string>& lines) {
  std::printf("%s%s\n", title, lines.empty() ? " none" : "");
  for (const std::string& line : lines) {
    std::printf("  %s\n", line.c_str());
  }
}

void show(const replay::Trial& trial) {
  for (const std::string& record : trial.records) {
    std::printf("record %s\n", record.c_str());
  }
  std::printf("replayed through %llu\n", static_cast<unsigned long long>(trial.through.get()));
  print("outcomes on the log that become void:", trial.voided);
  print("outcomes that are wished for and not on the log yet:", trial.wished);
  print("messages to clients that change:", trial.messages);
  std::printf("messages that have left and change: %llu\n", static_cast<unsigned long long>(trial.left_changed));
  if (!trial.changes.back().first.is_zero()) {
    std::printf("what the publisher puts on the log until a second person has approved becomes void, too\n");
  }
  std::fflush(stdout);
}

int run(const Arguments& arguments) {
  replay::TrialOptions options;
  for (const std::string& word : arguments.words()) {
    const auto record = parse_record(word, arguments.text_or("machine", ""));
    if (!record || std::ranges::find(options.records, *record) != options.records.end()) {
      std::fprintf(stderr,
                   "cantus quarantine: '%s': SEQ is a position on the log, MACHINE is matching, credit, market_data, "
                   "reporter or gateway; `cantus status` names it\n",
                   word.c_str());
      return exit_usage;
    }
    options.records.push_back(*record);
  }
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return complain_of(command_name, state.error());
  }
  const VenuePlace& place = (*state)->place;
  options.fix_logs = place.fix_logs();
  if (const Status lives = try_for_deaths(place, options, arguments.has("all")); !lives) {
    return complain_of(command_name, lives.error());
  }
  const Result<replay::Trial> trial = try_on(place, options);
  if (!trial) {
    return complain_of(command_name, trial.error());
  }
  show(*trial);
  if (arguments.has("dry-run")) {
    return exit_ok;
  }
  if (arguments.number_or("accept", 0) != trial->left_changed) {
    return complain_of(command_name,
                       Error{ErrorCode::refused, "so many messages have left and change: sign for them with --accept " +
                                                     std::to_string(trial->left_changed)});
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of(command_name, key.error());
  }
  std::vector<CommandPart> parts;
  for (const Quarantine& change : trial->changes) {
    parts.push_back(part_of(change, static_cast<std::uint16_t>(parts.size())));
  }
  bool took = false;
  return sign_and_put(arguments, command_name, **state, parts, *key, took);
}

constexpr auto options = sign_options_behind(
    Option{"machine", OptionKind::text, "NAME",
           "of the records that name none: matching, credit, market_data, reporter or gateway"},
    Option{"all", OptionKind::flag, "", "quarantine also what else kills a replay, one record after the other"},
    Option{"dry-run", OptionKind::flag, "", "only show what changes"},
    Option{"accept", OptionKind::number, "N", "so many messages that have left change (0)"});

}  // namespace

const Command quarantine_command = {
    .name = "quarantine",
    .words = "SEQ[:MACHINE]...",
    .summary = "Sign that a machine does not handle a record that kills it.",
    .details =
        "In the place of the machine's own handling stands a fixed one, in every process and in every replay: "
        "matching\n"
        "and credit refuse a request, market data passes a quote over, the reporter leaves a trade to be reported by\n"
        "hand, and what gateways send of the record is status and quantities only. `cantus status` names a record\n"
        "that kills processes, and the machine. Several records take effect together: where one kills behind another, "
        "none\n"
        "of them can be tried alone. A second person approves.\n",
    .options = options,
    .words_min = 1,
    .words_max = records_max,
    .run = run};

}  // namespace cantus::cli
