// A venue small enough to think about: an instrument, two clients with three sessions, two desks with a drop copy each,
// a regulator, and operators where they are wanted.
#pragma once

#include <array>
#include <string>

#include "refdata/app/configuration.h"
#include "refdata/app/operator_key.h"
#include "refdata/operators.h"
#include "tests/sim/rare.h"

namespace cantus::sim {

[[nodiscard]] refdata::Configuration small_configuration(const Rare& rare = {}, bool with_operators = false);

struct Person {
  const char* name;
  RoleSet roles;
};
// Together they may sign for everything, and for each change there is a second one.
inline constexpr std::array people{
    Person{"olga", RoleSet::of(OperatorRole::operations, OperatorRole::administrator)},
    Person{"carl", RoleSet::of(OperatorRole::compliance, OperatorRole::administrator)},
    Person{"rita", RoleSet::of(OperatorRole::risk)},
    Person{"ron", RoleSet::of(OperatorRole::risk)},
    Person{"tom", RoleSet::of(OperatorRole::trader)},
};
// The same in every play.
[[nodiscard]] const refdata::OperatorKey& key_of(const Person& person);

// With which its peers log on. Checking one costs next to nothing here: the cost of scrypt is a setting.
[[nodiscard]] std::string password_of(const std::string& comp_id);

}  // namespace cantus::sim
