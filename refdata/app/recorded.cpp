#include "refdata/app/recorded.h"

#include "refdata/password_verifiers.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "refdata/app/opening.h"
#include "refdata/app/operator_key.h"

namespace cantus::refdata {
namespace {

using Lines = std::vector<std::string>;
// What the configuration says, by its own keys and in its own units, in its own order.
using Words = std::vector<std::pair<std::string, std::string>>;

std::string milliseconds(std::int64_t ns) { return std::to_string(ns / 1'000'000); }
std::string flag(std::uint8_t value) { return value != 0 ? "true" : "false"; }
std::string price_or_none(Price price) { return price.is_zero() ? "none" : to_text(price); }

std::string time_of_day(std::int32_t seconds) {
  if (seconds < 0) {
    return "none";
  }
  char text[16];
  std::snprintf(text, sizeof(text), "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return text;
}

Words words_of(const VenueDefined& venue) {
  return {{"name", venue.name.str()},
          {"ack_level", std::string(name_of(venue.ack_level))},
          {"replicas_agree", flag(venue.replicas_agree)},
          {"takeover_interval_ms", milliseconds(venue.takeover_interval_ns)},
          {"cancel_grace_ms", milliseconds(venue.cancel_grace_ns)},
          {"output_hold_max_ms", milliseconds(venue.output_hold_max_ns)},
          {"open_orders_max", std::to_string(venue.open_orders_max)},
          {"cl_ord_ids_max", std::to_string(venue.cl_ord_ids_max)},
          {"backlog_max", std::to_string(venue.backlog_max)}};
}

Words words_of(const InstrumentDefined& instrument) {
  return {{"tick", to_text(instrument.tick)},
          {"lot", std::to_string(instrument.lot.get())},
          {"collar_bps", std::to_string(instrument.collar_bps)},
          {"reference_price", price_or_none(instrument.reference_price)},
          {"clients_may_meet", flag(instrument.clients_may_meet)}};
}

Words words_of(const PartyDefined& party) {
  return {{"kind", std::string(name_of(party.kind))},
          {"order_qty_max", std::to_string(party.order_qty_max.get())},
          {"order_notional_max", to_text(party.order_notional_max)},
          {"gross_notional_max", to_text(party.gross_notional_max)}};
}

// A session with the name of its party.
struct NamedSession {
  const SessionDefined& session;
  std::string party;
};

Words words_of(const NamedSession& named) {
  const SessionDefined& session = named.session;
  return {{"role", std::string(name_of(session.role))},
          {"party", named.party},
          {"begin_string", session.begin_string.str()},
          {"heartbeat_s",
           "[" + std::to_string(session.heartbeat_min_s) + ", " + std::to_string(session.heartbeat_max_s) + "]"},
          {"reset_policy", std::string(name_of(session.reset_policy))},
          {"cancel_on_disconnect", flag(session.cancel_on_disconnect)},
          {"reset_time", time_of_day(session.reset_time_s)},
          {"numbers_at_roll", session.restart_at_roll != 0 ? "restart" : "go_on"},
          {"password_verifier", session.password_required != 0 ? "one" : "none"}};
}

std::string name_of(const InstrumentDefined& instrument) { return instrument.symbol.str(); }
std::string name_of(const PartyDefined& party) { return party.name.str(); }
std::string name_of(const SessionDefined& session) { return session_name(session); }
std::string name_of(const NamedSession& named) { return session_name(named.session); }

std::vector<NamedSession> with_parties(std::span<const SessionDefined> sessions,
                                       std::span<const PartyDefined> parties) {
  std::vector<NamedSession> named;
  for (const SessionDefined& session : sessions) {
    const std::size_t party = session.party.get();  // numbered from 1 in the order of their list
    named.push_back({session, party >= 1 && party <= parties.size() ? parties[party - 1].name.str() : "none"});
  }
  return named;
}

template <class M>
void compare(const std::string& path, const M& in_log, const M& in_file, Lines& lines) {
  const Words log = words_of(in_log);
  const Words file = words_of(in_file);
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].second != file[i].second) {
      lines.push_back(path + "." + log[i].first + ": log " + log[i].second + ", file " + file[i].second);
    }
  }
}

// The names of those that the other list holds, too, in the order of their own.
template <class M>
std::string shared_names(std::span<const M> list, std::span<const M> other) {
  std::string names;
  for (const M& element : list) {
    const bool shared = std::any_of(other.begin(), other.end(),
                                    [&](const M& candidate) { return name_of(candidate) == name_of(element); });
    names += shared ? " " + name_of(element) : "";
  }
  return names;
}

// Elements of a list by name. Their order counts, too: the log numbers them by it.
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
      compare(path, *found->second, element, lines);
      log.erase(found);
    }
  }
  for (const auto& [name, element] : log) {
    lines.push_back(list + "[" + name + "]: only in the log");
  }
  const std::string log_order = shared_names(in_log, in_file);
  const std::string file_order = shared_names(in_file, in_log);
  if (log_order != file_order) {
    lines.push_back(list + ": in another order: log" + log_order + ", file" + file_order);
  }
}

const PasswordVerifier* verifier_of(const std::vector<PasswordVerifier>& verifiers, SessionId session) {
  const auto found = std::find_if(verifiers.begin(), verifiers.end(),
                                  [&](const PasswordVerifier& verifier) { return verifier.session == session; });
  return found == verifiers.end() ? nullptr : &*found;
}

// Of the sessions that stand in both.
void compare_verifiers(const Configuration& configuration, const RecordedConfiguration& recorded, Lines& lines) {
  for (const SessionDefined& session : configuration.sessions) {
    for (const SessionDefined& other : recorded.reference_data().sessions()) {
      if (name_of(other) != name_of(session)) {
        continue;
      }
      const PasswordVerifier* log = verifier_of(recorded.verifiers(), other.session);
      const PasswordVerifier* file = verifier_of(configuration.verifiers, session.session);
      if (log == nullptr || file == nullptr) {
        continue;
      }
      PasswordVerifier as_in_log = *file;
      as_in_log.session = log->session;
      if (as_in_log != *log) {
        lines.push_back("sessions[" + name_of(session) + "].password_verifier: another one");
      }
    }
  }
}

// The log numbers them by their places in the list, from `first` on.
void compare_edges(const char* list, const std::vector<EdgeSettings>& edges, PublisherId first,
                   const RecordedConfiguration& recorded, Lines& lines) {
  for (const EdgeSettings& edge : edges) {
    const std::string path = std::string(list) + "[" + edge.name + "]";
    const PublisherPermission* const known = recorded.reference_data().publishing().find(edge.name);
    const auto differs = [&](const char* field, std::uint64_t log, std::uint64_t file) {
      if (log != file) {
        lines.push_back(path + "." + field + ": log " + std::to_string(log) + ", file " + std::to_string(file));
      }
    };
    if (known == nullptr) {
      lines.push_back(path + ": only in the file, the log has no publisher of that name");
    } else {
      const PublisherDefined* const found = &known->defined;
      if (found->publisher != edge.publisher) {
        lines.push_back(path + ": in the log's list it is number " +
                        std::to_string(found->publisher.get() - first.get() + 1) + ", in the file's number " +
                        std::to_string(edge.publisher.get() - first.get() + 1));
      }
      differs("rate_per_second", found->rate_per_second, edge.rate_per_second);
      differs("burst", found->burst, edge.burst);
    }
  }
}

// Who is revoked counts as not being there.
void compare_operators(const Operators& in_log, const std::vector<OperatorDefined>& in_file, Lines& lines) {
  for (const OperatorDefined& person : in_file) {
    const std::string path = "operators[" + person.name.str() + "]";
    const Operator* const known = in_log.find(person.name.view());
    if (known == nullptr || !known->active()) {
      lines.push_back(path + ": only in the file, with roles " + roles_text(person.roles));
      continue;
    }
    if (known->defined.roles != person.roles) {
      lines.push_back(path + ".roles: log " + roles_text(known->defined.roles) + ", file " + roles_text(person.roles));
    }
    if (known->defined.key != person.key) {
      lines.push_back(path + ".key: log " + to_text(known->defined.key) + ", file " + to_text(person.key));
    }
  }
  for (const Operator& known : in_log.all()) {
    const bool in_both = std::any_of(in_file.begin(), in_file.end(),
                                     [&](const OperatorDefined& person) { return person.name == known.defined.name; });
    if (known.active() && !in_both) {
      lines.push_back("operators[" + known.defined.name.str() + "]: only in the log");
    }
  }
}

}  // namespace

std::string roles_text(std::uint8_t roles) {
  std::string text;
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(OperatorRole::administrator); ++number) {
    if (RoleSet(roles).contains(OperatorRole{number})) {
      text += (text.empty() ? "" : ", ") + std::string(cantus::name_of(OperatorRole{number}));
    }
  }
  return text.empty() ? "none" : text;
}

std::string in_role(const std::string& person, const std::string& role, bool held) {
  return held ? person + " (" + role + ")" : person + ", as " + role;
}

void RecordedConfiguration::apply(const Event& event) {
  refdata_.apply(event);
  position_ = event.header->seq;
  if (event.is<PasswordVerifier>() && !refdata_.complete()) {
    verifiers_.push_back(event.as<PasswordVerifier>());
  }
  for (const CommandPart& part : refdata_.changes()) {
    if (is_change<PasswordVerifier>(part)) {
      const auto verifier = change_of<PasswordVerifier>(part);
      std::erase_if(verifiers_, [&](const PasswordVerifier& old) { return old.session == verifier.session; });
      verifiers_.push_back(verifier);
    }
  }
}

Status RecordedConfiguration::restore(const SnapshotSections& from) {
  PasswordVerifiers verifiers;
  for (const Status& restored : {refdata_.restore(from), verifiers.restore(from)}) {
    if (!restored) {
      return Error(restored.error());
    }
  }
  for (const SessionDefined& session : refdata_.sessions()) {
    if (const PasswordVerifier* const verifier = verifiers.find(session.session)) {
      verifiers_.push_back(*verifier);
    }
  }
  position_ = from.taken_at().position.seq();
  return {};
}

Status read_recorded(eventlog::LogReader& log, RecordedConfiguration& recorded, Seq through) {
  if (Status found = log.seek(recorded.position().next()); !found) {
    return found;
  }
  while (recorded.position() < through) {
    Result<std::optional<Event>> event = log.next();
    if (!event) {
      return std::move(event).error().context("reading the configuration that the log holds");
    }
    if (!event->has_value()) {
      break;
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
  compare("venue", log.venue(), configuration.venue, lines);
  compare_lists<InstrumentDefined>("instruments", log.instruments(), configuration.instruments, lines);
  compare_lists<PartyDefined>("parties", log.parties(), configuration.parties, lines);
  compare_lists<NamedSession>("sessions", with_parties(log.sessions(), log.parties()),
                              with_parties(configuration.sessions, configuration.parties), lines);
  compare_verifiers(configuration, recorded, lines);
  compare_edges("gateways", configuration.process.gateways, publisher::first_gateway, recorded, lines);
  compare_edges("market_data", configuration.process.market_data, publisher::first_injector, recorded, lines);
  compare_operators(log.operators(), configuration.operators, lines);
  const auto same = [](const auto& in_log, const auto& in_file) {
    return std::equal(in_log.begin(), in_log.end(), in_file.begin(), in_file.end());
  };
  if (lines.empty() && (log.venue() != configuration.venue || !same(log.instruments(), configuration.instruments) ||
                        !same(log.parties(), configuration.parties) || !same(log.sessions(), configuration.sessions))) {
    lines.push_back("records, though nothing that is written in it: the log was begun by another build");
  }
  return lines;
}

}  // namespace cantus::refdata
