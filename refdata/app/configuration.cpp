#include "refdata/app/configuration.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "messages/describe.h"
#include "messages/validate.h"
#include "refdata/app/json_reader.h"
#include "refdata/app/operator_key.h"
#include "refdata/app/password.h"
#include "refdata/app/recorded.h"
#include "refdata/change_rules.h"
#include "refdata/reference_data.h"
#include "runtime/scheduling.h"

namespace cantus::refdata {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

// The range that the message table gives a field, in `unit`s of it.
template <class M>
Range range_of(std::string_view field, std::int64_t unit = 1) {
  for (const FieldInfo& info : describe(M::type, M::version)->layout.fields) {
    if (info.name == field) {
      return {static_cast<std::int64_t>(info.min) / unit, static_cast<std::int64_t>(info.max) / unit};
    }
  }
  CANTUS_ASSERT(false, "a range is asked of a field that the table has");
}

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

bool is_numeric_host(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 || inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

bool is_comp_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '='; });
}

bool is_publisher_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// Seconds after midnight of "HH:MM" or "HH:MM:SS".
std::optional<std::int32_t> parse_time_of_day(std::string_view text) {
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':' || (text.size() == 8 && text[5] != ':')) {
    return std::nullopt;
  }
  std::int32_t parts[3] = {0, 0, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 != 2) {
      if (text[i] < '0' || text[i] > '9') {
        return std::nullopt;
      }
      parts[i / 3] = parts[i / 3] * 10 + (text[i] - '0');
    }
  }
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) {
    return std::nullopt;
  }
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

class Loader {
 public:
  explicit Loader(Faults& faults) : faults_(faults) {}

  Configuration read(const Json& document, ConfigurationOf of);

 private:
  void read_venue(const Json& value);
  void read_instrument(const Json& value, const std::string& path);
  void read_party(const Json& value, const std::string& path);
  void read_session(const Json& value, const std::string& path);
  void read_session_party(ObjectReader& in, SessionDefined& session);
  void read_heartbeat(ObjectReader& in, SessionDefined& session);
  void read_verifier(ObjectReader& in, SessionDefined& session);
  void read_operator(const Json& value, const std::string& path);
  void read_edge(const Json& value, const std::string& path, PublisherId first, std::vector<EdgeSettings>& edges);
  runtime::Address read_address(ObjectReader& in);
  void read_journal(const Json& value);
  void read_rings(const Json& value);
  void read_snapshots(const Json& value);
  void read_keeping(const Json& value);
  void read_roll(const Json& value);
  void check_regulator();
  void check_records();
  template <class M>
  void check_record(const std::string& path, const M& message) {
    if (const std::optional<std::string> wrong = validate(message); wrong.has_value()) {
      faults_.add(path, *wrong);
    }
  }
  // Notes a fault if the name was there before.
  void unique(std::set<std::string>& names, const std::string& name, ObjectReader& in, std::string_view key) {
    if (!name.empty() && !names.insert(name).second) {
      in.fault(key, "\"" + name + "\" is taken already");
    }
  }

  Faults& faults_;
  Configuration result_;
  std::int64_t expected_restart_ms_ = 0;
  std::set<std::string> symbols_;
  std::set<std::string> party_names_;
  std::set<std::string> comp_ids_;
  std::set<std::string> edge_names_{"sequencer",      "config", "matching",  "reporter",  "scheduler",
                                    "trade-reporter", "bench",  "snapshots", "operators", "keeper"};
  std::set<std::string> operator_names_;
  std::set<std::string> operator_keys_;
  std::set<std::string> listening_;
};

Configuration Loader::read(const Json& document, ConfigurationOf of) {
  ObjectReader in(document, "", faults_);
  expected_restart_ms_ = in.number("expected_restart_ms", {0, 3'600'000}, 4000);
  if (const Json* venue = in.find("venue"); venue != nullptr) {
    read_venue(*venue);
  } else {
    in.fault("venue", "is missing");
  }
  // Before the sessions: whether one may be without a password depends on them.
  in.elements("gateways", 1, gateways_max, [this](const Json& value, const std::string& path) {
    read_edge(value, path, publisher::first_gateway, result_.process.gateways);
  });
  in.elements("market_data", 0, injectors_max, [this](const Json& value, const std::string& path) {
    read_edge(value, path, publisher::first_injector, result_.process.market_data);
  });
  if (const Json* reporter = in.find("trade_reporter"); reporter != nullptr) {
    ObjectReader address(*reporter, "trade_reporter", faults_);
    result_.process.trade_reporter = read_address(address);
    address.finish();
  }
  in.elements("instruments", 1, ReferenceDataBounds::instruments_max,
              [this](const Json& value, const std::string& path) { read_instrument(value, path); });
  in.elements("parties", 1, ReferenceDataBounds::parties_max,
              [this](const Json& value, const std::string& path) { read_party(value, path); });
  in.elements("sessions", 1, ReferenceDataBounds::sessions_max,
              [this](const Json& value, const std::string& path) { read_session(value, path); });
  in.elements("operators", 0, Operators::operators_max,
              [this](const Json& value, const std::string& path) { read_operator(value, path); });
  if (const Json* journal = in.find("journal"); journal != nullptr) {
    read_journal(*journal);
  }
  if (const Json* rings = in.find("rings"); rings != nullptr) {
    read_rings(*rings);
  }
  if (const Json* snapshots = in.find("snapshots"); snapshots != nullptr) {
    read_snapshots(*snapshots);
  }
  if (const Json* keeping = in.find("keeping"); keeping != nullptr) {
    read_keeping(*keeping);
  }
  if (const Json* roll = in.find("roll"); roll != nullptr) {
    read_roll(*roll);
  }
  result_.process.layout = in.choice<Layout>(
      "layout", {{"auto", Layout::automatic}, {"one", Layout::one}, {"two", Layout::two}, {"each", Layout::each}},
      Layout::automatic);
  result_.process.wait = in.choice<runtime::WaitMode>(
      "wait", {{"adaptive", runtime::WaitMode::adaptive}, {"spinning", runtime::WaitMode::spinning}},
      runtime::WaitMode::adaptive);
  if (in.has("sequencer_core")) {
    result_.process.sequencer_core = static_cast<unsigned>(in.number("sequencer_core", {0, runtime::cores_max - 1}));
  }
  in.finish();
  check_regulator();
  if (const auto why = of == ConfigurationOf::new_venue ? why_operators_stay(result_.operators) : std::nullopt; why) {
    faults_.add("operators", *why);
  }
  if (faults_.empty()) {
    check_records();
  }
  return std::move(result_);
}

void Loader::read_venue(const Json& value) {
  ObjectReader in(value, "venue", faults_);
  VenueDefined& venue = result_.venue;
  venue.name = FixedString<32>(in.text("name", 32));
  venue.ack_level = in.choice<AckLevel>("ack_level",
                                        {{"sequenced", AckLevel::sequenced},
                                         {"synced", AckLevel::synced},
                                         {"held", AckLevel::held},
                                         {"replicated", AckLevel::replicated}},
                                        AckLevel::synced);
  if (venue.ack_level == AckLevel::held || venue.ack_level == AckLevel::replicated) {
    in.fault("ack_level", "needs other hosts that hold the log; on one host it is \"synced\"");
  }
  // Level `sequenced` measures; it holds nothing back unless it is told to.
  venue.replicas_agree = in.flag("replicas_agree", venue.ack_level != AckLevel::sequenced) ? 1 : 0;
  const auto duration = [&](std::string_view key, std::string_view field, std::int64_t otherwise_ms) {
    return in.number(key, range_of<VenueDefined>(field, ns_per_ms), otherwise_ms) * ns_per_ms;
  };
  venue.takeover_interval_ns = duration("takeover_interval_ms", "takeover_interval_ns", 5000);
  venue.cancel_grace_ns = duration("cancel_grace_ms", "cancel_grace_ns", 10'000);
  venue.output_hold_max_ns = duration("output_hold_max_ms", "output_hold_max_ns", 30'000);
  const auto count = [&](std::string_view key, std::int64_t otherwise) {
    return static_cast<std::uint32_t>(in.number(key, range_of<VenueDefined>(key), otherwise));
  };
  venue.open_orders_max = count("open_orders_max", 65'536);
  venue.cl_ord_ids_max = count("cl_ord_ids_max", 1'000'000);
  venue.backlog_max = count("backlog_max", 10'000);
  if (venue.cancel_grace_ns <= expected_restart_ms_ * ns_per_ms) {
    in.fault("cancel_grace_ms",
             "must be longer than expected_restart_ms (" + std::to_string(expected_restart_ms_) +
                 "): else a restart of the sequencer cancels orders of clients that could not return");
  }
  if (venue.cl_ord_ids_max < venue.open_orders_max) {
    in.fault("cl_ord_ids_max", "must not be below open_orders_max: each open order has a ClOrdID");
  }
  in.finish();
}

void Loader::read_instrument(const Json& value, const std::string& path) {
  ObjectReader in(value, path, faults_);
  InstrumentDefined instrument;
  instrument.instrument = InstrumentId(static_cast<std::uint32_t>(result_.instruments.size() + 1));
  const std::string symbol = in.text("symbol", decltype(instrument.symbol)::length_max);
  instrument.symbol = decltype(instrument.symbol)(symbol);
  if (!is_comp_id(symbol)) {
    in.fault("symbol", "must have no spaces and no \"=\"");
  }
  unique(symbols_, symbol, in, "symbol");
  instrument.tick = in.price("tick", Price(1));
  instrument.lot = Qty(in.number("lot", range_of<InstrumentDefined>("lot"), 1));
  instrument.collar_bps =
      static_cast<std::uint32_t>(in.number("collar_bps", range_of<InstrumentDefined>("collar_bps"), 0));
  instrument.reference_price = in.price("reference_price", Price{}, Price{});
  instrument.clients_may_meet = in.flag("clients_may_meet", false) ? 1 : 0;
  if (!instrument.tick.is_zero() && instrument.reference_price.get() % instrument.tick.get() != 0) {
    in.fault("reference_price",
             to_text(instrument.reference_price) + " is no multiple of the tick " + to_text(instrument.tick));
  }
  in.finish();
  result_.instruments.push_back(instrument);
}

void Loader::read_party(const Json& value, const std::string& path) {
  ObjectReader in(value, path, faults_);
  PartyDefined party;
  party.party = PartyId(static_cast<std::uint32_t>(result_.parties.size() + 1));
  const std::string name = in.text("name", decltype(party.name)::length_max);
  party.name = decltype(party.name)(name);
  unique(party_names_, name, in, "name");
  party.kind = in.choice<PartyKind>("kind", {{"client", PartyKind::client}, {"desk", PartyKind::desk}});
  party.order_qty_max = Qty(in.number("order_qty_max", range_of<PartyDefined>("order_qty_max"), 0));
  party.order_notional_max = in.notional("order_notional_max", Notional{});
  party.gross_notional_max = in.notional("gross_notional_max", Notional{});
  if (!party.gross_notional_max.is_zero() && party.order_notional_max > party.gross_notional_max) {
    in.fault("order_notional_max", "is above gross_notional_max: no order could ever reach it");
  }
  in.finish();
  result_.parties.push_back(party);
}

void Loader::read_session(const Json& value, const std::string& path) {
  ObjectReader in(value, path, faults_);
  SessionDefined session;
  session.session = SessionId(static_cast<std::uint32_t>(result_.sessions.size() + 1));
  session.role = in.choice<SessionRole>("role", {{"client", SessionRole::client},
                                                 {"desk", SessionRole::desk},
                                                 {"drop_copy", SessionRole::drop_copy},
                                                 {"regulator", SessionRole::regulator}});
  read_session_party(in, session);
  const std::string ours = in.text("our_comp_id", decltype(session.our_comp_id)::length_max);
  const std::string theirs = in.text("their_comp_id", decltype(session.their_comp_id)::length_max);
  session.our_comp_id = decltype(session.our_comp_id)(ours);
  session.their_comp_id = decltype(session.their_comp_id)(theirs);
  if (!is_comp_id(ours)) {
    in.fault("our_comp_id", "must have no spaces and no \"=\"");
  }
  if (!is_comp_id(theirs)) {
    in.fault("their_comp_id", "must have no spaces and no \"=\"");
  }
  if (!ours.empty() && !theirs.empty() && !comp_ids_.insert(ours + " " + theirs).second) {
    in.fault("their_comp_id", "\"" + theirs + "\" with our_comp_id \"" + ours + "\" is taken already");
  }
  const std::string begin_string = in.text("begin_string", 16, "FIX.4.4");
  session.begin_string = decltype(session.begin_string)(begin_string);
  if (begin_string != "FIX.4.4") {
    in.fault("begin_string", "\"" + begin_string + "\" is not spoken; \"FIX.4.4\" is");
  }
  read_heartbeat(in, session);
  session.reset_policy = in.choice<ResetPolicy>(
      "reset_policy", {{"allowed", ResetPolicy::allowed}, {"refused", ResetPolicy::refused}}, ResetPolicy::allowed);
  session.cancel_on_disconnect = in.flag("cancel_on_disconnect", false) ? 1 : 0;
  if (session.cancel_on_disconnect != 0 &&
      (session.role == SessionRole::drop_copy || session.role == SessionRole::regulator)) {
    in.fault("cancel_on_disconnect", "is for sessions that enter orders (client, desk)");
  }
  session.reset_time_s = -1;
  if (in.has("reset_time")) {
    const std::optional<std::int32_t> time = parse_time_of_day(in.text("reset_time", 8));
    session.reset_time_s = time.value_or(-1);
    if (!time.has_value()) {
      in.fault("reset_time", "must be a time of day in UTC, as \"05:00:00\", or null");
    }
  }
  session.restart_at_roll = in.choice<std::uint8_t>("numbers_at_roll", {{"go_on", 0}, {"restart", 1}}, 0);
  read_verifier(in, session);
  in.finish();
  result_.sessions.push_back(session);
}

void Loader::read_session_party(ObjectReader& in, SessionDefined& session) {
  if (session.role == SessionRole::regulator) {
    if (in.has("party")) {
      in.fault("party", "a regulator's session belongs to no party");
    }
    return;
  }
  const std::string name = in.text("party", 32);
  const auto party = std::find_if(result_.parties.begin(), result_.parties.end(),
                                  [&](const PartyDefined& known) { return known.name.view() == name; });
  if (party == result_.parties.end()) {
    if (!name.empty()) {
      const std::vector<std::string> names(party_names_.begin(), party_names_.end());
      in.fault("party", "no party is named \"" + name + "\"" + did_you_mean(name, names));
    }
    return;
  }
  session.party = party->party;
  if (session.role == SessionRole::client && party->kind == PartyKind::desk) {
    in.fault("party", "\"" + name + "\" is a desk, the session's role is \"client\"");
  } else if (session.role == SessionRole::desk && party->kind == PartyKind::client) {
    in.fault("party", "\"" + name + "\" is a client, the session's role is \"desk\"");
  }
}

void Loader::read_heartbeat(ObjectReader& in, SessionDefined& session) {
  session.heartbeat_min_s = 5;
  session.heartbeat_max_s = 60;
  const Range range = range_of<SessionDefined>("heartbeat_min_s");
  if (const Json* heartbeat = in.find("heartbeat_s"); heartbeat != nullptr) {
    const auto fits = [&](const Json& number) {
      return number.is_number_integer() && number.get<std::int64_t>() >= range.min &&
             number.get<std::int64_t>() <= range.max;
    };
    if (!heartbeat->is_array() || heartbeat->size() != 2 || !fits((*heartbeat)[0]) || !fits((*heartbeat)[1]) ||
        (*heartbeat)[0] > (*heartbeat)[1]) {
      in.fault("heartbeat_s", "must be least and greatest HeartBtInt, as [5, 60], within " + std::to_string(range.min) +
                                  " to " + std::to_string(range.max));
      return;
    }
    session.heartbeat_min_s = (*heartbeat)[0].get<std::uint16_t>();
    session.heartbeat_max_s = (*heartbeat)[1].get<std::uint16_t>();
  }
  if (session.heartbeat_min_s * std::int64_t{1000} <= expected_restart_ms_) {
    in.fault("heartbeat_s", "the least HeartBtInt must be above expected_restart_ms (" +
                                std::to_string(expected_restart_ms_) +
                                "): else a restart of the sequencer logs clients out");
  }
}

void Loader::read_verifier(ObjectReader& in, SessionDefined& session) {
  if (session.role == SessionRole::regulator) {
    if (in.has("password_verifier")) {
      in.fault("password_verifier", "we log on to the regulator, not the regulator to us");
    }
    return;
  }
  if (!in.has("password_verifier")) {
    const auto& gateways = result_.process.gateways;
    const auto outside = std::find_if(gateways.begin(), gateways.end(), [](const EdgeSettings& gateway) {
      return !gateway.address.host.empty() && !is_loopback(gateway.address.host);
    });
    if (outside != gateways.end()) {
      in.fault("password_verifier",
               "is missing; a session without a password is allowed only while every gateway "
               "listens on loopback, and " +
                   outside->name + " listens on " + outside->address.text());
    }
    return;
  }
  Result<PasswordVerifier> verifier = parse_verifier(in.text("password_verifier", 160));
  if (!verifier) {
    in.fault("password_verifier", verifier.error().text);
    return;
  }
  session.password_required = 1;
  verifier->session = session.session;
  result_.verifiers.push_back(*verifier);
}

void Loader::read_operator(const Json& value, const std::string& path) {
  ObjectReader in(value, path, faults_);
  OperatorDefined person;
  const std::string name = in.text("name", decltype(person.name)::length_max);
  person.name = decltype(person.name)(name);
  unique(operator_names_, name, in, "name");
  const std::string key = in.text("key", 80);
  if (Result<SigningKey> parsed = parse_signing_key(key); parsed) {
    person.key = *parsed;
    unique(operator_keys_, key, in, "key");
  } else if (!key.empty()) {
    in.fault("key", parsed.error().text);
  }
  in.elements("roles", 0, 5, [&](const Json& role, const std::string& role_path) {
    const std::string text = role.is_string() ? role.get<std::string>() : "";
    const std::optional<OperatorRole> known = role_named(text);
    if (known) {
      person.roles = static_cast<std::uint8_t>(person.roles | RoleSet::of(*known).bits());
    } else {
      faults_.add(role_path, "is none of " + std::string(all_role_names()));
    }
  });
  in.finish();
  result_.operators.push_back(person);
}

runtime::Address Loader::read_address(ObjectReader& in) {
  runtime::Address address;
  address.host = in.text("host", 45);
  address.port = static_cast<std::uint16_t>(in.number("port", {1, 65'535}));
  if (!address.host.empty() && !is_numeric_host(address.host)) {
    in.fault("host", "\"" + address.host + "\" is no numeric address, as \"127.0.0.1\"");
  }
  return address;
}

void Loader::read_edge(const Json& value, const std::string& path, PublisherId first,
                       std::vector<EdgeSettings>& edges) {
  ObjectReader in(value, path, faults_);
  EdgeSettings edge;
  edge.name = in.text("name", decltype(PublisherDefined::name)::length_max);
  if (!is_publisher_name(edge.name)) {
    in.fault("name", "must have only a-z, 0-9 and \"-\"");
  }
  unique(edge_names_, edge.name, in, "name");
  edge.publisher = PublisherId(static_cast<std::uint16_t>(first.get() + edges.size()));
  edge.address = read_address(in);
  if (!edge.address.host.empty() && !listening_.insert(edge.address.text()).second) {
    in.fault("port", edge.address.text() + " is taken already");
  }
  edge.rate_per_second =
      static_cast<std::uint32_t>(in.number("rate_per_second", range_of<PublisherDefined>("rate_per_second"), 0));
  edge.burst = static_cast<std::uint32_t>(
      in.number("burst", range_of<PublisherDefined>("burst"), edge.rate_per_second == 0 ? 0 : edge.rate_per_second));
  if (edge.rate_per_second != 0 && edge.burst == 0) {
    in.fault("burst", "must be above 0 where there is a rate: else nothing passes");
  }
  in.finish();
  edges.push_back(std::move(edge));
}

void Loader::read_journal(const Json& value) {
  ObjectReader in(value, "journal", faults_);
  JournalSettings& journal = result_.process.journal;
  journal.segment_bytes = static_cast<std::size_t>(
      in.number("segment_bytes", {65'536, std::int64_t{1} << 32}, static_cast<std::int64_t>(journal.segment_bytes)));
  if (journal.segment_bytes % 4096 != 0) {
    in.fault("segment_bytes", "must be a multiple of 4096");
  }
  journal.unsealed_max =
      static_cast<std::size_t>(in.number("unsealed_max", {2, 1024}, static_cast<std::int64_t>(journal.unsealed_max)));
  in.finish();
}

void Loader::read_rings(const Json& value) {
  ObjectReader in(value, "rings", faults_);
  RingSettings& rings = result_.process.rings;
  constexpr std::int64_t bytes_max = runtime::ring_bytes_max;
  rings.bytes = static_cast<std::size_t>(
      in.number("bytes", {runtime::ring_bytes_min, bytes_max}, static_cast<std::int64_t>(rings.bytes)));
  if (!std::has_single_bit(rings.bytes)) {
    in.fault("bytes", "must be a power of two");
  }
  rings.in_flight_max = static_cast<std::size_t>(
      in.number("in_flight_max", {16, RingSettings::in_flight_most}, static_cast<std::int64_t>(rings.in_flight_max)));
  in.finish();
}

void Loader::read_snapshots(const Json& value) {
  ObjectReader in(value, "snapshots", faults_);
  SnapshotSettings& snapshots = result_.process.snapshots;
  snapshots.every_records = static_cast<std::uint64_t>(
      in.number("every_records", {1, 1'000'000'000}, static_cast<std::int64_t>(snapshots.every_records)));
  snapshots.every_ns = 1'000'000'000 * in.number("every_s", {1, 86'400}, snapshots.every_ns / 1'000'000'000);
  snapshots.keep = static_cast<std::size_t>(in.number("keep", {1, 100}, static_cast<std::int64_t>(snapshots.keep)));
  in.finish();
}

void Loader::read_keeping(const Json& value) {
  constexpr std::int64_t hour_ns = std::int64_t{3600} * 1'000'000'000;
  ObjectReader in(value, "keeping", faults_);
  KeepingSettings& keeping = result_.process.keeping;
  keeping.compress = in.flag("compress", keeping.compress);
  keeping.verify_every_ns = hour_ns * in.number("verify_every_h", {1, 8760}, keeping.verify_every_ns / hour_ns);
  if (in.has("remove_after_days")) {
    keeping.remove_older_ns = 24 * hour_ns * in.number("remove_after_days", {0, 36500});
  }
  in.finish();
}

void Loader::read_roll(const Json& value) {
  ObjectReader in(value, "roll", faults_);
  constexpr std::uint32_t never = 7;
  RollSchedule schedule;
  schedule.weekday = in.choice<std::uint32_t>("day",
                                              {{"sunday", 0},
                                               {"monday", 1},
                                               {"tuesday", 2},
                                               {"wednesday", 3},
                                               {"thursday", 4},
                                               {"friday", 5},
                                               {"saturday", 6},
                                               {"never", never}},
                                              schedule.weekday);
  if (in.has("time")) {
    const std::optional<std::int32_t> time = parse_time_of_day(in.text("time", 8));
    schedule.time_s = time.value_or(0);
    if (!time.has_value()) {
      in.fault("time", "must be a time of day in UTC, as \"21:00:00\"");
    }
  }
  in.finish();
  result_.process.roll = schedule.weekday == never ? std::nullopt : std::optional(schedule);
}

void Loader::check_regulator() {
  std::size_t regulators = 0;
  for (std::size_t i = 0; i < result_.sessions.size(); ++i) {
    if (result_.sessions[i].role == SessionRole::regulator && ++regulators == 2) {
      faults_.add("sessions[" + std::to_string(i) + "].role", "a second regulator: reports go to one");
    }
  }
  const bool address = result_.process.trade_reporter.has_value();
  if (regulators > 0 && !address) {
    faults_.add("trade_reporter", "is missing: a session has the role \"regulator\", whose address stands here");
  } else if (regulators == 0 && address) {
    faults_.add("trade_reporter", "no session has the role \"regulator\"");
  }
}

// What became of the file must be what the log may hold; found here, it is a relation that no check above names.
void Loader::check_records() {
  check_record("venue", result_.venue);
  const auto check_all = [&](const char* list, const auto& messages) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
      check_record(std::string(list) + "[" + std::to_string(i) + "]", messages[i]);
    }
  };
  check_all("instruments", result_.instruments);
  check_all("parties", result_.parties);
  check_all("sessions", result_.sessions);
  check_all("sessions' verifiers", result_.verifiers);
  check_all("operators", result_.operators);
}

}  // namespace

std::optional<std::string> why_operators_stay(const std::vector<OperatorDefined>& operators) {
  Signers changers(*rule_of(OperatorDefined::type, OperatorDefined::version));
  for (const OperatorDefined& person : operators) {
    changers.count(RoleSet(person.roles));
  }
  if (operators.empty() || changers.suffice()) {
    return std::nullopt;
  }
  return "nobody could change them: that takes one person with the role \"administrator\", and another with "
         "\"compliance\" or \"administrator\"";
}

Result<Configuration> parse_configuration(std::string_view json, ConfigurationOf of) {
  Result<Json> document = parse_json(json);
  if (!document) {
    return std::move(document).error();
  }
  Faults faults;
  Configuration configuration = Loader(faults).read(*document, of);
  if (faults.empty()) {
    return configuration;
  }
  std::string text;
  for (const std::string& fault : faults.texts()) {
    text += (text.empty() ? "" : "\n") + fault;
  }
  return Error{ErrorCode::refused, text};
}

std::vector<std::string> changes_out_of_reach(const std::vector<OperatorDefined>& operators) {
  std::vector<std::string> lines;
  for (const CommandRule& rule : command_rules()) {
    Signers signers(rule);
    for (const OperatorDefined& person : operators) {
      signers.count(RoleSet(person.roles));
    }
    if (operators.empty() || signers.suffice()) {
      continue;
    }
    const std::string what = std::string(rule.name) + " (" + std::string(rule.doc) + "): ";
    lines.push_back(what +
                    (signers.sign() ? "nobody is left to be the second person, which takes one of "
                                    : "nobody may sign for it, which takes one of ") +
                    roles_text((signers.sign() ? rule.seconds : rule.roles).bits()));
  }
  return lines;
}

Result<Configuration> load_configuration(const std::filesystem::path& file, ConfigurationOf of) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error{ErrorCode::not_found, "cannot read the configuration " + file.string() + ": " + std::strerror(errno)};
  }
  if (std::error_code ignored; std::filesystem::is_directory(file, ignored)) {
    return Error{ErrorCode::not_found, "cannot read the configuration " + file.string() + ": it is a folder"};
  }
  std::ostringstream text;
  text << in.rdbuf();
  Result<Configuration> configuration = parse_configuration(text.str(), of);
  if (!configuration) {
    Error error = std::move(configuration).error();
    return Error{error.code, file.string() + " is refused:\n" + error.text};
  }
  return configuration;
}

}  // namespace cantus::refdata
