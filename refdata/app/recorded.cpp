#include "refdata/app/recorded.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "messages/json.h"
#include "refdata/app/json_reader.h"
#include "refdata/app/opening.h"

namespace cantus::refdata {
namespace {

using Lines = std::vector<std::string>;

template <class M>
Json fields_of(const M& message) {
  std::string text;
  append_json(text, describe(M::type, M::version)->layout, payload_of(message));
  return Json::parse(text);
}

std::string shown(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

template <class M>
void compare_fields(const std::string& path, const M& in_log, const M& in_file, Lines& lines) {
  const Json log = fields_of(in_log);
  const Json file = fields_of(in_file);
  for (const FieldInfo& field : describe(M::type, M::version)->layout.fields) {
    const std::string name(field.name);
    if (log.contains(name) && log[name] != file[name]) {
      lines.push_back(path + "." + name + ": log " + shown(log[name]) + ", file " + shown(file[name]));
    }
  }
}

std::string name_of(const InstrumentDefined& instrument) { return instrument.symbol.str(); }
std::string name_of(const PartyDefined& party) { return party.name.str(); }
std::string name_of(const SessionDefined& session) {
  return session.our_comp_id.str() + "/" + session.their_comp_id.str();
}

// Elements of a list by name; ids follow from the order, so a moved element differs in its id.
template <class M>
void compare_lists(const std::string& list, std::span<const M> in_log, std::span<const M> in_file, Lines& lines) {
  std::map<std::string, const M*> log;
  for (const M& element : in_log) {
    log[name_of(element)] = &element;
  }
  for (const M& element : in_file) {
    const std::string path = list + "[" + name_of(element) + "]";
    const auto found = log.find(name_of(element));
    if (found == log.end()) {
      lines.push_back(path + ": only in the file");
    } else {
      compare_fields(path, *found->second, element, lines);
      log.erase(found);
    }
  }
  for (const auto& [name, element] : log) {
    lines.push_back(list + "[" + name + "]: only in the log");
  }
}

const PasswordVerifier* verifier_of(const std::vector<PasswordVerifier>& verifiers, SessionId session) {
  const auto found = std::find_if(verifiers.begin(), verifiers.end(),
                                  [&](const PasswordVerifier& verifier) { return verifier.session == session; });
  return found == verifiers.end() ? nullptr : &*found;
}

// Of the sessions that stand in both under one id; others differ already.
void compare_verifiers(const Configuration& configuration, const RecordedConfiguration& recorded, Lines& lines) {
  const std::span<const SessionDefined> in_log = recorded.reference_data().sessions();
  for (const SessionDefined& session : configuration.sessions) {
    const bool same = std::any_of(in_log.begin(), in_log.end(), [&](const SessionDefined& other) {
      return other.session == session.session && name_of(other) == name_of(session);
    });
    if (!same) {
      continue;
    }
    const PasswordVerifier* log = verifier_of(recorded.verifiers(), session.session);
    const PasswordVerifier* file = verifier_of(configuration.verifiers, session.session);
    if (log != nullptr && file != nullptr && *log != *file) {
      lines.push_back("sessions[" + name_of(session) + "].password_verifier: differs");
    }
  }
}

void compare_edges(const char* list, const std::vector<EdgeSettings>& edges, const RecordedConfiguration& recorded,
                   Lines& lines) {
  for (const EdgeSettings& edge : edges) {
    const std::string path = std::string(list) + "[" + edge.name + "]";
    const auto& publishers = recorded.publishers();
    const auto found = std::find_if(publishers.begin(), publishers.end(), [&](const PublisherDefined& publisher) {
      return publisher.name.view() == edge.name;
    });
    const auto differs = [&](const char* field, std::uint64_t log, std::uint64_t file) {
      if (log != file) {
        lines.push_back(path + "." + field + ": log " + std::to_string(log) + ", file " + std::to_string(file));
      }
    };
    if (found == publishers.end()) {
      lines.push_back(path + ": only in the file, the log has no publisher of that name");
    } else {
      differs("publisher", found->publisher.get(), edge.publisher.get());
      differs("rate_per_second", found->rate_per_second, edge.rate_per_second);
      differs("burst", found->burst, edge.burst);
    }
  }
}

}  // namespace

void RecordedConfiguration::apply(const Event& event) {
  refdata_.apply(event);
  if (event.is<PasswordVerifier>()) {
    verifiers_.push_back(event.as<PasswordVerifier>());
  } else if (event.is<PublisherDefined>()) {
    publishers_.push_back(event.as<PublisherDefined>());
  }
}

Status read_recorded(eventlog::LogReader& log, RecordedConfiguration& recorded) {
  if (Status found = log.seek(Seq(1)); !found) {
    return found;
  }
  while (!recorded.reference_data().complete()) {
    Result<std::optional<Event>> event = log.next();
    if (!event) {
      return std::move(event).error().context("reading the configuration that the log began with");
    }
    if (!event->has_value()) {
      return {};
    }
    recorded.apply(**event);
  }
  return {};
}

std::vector<std::string> differences(const Configuration& configuration, const RecordedConfiguration& recorded) {
  const ReferenceData& log = recorded.reference_data();
  Lines lines;
  if (!log.complete()) {
    return {"the log does not hold a whole configuration"};
  }
  compare_fields("venue", log.venue(), configuration.venue, lines);
  compare_lists<InstrumentDefined>("instruments", log.instruments(), configuration.instruments, lines);
  compare_lists<PartyDefined>("parties", log.parties(), configuration.parties, lines);
  compare_lists<SessionDefined>("sessions", log.sessions(), configuration.sessions, lines);
  compare_verifiers(configuration, recorded, lines);
  compare_edges("gateways", configuration.process.gateways, recorded, lines);
  compare_edges("market_data", configuration.process.market_data, recorded, lines);
  if (lines.empty() && configuration_digest(configuration) != log.configuration()) {
    lines.push_back("the digest of the configuration differs, though no field does: the log was made by another build");
  }
  return lines;
}

}  // namespace cantus::refdata
