// `cantus roll`: an operator signs that the venue's log ends; says what came of it.
#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/commands.h"
#include "cli/signing.h"
#include "eventlog/file_journal.h"
#include "eventlog/reader.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

// What became of an order to end log `ends`, as far as can be read.
Result<std::optional<int>> outcome_behind(eventlog::LogReader& log, LogNumber ends) {
  while (true) {
    const Result<std::optional<Event>> event = log.next();
    if (!event || !event->has_value()) {
      return event ? Result<std::optional<int>>(std::nullopt) : event.error();
    }
    if ((*event)->is<LogContinued>()) {
      std::printf("log %u is closed at record %llu; log %u is open\n", ends.get(),
                  static_cast<unsigned long long>((*event)->as<LogContinued>().closed.get()),
                  (*event)->header->log.get());
      return std::optional<int>(exit_ok);
    }
    if ((*event)->is<RollAbandoned>()) {
      std::fprintf(stderr, "cantus roll: log %u goes on: %s\n", ends.get(),
                   (*event)->as<RollAbandoned>().reason.str().c_str());
      return std::optional<int>(exit_difference);
    }
  }
}

// The sequencer carries it out once outcomes have drained: says what came of it. The log is opened anew now and then,
// because a start behind a loss of its memory continues it elsewhere.
int await_next_log(const VenueState& before) {
  constexpr auto look_again = std::chrono::milliseconds(20);
  constexpr int looks = 3000;
  constexpr int looks_at_one = 50;
  const host::VenuePaths& paths = before.place.paths();
  std::unique_ptr<eventlog::LogReader> log;
  for (int i = 0; i < looks; std::this_thread::sleep_for(look_again), ++i) {
    if (i % looks_at_one == 0) {
      if (const auto mark = eventlog::stop_mark(runtime::system_files(), paths.journal(), paths.memory)) {
        std::fprintf(stderr, "cantus roll: it is ordered, but the log carries a stop mark: %s (`cantus recover`)\n",
                     mark->c_str());
        return exit_stopped;
      }
      auto opened = eventlog::open_log(paths.journal(), paths.memory);
      if (!opened) {
        return complain_of("roll", opened.error());
      }
      log = std::move(opened).value();
      if (const Status sought = log->seek(before.recorded.position().next()); !sought) {
        return complain_of("roll", sought.error());
      }
    }
    const Result<std::optional<int>> outcome = outcome_behind(*log, before.log);
    if (!outcome) {
      return complain_of("roll", outcome.error());
    }
    if (outcome->has_value()) {
      return **outcome;
    }
  }
  std::fprintf(stderr, "cantus roll: it is ordered, and nothing has come of it yet; see the sequencer's log file\n");
  return exit_failed;
}

int roll(const Arguments& arguments) {
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return complain_of("roll", state.error());
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of("roll", key.error());
  }
  RollOrdered order;
  order.ends = (*state)->log;
  bool took = false;
  const int result = sign_and_put(arguments, "roll", **state, {part_of(order, 0)}, *key, took);
  return took ? await_next_log(**state) : result;
}

}  // namespace

const Command roll_command = {
    .name = "roll",
    .words = "",
    .summary = "Sign that the venue's log ends and the next one begins.",
    .details =
        "Clients' messages wait until outcomes have drained, the digests of all states are on the log and the next\n"
        "log has taken over: well below a second. Connections stay; numbers go on, or begin anew for sessions that\n"
        "are set so. If outcomes do not drain in 10 seconds, the log goes on (exit code 3). Without it a log ends by\n"
        "its schedule (`roll` in the configuration).\n",
    .options = sign_options,
    .words_min = 0,
    .words_max = 0,
    .run = roll};

}  // namespace cantus::cli
