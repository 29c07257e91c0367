// Two operators who together may sign everything, for histories in which operators act among others: what they sign is
// put on a log like any other record.
#pragma once

#include <bit>
#include <stdexcept>
#include <string>
#include <vector>

#include "refdata/app/changes.h"
#include "refdata/app/operator_key.h"
#include "refdata/signed_bytes.h"

namespace cantus::test {

inline constexpr PublisherId operators_publisher{9};

class TwoSigners {
 public:
  TwoSigners(VenueId venue, LogNumber log) : venue_(venue), log_(log), first_(make_key()), second_(make_key()) {}

  [[nodiscard]] std::vector<OperatorDefined> defined() const {
    return {person("first", first_), person("second", second_)};
  }
  // The parts, the command and, where it waits, the second person's word. `refdata` follows the log that `put(message)`
  // appends to. What became of it.
  template <class Put>
  CommandResult run(const ReferenceData& refdata, OperatorRole role, const std::vector<CommandPart>& parts, Put&& put) {
    for (const CommandPart& part : parts) {
      if (is_change<PasswordVerifier>(part)) {
        put(std::bit_cast<CommandSecret>(part));
      } else {
        put(part);
      }
    }
    const OperatorCommand command =
        refdata::make_command(refdata, venue_, log_, parts, {"first", role, "because"}, first_);
    put(command);
    if (refdata.command_result().outcome == CommandResult::Outcome::waits) {
      const OperatorRole second =
          RoleSet(rule_of(parts[0].change, parts[0].change_version)->seconds).contains(OperatorRole::compliance)
              ? OperatorRole::compliance
              : OperatorRole::administrator;
      put(refdata::make_decision(refdata, venue_, log_, refdata.command_result().command, command, Decision::approved,
                                 {"second", second, "seen"}, second_));
    }
    return refdata.command_result();
  }

 private:
  static refdata::OperatorKey make_key() {
    auto made = refdata::OperatorKey::generate();
    if (!made) {
      throw std::runtime_error(made.error().text);
    }
    return std::move(*made);
  }
  static OperatorDefined person(const char* name, const refdata::OperatorKey& key) {
    OperatorDefined person;
    person.name = FixedString<32>(name);
    person.key = key.public_key();
    person.roles = 62;  // every one
    return person;
  }

  VenueId venue_;
  LogNumber log_;
  refdata::OperatorKey first_;
  refdata::OperatorKey second_;
};

}  // namespace cantus::test
