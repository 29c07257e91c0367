#include "cli/client_target.h"

#include <algorithm>
#include <optional>

#include "cli/demo.h"
#include "cli/venue_place.h"
#include "refdata/app/configuration.h"
#include "refdata/app/password.h"

namespace cantus::cli {
namespace {

// The configuration of --config, else that of the venue under --data, else the demo's.
Result<refdata::Configuration> configuration_of(const Arguments& arguments) {
  if (const std::optional<std::string> file = arguments.text("config")) {
    return refdata::load_configuration(*file, refdata::ConfigurationOf::log);
  }
  const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  if (!place) {
    return place.error();
  }
  Result<refdata::Configuration> running =
      refdata::load_configuration(place->configuration(), refdata::ConfigurationOf::log);
  if (running || running.error().code != ErrorCode::not_found || arguments.has("data")) {
    return running;
  }
  return refdata::parse_configuration(demo_configuration());
}

// A configuration holds verifiers alone; only the demo's passwords are known.
std::string known_password(const refdata::Configuration& configuration, const SessionDefined& session) {
  const std::string guess = demo_password(session.their_comp_id.str());
  return std::any_of(configuration.verifiers.begin(), configuration.verifiers.end(),
                     [&](const PasswordVerifier& verifier) {
                       return verifier.session == session.session && refdata::verify_password(verifier, guess);
                     })
             ? guess
             : std::string();
}

// Who listens on every address of the host is found on its own.
std::string reachable(const std::string& host) { return host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host; }

}  // namespace

std::string password_unknown_text(const ClientTarget& target) {
  return "the configuration holds a verifier of " + target.our_comp_id +
         "'s password, not the password itself; give it with --password TEXT";
}

Result<ClientTarget> find_client_target(const Arguments& arguments) {
  const Result<refdata::Configuration> configuration = configuration_of(arguments);
  if (!configuration) {
    return configuration.error();
  }
  const std::string& wanted = arguments.words()[0];
  const auto& sessions = configuration->sessions;
  const auto session = std::find_if(sessions.begin(), sessions.end(), [&](const SessionDefined& candidate) {
    return candidate.their_comp_id.view() == wanted && candidate.role != SessionRole::regulator;
  });
  if (session == sessions.end()) {
    std::string text = "no client logs on as '" + wanted + "'; there are";
    for (const SessionDefined& candidate : sessions) {
      text += candidate.role == SessionRole::regulator ? "" : " " + candidate.their_comp_id.str();
    }
    return Error{ErrorCode::not_found, text};
  }
  ClientTarget target;
  target.begin_string = session->begin_string.str();
  target.our_comp_id = wanted;
  target.venue_comp_id = session->our_comp_id.str();
  target.heartbeat_s = std::clamp<int>(30, session->heartbeat_min_s, session->heartbeat_max_s);
  if (session->password_required != 0) {
    target.password = arguments.text_or("password", known_password(*configuration, *session));
    target.password_unknown = target.password.empty();
  }
  for (const refdata::EdgeSettings& gateway : configuration->process.gateways) {
    target.gateways.emplace_back(reachable(gateway.address.host), gateway.address.port);
  }
  target.reset_time_s = session->reset_time_s;
  target.reset_allowed = session->reset_policy == ResetPolicy::allowed;
  target.symbol = configuration->instruments.front().symbol.str();
  target.price = to_text(configuration->instruments.front().reference_price);
  return target;
}

Result<std::filesystem::path> client_directory(const Arguments& arguments) {
  if (const std::optional<std::string> store = arguments.text("store")) {
    return std::filesystem::path(*store);
  }
  const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  if (!place) {
    return place.error();
  }
  return place->clients();
}

}  // namespace cantus::cli
