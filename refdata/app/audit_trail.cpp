#include "refdata/app/audit_trail.h"

#include <algorithm>

#include "base/text.h"
#include "refdata/app/changes.h"

namespace cantus::refdata {
namespace {

void describe_all(const ReferenceData& refdata, std::span<const CommandPart> parts, TrailEntry& entry) {
  for (const CommandPart& part : parts) {
    for (std::string& line : describe_change(refdata, part)) {
      entry.changes.push_back(std::move(line));
    }
  }
}

}  // namespace

std::string_view name_of(TrailEntry::Kind kind) {
  switch (kind) {
    case TrailEntry::Kind::opening:
      return "opening";
    case TrailEntry::Kind::command:
      return "command";
    case TrailEntry::Kind::decision:
      return "decision";
    case TrailEntry::Kind::operation:
      return "operation";
    case TrailEntry::Kind::unsigned_change:
      return "unsigned_change";
    case TrailEntry::Kind::limits_end:
      return "limits_end";
    case TrailEntry::Kind::overtaken:
      return "overtaken";
  }
  return "";
}

TrailEntry AuditTrail::entry_of(const Event& event) const {
  TrailEntry entry;
  entry.seq = event.header->seq;
  entry.time = event.header->time;
  return entry;
}

// By the roles before the record: a command may change its own signer's.
void AuditTrail::put_signer(std::string_view name, OperatorRole role, TrailEntry& entry) const {
  const Operator* const person = refdata_.operators().find(name);
  entry.who = std::string(name);
  entry.role = std::string(cantus::name_of(role));
  // Whatever nobody signed may stand there: numbers of roles end at the last one.
  entry.role_held =
      person != nullptr && person->active() && role <= OperatorRole::administrator && person->roles().contains(role);
}

void AuditTrail::put_outcome(TrailEntry& entry) const {
  const CommandResult& result = refdata_.command_result();
  switch (result.outcome) {
    case CommandResult::Outcome::none:
      break;
    case CommandResult::Outcome::took:
      entry.outcome = "took effect";
      break;
    case CommandResult::Outcome::waits:
      entry.outcome = "waits for a second person";
      break;
    case CommandResult::Outcome::rejected:
      entry.outcome = "rejected";
      break;
    case CommandResult::Outcome::refused:
      entry.outcome = "refused: " + std::string(text_of(result.refusal));
      entry.refused = true;
      break;
  }
}

std::vector<TrailEntry> AuditTrail::apply(const Event& event) {
  std::vector<TrailEntry> entries;
  end_limits(event, entries);
  if (std::optional<TrailEntry> entry = entry_for(event)) {
    entries.push_back(*entry);
    if (entry->kind == TrailEntry::Kind::command &&
        refdata_.command_result().outcome == CommandResult::Outcome::waits) {
      waiting_.push_back(std::move(*entry));
    }
  }
  tell_overtaken(event, entries);
  return entries;
}

// The machine alone decides what still waits. What is gone and was not decided on now was overtaken by what took
// effect.
void AuditTrail::tell_overtaken(const Event& event, std::vector<TrailEntry>& entries) {
  std::erase_if(waiting_, [&](const TrailEntry& one) {
    if (refdata_.commands().waiting_at(one.command) != nullptr) {
      return false;
    }
    const ChangeId by = refdata_.command_result().command;
    if (by == one.command) {
      return true;
    }
    TrailEntry entry = one;
    entry.seq = event.header->seq;
    entry.time = event.header->time;
    entry.kind = TrailEntry::Kind::overtaken;
    entry.what = "overtaken";
    entry.outcome = "overtaken by " + (by.is_zero() ? "what the sequencer carried out" : to_text(by)) + " at " +
                    to_text(event.position());
    entries.push_back(std::move(entry));
    return true;
  });
}

// By the state as it was: what the record itself does comes behind it.
void AuditTrail::end_limits(const Event& event, std::vector<TrailEntry>& entries) {
  std::erase_if(watched_, [&](const Watched& one) {
    const Restrictions::Temporary* const in_force =
        refdata_.restrictions().temporary(one.limits.party, TimeNs(one.limits.until.get() - 1));
    if (in_force == nullptr || in_force->since != one.since) {
      return true;  // something else was signed, and told
    }
    if (event.header->time < one.limits.until) {
      return false;
    }
    TrailEntry entry = entry_of(event);
    entry.kind = TrailEntry::Kind::limits_end;
    entry.time = one.limits.until;
    entry.who = one.who;
    entry.what = "limits end";
    entry.reason = one.reason;
    entry.outcome = "the limits of the definition hold again";
    entry.command = one.command;
    entry.changes = describe_end(refdata_, one.limits);
    entries.push_back(std::move(entry));
    return true;
  });
}

void AuditTrail::watch_limits(const Event& event, const TrailEntry& entry, const std::string& first) {
  for (const CommandPart& part : refdata_.changes()) {
    if (is_change<PartyLimitsUntil>(part)) {
      const std::string who = first == entry.who ? first : first + ", " + entry.who;
      watched_.push_back({change_of<PartyLimitsUntil>(part), event.position(), entry.command, who, entry.reason});
    }
  }
}

std::optional<TrailEntry> AuditTrail::entry_for(const Event& event) {
  TrailEntry entry = entry_of(event);
  std::string first;  // who signed first
  bool told = true;
  if (event.is<OperatorCommand>()) {
    const auto& command = event.as<OperatorCommand>();
    entry.kind = TrailEntry::Kind::command;
    put_signer(command.operator_name.view(), command.role, entry);
    first = entry.who;
    entry.what = "command";
    entry.reason = command.reason.str();
    entry.command = event.position();
    describe_all(refdata_, refdata_.commands().parts(), entry);
  } else if (event.is<OperatorDecision>()) {
    const auto& decision = event.as<OperatorDecision>();
    entry.kind = TrailEntry::Kind::decision;
    put_signer(decision.operator_name.view(), decision.role, entry);
    entry.what = std::string(cantus::name_of(decision.decision));
    entry.reason = decision.reason.str();
    entry.command = decision.command;
    if (const WaitingCommand* waiting = refdata_.commands().waiting_at(decision.command); waiting != nullptr) {
      describe_all(refdata_, waiting->parts, entry);
      first = waiting->command.operator_name.str();
    }
  } else if (event.is<OperationNoted>()) {
    const auto& noted = event.as<OperationNoted>();
    entry.kind = TrailEntry::Kind::operation;
    entry.time = noted.time;
    entry.who = noted.user.str() + "@" + noted.host.str();
    entry.what = std::string(cantus::name_of(noted.operation));
    entry.reason = noted.reason.str();
    entry.outcome = "recorded";
  } else if (event.is<ReferenceDataComplete>() && !refdata_.complete()) {
    entry.kind = TrailEntry::Kind::opening;
    entry.who = "config";
    entry.what = "opening";
    entry.outcome = "took effect";
    for (const Operator& known : refdata_.operators().all()) {
      entry.changes.push_back("operators[" + known.defined.name.str() + "]: roles " + roles_text(known.defined.roles));
    }
  } else {
    told = false;
  }
  refdata_.apply(event);
  const bool signed_for = due_.apply(event, refdata_);
  if (told) {
    put_outcome(entry);
    watch_limits(event, entry, first);
  } else if (!signed_for) {
    entry.kind = TrailEntry::Kind::unsigned_change;
    entry.who = "sequencer";
    entry.what = "permission";
    entry.outcome = "no operator signed for it";
    entry.refused = true;
  }
  return told || !signed_for ? std::optional(entry) : std::nullopt;
}

}  // namespace cantus::refdata
