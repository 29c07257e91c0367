// `cantus sessions list | disable | enable | reset | set`: FIX sessions as they stand on the log, and what operators
// sign about them.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/later_begin.h"
#include "cli/signing.h"
#include "sessions/session_machine.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;
using Parts = Result<std::vector<CommandPart>>;

// Every session's numbers behind the position up to which the venue was read.
struct SessionsThere {
  ReferenceData refdata;
  SessionMachine machine{refdata};

  [[nodiscard]] Status restore(const SnapshotSections& from) {
    Status restored = refdata.restore(from);
    return restored ? machine.restore(from) : std::move(restored);
  }
};

Result<std::unique_ptr<SessionsThere>> read_sessions(const VenueState& state) {
  Result<std::unique_ptr<eventlog::LogReader>> log =
      eventlog::open_log(state.place.paths().journal(), state.place.paths().memory);
  if (!log) {
    return std::move(log).error();
  }
  auto there = std::make_unique<SessionsThere>();
  const auto begin = begin_of<SessionsThere>(state.place.paths(), state.recorded.position());
  const Status begun = begin ? begin_behind(begin->get(), **log, *there) : Status(begin.error());
  if (!begun) {
    return Error(begun.error());
  }
  for (Seq at = (*log)->position(); at < state.recorded.position();) {
    const Result<std::optional<Event>> event = (*log)->next();
    if (!event || !event->has_value()) {
      return event ? Error{ErrorCode::failed, "the log ends early"} : event.error();
    }
    there->refdata.apply(**event);
    there->machine.apply(**event);
    at = (*event)->header->seq;
  }
  return there;
}

// A part for each session that is named.
template <class Make>
Parts parts_for_named(const Arguments& arguments, const ReferenceData& refdata, Make&& make) {
  std::vector<CommandPart> parts;
  for (const std::string& name : arguments.words()) {
    const Result<const SessionDefined*> session = session_named(refdata, name);
    if (!session) {
      return session.error();
    }
    parts.push_back(part_of(make((*session)->session), parts.size()));
  }
  return parts;
}

int disable(const Arguments& arguments) {
  return sign_parts(arguments, "sessions disable", [&](const VenueState& state) {
    return parts_for_named(arguments, state.refdata(), [](SessionId session) { return SessionDisabled{session, {}}; });
  });
}

int enable(const Arguments& arguments) {
  return sign_parts(arguments, "sessions enable", [&](const VenueState& state) {
    return parts_for_named(arguments, state.refdata(), [&](SessionId session) {
      return SessionEnabled{state.refdata().restrictions().disabled().find(session), session, {}};
    });
  });
}

int reset(const Arguments& arguments) {
  return sign_parts(arguments, "sessions reset", [&](const VenueState& state) -> Parts {
    const Result<std::unique_ptr<SessionsThere>> there = read_sessions(state);
    if (!there) {
      return there.error();
    }
    return parts_for_named(arguments, state.refdata(), [&](SessionId session) {
      SessionReset reset;
      reset.session = session;
      reset.expected_generation = (*there)->machine.inbound(session).generation;
      reset.reason = ResetReason::by_operator;
      return reset;
    });
  });
}

Parts set_parts(const Arguments& arguments, const VenueState& state) {
  const auto number_of = [&](const char* option) -> std::optional<MsgSeqNum> {
    const std::optional<std::uint64_t> number = arguments.number(option);
    const bool good = number && *number >= 1 && *number <= first_number_max;
    return good ? std::optional(MsgSeqNum(static_cast<std::uint32_t>(*number))) : std::nullopt;
  };
  const auto next_in = number_of("next-in");
  const auto next_out = number_of("next-out");
  if (!next_in || !next_out) {
    return Error{ErrorCode::refused,
                 "--next-in N and --next-out N say where numbers go on, each 1 to " + std::to_string(first_number_max)};
  }
  const Result<std::unique_ptr<SessionsThere>> there = read_sessions(state);
  if (!there) {
    return there.error();
  }
  return parts_for_named(arguments, state.refdata(), [&](SessionId session) {
    SessionNumbersSet set;
    set.session = session;
    set.expected_generation = (*there)->machine.inbound(session).generation;
    set.next_inbound = *next_in;
    set.next_outbound = *next_out;
    return set;
  });
}

int set(const Arguments& arguments) {
  return sign_parts(arguments, "sessions set", [&](const VenueState& state) { return set_parts(arguments, state); });
}

// ---- list

Json json_of(const SessionDefined& session, const SessionsThere& there) {
  const InboundState& in = there.machine.inbound(session.session);
  const OutboundState& out = there.machine.outbound(session.session);
  const PartyDefined* const party = there.refdata.party(session.party);
  const ChangeId disabled = there.refdata.restrictions().disabled().find(session.session);
  const PublisherPermission* const owner = in.owner.is_zero() ? nullptr : there.refdata.publishing().find(in.publisher);
  const bool trades = session.role == SessionRole::client || session.role == SessionRole::desk;
  return {{"session", refdata::session_name(session)},
          {"role", name_of(session.role)},
          {"party", party == nullptr ? "" : party->name.str()},
          {"logged_on", !in.owner.is_zero()},
          {"at", owner == nullptr ? "" : owner->defined.name.str()},
          {"disabled_since", disabled.is_zero() ? "" : to_text(disabled)},
          {"trades", trades},
          {"may_enter_orders", trades && there.refdata.may_enter_orders(session)},
          {"generation", in.generation.get()},
          {"next_in", in.next_inbound.get()},
          {"next_out", out.next_outbound.get()},
          {"first_out", out.first.get()},
          {"proven", out.delivered.get()},
          {"reset_pending", in.reset_pending}};
}

std::string words_of(const Json& session) {
  std::string words = session.at("logged_on") ? "on " + session.at("at").get<std::string>() : "logged out";
  if (session.at("disabled_since") != "") {
    words += ", disabled since " + session.at("disabled_since").get<std::string>();
  } else if (!session.at("may_enter_orders") && session.at("trades")) {
    words += ", blocked";
  }
  return words + (session.at("reset_pending") ? ", numbers begin anew when it is logged out" : "");
}

int list(const Arguments& arguments) {
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return fail(arguments, "sessions list", state.error());
  }
  const Result<std::unique_ptr<SessionsThere>> there = read_sessions(**state);
  if (!there) {
    return fail(arguments, "sessions list", there.error());
  }
  Json all = Json::array();
  for (const SessionDefined& session : (*there)->refdata.sessions()) {
    all.push_back(json_of(session, **there));
  }
  if (arguments.has("json")) {
    std::printf("%s\n", Json{{"sessions", all}}.dump(2).c_str());
    return exit_ok;
  }
  std::printf("%-24s %-10s %-12s %10s %10s %10s  %s\n", "session", "role", "party", "generation", "next in", "next out",
              "");
  for (const Json& one : all) {
    std::printf("%-24s %-10s %-12s %10u %10u %10u  %s\n", one.at("session").get<std::string>().c_str(),
                one.at("role").get<std::string>().c_str(), one.at("party").get<std::string>().c_str(),
                one.at("generation").get<unsigned>(), one.at("next_in").get<unsigned>(),
                one.at("next_out").get<unsigned>(), words_of(one).c_str());
  }
  return exit_ok;
}

constexpr Option list_options[] = {{"json", OptionKind::flag, "", "one object"}, data_option};
constexpr auto set_options = sign_options_behind(
    Option{"next-in", OptionKind::number, "N", "MsgSeqNum (34) of the peer's next message, its Logon"},
    Option{"next-out", OptionKind::number, "N", "MsgSeqNum (34) of our next message, the answer to it"});

}  // namespace

const Command sessions_list_command = {.name = "sessions list",
                                       .summary = "Show every FIX session: who is logged on where, and its numbers.",
                                       .options = list_options,
                                       .run = list};

const Command sessions_disable_command = {
    .name = "sessions disable",
    .words = "COMP_ID…",
    .summary = "Sign that FIX sessions are logged out, and that nobody logs on to them.",
    .details =
        "Whoever is logged on gets a Logout with a text; so does whoever tries, with the right password. Orders and\n"
        "replaces still on their way are refused; open orders stay, unless the session cancels them on disconnect.\n",
    .options = sign_options,
    .words_min = 1,
    .words_max = 64,
    .run = disable};

const Command sessions_enable_command = {.name = "sessions enable",
                                         .words = "COMP_ID…",
                                         .summary = "Sign that disabled FIX sessions may log on again.",
                                         .options = sign_options,
                                         .words_min = 1,
                                         .words_max = 64,
                                         .run = enable};

const Command sessions_reset_command = {
    .name = "sessions reset",
    .words = "COMP_ID…",
    .summary = "Sign that FIX sessions begin their numbers anew.",
    .details =
        "A session that is logged on is logged out first; its peer begins with MsgSeqNum (34) 1, and what it has not\n"
        "proven to have is issued again with PossResend (97=Y).\n",
    .options = sign_options,
    .words_min = 1,
    .words_max = 64,
    .run = reset};

const Command sessions_set_command = {
    .name = "sessions set",
    .words = "COMP_ID",
    .summary = "Sign that a FIX session's numbers go on at others.",
    .details =
        "For a peer that stands at other numbers and cannot begin anew. A session that is logged on is logged out "
        "first.\n"
        "A new generation begins: our Logon carries --next-out, and behind it comes again, with PossResend (97=Y),\n"
        "what the peer has not proven to have. Numbers below stand for nothing any more: who asks for them gets a gap\n"
        "fill. What the peer sent and the log does not have is gone; it can ask by status.\n",
    .options = set_options,
    .words_min = 1,
    .words_max = 1,
    .run = set};

}  // namespace cantus::cli
