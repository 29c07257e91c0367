// What operators do about a record that kills: docs/operations.md, "A record kills processes".
#include <algorithm>
#include <utility>

#include "replay/verify.h"
#include "tests/sim/actors/operators.h"

namespace cantus::sim {
namespace {

constexpr Seq nowhere{1'000'000'000};

std::vector<CommandPart> parts_of(std::span<const Quarantine> changes) {
  std::vector<CommandPart> parts;
  for (const Quarantine& change : changes) {
    parts.push_back(part_of(change, parts.size()));
  }
  return parts;
}

std::vector<Quarantine> changes_in(std::span<const CommandPart> parts) {
  std::vector<Quarantine> changes;
  for (const CommandPart& part : parts) {
    if (is_change<Quarantine>(part)) {
      changes.push_back(change_of<Quarantine>(part));
    }
  }
  return changes;
}

std::string text_of(const replay::TriedRecord& record) {
  return std::to_string(record.position.get()) + " in " + std::string(name_of(record.machine));
}

}  // namespace

// While a replica lives that has not come to the record yet, what it says behind the trial would be void: they wait.
bool Operators::is_held_back(MachineName machine) const {
  return machine == MachineName::gateway || !world_.replica_runs(machine);
}

// The supervisor learns a little later that one is quarantined.
std::vector<replay::TriedRecord> Operators::records_that_kill() const {
  const std::vector<cli::Poison> standing = world_.poisons().standing();
  if (standing.empty()) {
    return {};
  }
  const auto reader = world_.open_log();
  const Result<Exceptions> known = reader ? replay::exceptions_of(**reader) : Result<Exceptions>(reader.error());
  std::vector<replay::TriedRecord> records;
  for (const cli::Poison& poison : standing) {
    if (known && !known->quarantines().at(poison.position).contains(poison.machine)) {
      records.push_back({poison.position, poison.machine});
    }
  }
  return records;
}

bool Operators::quarantine() {
  const std::vector<replay::TriedRecord> records = records_that_kill();
  const std::span<const WaitingCommand> waiting = console_->refdata().commands().waiting();
  const bool signed_already = std::ranges::any_of(
      waiting, [](const WaitingCommand& command) { return is_change<Quarantine>(command.parts.front()); });
  const bool held_back =
      std::ranges::all_of(records, [this](const replay::TriedRecord& record) { return is_held_back(record.machine); });
  if (records.empty() || signed_already || !held_back) {
    trial_.reset();
    return false;
  }
  if (trial_ && tried_ == records) {
    sign_what_was_tried();
    return true;
  }
  trial_.reset();
  if (draws_.one_in(3)) {
    quarantine_wrongly(records.front());
    return true;
  }
  try_all(records);
  return true;
}

// A replay with them may die of a further record: that is to be quarantined, too.
void Operators::try_all(const std::vector<replay::TriedRecord>& records) {
  replay::TrialOptions options;
  options.records = records;
  TrialEnd end = try_quarantines(world_, options);
  while (end.death && std::ranges::find(options.records, *end.death) == options.records.end()) {
    options.records.push_back(*end.death);
    end = try_quarantines(world_, options);
  }
  if (end.death) {
    complaints_.push_back("operators: a trial with the quarantine dies of record " + text_of(*end.death));
  }
  tried_ = records;
  trial_ = std::move(end.trial);
}

void Operators::sign_what_was_tried() {
  const std::unique_ptr<replay::RunningTrial> trial = std::exchange(trial_, nullptr);
  if (look_again(world_, *trial)) {
    propose("a quarantine", parts_of(trial->trial().changes));
  }
}

// It fits the log no more, or what stands on the log since would be void: it is to be signed anew.
Operators::Verdict Operators::look_at(const WaitingCommand& waiting) {
  replay::TrialOptions options;
  options.as_signed = changes_in(waiting.parts);
  if (!std::ranges::all_of(options.as_signed,
                           [this](const Quarantine& change) { return is_held_back(change.machine); })) {
    return Verdict::later;
  }
  const TrialEnd end = try_quarantines(world_, options);
  return end.trial && end.trial->trial().voided.empty() ? Verdict::good : Verdict::bad;
}

void Operators::quarantine_wrongly(const replay::TriedRecord& record) {
  Quarantine wrong;
  wrong.position = record.position;
  wrong.machine = MachineName::gateway;
  wrong.known = console_->refdata().last_exception();
  switch (draws_.below(4)) {
    case 0:
      wrong.machine = MachineName::sessions;
      propose_wrongly("a quarantine for what must not be", wrong, CommandRefusal::malformed);
      return;
    case 1:
      wrong.position = nowhere;
      propose_wrongly("a quarantine of what is not there", wrong, CommandRefusal::unknown_thing);
      return;
    case 2:
      wrong.known = wrong.known.next();
      propose_wrongly("a quarantine over others than there are", wrong, CommandRefusal::settings_changed);
      return;
    default:
      try_wrongly(record);
      return;
  }
}

// For another machine: whoever tries it dies of the record, and is told of what. (A replay makes no messages of it.)
void Operators::try_wrongly(const replay::TriedRecord& record) {
  replay::TrialOptions options;
  options.records = {{record.position, MachineName::market_data}};
  const TrialEnd end = try_quarantines(world_, options);
  if (record.machine != MachineName::gateway && end.refusal.empty() && end.death != record) {
    complaints_.push_back("operators: a trial for another machine should die of record " + text_of(record));
  }
}

void Operators::propose_wrongly(const std::string& what, const Quarantine& wrong, CommandRefusal refusal) {
  const std::vector<CommandPart> parts{part_of(wrong, 0)};
  propose(what, parts, signed_for(parts), refusal);
}

}  // namespace cantus::sim
