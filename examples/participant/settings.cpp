#include "examples/participant/settings.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "examples/participant/client.h"
#include "examples/participant/desk.h"
#include "examples/participant/feed.h"
#include "examples/participant/regulator.h"

namespace cantus::participant {
namespace {

using nlohmann::json;

std::vector<Instrument> instruments_of(const json& settings) {
  std::vector<Instrument> instruments;
  for (const json& entry : settings.at("instruments")) {
    Instrument instrument;
    instrument.symbol = entry.at("symbol");
    instrument.tick = parse_decimal(entry.at("tick"));
    instrument.lot = entry.value("lot", std::int64_t{1});
    instrument.reference_price = parse_decimal(entry.at("reference_price"));
    instruments.push_back(instrument);
  }
  if (instruments.empty()) {
    throw std::invalid_argument("no instruments");
  }
  return instruments;
}

SessionOptions session_of(const json& settings, const json& role) {
  SessionOptions options;
  options.begin_string = role.value("begin_string", "FIX.4.4");
  options.our_comp_id = role.at("sender");
  options.their_comp_id = role.at("target");
  options.password = role.value("password", "");
  options.heartbeat_s = role.value("heartbeat_s", 30);
  options.reconnect_s = role.value("reconnect_s", 1);
  options.directory = settings.at("directory").get<std::string>();
  if (role.contains("listen")) {
    options.accept_port = parse_endpoint(role.at("listen")).port;
    return options;
  }
  for (const json& endpoint : settings.at("connect")) {
    options.endpoints.push_back(parse_endpoint(endpoint));
  }
  return options;
}

std::unique_ptr<Role> role_of(const json& settings, const json& role, std::uint64_t seed, Market& market) {
  const std::string name = role.at("role");
  if (name == "feed") {
    return std::make_unique<Feed>(
        FeedOptions{parse_endpoint(role.at("listen")), role.value("updates_per_second", 20.0)}, market);
  }
  if (name == "desk") {
    DeskOptions options;
    options.session = session_of(settings, role);
    options.updates_per_second = role.value("updates_per_second", 10.0);
    options.quote_lots = role.value("quote_lots", std::int64_t{5});
    options.seed = seed;
    return std::make_unique<Desk>(options, market);
  }
  if (name == "client") {
    ClientOptions options;
    options.session = session_of(settings, role);
    options.orders_per_second = role.value("orders_per_second", 1.0);
    options.orders_max = role.value("orders_max", std::uint64_t{0});
    options.seed = seed;
    return std::make_unique<Client>(options, market);
  }
  if (name == "drop_copy") {
    return std::make_unique<DropCopy>(session_of(settings, role));
  }
  if (name == "regulator") {
    return std::make_unique<Regulator>(
        RegulatorOptions{session_of(settings, role), role.value("reject_every", std::uint64_t{0})});
  }
  throw std::invalid_argument("unknown role '" + name + "'");
}

}  // namespace

Endpoint parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(port) > 65535) {
    throw std::invalid_argument("'" + text + "' is no host:port");
  }
  return Endpoint{text.substr(0, colon), static_cast<std::uint16_t>(std::stoul(port))};
}

Cast::Cast(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    throw std::runtime_error("cannot read " + path.string());
  }
  const json settings = json::parse(file, nullptr, true, true);
  const std::uint64_t seed = settings.value("seed", std::uint64_t{1});
  market_ = std::make_unique<Market>(instruments_of(settings), seed);
  for (const json& role : settings.at("roles")) {
    roles_.push_back(role_of(settings, role, seed + roles_.size() + 1, *market_));
  }
}

void Cast::start() {
  for (const auto& role : roles_) {
    role->start();
  }
}

// Together, because each waits for its Logout to be answered; the regulator last, so that it has every report.
void Cast::stop() {
  for (const bool servers : {false, true}) {
    std::vector<std::jthread> ending;
    for (const auto& role : roles_) {
      if (role->is_server() == servers) {
        ending.emplace_back([&role] { role->stop(); });
      }
    }
  }
}

}  // namespace cantus::participant
