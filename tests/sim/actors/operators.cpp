#include "tests/sim/actors/operators.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "refdata/app/changes.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms_ns = 1'000'000;
constexpr std::uint64_t what_operators_do = 0x6f706572;

// A person who holds one of the roles, and is not that one; there is one for each change (small_configuration.h).
const Person& somebody(RoleSet roles, std::string_view but) {
  return *std::ranges::find_if(people, [&](const Person& one) { return one.roles.shares(roles) && one.name != but; });
}

OperatorRole role_of(const Person& person, RoleSet roles) {
  for (std::uint8_t number = 1;; ++number) {
    const OperatorRole role{number};
    CANTUS_ASSERT(role <= OperatorRole::administrator, "who signs holds a role that may");
    if (person.roles.contains(role) && roles.contains(role)) {
      return role;
    }
  }
}

const CommandRule& rule_of_part(const CommandPart& part) { return *rule_of(part.change, part.change_version); }

template <class M>
M about(auto id) {
  M message;
  if constexpr (requires { message.instrument; }) {
    message.instrument = id;
  } else {
    message.session = id;
  }
  return message;
}

}  // namespace

Operators::Operators(World& world, std::size_t commands, bool expect_poison)
    : world_(world),
      draws_(world.seed(), "operators act"),
      left_(commands),
      expect_poison_(expect_poison),
      done_(commands == 0 && !expect_poison) {
  if (!done_) {
    world_.before_power_cut([this] {
      if (console_) {
        console_->fall();
      }
    });
    act();
  }
}
Operators::~Operators() = default;

void Operators::act() {
  done_ = done_ && world_.poisons().standing().empty();  // a message may be asked for late that kills who makes it
  if (!done_) {
    step();
  }
  world_.ground().queue.after(draws_.between(2 * ms_ns, 60 * ms_ns), what_operators_do, [this] { act(); });
}

void Operators::step() {
  if (console_ && (console_->over() || boots_ != world_.boots())) {
    console_->fall();
    console_.reset();
    asked_.reset();
  }
  if (!console_) {
    sit_down();
    return;
  }
  judge();
  if (asked_ || !console_->edge().ready()) {
    return;
  }
  if (!decide() && !quarantine() && !allow_again()) {
    if (left_ == 0) {
      end_if_idle();
    } else if (--left_; draws_.one_in(3)) {
      command_wrongly();
    } else {
      command_something();
    }
  }
}

// While there is no log to read nobody can begin; then somebody tries again.
void Operators::sit_down() {
  if (!world_.log_is_open()) {
    return;
  }
  boots_ = world_.boots();
  if (Result<std::unique_ptr<Console>> opened = Console::open(world_, ++lives_); opened) {
    console_ = *std::move(opened);
  }
}

// What was said last is over when the log holds what became of it, for good, or when nobody can tell; whoever knows the
// log by then sees what is left to do.
void Operators::judge() {
  const refdata::OperatorEdge& edge = console_->edge();
  if (asked_ && !edge.failure().empty()) {
    asked_.reset();
  }
  if (!asked_ || !edge.answer()) {
    return;
  }
  const CommandResult& result = edge.answer()->result;
  if (!std::exchange(asked_->judged, true)) {
    if (result.refusal == CommandRefusal::too_late && asked_->refusal == CommandRefusal::none) {
      late_ = result.command;  // the clock went faster than what was right
    } else if (!is_as_asked(result)) {
      complaints_.push_back("operators: " + asked_->what + " at " + to_text(edge.answer()->position) +
                            " should end with '" + std::string(text_of(asked_->refusal)) + "', and ends with '" +
                            std::string(text_of(result.refusal)) + "'");
    }
  }
  if (edge.answer()->stable) {
    last_ = asked_->command && result.refusal == CommandRefusal::none ? asked_->command : last_;
    asked_.reset();
  }
}

bool Operators::is_as_asked(const CommandResult& result) const {
  using enum CommandResult::Outcome;
  const bool ended =
      asked_->outcome == none ? result.outcome == took || result.outcome == waits : result.outcome == asked_->outcome;
  return ended && result.refusal == asked_->refusal;
}

void Operators::end_if_idle() {
  const Restrictions& standing = console_->refdata().restrictions();
  if (expect_poison_ || world_.poisons().awaited()) {
    return;
  }
  if (standing.disabled().all().empty() && standing.halted().all().empty() &&
      standing.blocked_parties().all().empty() && standing.blocked_sessions().all().empty()) {
    console_.reset();
    done_ = true;
  }
}

// ---- what waits, and what stands ---------------------------------------------------------------------------------

bool Operators::decide() {
  const std::span<const WaitingCommand> all = console_->refdata().commands().waiting();
  if (all.empty()) {
    return false;
  }
  const WaitingCommand& waiting = all.front();
  const Verdict verdict = is_change<Quarantine>(waiting.parts.front()) ? look_at(waiting) : Verdict::good;
  if (verdict == Verdict::later) {
    return false;
  }
  if (draws_.one_in(5)) {
    decide_wrongly(waiting);
    return true;
  }
  const CommandRule& rule = rule_of_part(waiting.parts.front());
  const Person& second = somebody(rule.seconds, waiting.command.operator_name.view());
  const bool rejects = verdict == Verdict::bad || waiting.position == late_ || (left_ > 0 && draws_.one_in(4));
  const Decision decision = rejects ? Decision::rejected : Decision::approved;
  asked_ = rejects ? Asked{"a rejection", CommandRefusal::none, CommandResult::Outcome::rejected}
                   : Asked{"an approval", CommandRefusal::none, CommandResult::Outcome::took};
  console_->edge().propose(refdata::make_decision(
      console_->refdata(), console_->venue(), console_->refdata().log(), waiting.position, waiting.command, decision,
      {second.name, role_of(second, rule.seconds), "seen"}, key_of(second)));
  return true;
}

// By who signed it, or of a command that is none.
void Operators::decide_wrongly(const WaitingCommand& waiting) {
  const bool same = draws_.one_in(2);
  const Person& second = *std::ranges::find_if(
      people, [&](const Person& one) { return (one.name == waiting.command.operator_name.view()) == same; });
  const ChangeId position = same ? waiting.position : ChangeId(waiting.position.log(), waiting.position.seq().next());
  asked_ = Asked{"a wrong decision", same ? CommandRefusal::same_person : CommandRefusal::unknown_command,
                 CommandResult::Outcome::refused};
  console_->edge().propose(refdata::make_decision(
      console_->refdata(), console_->venue(), console_->refdata().log(), position, waiting.command, Decision::approved,
      {second.name, role_of(second, second.roles), "in haste"}, key_of(second)));
}

bool Operators::is_due(ChangeId since) {
  const std::int64_t now_ns = world_.ground().queue.now_ns();
  const auto [due_ns, fresh] = due_ns_.try_emplace(since);
  if (fresh) {
    due_ns->second = now_ns + draws_.between(1 * ms_ns, 300 * ms_ns);
  }
  return due_ns->second <= now_ns;
}

bool Operators::allow_again() {
  const Restrictions& standing = console_->refdata().restrictions();
  const auto lift = [this](const char* what, const auto& marks, auto make) {
    const auto due = std::ranges::find_if(marks.all(), [this](const auto& mark) { return is_due(mark.since); });
    if (due != marks.all().end()) {
      propose(what, {make(*due)});
    }
    return due != marks.all().end();
  };
  return lift(
             "an enabling", standing.disabled(),
             [](const auto& mark) { return part_of(SessionEnabled{.disabled = mark.since, .session = mark.id}, 0); }) ||
         lift("a resumption", standing.halted(),
              [](const auto& mark) {
                return part_of(InstrumentResumed{.halted = mark.since, .instrument = mark.id}, 0);
              }) ||
         lift("an unblocking", standing.blocked_parties(),
              [](const auto& mark) { return part_of(TradingUnblocked{.blocked = mark.since, .party = mark.id}, 0); }) ||
         lift("an unblocking", standing.blocked_sessions(),
              [](const auto& mark) { return part_of(TradingUnblocked{.blocked = mark.since, .session = mark.id}, 0); });
}

// ---- commands ----------------------------------------------------------------------------------------------------

void Operators::command_something() {
  if (const std::optional<CommandPart> part = draw_change()) {
    propose("a " + std::string(rule_of_part(*part).name), {*part});
  }
}

SessionId Operators::draw_session() {
  return SessionId(static_cast<std::uint32_t>(1 + draws_.below(console_->refdata().sessions().size())));
}

// Nothing if it holds already.
std::optional<CommandPart> Operators::draw_change() {
  const Restrictions& standing = console_->refdata().restrictions();
  switch (draws_.below(8)) {
    case 0: {
      const InstrumentId instrument(1);
      return standing.halted().find(instrument).is_zero()
                 ? std::optional(part_of(about<InstrumentHalted>(instrument), 0))
                 : std::nullopt;
    }
    case 1:
    case 2:
      return draw_block();
    case 3:
    case 4: {
      const SessionId session = draw_session();
      return standing.disabled().find(session).is_zero() ? std::optional(part_of(about<SessionDisabled>(session), 0))
                                                         : std::nullopt;
    }
    case 5:
      return draw_limits();
    default:
      return draw_reset();
  }
}

std::optional<CommandPart> Operators::draw_block() {
  const Restrictions& standing = console_->refdata().restrictions();
  TradingBlocked block;
  if (draws_.one_in(2)) {
    block.party = PartyId(static_cast<std::uint32_t>(1 + draws_.below(console_->refdata().parties().size())));
    return standing.blocked_parties().find(block.party).is_zero() ? std::optional(part_of(block, 0)) : std::nullopt;
  }
  block.session = draw_session();
  const SessionRole role = console_->refdata().session(block.session)->role;
  const bool trades = role == SessionRole::client || role == SessionRole::desk;
  return trades && standing.blocked_sessions().find(block.session).is_zero() ? std::optional(part_of(block, 0))
                                                                             : std::nullopt;
}

CommandPart Operators::draw_reset() {
  SessionReset reset;
  reset.session = draw_session();
  reset.expected_generation = console_->sessions().at(reset.session).generation;
  reset.reason = ResetReason::by_operator;
  return part_of(reset, 0);
}

// For a while only smaller orders; what else holds for the party goes on.
CommandPart Operators::draw_limits() {
  const PartyDefined& party = console_->refdata().parties()[draws_.below(2)];
  PartyLimitsUntil limits;
  limits.party = party.party;
  limits.order_qty_max = Qty(draws_.between(5, 30));
  limits.order_notional_max = party.order_notional_max;
  limits.gross_notional_max = party.gross_notional_max;
  limits.until = TimeNs(console_->refdata().time().get() + draws_.between(100 * ms_ns, 500 * ms_ns));
  return part_of(limits, 0);
}

void Operators::command_wrongly() {
  const std::vector<CommandPart> parts{part_of(about<SessionDisabled>(draw_session()), 0)};
  const Person& tom = people.back();
  const Person& right = somebody(rule_of_part(parts[0]).roles, "");
  const OperatorCommand good = signed_by(right, role_of(right, rule_of_part(parts[0]).roles), parts);
  switch (draws_.below(6)) {
    case 0:
      propose("a role that is not held", parts, signed_by(tom, OperatorRole::risk, parts),
              CommandRefusal::role_not_held);
      return;
    case 1:
      propose("a role that may not", parts, signed_by(tom, OperatorRole::trader, parts), CommandRefusal::role_may_not);
      return;
    case 2: {
      const std::vector<CommandPart> none{part_of(about<SessionDisabled>(SessionId(99)), 0)};
      propose("a session that is not there", none, signed_by(right, good.role, none), CommandRefusal::unknown_thing);
      return;
    }
    case 3: {
      const std::vector<CommandPart> others{part_of(about<InstrumentHalted>(InstrumentId(1)), 0)};
      propose("parts that were not signed", others, good, CommandRefusal::parts_differ);
      return;
    }
    default:
      forge(good, parts);
      return;
  }
}

// With another's key, or with what was signed once before.
void Operators::forge(OperatorCommand command, const std::vector<CommandPart>& parts) {
  if (last_ && draws_.one_in(2)) {
    propose("a number of before", parts, *last_, CommandRefusal::number_used);
    return;
  }
  key_of(people.back()).sign(console_->venue(), console_->refdata().log(), command);
  propose("another's key", parts, command, CommandRefusal::bad_signature);
}

OperatorCommand Operators::signed_by(const Person& person, OperatorRole role, const std::vector<CommandPart>& parts) {
  return refdata::make_command(console_->refdata(), console_->venue(), console_->refdata().log(), parts,
                               {person.name, role, "because"}, key_of(person));
}

OperatorCommand Operators::signed_for(const std::vector<CommandPart>& parts) {
  const CommandRule& rule = rule_of_part(parts.front());
  const Person& first = somebody(rule.roles, "");
  return signed_by(first, role_of(first, rule.roles), parts);
}

void Operators::propose(const std::string& what, const std::vector<CommandPart>& parts) {
  propose(what, parts, signed_for(parts), CommandRefusal::none);
}

void Operators::propose(const std::string& what, const std::vector<CommandPart>& parts, const OperatorCommand& command,
                        CommandRefusal refusal) {
  const auto outcome = refusal == CommandRefusal::none ? CommandResult::Outcome::none : CommandResult::Outcome::refused;
  asked_ = Asked{what, refusal, outcome, command};
  console_->edge().propose(parts, command);
}

}  // namespace cantus::sim
