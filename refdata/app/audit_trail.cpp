#include "refdata/app/audit_trail.h"

#include <algorithm>

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
  }
  return "";
}

TrailEntry AuditTrail::entry_of(const Event& event) const {
  TrailEntry entry;
  entry.seq = event.header->seq;
  entry.time = event.header->time;
  return entry;
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

std::optional<TrailEntry> AuditTrail::apply(const Event& event) {
  TrailEntry entry = entry_of(event);
  bool told = true;
  if (event.is<OperatorCommand>()) {
    const auto& command = event.as<OperatorCommand>();
    entry.kind = TrailEntry::Kind::command;
    entry.who = command.operator_name.str();
    entry.role = std::string(cantus::name_of(command.role));
    entry.what = "command";
    entry.reason = command.reason.str();
    entry.command = event.position();
    describe_all(refdata_, refdata_.commands().parts(), entry);
  } else if (event.is<OperatorDecision>()) {
    const auto& decision = event.as<OperatorDecision>();
    entry.kind = TrailEntry::Kind::decision;
    entry.who = decision.operator_name.str();
    entry.role = std::string(cantus::name_of(decision.role));
    entry.what = std::string(cantus::name_of(decision.decision));
    entry.reason = decision.reason.str();
    entry.command = decision.command;
    if (const WaitingCommand* waiting = refdata_.commands().waiting_at(decision.command); waiting != nullptr) {
      describe_all(refdata_, waiting->parts, entry);
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
