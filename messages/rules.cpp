#include "messages/rules.h"

#include <algorithm>

namespace cantus {
namespace {

constexpr auto rules = std::to_array<RuleInfo>({
#define RULE(number, name, owner, sets, doc) {Rule::name, #name, RuleOwner::owner, sets, doc},
#include "messages/rules.def"
#undef RULE
});

constexpr bool every_number_is_used_once() {
  for (const RuleInfo& rule : rules) {
    const auto same = [&](const RuleInfo& other) { return other.rule == rule.rule || other.name == rule.name; };
    const auto number = static_cast<std::size_t>(rule.rule);
    if (std::count_if(rules.begin(), rules.end(), same) != 1 || number == 0 || number >= Rules::rules_end ||
        rule.sets == 0 || rule.name.size() > 32) {
      return false;
    }
  }
  return true;
}
static_assert(every_number_is_used_once(), "a number of messages/rules.def stands for one rule");

}  // namespace

std::span<const RuleInfo> all_rules() { return rules; }

const RuleInfo* rule_numbered(std::uint16_t number) {
  const auto found = std::find_if(rules.begin(), rules.end(), [number](const RuleInfo& rule) {
    return static_cast<std::uint16_t>(rule.rule) == number;
  });
  return found == rules.end() ? nullptr : &*found;
}

const RuleInfo* rule_named(std::string_view name) {
  const auto found =
      std::find_if(rules.begin(), rules.end(), [name](const RuleInfo& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

RuleActivated activation_of(const RuleInfo& rule, std::uint16_t set) {
  RuleActivated activated;
  activated.rule = static_cast<std::uint16_t>(rule.rule);
  activated.set = set;
  activated.owner = rule.owner;
  activated.name = FixedString<32>(rule.name);
  return activated;
}

std::vector<RuleActivated> newest_rules() {
  std::vector<RuleActivated> newest;
  for (const RuleInfo& rule : rules) {
    if (rule.sets > 1) {
      newest.push_back(activation_of(rule, rule.sets));
    }
  }
  return newest;
}

void Rules::apply(const RuleActivated& activated, LogSeq position) {
  if (activated.rule < rules_end) {
    active_[activated.rule] = {activated.set, activated.owner, position, activated.name};
  }
}

std::vector<RuleActivated> Rules::activations() const {
  std::vector<RuleActivated> activations;
  for (std::size_t number = 0; number < rules_end; ++number) {
    const Active& active = active_[number];
    if (active.set != 0) {
      RuleActivated activated;
      activated.rule = static_cast<std::uint16_t>(number);
      activated.set = active.set;
      activated.owner = active.owner;
      activated.name = active.name;
      activations.push_back(activated);
    }
  }
  return activations;
}

void Rules::digest_into(DigestBuilder& digest) const {
  for (const Active& active : active_) {
    digest.add(active.set);
    if (active.set != 0) {
      digest.add(static_cast<std::uint8_t>(active.owner)).add(active.position).add(active.name);
    }
  }
}

void Rules::save(SnapshotWriter& out) const {
  const auto said = [](const Active& active) { return active.set != 0; };
  out.put_count(static_cast<std::size_t>(std::count_if(active_.begin(), active_.end(), said)));
  for (std::size_t number = 0; number < rules_end; ++number) {
    const Active& active = active_[number];
    if (said(active)) {
      out.put(static_cast<std::uint16_t>(number));
      out.put(active.set);
      out.put(active.owner);
      out.put(active.position);
      out.put(active.name);
    }
  }
}

void Rules::restore(SectionReader& in) {
  constexpr std::size_t bytes_each = 2 + 2 + 1 + sizeof(LogSeq) + 32;
  const std::size_t count = in.get_count(rules_end, bytes_each, "more rules than there are numbers");
  std::size_t least = 0;
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const std::size_t number = in.get<std::uint16_t>();
    Active active;
    active.set = in.get<std::uint16_t>();
    active.owner = in.get<RuleOwner>();
    active.position = in.get<LogSeq>();
    active.name = in.get<FixedString<32>>();
    in.require(number >= least && number < rules_end, "rules are not in order");
    in.require(active.set != 0 && active.name.well_formed() && in.known(active.position),
               "a rule's activation is not well-formed");
    if (in.ok()) {
      active_[number] = active;
      least = number + 1;
    }
  }
}

}  // namespace cantus
