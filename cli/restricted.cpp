#include "cli/restricted.h"

#include <nlohmann/json.hpp>

#include "base/civil_time.h"
#include "base/text.h"
#include "refdata/app/recorded.h"

namespace cantus::cli {
namespace {

std::string name_of(const ReferenceData& refdata, SessionId id) { return refdata::session_name(*refdata.session(id)); }

std::string name_of(const ReferenceData& refdata, PartyId id) { return refdata.party(id)->name.str(); }

std::string name_of(const ReferenceData& refdata, InstrumentId id) { return refdata.instrument(id)->symbol.str(); }

// Calls f(kind, key, name, since) for each thing that is marked.
template <class F>
void for_each_mark(const ReferenceData& refdata, F&& f) {
  const auto all = [&](const char* kind, const char* key, const auto& marks) {
    for (const auto& mark : marks.all()) {
      f(kind, key, name_of(refdata, mark.id), to_text(mark.since));
    }
  };
  const Restrictions& now = refdata.restrictions();
  all("disabled", "session", now.disabled());
  all("blocked", "party", now.blocked_parties());
  all("blocked", "session", now.blocked_sessions());
  all("halted", "instrument", now.halted());
}

template <class F>
void for_each_limited(const ReferenceData& refdata, F&& f) {
  for (const Restrictions::Temporary& one : refdata.restrictions().temporary()) {
    if (refdata.time() < one.limits.until) {
      f(one);
    }
  }
}

}  // namespace

std::vector<std::string> restriction_lines(const ReferenceData& refdata) {
  std::vector<std::string> lines;
  for_each_mark(
      refdata, [&](const std::string& kind, const std::string& key, const std::string& name, const std::string& since) {
        lines.push_back(kind + ": " + key + " " + name + " since " + since);
      });
  for_each_limited(refdata, [&](const Restrictions::Temporary& one) {
    const PartyLimitsUntil& limits = one.limits;
    lines.push_back("limited: party " + name_of(refdata, limits.party) + " since " + to_text(one.since) + " until " +
                    utc_text(limits.until) + ": order_qty_max " + to_text(limits.order_qty_max) +
                    ", order_notional_max " + to_text(limits.order_notional_max) + ", gross_notional_max " +
                    to_text(limits.gross_notional_max));
  });
  return lines;
}

nlohmann::ordered_json restrictions_json(const ReferenceData& refdata) {
  using Json = nlohmann::ordered_json;
  Json json = {
      {"disabled", Json::array()}, {"blocked", Json::array()}, {"halted", Json::array()}, {"limited", Json::array()}};
  for_each_mark(refdata, [&](const char* kind, const char* key, const std::string& name, const std::string& since) {
    json[kind].push_back({{key, name}, {"since", since}});
  });
  for_each_limited(refdata, [&](const Restrictions::Temporary& one) {
    json["limited"].push_back({{"party", name_of(refdata, one.limits.party)},
                               {"since", to_text(one.since)},
                               {"until", utc_text(one.limits.until)},
                               {"order_qty_max", one.limits.order_qty_max.get()},
                               {"order_notional_max", to_text(one.limits.order_notional_max)},
                               {"gross_notional_max", to_text(one.limits.gross_notional_max)}});
  });
  return json;
}

}  // namespace cantus::cli
