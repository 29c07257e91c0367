// How a log's configuration becomes another one: the changes that operators must sign for, and commands made of them.
#pragma once

#include <string>
#include <vector>

#include "refdata/app/configuration.h"
#include "refdata/app/operator_key.h"
#include "refdata/app/recorded.h"
#include "refdata/change_rules.h"

namespace cantus::refdata {

struct ChangesNeeded {
  std::vector<CommandPart> parts;         // in an order in which each may build on those before it
  std::vector<std::string> not_possible;  // differences that no operator can sign for, in words
};
// Lists only grow, at their ends: instruments, parties, sessions and publishers are never taken away. Operators that
// the configuration does not name are revoked.
[[nodiscard]] ChangesNeeded changes_to(const Configuration& configuration, const RecordedConfiguration& recorded);

// The parts that one role signs for, in order, numbered from 0, at most Commands::parts_max of them.
[[nodiscard]] std::vector<CommandPart> parts_of_role(const std::vector<CommandPart>& parts, OperatorRole role);

// Who signs, and for what.
struct Signing {
  std::string operator_name;
  OperatorRole role{};
  std::string reason;
};
// Signed for the settings as `refdata` holds them, with the operator's next number.
[[nodiscard]] OperatorCommand make_command(const ReferenceData& refdata, VenueId venue, LogNumber log,
                                           const std::vector<CommandPart>& parts, const Signing& signing,
                                           const OperatorKey& key);
[[nodiscard]] OperatorDecision make_decision(const ReferenceData& refdata, VenueId venue, LogNumber log,
                                             ChangeId position, const OperatorCommand& command, Decision decision,
                                             const Signing& signing, const OperatorKey& key);

// One line for a change, in the words of the configuration: "parties[ALPHA].order_qty_max: 100 becomes 200". Against
// what stands; secrets are not shown.
[[nodiscard]] std::vector<std::string> describe_change(const ReferenceData& refdata, const CommandPart& part);
// Likewise what becomes of a party's limits when those that hold for a while end.
[[nodiscard]] std::vector<std::string> describe_end(const ReferenceData& refdata, const PartyLimitsUntil& ended);

}  // namespace cantus::refdata
