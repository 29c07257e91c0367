#include "refdata/commands.h"

#include <algorithm>
#include <utility>

#include "refdata/signed_bytes.h"

namespace cantus {

std::string_view text_of(CommandRefusal refusal) {
  switch (refusal) {
    case CommandRefusal::none:
      return "";
    case CommandRefusal::unknown_operator:
      return "there is no operator of that name";
    case CommandRefusal::operator_revoked:
      return "the operator's key is revoked";
    case CommandRefusal::bad_signature:
      return "the signature is not the operator's for this record of this venue's log";
    case CommandRefusal::number_used:
      return "its number is not above the last one of the operator: it was seen before";
    case CommandRefusal::role_not_held:
      return "the operator does not have the role";
    case CommandRefusal::parts_differ:
      return "the changes before it are not those that were signed";
    case CommandRefusal::unknown_command:
      return "no such command waits for a second person";
    case CommandRefusal::same_person:
      return "the second person is the one who signed first";
    case CommandRefusal::role_may_not:
      return "the role does not sign for such a change";
    case CommandRefusal::settings_changed:
      return "another change took effect since what the operator was shown";
    case CommandRefusal::malformed:
      return "a change is none, out of range, or stands there twice";
    case CommandRefusal::unknown_thing:
      return "a change speaks of something that is not there";
    case CommandRefusal::identity_changed:
      return "a change touches what can only be set when a thing is made";
    case CommandRefusal::name_taken:
      return "another one has that name or key";
    case CommandRefusal::no_room:
      return "there is no room for one more";
    case CommandRefusal::nothing_changed:
      return "a change changes nothing";
    case CommandRefusal::last_administrator:
      return "no administrator would be left, or nobody to be the second person for one";
    case CommandRefusal::too_many_waiting:
      return "too many commands wait for a second person";
    case CommandRefusal::too_late:
      return "the time until which it was to hold has come";
    case CommandRefusal::number_too_high:
      return "its number leaves out more numbers of the operator than it may";
  }
  return "refused";
}

Commands::Commands() : waiting_(waiting_max) {
  draft_.reserve(parts_max);
  for (WaitingCommand& slot : waiting_) {
    slot.parts.reserve(parts_max);
  }
}

void Commands::define(const OperatorDefined& defined) {
  const Operator* const before = operators_.find(defined.name.view());
  const bool other_key = before != nullptr && before->defined.key != defined.key;
  remove_overtaken([&](const WaitingCommand& one) {
    return one.command.operator_name == defined.name &&
           (other_key || !RoleSet(defined.roles).contains(one.command.role));
  });
  operators_.define(defined);
}

void Commands::collect(const Event& event, const Formats& announced) {
  const bool secret = event.is<CommandSecret>();
  CommandPart part;
  static_assert(sizeof(CommandPart) == sizeof(CommandSecret));
  std::memcpy(&part, event.payload, sizeof(part));
  if (part.index == 0) {
    draft_.clear();
    draft_spoilt_ = false;
  }
  // A secret travels on its own topic, and nothing else does.
  const AnnouncedFormat* const change = announced.find(part.change, part.change_version);
  draft_spoilt_ = draft_spoilt_ || part.index != draft_.size() || draft_.size() == parts_max || change == nullptr ||
                  (change->format.on_topic == topic::secrets) != secret;
  if (!draft_spoilt_) {
    draft_.push_back(part);
  }
}

template <class M>
CommandRefusal Commands::admit_signature(const Event& event) {
  const M& message = event.as<M>();
  Operator* const signer = operators_.find(message.operator_name.view());
  if (signer == nullptr) {
    return CommandRefusal::unknown_operator;
  }
  if (!signer->active()) {
    return CommandRefusal::operator_revoked;
  }
  const SignedBytes<M> said(event.header->venue, event.header->log, message);
  if (!is_signed(signer->defined.key, message.signature, said.bytes)) {
    return CommandRefusal::bad_signature;
  }
  if (message.number <= signer->last_number) {
    return CommandRefusal::number_used;
  }
  if (message.number - signer->last_number > numbers_left_out_max) {
    return CommandRefusal::number_too_high;
  }
  signer->last_number = message.number;
  return signer->roles().contains(message.role) ? CommandRefusal::none : CommandRefusal::role_not_held;
}

CommandRefusal Commands::admit_command(const Event& event) {
  const auto& command = event.as<OperatorCommand>();
  CommandRefusal refusal = admit_signature<OperatorCommand>(event);
  if (refusal == CommandRefusal::none && (draft_spoilt_ || draft_.empty() || draft_.size() != command.parts ||
                                          hash_of_parts(draft_) != command.parts_hash)) {
    refusal = CommandRefusal::parts_differ;
  }
  draft_spoilt_ = true;  // no second command is made of them
  return refusal;
}

CommandRefusal Commands::admit_decision(const Event& event) {
  const auto& decision = event.as<OperatorDecision>();
  draft_spoilt_ = true;
  if (const CommandRefusal refusal = admit_signature<OperatorDecision>(event); refusal != CommandRefusal::none) {
    return refusal;
  }
  const WaitingCommand* const waiting = waiting_at(decision.command);
  if (waiting == nullptr || hash_of_command(waiting->command) != decision.command_hash) {
    return CommandRefusal::unknown_command;
  }
  return waiting->command.operator_name == decision.operator_name ? CommandRefusal::same_person : CommandRefusal::none;
}

const WaitingCommand* Commands::waiting_at(ChangeId position) const {
  const auto all = waiting();
  const auto found =
      std::find_if(all.begin(), all.end(), [position](const WaitingCommand& one) { return one.position == position; });
  return found == all.end() ? nullptr : &*found;
}

void Commands::let_wait(const Event& event) {
  CANTUS_ASSERT(!waiting_full(), "room is tested before a command waits");
  WaitingCommand& slot = waiting_[waiting_count_];
  ++waiting_count_;
  slot.position = event.position();
  slot.command = event.as<OperatorCommand>();
  slot.parts.assign(draft_.begin(), draft_.end());
}

void Commands::remove_waiting(ChangeId position) {
  for (std::size_t i = 0; i < waiting_count_; ++i) {
    if (waiting_[i].position == position) {
      const auto begin = waiting_.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(begin, begin + 1, waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_count_));
      --waiting_count_;
      return;
    }
  }
}

void Commands::digest_into(DigestBuilder& digest) const {
  operators_.digest_into(digest);
  digest.add(draft_spoilt_).add(static_cast<std::uint64_t>(draft_spoilt_ ? 0 : draft_.size()));
  if (!draft_spoilt_) {
    digest.add_bytes(std::as_bytes(std::span(draft_)));
  }
  digest.add(static_cast<std::uint64_t>(waiting_count_));
  for (const WaitingCommand& one : waiting()) {
    digest.add(one.position).add_bytes(payload_of(one.command)).add_bytes(std::as_bytes(std::span(one.parts)));
  }
}

}  // namespace cantus
