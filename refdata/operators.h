// Who may sign commands: operators with their keys, roles, and the last number that each has used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "messages/messages.h"
#include "messages/snapshot.h"

namespace cantus {

// A set of roles, as OperatorDefined.roles holds it.
class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr explicit RoleSet(std::uint8_t bits) : bits_(bits) {}
  template <class... Roles>
  [[nodiscard]] static constexpr RoleSet of(Roles... roles) {
    return RoleSet(static_cast<std::uint8_t>(((1U << static_cast<unsigned>(roles)) | ... | 0U)));
  }

  [[nodiscard]] constexpr bool contains(OperatorRole role) const {
    return (bits_ >> static_cast<unsigned>(role) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool shares(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

 private:
  std::uint8_t bits_ = 0;
};

// By the name that documents and configurations use.
[[nodiscard]] std::optional<OperatorRole> role_named(std::string_view name);
[[nodiscard]] std::string_view all_role_names();  // "trader, risk, …"

struct Operator {
  OperatorDefined defined;
  std::uint64_t last_number = 0;  // of its commands and decisions that were taken, also of those refused later

  [[nodiscard]] bool active() const { return defined.roles != 0; }
  [[nodiscard]] RoleSet roles() const { return RoleSet(defined.roles); }
};

class Operators {
 public:
  static constexpr std::size_t operators_max = 64;

  Operators() { operators_.reserve(operators_max); }

  // A new one, or other roles or another key of one; the caller has judged it. Nothing without room.
  void define(const OperatorDefined& defined);
  [[nodiscard]] Operator* find(std::string_view name);
  [[nodiscard]] const Operator* find(std::string_view name) const;
  [[nodiscard]] std::span<const Operator> all() const { return operators_; }  // in order of definition
  [[nodiscard]] bool full() const { return operators_.size() == operators_max; }

  void digest_into(DigestBuilder& digest) const;
  // Within the section of reference data.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  std::vector<Operator> operators_;
};

}  // namespace cantus
