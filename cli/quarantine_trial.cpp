#include "cli/quarantine_trial.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/rebuild_notice.h"
#include "cli/replay_death.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"

namespace cantus::cli {
namespace {

// The log, for a replay and for what that reads again.
struct OpenedLog {
  std::unique_ptr<eventlog::LogReader> reader;
  std::unique_ptr<fix::ReaderLogAccess> access;
};

Result<OpenedLog> open(const VenuePlace& place) {
  auto reader = eventlog::open_log(place.paths().journal(), place.paths().memory);
  auto again = eventlog::open_log(place.paths().journal(), place.paths().memory);
  if (!reader || !again) {
    return reader ? again.error() : reader.error();
  }
  return OpenedLog{*std::move(reader), std::make_unique<fix::ReaderLogAccess>(*std::move(again))};
}

Result<std::unique_ptr<replay::RunningTrial>> try_on(const VenuePlace& place, const replay::TrialOptions& options) {
  const Result<OpenedLog> log = open(place);
  return log ? replay::RunningTrial::run(*log->reader, *log->access, options) : log.error();
}

std::string word_of(const replay::TriedRecord& record) {
  return std::to_string(record.position.get()) + ":" + std::string(name_of(record.machine));
}

void print(const char* title, const std::vector<std::string>& lines, std::size_t from = 0) {
  std::printf("%s%s\n", title, lines.size() <= from ? " none" : "");
  for (std::size_t i = from; i < lines.size(); ++i) {
    std::printf("  %s\n", lines[i].c_str());
  }
}

std::string words_of(const std::vector<replay::TriedRecord>& records) {
  std::string words;
  for (const replay::TriedRecord& one : records) {
    words += (words.empty() ? "" : " ") + word_of(one);
  }
  return words;
}

// `records`: all that are to be quarantined by now, `record` the last of them.
std::string advice(OnDeath on_death, const replay::TriedRecord& record,
                   const std::vector<replay::TriedRecord>& records) {
  const std::string words = words_of(records);
  return on_death == OnDeath::tell_anew ? "reject this one, and have all signed as one command (" + words + ")"
                                        : "that is what to quarantine, instead (" + word_of(record) + ") or too (" +
                                              words + (on_death == OnDeath::tell ? "; or say --all)" : ")");
}

}  // namespace

Status try_for_deaths(replay::TrialOptions& options, OnDeath on_death, const TryQuarantine& try_it) {
  std::vector<replay::TriedRecord> records = options.records;
  for (const Quarantine& one : options.as_signed) {
    records.push_back({one.position, one.machine});
  }
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
    if (!can_be_quarantined(record.machine) || std::ranges::find(records, record) != records.end()) {
      return Error{ErrorCode::refused, what + ": no quarantine helps against that, only a mended build"};
    }
    records.push_back(record);
    if (on_death != OnDeath::add || records.size() > quarantined_records_max) {
      return Error{ErrorCode::refused, what + ": " + advice(on_death, record, records)};
    }
    options.records = records;
    std::printf("%s: it is quarantined, too\n", what.c_str());
  }
}

Result<std::unique_ptr<ShownTrial>> ShownTrial::show(const VenuePlace& place, replay::TrialOptions& options,
                                                     OnDeath on_death) {
  const auto try_it = [&place](const replay::TrialOptions& tried) { (void)try_on(place, tried); };
  if (const Status lives = try_for_deaths(options, on_death, try_it); !lives) {
    return Error(lives.error());
  }
  Result<std::unique_ptr<replay::RunningTrial>> running = try_on(place, options);
  if (!running) {
    return std::move(running).error();
  }
  std::unique_ptr<ShownTrial> shown(new ShownTrial(place, *std::move(running)));
  shown->print_whole();
  const std::optional<Seq> concerned = first_concerned(shown->trial().changes);
  if (const Status told = concerned ? tell_of_rebuild(place, *concerned) : Status(); !told) {
    return Error(told.error());
  }
  // What came onto the log while it was tried is shown, too.
  if (const Status read = shown->read_on(); !read) {
    return Error(read.error());
  }
  shown->print_more();
  return shown;
}

Status ShownTrial::accepted(const Arguments& arguments) const {
  if (arguments.number_or(accept_option.name, 0) >= trial().left_changed) {
    return {};
  }
  return Error{ErrorCode::refused, "so many messages have left and change: sign for them with --accept " +
                                       std::to_string(trial().left_changed)};
}

Status ShownTrial::look_again(const Arguments& arguments) {
  if (Status read = read_on(); !read) {
    return read;
  }
  print_more();
  return accepted(arguments);
}

// In a process of its own first, as before; what that has tried need not be tried again.
Status ShownTrial::read_on() {
  const Result<std::optional<ReplayDeath>> ended = death_of([this](Cursor& cursor) {
    const Result<OpenedLog> log = open(place_);
    (void)(log ? running_->go_on(*log->reader, *log->access, &cursor) : Status(log.error()));
  });
  if (!ended) {
    return ended.error();
  }
  if (const std::optional<ReplayDeath>& death = *ended; death) {
    return Error{ErrorCode::refused, "meanwhile a replay with it " + death->end + " at record " +
                                         std::to_string(death->record.get()) + " in " +
                                         std::string(name_of(death->machine)) + ": try again"};
  }
  const Result<OpenedLog> log = open(place_);
  return log ? running_->go_on(*log->reader, *log->access) : Status(log.error());
}

void ShownTrial::print_whole() {
  for (const std::string& record : trial().records) {
    std::printf("record %s\n", record.c_str());
  }
  std::printf("replayed through %llu\n", static_cast<unsigned long long>(trial().through.get()));
  print("outcomes on the log that become void:", trial().voided);
  print("outcomes that are wished for and not on the log yet:", trial().wished);
  print("messages to clients that change:", trial().messages);
  std::printf("messages that have left and change: %llu\n", static_cast<unsigned long long>(trial().left_changed));
  if (!trial().changes.back().first.is_zero()) {
    std::printf("what the publisher puts on the log until a second person has approved becomes void, too\n");
  }
  note_shown();
}

void ShownTrial::print_more() {
  if (trial().voided.size() > voided_shown_ || trial().left_changed != left_shown_) {
    std::printf("meanwhile, through %llu\n", static_cast<unsigned long long>(trial().through.get()));
    print("more outcomes on the log that become void:", trial().voided, voided_shown_);
    print("more messages to clients that change:", trial().messages, messages_shown_);
    std::printf("messages that have left and change: %llu\n", static_cast<unsigned long long>(trial().left_changed));
  }
  note_shown();
}

void ShownTrial::note_shown() {
  voided_shown_ = trial().voided.size();
  messages_shown_ = trial().messages.size();
  left_shown_ = trial().left_changed;
  std::fflush(stdout);
}

}  // namespace cantus::cli
