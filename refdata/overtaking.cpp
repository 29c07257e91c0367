// Which commands that wait can take effect no more, or will not once another does.
#include <algorithm>
#include <optional>

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

// Once `decided` has taken effect, `other` does not find any more what it would end, or may not give its number: the
// first of two ends takes it away, and a restriction that is decided anew is another one.
bool takes_from(const CommandPart& decided, const CommandPart& other) {
  if (is_change<HeadKeyDefined>(other)) {
    return is_change<HeadKeyDefined>(decided) &&
           change_of<HeadKeyDefined>(decided).number == change_of<HeadKeyDefined>(other).number;
  }
  if (is_change<SessionEnabled>(other)) {
    const SessionId session = change_of<SessionEnabled>(other).session;
    return (is_change<SessionEnabled>(decided) && change_of<SessionEnabled>(decided).session == session) ||
           (is_change<SessionDisabled>(decided) && change_of<SessionDisabled>(decided).session == session);
  }
  if (is_change<TradingUnblocked>(other)) {
    const auto end = change_of<TradingUnblocked>(other);
    const auto same = [&end](const auto& one) { return one.party == end.party && one.session == end.session; };
    return (is_change<TradingUnblocked>(decided) && same(change_of<TradingUnblocked>(decided))) ||
           (is_change<TradingBlocked>(decided) && same(change_of<TradingBlocked>(decided)));
  }
  if (is_change<InstrumentResumed>(other)) {
    const InstrumentId instrument = change_of<InstrumentResumed>(other).instrument;
    return (is_change<InstrumentResumed>(decided) && change_of<InstrumentResumed>(decided).instrument == instrument) ||
           (is_change<InstrumentHalted>(decided) && change_of<InstrumentHalted>(decided).instrument == instrument);
  }
  return false;
}

}  // namespace

bool would_overtake(const WaitingCommand& decided, const WaitingCommand& other) {
  const auto depends_on_reading = [](const CommandPart& part) { return exceptions_known(part).has_value(); };
  for (const CommandPart& one : decided.parts) {
    if (std::ranges::any_of(other.parts, [&](const CommandPart& two) { return takes_from(one, two); })) {
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
