#include "cli/quarantine_trial.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "cli/rebuild_notice.h"
#include "cli/replay_death.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"

namespace cantus::cli {
namespace {

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

}  // namespace

Status try_for_deaths(replay::TrialOptions& options, bool add, const TryQuarantine& try_it) {
  while (true) {
    const Result<std::optional<ReplayDeath>> ended = death_of([&](Cursor& cursor) {
      replay::TrialOptions tried = options;
      tried.cursor = &cursor;
      try_it(tried);
    });
    if (!ended) {
      return ended.error();
    }
    const std::optional<ReplayDeath>& death = *ended;
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
    if (!add || options.records.size() > quarantined_records_max) {
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

Result<replay::Trial> try_and_show(const VenuePlace& place, replay::TrialOptions& options, bool add) {
  const auto try_it = [&place](const replay::TrialOptions& tried) { (void)try_on(place, tried); };
  if (const Status lives = try_for_deaths(options, add, try_it); !lives) {
    return Error(lives.error());
  }
  Result<replay::Trial> trial = try_on(place, options);
  if (!trial) {
    return trial;
  }
  show(*trial);
  const std::optional<Seq> concerned = first_concerned(trial->changes);
  const Status told = concerned ? tell_of_rebuild(place, *concerned) : Status();
  return told ? std::move(trial) : Result<replay::Trial>(told.error());
}

Status accepts_what_left(const Arguments& arguments, const replay::Trial& trial) {
  if (arguments.number_or(accept_option.name, 0) == trial.left_changed) {
    return {};
  }
  return Error{ErrorCode::refused, "so many messages have left and change: sign for them with --accept " +
                                       std::to_string(trial.left_changed)};
}

}  // namespace cantus::cli
