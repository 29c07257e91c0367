// `cantus permissions`: who could write and read where, at a position of the log.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/civil_time.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/restricted.h"
#include "cli/signing.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string paths_of(TopicSet topics) {
  std::string text;
  for (std::uint16_t id = 0; id < 64; ++id) {
    if (topics.contains(TopicId(id))) {
      text += (text.empty() ? "" : " ") + std::string(topic::path_of(TopicId(id)));
    }
  }
  return text;
}

// What a peer of the venue is shown on its FIX session.
std::string reads_of(const SessionDefined& session, const ReferenceData& refdata) {
  const PartyDefined* const party = refdata.party(session.party);
  const std::string name = party == nullptr ? "?" : party->name.str();
  switch (session.role) {
    case SessionRole::client:
    case SessionRole::desk:
      return "reports of its own orders (" + name + ")";
    case SessionRole::drop_copy:
      return "copies of the fills of " + name;
    case SessionRole::regulator:
      return "trade reports";
  }
  return "";
}

// What operators forbid at that position, and limits for a while.
std::string restrictions_of(const SessionDefined& session, const ReferenceData& refdata) {
  const Restrictions& now = refdata.restrictions();
  std::string text;
  const auto say = [&text](const char* what, ChangeId since) {
    text += since.is_zero() ? "" : ", " + std::string(what) + " since " + to_text(since);
  };
  say("disabled", now.disabled().find(session.session));
  say("blocked", now.blocked_sessions().find(session.session));
  say("party blocked", now.blocked_parties().find(session.party));
  return text;
}

Json parties_json(const ReferenceData& refdata) {
  Json parties = Json::array();
  for (const PartyDefined& party : refdata.parties()) {
    const Restrictions::Temporary* const for_a_while = refdata.restrictions().temporary(party.party, refdata.time());
    const ChangeId blocked = refdata.restrictions().blocked_parties().find(party.party);
    const PartyLimits limits = refdata.limits(party.party);
    parties.push_back({{"party", party.name.str()},
                       {"blocked_since", blocked.is_zero() ? "" : to_text(blocked)},
                       {"order_qty_max", limits.order_qty_max.get()},
                       {"order_notional_max", to_text(limits.order_notional_max)},
                       {"gross_notional_max", to_text(limits.gross_notional_max)},
                       {"limits_since", for_a_while == nullptr ? "" : to_text(for_a_while->since)},
                       {"limits_until", for_a_while == nullptr ? "" : utc_text(for_a_while->limits.until)}});
  }
  return parties;
}

Json instruments_json(const ReferenceData& refdata) {
  Json instruments = Json::array();
  for (const InstrumentDefined& instrument : refdata.instruments()) {
    const ChangeId halted = refdata.restrictions().halted().find(instrument.instrument);
    instruments.push_back(
        {{"symbol", instrument.symbol.str()}, {"halted_since", halted.is_zero() ? "" : to_text(halted)}});
  }
  return instruments;
}

std::vector<std::string> writers_of(TopicId topic, const ReferenceData& refdata) {
  std::vector<std::string> names;
  for (const PublisherPermission& one : refdata.publishing().all()) {
    if (one.grants.contains(topic)) {
      names.push_back(one.defined.name.str());
    }
  }
  return names;
}

void print(const ReferenceData& refdata) {
  std::printf("writes:\n");
  for (const PublisherPermission& one : refdata.publishing().all()) {
    std::printf("  %-16s %s\n", one.defined.name.str().c_str(), paths_of(one.grants).c_str());
  }
  std::printf("reads:\n  processes of the venue's user on its host: every topic (printers mask secrets)\n");
  for (const SessionDefined& session : refdata.sessions()) {
    std::printf("  FIX session %-24s %s%s\n", refdata::session_name(session).c_str(),
                reads_of(session, refdata).c_str(), restrictions_of(session, refdata).c_str());
  }
  for (const std::string& line : restriction_lines(refdata)) {
    std::printf("%s\n", line.c_str());
  }
  std::printf("signs:\n");
  for (const Operator& one : refdata.operators().all()) {
    std::printf("  %-16s %s  %s\n", one.defined.name.str().c_str(),
                one.active() ? refdata::roles_text(one.defined.roles).c_str() : "revoked",
                refdata::to_text(one.defined.key).c_str());
  }
}

Json json_of(const ReferenceData& refdata) {
  Json json = {{"publishers", Json::array()},
               {"topics", Json::array()},
               {"sessions", Json::array()},
               {"operators", Json::array()}};
  for (const PublisherPermission& one : refdata.publishing().all()) {
    Json topics = Json::array();
    for (std::uint16_t id = 0; id < 64; ++id) {
      if (one.grants.contains(TopicId(id))) {
        topics.push_back(topic::path_of(TopicId(id)));
      }
    }
    json["publishers"].push_back({{"publisher", one.defined.publisher.get()},
                                  {"name", one.defined.name.str()},
                                  {"class", name_of(one.defined.service_class)},
                                  {"places", one.defined.places},
                                  {"rate_per_second", one.defined.rate_per_second},
                                  {"writes", topics}});
  }
  for (std::uint16_t id = 0; id < 64; ++id) {
    const TopicId topic(id);
    if (!topic::path_of(topic).empty()) {
      json["topics"].push_back({{"topic", topic::path_of(topic)},
                                {"access", topic::is_published(topic) ? "published" : "internal"},
                                {"writers", writers_of(topic, refdata)}});
    }
  }
  for (const SessionDefined& session : refdata.sessions()) {
    const bool trades = session.role == SessionRole::client || session.role == SessionRole::desk;
    json["sessions"].push_back({{"session", refdata::session_name(session)},
                                {"role", name_of(session.role)},
                                {"reads", reads_of(session, refdata)},
                                {"may_log_on", !refdata.is_disabled(session.session)},
                                {"may_enter_orders", trades && refdata.may_enter_orders(session)}});
  }
  json["parties"] = parties_json(refdata);
  json["instruments"] = instruments_json(refdata);
  for (const Operator& one : refdata.operators().all()) {
    json["operators"].push_back({{"name", one.defined.name.str()},
                                 {"roles", refdata::roles_text(one.defined.roles)},
                                 {"active", one.active()},
                                 {"key", refdata::to_text(one.defined.key)}});
  }
  return json;
}

int run(const Arguments& arguments) {
  const std::optional<std::uint64_t> at = arguments.number("at");
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments, at ? std::optional(Seq(*at)) : std::nullopt);
  if (!state) {
    return fail(arguments, "permissions", state.error());
  }
  const Seq position = (*state)->recorded.position();
  if (at && position != Seq(*at)) {
    return fail(arguments, "permissions", "the log ends at " + std::to_string(position.get()), exit_difference);
  }
  if (arguments.has("json")) {
    Json json = json_of((*state)->refdata());
    json["at"] = position.get();
    std::printf("%s\n", json.dump(2).c_str());
  } else {
    std::printf("at %llu\n", static_cast<unsigned long long>(position.get()));
    print((*state)->refdata());
  }
  return exit_ok;
}

constexpr Option options[] = {
    {"at", OptionKind::number, "SEQ", "behind this position (the log's end)"},
    {"json", OptionKind::flag, "", "one object"},
    data_option,
};

}  // namespace

const Command permissions_command = {
    .name = "permissions",
    .summary =
        "Show who could write and read where, what was forbidden to whom, and who signs, at a position of the log.",
    .options = options,
    .run = run};

}  // namespace cantus::cli
