#include "refdata/operators.h"

#include <algorithm>

#include "messages/record.h"

namespace cantus {

std::optional<OperatorRole> role_named(std::string_view name) {
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(OperatorRole::administrator); ++number) {
    if (name_of(OperatorRole{number}) == name) {
      return OperatorRole{number};
    }
  }
  return std::nullopt;
}

std::string_view all_role_names() { return "trader, risk, compliance, operations, administrator"; }

const Operator* Operators::find(std::string_view name) const {
  const auto found = std::find_if(operators_.begin(), operators_.end(),
                                  [name](const Operator& known) { return known.defined.name.view() == name; });
  return found == operators_.end() ? nullptr : &*found;
}

Operator* Operators::find(std::string_view name) {
  const Operator* const found = static_cast<const Operators&>(*this).find(name);
  return found == nullptr ? nullptr : &operators_[static_cast<std::size_t>(found - operators_.data())];
}

void Operators::define(const OperatorDefined& defined) {
  if (Operator* known = find(defined.name.view()); known != nullptr) {
    known->defined = defined;
  } else if (!full()) {
    operators_.push_back({defined, 0});
  }
}

void Operators::digest_into(DigestBuilder& digest) const {
  digest.add(static_cast<std::uint64_t>(operators_.size()));
  for (const Operator& known : operators_) {
    digest.add_bytes(payload_of(known.defined)).add(known.last_number);
  }
}

}  // namespace cantus
