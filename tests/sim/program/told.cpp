#include "tests/sim/program/told.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace cantus::sim {

using Json = nlohmann::ordered_json;

Told told_by(const Outcome& outcome) {
  Told told;
  told.broken = outcome.broken;
  told.hash = outcome.hash;
  told.events = outcome.events;
  told.records = outcome.records;
  told.orders = outcome.orders;
  told.simulated_ns = outcome.simulated_ns;
  for (const auto& [kind, times] : outcome.faults) {
    told.faults.emplace(kind, times);
  }
  for (const auto& [probe, times] : outcome.probes) {
    told.probes.emplace(probe, times);
  }
  told.last = outcome.last;
  return told;
}

std::string to_line(const Told& told) {
  Json line{
      {"hash", told.hash},       {"events", told.events},     {"records", told.records},        {"orders", told.orders},
      {"ns", told.simulated_ns}, {"repeated", told.repeated}, {"reached", told.mutant_reached}, {"faults", told.faults},
      {"probes", told.probes},   {"last", told.last}};
  if (told.broken) {
    line["broken"] = {told.broken->invariant, told.broken->what};
  }
  // What a peer sent may stand in what was found, and need not be UTF-8.
  return line.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<Told> parse_told(std::string_view text) {
  const Json line = Json::parse(text, nullptr, false);
  if (line.is_discarded()) {
    return std::nullopt;
  }
  Told told;
  told.hash = line.at("hash");
  told.events = line.at("events");
  told.records = line.at("records");
  told.orders = line.at("orders");
  told.simulated_ns = line.at("ns");
  told.repeated = line.at("repeated");
  told.mutant_reached = line.at("reached");
  told.faults = line.at("faults").get<Counts>();
  told.probes = line.at("probes").get<Counts>();
  told.last = line.at("last").get<std::vector<std::string>>();
  if (line.contains("broken")) {
    told.broken = Broken{line.at("broken").at(0), line.at("broken").at(1)};
  }
  return told;
}

void add(Counts& to, const Counts& more) {
  for (const auto& [name, times] : more) {
    to[name] += times;
  }
}

std::string hash_text(std::uint64_t hash) {
  std::string text;
  append_hex(text, hash);
  return text;
}

}  // namespace cantus::sim
