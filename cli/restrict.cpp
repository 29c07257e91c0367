// `cantus block`, `unblock`, `halt`, `resume`, `limit`: what operators forbid until they allow it again, and limits
// that hold for a while.
#include <cstdio>

#include "base/civil_time.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "runtime/clock.h"

namespace cantus::cli {
namespace {

using Parts = Result<std::vector<CommandPart>>;

const PartyDefined* party_named(const ReferenceData& refdata, const std::string& name) {
  const auto all = refdata.parties();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const PartyDefined& party) { return party.name.view() == name; });
  return found == all.end() ? nullptr : &*found;
}

// A party by its name, else a session by its CompIDs: where both have it, the wider is meant.
template <class M, class Make>
Parts parts_of_traders(const Arguments& arguments, const ReferenceData& refdata, Make&& make) {
  std::vector<CommandPart> parts;
  for (const std::string& name : arguments.words()) {
    M change;
    if (const PartyDefined* const party = party_named(refdata, name); party != nullptr) {
      change.party = party->party;
    } else {
      const Result<const SessionDefined*> session = session_named(refdata, name);
      if (!session) {
        return Error{ErrorCode::refused, "there is no party and no session " + name};
      }
      change.session = (*session)->session;
    }
    make(change);
    parts.push_back(part_of(change, parts.size()));
  }
  return parts;
}

int block(const Arguments& arguments) {
  return sign_parts(arguments, "block", [&](const VenueState& state) {
    return parts_of_traders<TradingBlocked>(arguments, state.refdata(), [](TradingBlocked&) {});
  });
}

int unblock(const Arguments& arguments) {
  return sign_parts(arguments, "unblock", [&](const VenueState& state) {
    const Restrictions& now = state.refdata().restrictions();
    return parts_of_traders<TradingUnblocked>(arguments, state.refdata(), [&](TradingUnblocked& change) {
      change.blocked = change.party.is_zero() ? now.blocked_sessions().find(change.session)
                                              : now.blocked_parties().find(change.party);
    });
  });
}

template <class Make>
Parts parts_of_symbols(const Arguments& arguments, const ReferenceData& refdata, Make&& make) {
  std::vector<CommandPart> parts;
  for (const std::string& symbol : arguments.words()) {
    const InstrumentDefined* const instrument = refdata.instrument_by_symbol(symbol);
    if (instrument == nullptr) {
      return Error{ErrorCode::refused, "there is no instrument " + symbol};
    }
    parts.push_back(part_of(make(instrument->instrument), parts.size()));
  }
  return parts;
}

int halt(const Arguments& arguments) {
  return sign_parts(arguments, "halt", [&](const VenueState& state) {
    return parts_of_symbols(arguments, state.refdata(), [](InstrumentId instrument) {
      return InstrumentHalted{instrument, {}};
    });
  });
}

int resume(const Arguments& arguments) {
  return sign_parts(arguments, "resume", [&](const VenueState& state) {
    return parts_of_symbols(arguments, state.refdata(), [&](InstrumentId instrument) {
      return InstrumentResumed{state.refdata().restrictions().halted().find(instrument), instrument, {}};
    });
  });
}

// ---- limits for a while

// "2026-11-22T15:04:05Z"
std::optional<TimeNs> parse_utc(const std::string& text) {
  CivilTime civil;
  int end = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &civil.year, &civil.month, &civil.day,
                                 &civil.hour, &civil.minute, &civil.second, &end);
  return fields == 6 && static_cast<std::size_t>(end) == text.size() ? time_from(civil) : std::nullopt;
}

Result<TimeNs> until_of(const Arguments& arguments) {
  if (const std::optional<std::uint64_t> seconds = arguments.number("seconds")) {
    constexpr std::uint64_t seconds_max = std::uint64_t{366} * seconds_per_day;
    if (*seconds == 0 || *seconds > seconds_max) {
      return Error{ErrorCode::refused, "--seconds is 1 to " + std::to_string(seconds_max)};
    }
    return TimeNs(runtime::system_clock().utc().get() + static_cast<std::int64_t>(*seconds) * ns_per_second);
  }
  const std::optional<TimeNs> until = parse_utc(arguments.text_or("until", ""));
  if (!until) {
    return Error{ErrorCode::refused, "--until 2026-11-22T15:00:00Z or --seconds N says when the limits end"};
  }
  return *until;
}

// What is not named stays as it is now.
Result<PartyLimits> limits_of(const Arguments& arguments, const PartyLimits& now) {
  PartyLimits limits = now;
  if (const std::optional<std::uint64_t> qty = arguments.number("order-qty-max")) {
    if (*qty > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return Error{ErrorCode::refused, "--order-qty-max is out of range"};
    }
    limits.order_qty_max = Qty(static_cast<std::int64_t>(*qty));
  }
  for (const auto& [option, limit] : {std::pair{"order-notional-max", &limits.order_notional_max},
                                      std::pair{"gross-notional-max", &limits.gross_notional_max}}) {
    if (const std::optional<std::string> text = arguments.text(option)) {
      const std::optional<Notional> notional = parse_notional(*text);
      if (!notional || *notional < Notional{}) {
        return Error{ErrorCode::refused, "--" + std::string(option) + " is an amount of money, or 0 for no limit"};
      }
      *limit = *notional;
    }
  }
  return limits;
}

Parts limit_parts(const Arguments& arguments, const ReferenceData& refdata) {
  const PartyDefined* const party = party_named(refdata, arguments.words()[0]);
  if (party == nullptr) {
    return Error{ErrorCode::refused, "there is no party " + arguments.words()[0]};
  }
  if (arguments.has("end")) {
    return std::vector{part_of(*party, 0)};
  }
  const Result<TimeNs> until = until_of(arguments);
  const Result<PartyLimits> limits = limits_of(arguments, refdata.limits(party->party));
  if (!until || !limits) {
    return until ? limits.error() : until.error();
  }
  PartyLimitsUntil change;
  change.until = *until;
  change.order_qty_max = limits->order_qty_max;
  change.order_notional_max = limits->order_notional_max;
  change.gross_notional_max = limits->gross_notional_max;
  change.party = party->party;
  return std::vector{part_of(change, 0)};
}

int limit(const Arguments& arguments) {
  return sign_parts(arguments, "limit",
                    [&](const VenueState& state) { return limit_parts(arguments, state.refdata()); });
}

constexpr auto limit_options = sign_options_behind(
    Option{"until", OptionKind::text, "TIME", "UTC, 2026-11-22T15:00:00Z; then the party's own limits hold again"},
    Option{"seconds", OptionKind::number, "N", "the same, from now on by this host's clock"},
    Option{"order-qty-max", OptionKind::number, "N", "most quantity of an order; 0: no limit"},
    Option{"order-notional-max", OptionKind::text, "AMOUNT", "most notional of an order; 0: no limit"},
    Option{"gross-notional-max", OptionKind::text, "AMOUNT", "most executed and open in a trading day; 0: no limit"},
    Option{"end", OptionKind::flag, "", "end those that hold for a while, now"});

}  // namespace

const Command block_command = {
    .name = "block",
    .words = "PARTY|COMP_ID…",
    .summary = "The kill switch: cancel every open order of a party or session, and refuse new ones.",
    .details =
        "One signature of a trader or of risk. It holds from its position on the log: orders that stand behind it are\n"
        "refused, however long they were on their way. Sessions stay logged on, and may cancel and ask.\n",
    .options = sign_options,
    .words_min = 1,
    .words_max = 64,
    .run = block};

const Command unblock_command = {.name = "unblock",
                                 .words = "PARTY|COMP_ID…",
                                 .summary = "Sign that a blocked party or session may enter orders again.",
                                 .options = sign_options,
                                 .words_min = 1,
                                 .words_max = 64,
                                 .run = unblock};

const Command halt_command = {
    .name = "halt",
    .words = "SYMBOL…",
    .summary = "Sign that no orders of an instrument are taken.",
    .details =
        "New orders and replaces are refused. Open orders stay in the book at their places, match nothing, may be\n"
        "cancelled, and end with the trading day as ever.\n",
    .options = sign_options,
    .words_min = 1,
    .words_max = 64,
    .run = halt};

const Command resume_command = {.name = "resume",
                                .words = "SYMBOL…",
                                .summary = "Sign that a halted instrument trades again.",
                                .options = sign_options,
                                .words_min = 1,
                                .words_max = 64,
                                .run = resume};

const Command limit_command = {
    .name = "limit",
    .words = "PARTY",
    .summary = "Sign other limits of a party for a while.",
    .details =
        "They end by the log's own time, whoever is there to see it; open orders stay, new ones are judged by the\n"
        "limits of the definition again. Lasting limits change with `cantus apply`, which ends these.\n",
    .options = limit_options,
    .words_min = 1,
    .words_max = 1,
    .run = limit};

}  // namespace cantus::cli
