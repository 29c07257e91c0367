// `cantus pending`, `cantus approve`, `cantus reject`: commands that wait for a second person.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/quarantine_trial.h"
#include "cli/rebuild_notice.h"
#include "cli/signing.h"

namespace cantus::cli {
namespace {

void show(const ReferenceData& refdata, const WaitingCommand& waiting) {
  const OperatorCommand& command = waiting.command;
  std::printf("%s  %s (%s): %s\n", to_text(waiting.position).c_str(), command.operator_name.str().c_str(),
              std::string(name_of(command.role)).c_str(), command.reason.str().c_str());
  for (const CommandPart& part : waiting.parts) {
    for (const std::string& line : lines_about(refdata, part)) {
      std::printf("  %s\n", line.c_str());
    }
  }
  // What it would end or change may have gone another way; until somebody rejects it, it takes a place.
  if (const ChangeVerdict now = judge_changes(refdata, waiting.parts); now.refusal != CommandRefusal::none) {
    std::printf("  to approve it would be refused now: %s\n", std::string(text_of(now.refusal)).c_str());
  }
}

// Approving ends the wait of others that were signed for the same settings; they can only be signed anew.
void tell_what_it_overtakes(const ReferenceData& refdata, const WaitingCommand& decided) {
  std::string others;
  for (const WaitingCommand& other : refdata.commands().waiting()) {
    if (other.position != decided.position && would_overtake(decided, other)) {
      others += (others.empty() ? "" : ", ") + to_text(other.position) + " (" + other.command.operator_name.str() + ")";
    }
  }
  if (!others.empty()) {
    std::printf("  approving it overtakes what else waits, to be signed anew: %s\n", others.c_str());
  }
}

int pending(const Arguments& arguments) {
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return complain_of("pending", state.error());
  }
  const auto waiting = (*state)->refdata().commands().waiting();
  for (const WaitingCommand& one : waiting) {
    show((*state)->refdata(), one);
  }
  if (waiting.empty()) {
    std::printf("nothing waits for a second person\n");
  }
  return exit_ok;
}

// What a resolution voids was shown to whoever signed it first, and does not change. That a rebuild can be made from
// here may have changed since.
Status tell_of_resolution(const VenuePlace& place, const WaitingCommand& waiting) {
  for (const CommandPart& part : waiting.parts) {
    if (is_change<Resolved>(part) && change_of<Resolved>(part).voided != 0) {
      if (Status told = tell_of_rebuild(place, change_of<Resolved>(part).first); !told) {
        return told;
      }
    }
  }
  return {};
}

// Whoever approves a quarantine is shown what that changes now, as it was signed: the venue did not stand still since
// the first person saw it, and what was said from there on is void, though nothing of it need differ. Null: it is none.
Result<std::unique_ptr<ShownTrial>> show_what_changes(const Arguments& arguments, const VenuePlace& place,
                                                      const WaitingCommand& waiting) {
  replay::TrialOptions options;
  options.fix_logs = place.fix_logs();
  for (const CommandPart& part : waiting.parts) {
    if (is_change<Quarantine>(part)) {
      options.as_signed.push_back(change_of<Quarantine>(part));
    }
  }
  if (options.as_signed.empty()) {
    const Status told = tell_of_resolution(place, waiting);
    return told ? Result<std::unique_ptr<ShownTrial>>(nullptr) : told.error();
  }
  Result<std::unique_ptr<ShownTrial>> shown = ShownTrial::show(place, options, OnDeath::tell_anew);
  if (!shown) {
    return shown;
  }
  const Quarantine& last = options.as_signed.back();
  std::printf("messages that had left when it was signed: %llu\n", static_cast<unsigned long long>(last.left_changed));
  const bool nothing_differed = std::none_of(options.as_signed.begin(), options.as_signed.end(),
                                             [](const Quarantine& one) { return !one.from.is_zero(); });
  if (nothing_differed && !(*shown)->trial().voided.empty()) {
    std::printf("nothing differed when it was signed: signed anew, less becomes void\n");
  }
  std::fflush(stdout);
  const Status accepted = (*shown)->accepted(arguments);
  return accepted ? std::move(shown) : Error(accepted.error());
}

int decide(const Arguments& arguments, const char* command, Decision decision) {
  const Result<std::unique_ptr<VenueState>> read = read_venue(arguments);
  if (!read) {
    return complain_of(command, read.error());
  }
  const VenueState& state = **read;
  const std::optional<ChangeId> position = parse_position(arguments.words()[0], state.log);
  const WaitingCommand* const waiting = position ? state.refdata().commands().waiting_at(*position) : nullptr;
  if (waiting == nullptr) {
    return complain_of(
        command, Error{ErrorCode::refused,
                       "no command waits at " + arguments.words()[0] +
                           "; `cantus pending` lists those that do, `cantus audit-trail` says what became of it"});
  }
  show(state.refdata(), *waiting);
  if (decision == Decision::approved) {
    tell_what_it_overtakes(state.refdata(), *waiting);
  }
  std::fflush(stdout);
  std::unique_ptr<ShownTrial> shown;
  if (decision == Decision::approved) {
    Result<std::unique_ptr<ShownTrial>> tried = show_what_changes(arguments, state.place, *waiting);
    if (!tried) {
      return complain_of(command, tried.error());
    }
    shown = *std::move(tried);
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of(command, key.error());
  }
  const Result<const Operator*> owner = owner_of(state.refdata(), *key);
  if (!owner) {
    return complain_of(command, owner.error());
  }
  const std::optional<OperatorRole> role = deciding_role(**owner, waiting->parts);
  if (!role || waiting->command.operator_name == (*owner)->defined.name) {
    const CommandRefusal refusal = role ? CommandRefusal::same_person : CommandRefusal::role_may_not;
    return complain_of(command, Error{ErrorCode::refused, "it would be refused: " + std::string(text_of(refusal))});
  }
  const refdata::Signing signing{(*owner)->defined.name.str(), *role, arguments.text_or(reason_option.name, "")};
  if (signing.reason.empty() || signing.reason.size() > 128) {
    std::fprintf(stderr, "cantus %s: --reason TEXT (up to 128 bytes) is recorded with the decision\n", command);
    return exit_usage;
  }
  if (!arguments.has(yes_option.name) && !ask_yes(std::string(command) + " it?")) {
    std::printf("nothing was signed\n");
    return exit_not_signed;
  }
  Result<std::unique_ptr<OperatorTurn>> turn =
      OperatorTurn::take(state, [&] { return shown ? shown->look_again(arguments) : Status(); });
  if (!turn) {
    return complain_of(command, turn.error());
  }
  const Result<refdata::OperatorEdge::Answer> answer = (*turn)->put(refdata::make_decision(
      state.refdata(), state.venue, state.log, *position, waiting->command, decision, signing, *key));
  if (!answer) {
    return complain_of(command, answer.error());
  }
  const int result = tell_answer(command, *answer, (*turn)->refdata());
  return answer->result.outcome == CommandResult::Outcome::took ? follow_log(command, state.place) : result;
}

int approve(const Arguments& arguments) { return decide(arguments, "approve", Decision::approved); }
int reject(const Arguments& arguments) { return decide(arguments, "reject", Decision::rejected); }

constexpr Option pending_options[] = {data_option};
constexpr Option approve_options[] = {key_option, passphrase_option, reason_option,
                                      yes_option, accept_option,     data_option};
constexpr Option reject_options[] = {key_option, passphrase_option, reason_option, yes_option, data_option};

}  // namespace

const Command pending_command = {.name = "pending",
                                 .summary = "List the commands that wait for a second person, with what they change.",
                                 .options = pending_options,
                                 .run = pending};

const Command approve_command = {.name = "approve",
                                 .words = "POSITION",
                                 .summary = "Sign, as the second person, that a command takes effect.",
                                 .options = approve_options,
                                 .words_min = 1,
                                 .words_max = 1,
                                 .run = approve};

const Command reject_command = {.name = "reject",
                                .words = "POSITION",
                                .summary = "Sign, as the second person, that a command never takes effect.",
                                .options = reject_options,
                                .words_min = 1,
                                .words_max = 1,
                                .run = reject};

}  // namespace cantus::cli
