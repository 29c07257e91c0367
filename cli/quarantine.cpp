// `cantus quarantine`: operators sign that a machine does not handle a record that kills it. What changes is shown
// first.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <new>

#include "base/text.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "replay/trial.h"

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

Result<replay::Trial> try_on(const VenuePlace& place, const replay::TrialOptions& options) {
  auto reader = eventlog::open_log(place.paths().journal(), place.paths().memory);
  auto again = eventlog::open_log(place.paths().journal(), place.paths().memory);
  if (!reader || !again) {
    return reader ? again.error() : reader.error();
  }
  fix::ReaderLogAccess log(*std::move(again));
  return replay::try_quarantine(**reader, log, options);
}

// The machines may die of it all the same, if it is another one that the record kills: so it is tried in a process of
// its own first. Nothing if that lived; else where it died.
std::optional<std::string> death_of(const VenuePlace& place, replay::TrialOptions options) {
  void* const page = ::mmap(nullptr, sizeof(Cursor), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return std::nullopt;
  }
  auto* const cursor = new (page) Cursor;
  options.cursor = cursor;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<replay::Trial> tried = try_on(place, options);
    ::_exit(tried ? 0 : 1);
  }
  std::optional<std::string> death;
  int status = 0;
  if (child > 0 && ::waitpid(child, &status, 0) == child && WIFSIGNALED(status)) {
    death = "a replay with it " + describe_end(status) + " at record " + std::to_string(cursor->seq().get()) + " in " +
            std::string(name_of(cursor->machine())) +
            (can_be_quarantined(cursor->machine()) ? ": that is what to quarantine, too, or instead"
                                                   : ": no quarantine helps against that, only a mended build");
  }
  ::munmap(page, sizeof(Cursor));
  return death;
}

void print(const char* title, const std::vector<std::string>& lines) {
  std::printf("%s%s\n", title, lines.empty() ? " none" : "");
  for (const std::string& line : lines) {
    std::printf("  %s\n", line.c_str());
  }
}

void show(const replay::Trial& trial) {
  std::printf("record %s\nnot handled by %s; replayed through %llu\n", trial.record.c_str(),
              std::string(name_of(trial.change.machine)).c_str(), static_cast<unsigned long long>(trial.through.get()));
  print("outcomes on the log that become void:", trial.voided);
  print("outcomes that are wished for and not on the log yet:", trial.wished);
  print("messages to clients that change:", trial.messages);
  std::printf("messages that have left and change: %llu\n", static_cast<unsigned long long>(trial.change.left_changed));
  if (!trial.voided.empty()) {
    std::printf("what the publisher puts on the log until the command is there becomes void, too\n");
  }
  std::fflush(stdout);
}

int run(const Arguments& arguments) {
  replay::TrialOptions options;
  const std::optional<MachineName> machine = machine_named(arguments.text_or("machine", ""));
  const std::uint64_t seq = parse_unsigned(arguments.words()[0], ~std::uint64_t{0}).value_or(0);
  if (!machine || seq == 0) {
    std::fprintf(stderr, "cantus quarantine: %s\n",
                 machine ? "SEQ is a position on the log"
                         : "--machine is matching, credit, market_data, reporter or gateway; `cantus status` names it");
    return exit_usage;
  }
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return complain_of(command_name, state.error());
  }
  const VenuePlace& place = (*state)->place;
  options.position = Seq(seq);
  options.machine = *machine;
  options.fix_logs = place.fix_logs();
  if (const std::optional<std::string> death = death_of(place, options)) {
    return complain_of(command_name, Error{ErrorCode::refused, *death});
  }
  const Result<replay::Trial> trial = try_on(place, options);
  if (!trial) {
    return complain_of(command_name, trial.error());
  }
  show(*trial);
  if (arguments.has("dry-run")) {
    return exit_ok;
  }
  if (arguments.number_or("accept", 0) != trial->change.left_changed) {
    return complain_of(command_name,
                       Error{ErrorCode::refused, "so many messages have left and change: sign for them with --accept " +
                                                     std::to_string(trial->change.left_changed)});
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of(command_name, key.error());
  }
  bool took = false;
  return sign_and_put(arguments, command_name, **state, {part_of(trial->change, 0)}, *key, took);
}

constexpr auto options = sign_options_behind(
    Option{"machine", OptionKind::text, "NAME", "matching, credit, market_data, reporter or gateway"},
    Option{"dry-run", OptionKind::flag, "", "only show what changes"},
    Option{"accept", OptionKind::number, "N", "so many messages that have left change (0)"});

}  // namespace

const Command quarantine_command = {
    .name = "quarantine",
    .words = "SEQ",
    .summary = "Sign that a machine does not handle a record that kills it.",
    .details =
        "In the place of the machine's own handling stands a fixed one, in every process and in every replay: "
        "matching\n"
        "and credit refuse a request, market data passes a quote over, the reporter leaves a trade to be reported by\n"
        "hand, and what gateways send of the record is status and quantities only. `cantus status` names a record\n"
        "that kills processes, and the machine. A second person approves.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run};

}  // namespace cantus::cli
