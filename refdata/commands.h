// Commands of operators as they come in: parts are collected, a signed command closes them, a second person decides
// where one is needed. What the changes themselves must satisfy stands in refdata/change_rules.h.
//
// A command counts if its operator is known and active, its signature is good for this record of this log of this
// venue, its number was never used before, the operator has the role, and the parts are those that it was signed for.
// A number is used up by everything that carries a good signature, whatever is said of it later. It may leave out
// numbers_left_out_max at most: so no number that a thief of a key signs ends the name for good, and numbers go on over
// a change of keys, so that nothing signed with an old one is ever of use again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "messages/formats.h"
#include "messages/record.h"
#include "messages/snapshot.h"
#include "refdata/operators.h"

namespace cantus {

// Why a command or decision is refused: the first that applies, in this order. Permanent numbers.
enum class CommandRefusal : std::uint8_t {
  none = 0,
  unknown_operator = 1,
  operator_revoked = 2,
  bad_signature = 3,
  number_used = 4,
  role_not_held = 5,
  parts_differ = 6,       // what stands before it is not what was signed
  unknown_command = 7,    // a decision: no command waits there, or it says something else
  same_person = 8,        // a decision: by who signed the command
  role_may_not = 9,       // the role is not one that signs for such a change
  settings_changed = 10,  // another change took effect since the position that it was signed for
  malformed = 11,         // a change that is none, out of range, or twice in one command
  unknown_thing = 12,     // it speaks of something that is not there
  identity_changed = 13,  // what may not change: names, owners, ticks, capacities …
  name_taken = 14,        // a name or key that another one has
  no_room = 15,
  nothing_changed = 16,
  last_administrator = 17,
  too_many_waiting = 18,
  too_late = 19,         // it was to hold until a time that has come
  number_too_high = 20,  // nothing is used up
};
[[nodiscard]] std::string_view text_of(CommandRefusal refusal);

// What became of the command or decision that was just applied.
struct CommandResult {
  enum class Outcome : std::uint8_t { none, took, waits, refused, rejected };
  Outcome outcome = Outcome::none;  // `rejected`: by a second person
  CommandRefusal refusal = CommandRefusal::none;
  ChangeId command;  // the command that it is about
};

// A change as it stands in a part.
template <class M>
[[nodiscard]] bool is_change(const CommandPart& part) {
  return part.change == M::type && part.change_version == M::version && part.size == sizeof(M);
}
template <class M>
[[nodiscard]] M change_of(const CommandPart& part) {
  CANTUS_ASSERT(is_change<M>(part), "a change is read as what it is");
  M message;
  std::memcpy(&message, part.content.bytes.data(), sizeof(M));
  return message;
}
// The part that carries a change; of a secret one too (refdata/app proposes that as a CommandSecret).
template <class M>
[[nodiscard]] CommandPart part_of(const M& change, std::size_t index) {
  static_assert(sizeof(M) <= sizeof(CommandPart::content), "a change fits a part");
  CommandPart part;
  part.index = static_cast<std::uint16_t>(index);
  part.change = M::type;
  part.change_version = M::version;
  part.size = sizeof(M);
  std::memcpy(part.content.bytes.data(), &change, sizeof(M));
  return part;
}

// A command that waits for a second person.
struct WaitingCommand {
  ChangeId position;
  OperatorCommand command;
  std::vector<CommandPart> parts;
};

class Commands {
 public:
  static constexpr std::size_t parts_max = 256;
  static constexpr std::size_t waiting_max = 8;
  static constexpr std::uint64_t numbers_left_out_max = 1U << 20;

  Commands();

  [[nodiscard]] const Operators& operators() const { return operators_; }
  // What waits in the name of somebody whose key is another now, or who lost the role that it was signed in, is
  // dropped: it may be a thief's, and nobody has to remember it.
  void define(const OperatorDefined& defined);

  // A part, or a secret one. It speaks of a change whose layout is `announced`: so every build that reads on judges it
  // alike.
  void collect(const Event& event, const Formats& announced);
  // Judges who signed an OperatorCommand and whether its parts are there; parts() are those. Uses up its number.
  [[nodiscard]] CommandRefusal admit_command(const Event& event);
  // Likewise an OperatorDecision; waiting() is the command that it speaks of.
  [[nodiscard]] CommandRefusal admit_decision(const Event& event);
  // The parts of the command just admitted. Gone with the next record that is collected or admitted.
  [[nodiscard]] std::span<const CommandPart> parts() const { return draft_; }

  // Commands that wait, the oldest first. One is found by its position.
  [[nodiscard]] std::span<const WaitingCommand> waiting() const { return {waiting_.data(), waiting_count_}; }
  [[nodiscard]] const WaitingCommand* waiting_at(ChangeId position) const;
  [[nodiscard]] bool waiting_full() const { return waiting_count_ == waiting_max; }
  // Lets the command just admitted wait; there must be room.
  void let_wait(const Event& event);
  void remove_waiting(ChangeId position);
  // Those of which `overtaken(const WaitingCommand&)` says that they can never take effect any more.
  template <class F>
  void remove_overtaken(F&& overtaken) {
    for (std::size_t i = waiting_count_; i-- > 0;) {
      if (overtaken(waiting_[i])) {
        remove_waiting(waiting_[i].position);
      }
    }
  }

  void digest_into(DigestBuilder& digest) const;
  // Within the section of reference data.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  template <class M>
  [[nodiscard]] CommandRefusal admit_signature(const Event& event);

  Operators operators_;
  std::vector<CommandPart> draft_;
  bool draft_spoilt_ = false;            // a part was missing or is none
  std::vector<WaitingCommand> waiting_;  // the first waiting_count_ wait; memory is kept
  std::size_t waiting_count_ = 0;
};

}  // namespace cantus
