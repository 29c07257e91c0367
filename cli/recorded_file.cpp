#include "cli/recorded_file.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "refdata/app/operator_key.h"
#include "refdata/app/password.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t ns_per_ms = 1'000'000;

// What the file says besides (replicas_agree, comments are gone) stays.
void put_venue(Json& json, const VenueDefined& venue) {
  json["name"] = venue.name.str();
  json["ack_level"] = name_of(venue.ack_level);
  json["replicas_agree"] = venue.replicas_agree != 0;
  json["takeover_interval_ms"] = venue.takeover_interval_ns / ns_per_ms;
  json["cancel_grace_ms"] = venue.cancel_grace_ns / ns_per_ms;
  json["output_hold_max_ms"] = venue.output_hold_max_ns / ns_per_ms;
  json["open_orders_max"] = venue.open_orders_max;
  json["cl_ord_ids_max"] = venue.cl_ord_ids_max;
  json["backlog_max"] = venue.backlog_max;
}

Json json_of(const InstrumentDefined& one) {
  Json json = {{"symbol", one.symbol.str()},
               {"tick", to_text(one.tick)},
               {"lot", one.lot.get()},
               {"collar_bps", one.collar_bps}};
  if (!one.reference_price.is_zero()) {
    json["reference_price"] = to_text(one.reference_price);
  }
  json["clients_may_meet"] = one.clients_may_meet != 0;
  return json;
}

Json json_of(const PartyDefined& one) {
  return {{"name", one.name.str()},
          {"kind", name_of(one.kind)},
          {"order_qty_max", one.order_qty_max.get()},
          {"order_notional_max", to_text(one.order_notional_max)},
          {"gross_notional_max", to_text(one.gross_notional_max)}};
}

Json json_of(const SessionDefined& one, const refdata::RecordedConfiguration& recorded) {
  Json json = {{"role", name_of(one.role)}};
  if (const PartyDefined* party = recorded.reference_data().party(one.party); party != nullptr) {
    json["party"] = party->name.str();
  }
  json["our_comp_id"] = one.our_comp_id.str();
  json["their_comp_id"] = one.their_comp_id.str();
  json["begin_string"] = one.begin_string.str();
  json["heartbeat_s"] = {one.heartbeat_min_s, one.heartbeat_max_s};
  json["reset_policy"] = name_of(one.reset_policy);
  json["cancel_on_disconnect"] = one.cancel_on_disconnect != 0;
  if (one.reset_time_s >= 0) {
    char text[16];
    std::snprintf(text, sizeof(text), "%02d:%02d:%02d", one.reset_time_s / 3600, one.reset_time_s / 60 % 60,
                  one.reset_time_s % 60);
    json["reset_time"] = text;
  }
  json["numbers_at_roll"] = one.restart_at_roll != 0 ? "restart" : "go_on";
  for (const PasswordVerifier& verifier : recorded.verifiers()) {
    if (verifier.session == one.session && one.password_required != 0) {
      json["password_verifier"] = refdata::to_text(verifier);
    }
  }
  return json;
}

Json json_of(const OperatorDefined& one) {
  Json roles = Json::array();
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(OperatorRole::administrator); ++number) {
    if (RoleSet(one.roles).contains(OperatorRole{number})) {
      roles.push_back(name_of(OperatorRole{number}));
    }
  }
  return {{"name", one.name.str()}, {"roles", roles}, {"key", refdata::to_text(one.key)}};
}

void put_rates(Json& edges, const Publishing& publishing) {
  for (Json& edge : edges) {
    const PublisherPermission* const known = publishing.find(edge.value("name", std::string()));
    if (known != nullptr && known->defined.rate_per_second != 0) {
      edge["rate_per_second"] = known->defined.rate_per_second;
      edge["burst"] = known->defined.burst;
    }
  }
}

}  // namespace

Result<std::string> recorded_configuration(const std::string& file, const refdata::RecordedConfiguration& recorded) {
  Json json = Json::parse(file, nullptr, false, true);
  if (!json.is_object()) {
    return Error{ErrorCode::refused, "the venue's configuration cannot be read"};
  }
  const ReferenceData& log = recorded.reference_data();
  put_venue(json["venue"], log.venue());
  const auto put_all = [&](const char* list, const auto& elements, const auto& json_of_one) {
    json[list] = Json::array();
    for (const auto& element : elements) {
      json[list].push_back(json_of_one(element));
    }
  };
  put_all("instruments", log.instruments(), [](const InstrumentDefined& one) { return json_of(one); });
  put_all("parties", log.parties(), [](const PartyDefined& one) { return json_of(one); });
  put_all("sessions", log.sessions(), [&](const SessionDefined& one) { return json_of(one, recorded); });
  json["operators"] = Json::array();
  for (const Operator& known : log.operators().all()) {
    if (known.active()) {
      json["operators"].push_back(json_of(known.defined));
    }
  }
  for (const char* list : {"gateways", "market_data"}) {
    if (json.contains(list)) {
      put_rates(json[list], log.publishing());
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace cantus::cli
