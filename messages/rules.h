// Rules whose meaning changes by activation at a position (docs/architecture.md, section 9): which there are, and which
// set of each holds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "messages/messages.h"
#include "messages/snapshot.h"

namespace cantus {

enum class Rule : std::uint16_t {
#define RULE(number, name, owner, sets, doc) name = number,
#include "messages/rules.def"
#undef RULE
};

struct RuleInfo {
  Rule rule{};
  std::string_view name;
  RuleOwner owner{};
  std::uint16_t sets = 0;  // this build knows 1 to this one
  std::string_view doc;
};
[[nodiscard]] std::span<const RuleInfo> all_rules();  // in order of the table
// Null: this build has no such rule.
[[nodiscard]] const RuleInfo* rule_numbered(std::uint16_t number);
[[nodiscard]] const RuleInfo* rule_named(std::string_view name);
// The record that lets a set hold.
[[nodiscard]] RuleActivated activation_of(const RuleInfo& rule, std::uint16_t set);
// What a new log begins with: the newest set of each rule that has more than one.
[[nodiscard]] std::vector<RuleActivated> newest_rules();

// Machines whose rules a program must know, because it runs them.
class RuleOwners {
 public:
  template <class... Owners>
  [[nodiscard]] static constexpr RuleOwners of(Owners... owners) {
    RuleOwners set;
    set.bits_ = ((1U << static_cast<unsigned>(owners)) | ... | 0U);
    return set;
  }
  [[nodiscard]] static constexpr RuleOwners all() {
    RuleOwners set;
    set.bits_ = ~0U;
    return set;
  }
  [[nodiscard]] constexpr bool contains(RuleOwner owner) const {
    const auto number = static_cast<unsigned>(owner);
    return number >= 32 || (bits_ >> number & 1U) != 0;  // an owner that nobody knows yet may be any machine
  }

 private:
  std::uint32_t bits_ = 0;
};

// Which set of each rule holds, as the log says. What this build does not know is kept as well: the state is the same
// in every build.
class Rules {
 public:
  static constexpr std::size_t rules_end = 64;

  // The set that holds for a message judged now.
  [[nodiscard]] std::uint16_t set_of(Rule rule) const { return set_of(static_cast<std::uint16_t>(rule)); }
  [[nodiscard]] std::uint16_t set_of(std::uint16_t number) const {
    return number < rules_end && active_[number].set != 0 ? active_[number].set : 1;
  }
  struct Active {
    std::uint16_t set = 0;  // 0: no record says so
    RuleOwner owner{};
    LogSeq position;  // of that record
    FixedString<32> name;
  };
  [[nodiscard]] const std::array<Active, rules_end>& all() const { return active_; }  // by number

  // Those that a record let hold, by number, as such records.
  [[nodiscard]] std::vector<RuleActivated> activations() const;

  void apply(const RuleActivated& activated, LogSeq position);

  void digest_into(DigestBuilder& digest) const;
  // Within the section of whoever includes it.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  std::array<Active, rules_end> active_{};
};

}  // namespace cantus
