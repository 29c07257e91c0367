// Which changes an operator may make, and what each must satisfy (the table is refdata/command_rules.def).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "messages/messages.h"
#include "refdata/commands.h"
#include "refdata/operators.h"

namespace cantus {

class ReferenceData;

enum class SecondNeeded : std::uint8_t { never, widens, always };

struct CommandRule {
  MessageType change;
  std::uint8_t version = 0;
  std::string_view name;  // of the change
  RoleSet roles;          // in one of which the first person signs
  RoleSet seconds;        // one of which a second person must have
  SecondNeeded second_needed{};
  bool moves = false;
  std::string_view doc;
};
[[nodiscard]] std::span<const CommandRule> command_rules();
// Null: no operator may make such a change.
[[nodiscard]] const CommandRule* rule_of(MessageType change, std::uint8_t version);

// The command changes the settings, so it is signed for those of one position.
[[nodiscard]] bool moves_settings(std::span<const CommandPart> parts);
// Every part may be signed for in this role; as the first person, or as the second.
[[nodiscard]] bool may_sign(std::span<const CommandPart> parts, OperatorRole role);
[[nodiscard]] bool may_approve(std::span<const CommandPart> parts, OperatorRole role);

// How many persons may sign for a change, and how many may be the second one for it.
class Signers {
 public:
  explicit Signers(const CommandRule& rule) : rule_(rule) {}
  void count(RoleSet roles);
  [[nodiscard]] bool sign() const { return sign_ > 0; }
  // One signs and another approves; where no second person ever has to, one signs.
  [[nodiscard]] bool suffice() const {
    return sign() && (rule_.second_needed == SecondNeeded::never || (approve_ > 0 && either_ > 1));
  }

 private:
  const CommandRule& rule_;  // outlives this
  std::size_t sign_ = 0;
  std::size_t approve_ = 0;
  std::size_t either_ = 0;
};

// It changes how records are read that stand before it (messages/exceptions.h).
[[nodiscard]] bool changes_reading(const CommandPart& part);

// A command that waits can take effect no more: the settings, or the reading of the log, that it was signed for are no
// longer those that stand, or what it would end has ended or was decided anew.
[[nodiscard]] bool is_overtaken(const ReferenceData& refdata, const WaitingCommand& waiting);

// Once `decided` takes effect, `other` is overtaken (is_overtaken): both were signed for the same settings or the same
// reading of the log, or `decided` ends or decides anew what `other` would end, or both name the next key of heads.
// (What an operator signed who is changed by it goes as well.)
[[nodiscard]] bool would_overtake(const WaitingCommand& decided, const WaitingCommand& other);

// A step of UTC that is so near to the one that operators allowed is the one that they meant.
inline constexpr std::int64_t step_give_or_take_ns = 1'000'000'000;
[[nodiscard]] constexpr bool is_step(const StepAllowed& allowed, std::int64_t step_ns) {
  return step_ns >= allowed.step_ns - step_give_or_take_ns && step_ns <= allowed.step_ns + step_give_or_take_ns;
}

// The oldest command that waits for a second person and makes the same changes; null: none does. A step of UTC is
// measured anew each time, and is the same one as long as what was allowed would follow it.
[[nodiscard]] const WaitingCommand* find_waiting(const ReferenceData& refdata, std::span<const CommandPart> parts);

struct ChangeVerdict {
  CommandRefusal refusal = CommandRefusal::none;
  bool needs_second = false;
};
// Judges all parts together against what stands; a part may build on those before it. Changes nothing. `before`:
// records that a change may speak of lie before it.
[[nodiscard]] ChangeVerdict judge_changes(const ReferenceData& refdata, std::span<const CommandPart> parts,
                                          Seq before = Seq(std::numeric_limits<std::uint64_t>::max()));

}  // namespace cantus
