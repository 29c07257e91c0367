// `cantus quarantine`: operators sign that machines do not handle records that kill them. What changes is shown first.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/quarantine_trial.h"
#include "cli/signing.h"

namespace cantus::cli {
namespace {

constexpr const char* command_name = "quarantine";

std::optional<MachineName> machine_named(std::string_view name) {
  for (unsigned number = 1; number < 32; ++number) {
    const auto machine = static_cast<MachineName>(number);
    if (can_be_quarantined(machine) && name_of(machine) == name) {
      return machine;
    }
  }
  return std::nullopt;
}

// "SEQ:MACHINE", or "SEQ" and the machine of `--machine`.
std::optional<replay::TriedRecord> parse_record(const std::string& word, const std::string& machine_of_all) {
  const std::size_t colon = word.find(':');
  const std::uint64_t seq = parse_unsigned(word.substr(0, colon), ~std::uint64_t{0}).value_or(0);
  const auto machine = machine_named(colon == std::string::npos ? machine_of_all : word.substr(colon + 1));
  return seq == 0 || !machine ? std::nullopt : std::optional(replay::TriedRecord{Seq(seq), *machine});
}

std::vector<CommandPart> parts_of(const replay::Trial& trial) {
  std::vector<CommandPart> parts;
  for (const Quarantine& change : trial.changes) {
    parts.push_back(part_of(change, static_cast<std::uint16_t>(parts.size())));
  }
  return parts;
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
  const auto shown = ShownTrial::show(place, options, arguments.has("all") ? OnDeath::add : OnDeath::tell);
  if (!shown) {
    return complain_of(command_name, shown.error());
  }
  if (arguments.has("dry-run")) {
    return exit_ok;
  }
  if (const Status accepted = (*shown)->accepted(arguments); !accepted) {
    return complain_of(command_name, accepted.error());
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of(command_name, key.error());
  }
  std::vector<CommandPart> parts = parts_of((*shown)->trial());
  bool took = false;
  // What has left meanwhile is shown, and it is what is signed.
  return sign_and_put(arguments, command_name, **state, parts, *key, took, [&] {
    Status good = (*shown)->look_again(arguments);
    parts = parts_of((*shown)->trial());
    return good;
  });
}

constexpr auto options = sign_options_behind(
    Option{"machine", OptionKind::text, "NAME",
           "of the records that name none: matching, credit, market_data, reporter or gateway"},
    Option{"all", OptionKind::flag, "", "quarantine also what else kills a replay, one record after the other"},
    Option{"dry-run", OptionKind::flag, "", "only show what changes"}, accept_option);

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
    .words_max = quarantined_records_max,
    .run = run};

}  // namespace cantus::cli
