// Which commands that wait can take effect no more, or will not once another does.
#include <algorithm>
#include <optional>
#include <type_traits>

#include "refdata/change_rules.h"
#include "refdata/reference_data.h"

namespace cantus {
namespace {

// The newest exception that who signed the part knew, if it is for who knows them all.
std::optional<Seq> exceptions_known(const CommandPart& part) {
  return is_change<Quarantine>(part) ? std::optional(change_of<Quarantine>(part).known)
         : is_change<Resolved>(part) ? std::optional(change_of<Resolved>(part).known)
                                     : std::nullopt;
}

// Only the first of the two finds what it would end, or the number that it would give.
bool of_the_same(const CommandPart& a, const CommandPart& b) {
  const auto both = [&]<class M>(std::type_identity<M>) { return is_change<M>(a) && is_change<M>(b); };
  if (both(std::type_identity<HeadKeyDefined>())) {
    return change_of<HeadKeyDefined>(a).number == change_of<HeadKeyDefined>(b).number;
  }
  if (both(std::type_identity<SessionEnabled>())) {
    return change_of<SessionEnabled>(a).session == change_of<SessionEnabled>(b).session;
  }
  if (both(std::type_identity<TradingUnblocked>())) {
    const auto one = change_of<TradingUnblocked>(a);
    const auto two = change_of<TradingUnblocked>(b);
    return one.party == two.party && one.session == two.session;
  }
  return both(std::type_identity<InstrumentResumed>()) &&
         change_of<InstrumentResumed>(a).instrument == change_of<InstrumentResumed>(b).instrument;
}

}  // namespace

bool would_overtake(const WaitingCommand& decided, const WaitingCommand& other) {
  const auto depends_on_reading = [](const CommandPart& part) { return exceptions_known(part).has_value(); };
  for (const CommandPart& one : decided.parts) {
    if (std::ranges::any_of(other.parts, [&](const CommandPart& two) { return of_the_same(one, two); })) {
      return true;
    }
  }
  return (moves_settings(decided.parts) && moves_settings(other.parts)) ||
         (std::ranges::any_of(decided.parts, changes_reading) && std::ranges::any_of(other.parts, depends_on_reading));
}

bool is_overtaken(const ReferenceData& refdata, const WaitingCommand& waiting) {
  if (waiting.command.expected != refdata.settings() && moves_settings(waiting.parts)) {
    return true;
  }
  if (std::any_of(waiting.parts.begin(), waiting.parts.end(), [&refdata](const CommandPart& part) {
        const std::optional<Seq> known = exceptions_known(part);
        return known && *known != refdata.last_exception();
      })) {
    return true;
  }
  const Restrictions& now = refdata.restrictions();
  return std::any_of(waiting.parts.begin(), waiting.parts.end(), [&](const CommandPart& part) {
    if (is_change<SessionEnabled>(part)) {
      const auto end = change_of<SessionEnabled>(part);
      return now.disabled().find(end.session) != end.disabled;
    }
    if (is_change<TradingUnblocked>(part)) {
      const auto end = change_of<TradingUnblocked>(part);
      return (end.party.is_zero() ? now.blocked_sessions().find(end.session) : now.blocked_parties().find(end.party)) !=
             end.blocked;
    }
    if (is_change<InstrumentResumed>(part)) {
      const auto end = change_of<InstrumentResumed>(part);
      return now.halted().find(end.instrument) != end.halted;
    }
    if (is_change<HeadKeyDefined>(part)) {
      return change_of<HeadKeyDefined>(part).number != refdata.head_keys().current() + 1;
    }
    return false;
  });
}

}  // namespace cantus
